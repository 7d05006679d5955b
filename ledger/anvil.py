"""Run Anvil, the local chain, as a child process of ours.

The binary of npm's platform package is started directly: its shim would start a
child with another pid, and we end only what we started.
"""

from __future__ import annotations

import json
import platform
import socket
import subprocess
import time
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

from ledger.errors import ChainUnavailable, ToolMissing
from ledger.signing import Signer

DEV_CHAIN_ID = 31337
HARDFORK = "shanghai"
"""What the contracts are compiled for; Ganache's newest too."""

# The keys that Anvil and Ganache fund on every development chain ("test test … junk").
# They are public: nothing of value may ever be theirs.
DEV_SECRETS = (
    "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
    "5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
    "7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6",
    "47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a",
)
_START_SECONDS = 20
_STOP_SECONDS = 20


def dev_account(index: int) -> Signer:
    """One of the funded accounts of a development chain."""
    return Signer.from_secret(bytes.fromhex(DEV_SECRETS[index]))


def binary(root: Path) -> Path:
    """Anvil from npm's platform package. Raises ToolMissing where `npm ci` has not run."""
    machine = platform.machine().lower()
    arch = "arm64" if machine in ("arm64", "aarch64") else "amd64"
    system = "darwin" if platform.system() == "Darwin" else "linux"
    path = root / "node_modules" / "@foundry-rs" / f"anvil-{system}-{arch}" / "bin" / "anvil"
    if not path.exists():
        raise ToolMissing("Anvil is not installed. Run `npm ci`.")
    return path


def free_port() -> int:
    """A loopback port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Anvil:
    """A chain on loopback, from `start` to `stop`; also a context manager."""

    def __init__(
        self,
        root: Path,
        port: int | None = None,
        state: Path | None = None,
        log: Path | None = None,
    ) -> None:
        """`state` is loaded at start if it exists and written at stop (and every 5 s)."""
        self._root = root
        self._state = state
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self) -> Self:
        """Start and wait until it answers. Raises ToolMissing or ChainUnavailable."""
        command = [str(binary(self._root)), "--host", "127.0.0.1", "--port", str(self.port)]
        command += ["--chain-id", str(DEV_CHAIN_ID), "--hardfork", HARDFORK]
        if self._state is not None:
            self._state.parent.mkdir(parents=True, exist_ok=True)
            command += ["--state", str(self._state), "--state-interval", "5"]
            command += ["--preserve-historical-states"]
        output = self._log.open("ab") if self._log else subprocess.DEVNULL
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C is for us: we end it in our own order
        )
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self._process.poll() is not None:
                raise ChainUnavailable(f"Anvil ended at once on port {self.port}: is it in use?")
            if time.monotonic() > deadline:
                self.stop()
                raise ChainUnavailable(f"Anvil did not answer within {_START_SECONDS} s.")
            time.sleep(0.05)
        return self

    def stop(self) -> None:
        """End the process and wait, so that its state file is complete."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(_STOP_SECONDS)
        self._process = None

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process else None

    def rpc(self, method: str, *parameters: object) -> object:
        """One JSON-RPC call, for Anvil's own methods (time travel, balances, mining)."""
        return rpc(self.url, method, *parameters)

    def _answers(self) -> bool:
        try:
            self.rpc("eth_chainId")
        except ChainUnavailable:
            return False
        return True

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def rpc(url: str, method: str, *parameters: object) -> object:
    """One JSON-RPC call to a development chain. Raises ChainUnavailable."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters})
    request = urllib.request.Request(  # noqa: S310 - http on loopback, never a file
        url, body.encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - as above
            reply = json.load(answer)
    except (OSError, ValueError) as error:
        raise ChainUnavailable(f"The chain at {url} does not answer {method}.") from error
    if "error" in reply:
        raise ChainUnavailable(f"The chain at {url} refused {method}: {reply['error']}")
    return reply["result"]
