"""The processes of the demo: chain, IPFS, service, gates and a machine, all on loopback.

Everything lies in one temporary folder and ends with the demo. The one part that is
not real is said to be so: `machine.Machine` stands in for a printer that watches a hot folder.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from ledger import artifacts
from ledger.anvil import Anvil
from ledger.chain import Deployment, deploy
from ledger.client import ServiceClient
from ledger.client.desk import Desk
from ledger.client.pins import Pin
from ledger.demo.machine import Machine, Printed
from ledger.devchain import dev_account, free_port
from ledger.errors import HostUnavailable, LedgerError, ServiceUnavailable
from ledger.gate import config as gates, making
from ledger.ipfs import EmbeddedIpfs, KuboIpfs
from ledger.kubo import KuboDaemon, find_kubo
from ledger.models import Address, Cid
from ledger.signing import Signer

PASSPHRASE = "a passphrase for the demo only"
_START_SECONDS = 120.0
_PATIENCE_SECONDS = 120.0
_STOP_SECONDS = 10.0
_ENROLMENT_SECONDS = 300
ETHER = 10**18


class World:
    """All processes of one demo; a context manager."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.root = root
        self.folder = folder
        self._stack = ExitStack()
        self.ipfs_api: str | None = None
        self.ipfs_name = ""
        self.url = ""
        self.deployment_file = folder / "deployment.json"

    def __enter__(self) -> World:
        with ExitStack() as stack:
            self.anvil = stack.enter_context(Anvil(self.root))
            self.deployment = self._deploy()
            self._start_ipfs(stack)
            self._start_service(stack)
            self.service = ServiceClient(self.url)
            stack.callback(self.service.close)
            info = self.service.deployment()
            self.pin = Pin.of(info)
            self.ipfs_name = info.ipfs
            self.give_ether(self.pin.issuer)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stack.close()

    def user(self) -> Desk:
        """Somebody with a new key and 100 test ether."""
        signer = Signer.generate()
        self.give_ether(signer.address)
        return Desk(self.service, self.pin, signer)

    def give_ether(self, address: Address) -> None:
        """Development chains can do that."""
        self.anvil.rpc("anvil_setBalance", address, hex(100 * ETHER))

    def balance(self, address: Address) -> int:
        """An account's balance in wei."""
        return int(str(self.anvil.rpc("eth_getBalance", address, "latest")), 16)

    def gate(self, name: str, center: Desk, blocks: Path | None = None) -> GateProcess:
        """Make a gate, enrol its printer, and start its process.

        It fetches sealed files from `blocks` if that is given, else from where the
        service has pinned them.
        """
        folder = self.folder / name.replace(" ", "-").lower()
        source = blocks or (None if self.ipfs_api else self.blocks)
        config, keys = making.init(
            folder,
            name=name,
            center=center.address,
            service_url=self.url,
            rpc_url=self.anvil.url,
            deployment=self.deployment_file,
            passphrase=PASSPHRASE,
            ipfs_folder=source,
            ipfs_api=None if source else self.ipfs_api,
        )
        deadline = int(time.time()) + _ENROLMENT_SECONDS
        center.enrol(*keys.enrolment(center.domain, center.address, name, deadline))
        text = (folder / gates.FILE).read_text(encoding="utf-8")
        (folder / gates.FILE).write_text(text + "settle_seconds = 0\n", encoding="utf-8")
        process = GateProcess(config, keys.printer, self._environment(ipfs=False))
        self._stack.callback(process.stop)
        machine = Machine(config.hot)
        self._stack.callback(machine.stop)
        process.machine = machine
        process.start()
        return process

    def mirror(self, cid: Cid, folder: Path) -> Path:
        """Fetch a sealed file as anyone can, into a block store of its own; its path there."""
        source = KuboIpfs(self.ipfs_api) if self.ipfs_api else EmbeddedIpfs(self.blocks)
        target = EmbeddedIpfs(folder)
        with (self.folder / "passing").open("w+b") as file:
            source.fetch(cid, file, max_bytes=2**30)
            file.seek(0)
            target.add(file)
        return next(path for path in folder.rglob("*") if path.name.startswith(cid))

    @property
    def blocks(self) -> Path:
        """The embedded store of the service (where no Kubo was found)."""
        return self.folder / "home" / "service" / "blocks"

    def _deploy(self) -> Deployment:
        deployment = deploy(self.anvil.url, dev_account(0), artifacts.load(self.root))
        deployment.save(self.deployment_file)
        return deployment

    def _start_ipfs(self, stack: ExitStack) -> None:
        found = find_kubo(os.environ, self.root)
        if found is None:
            return
        if found.api is not None:
            self.ipfs_api = found.api
        elif found.binary is not None:
            daemon = KuboDaemon(found.binary, self.folder / "kubo")
            stack.enter_context(daemon)
            self.ipfs_api = daemon.api

    def _start_service(self, stack: ExitStack) -> None:
        port = str(free_port())  # no sooner: chain and IPFS take ports of the kernel's choice
        self.url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "uvicorn", "--factory", "api.app:create_app"]
        command += ["--host", "127.0.0.1", "--port", port, "--log-level", "warning"]
        process = _child(command, self._environment(), self.folder / "service.log", self.root)
        stack.callback(_end, process)
        with ServiceClient(self.url) as probe:
            _wait(lambda: _answers(probe), _START_SECONDS, ServiceUnavailable, "The service")

    def _environment(self, *, ipfs: bool = True) -> dict[str, str]:
        """What a child gets: nothing of our own settings; a gate goes by its gate.toml."""
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("PLATEMARK_")
        }
        environment |= {
            "PLATEMARK_HOME": str(self.folder / "home"),
            "PLATEMARK_RPC_URL": self.anvil.url,
            "PLATEMARK_DEPLOYMENT": str(self.deployment_file),
            "PLATEMARK_PASSPHRASE": PASSPHRASE,
        }
        if self.ipfs_api and ipfs:
            environment["PLATEMARK_IPFS_API"] = self.ipfs_api
        return environment


class GateProcess:
    """A gate that runs as a process of its own, and what can be seen of it from outside."""

    def __init__(self, config: gates.Config, printer: Address, environment: dict[str, str]) -> None:
        self.config = config
        self.printer = printer
        self.machine: Machine | None = None
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; it goes on where it was."""
        program = Path(sys.executable).with_name("platemark")
        command = [str(program), "gate", "run", str(self.config.folder), "--poll", "0.1"]
        log = self.config.folder / "gate.log"
        self._process = _child(command, self._environment, log, artifacts.ROOT)

    def stop(self) -> None:
        """End it as an operator would."""
        if self._process is not None:
            _end(self._process)
            self._process = None

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(_STOP_SECONDS)
            self._process = None

    def drop(self, name: str, data: bytes) -> Path:
        """Put a file into the inbox, whole at once."""
        partial = self.config.inbox / f".{name}.part"
        partial.write_bytes(data)
        return partial.rename(self.config.inbox / name)

    def refusal(self, before: set[Path]) -> dict[str, str]:
        """Wait for the next refusal; the reason that lies beside the kept file."""
        found: list[Path] = []

        def arrived() -> bool:
            found[:] = sorted(self.refusals() - before)
            return bool(found)

        _wait(arrived, _PATIENCE_SECONDS, HostUnavailable, "A refusal")
        reason: dict[str, str] = json.loads(found[0].read_text(encoding="utf-8"))
        return reason

    def refusals(self) -> set[Path]:
        """The reasons that lie in the refused folder."""
        return set(self.config.refused.rglob("*.reason.json"))

    def printed(self, count: int) -> list[Printed]:
        """Wait until the machine has printed so many files in all; the files, in their order."""
        machine = self.machine

        def finished() -> list[Printed]:
            return [] if machine is None else list(machine.printed)

        _wait(
            lambda: len(finished()) >= count,
            _PATIENCE_SECONDS,
            HostUnavailable,
            f"Print {count}",
        )
        return finished()


def _child(
    command: list[str], environment: dict[str, str], log: Path, folder: Path
) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(_STOP_SECONDS)


def _answers(probe: ServiceClient) -> bool:
    try:
        probe.deployment()
    except ServiceUnavailable:
        return False
    return True


def _wait(ready: Callable[[], bool], seconds: float, error: type[LedgerError], what: str) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise error(f"{what} did not come within {seconds:.0f} s.")
        time.sleep(0.05)
