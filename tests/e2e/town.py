"""A town of processes that can all be killed: chain, service, gate and machine.

The chain is Ganache with its database, because Anvil forgets up to five seconds when it is
killed, and a chain does not. Everything else is what a print center runs.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from ledger import artifacts
from ledger.bootstrap import load_or_create_issuer, passphrase
from ledger.chain import Chain, deploy
from ledger.config import Settings
from ledger.devchain import dev_account, free_port
from ledger.ganache import Ganache
from tests.conftest import ROOT

PASSPHRASE = "correct horse battery staple"
NAMES = ("gate", "machine", "service", "chain")
_START_SECONDS = 60


class Program:
    """One process of ours, started again after each kill."""

    def __init__(self, name: str, arguments: list[str], log: Path, ready: Callable[[], bool]):
        self.name = name
        self._arguments = arguments
        self._log = log
        self._ready = ready
        self._environment: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, environment: dict[str, str]) -> None:
        """Start it, without waiting."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._arguments,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                cwd=ROOT,
            )

    def wait(self) -> None:
        """Wait until it answers."""
        end = time.monotonic() + _START_SECONDS
        while not self._ready():
            assert time.monotonic() < end, f"{self.name}: {self.said()}"
            time.sleep(0.05)

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    @property
    def ended(self) -> int | None:
        """The exit code, if it ended by itself."""
        return self._process.poll() if self._process else None

    def said(self) -> str:
        """The end of what it wrote."""
        return self._log.read_text(errors="replace")[-2000:]


class Town:
    """Everything from the chain to the machine; `settle` makes it whole again."""

    def __init__(self, folder: Path, gate: str = "ledger.cli") -> None:
        """`gate` is the module that runs the gate, with the arguments of Platemark's own."""
        self.folder = folder
        self.home = folder / "home"
        self.gate_folder = folder / "gate"
        self.home.mkdir(mode=0o700)
        self.chain = Ganache(ROOT, state=folder / "chain", log=folder / "chain.log")
        self.chain.start()
        deployment = deploy(self.chain.url, dev_account(0), artifacts.load())
        self._deployment = folder / "deployment.json"
        deployment.save(self._deployment)
        self.ledger = Chain(self.chain.url, deployment, artifacts.load())
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._fund_issuer()
        program = [sys.executable, "-m"]
        self.service = Program(
            "service",
            [*program, "tests.e2e.programs", "service", str(port)],
            folder / "service.log",
            self._answers,
        )
        self.gate = Program(
            "gate",
            [*program, gate, "gate", "run", str(self.gate_folder), "--poll", "0.05"],
            folder / "gate.log",
            lambda: True,
        )
        self.machine = Program(
            "machine",
            [*program, "tests.e2e.programs", "machine", str(self.gate_folder / "hot"), "0.15"],
            folder / "machine.log",
            lambda: True,
        )

    @property
    def environment(self) -> dict[str, str]:
        """What every program is told."""
        return {
            **os.environ,
            "PLATEMARK_HOME": str(self.home),
            "PLATEMARK_SERVICE": self.url,
            "PLATEMARK_RPC_URL": self.chain.url,
            "PLATEMARK_DEPLOYMENT": str(self._deployment),
            "PLATEMARK_PASSPHRASE": PASSPHRASE,
        }

    def run(self, *arguments: object) -> Any:
        """One command of the user's; its JSON."""
        done = subprocess.run(
            [sys.executable, "-m", "ledger.cli", *map(str, arguments), "--json"],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"{arguments}: {done.stderr}"
        return json.loads(done.stdout)

    def kill(self, name: str) -> None:
        """kill -9 of one of `NAMES`."""
        if name == "chain":
            pid = self.chain.pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)  # our own child, by its own number
            self.chain.stop()
        else:
            self._program(name).kill()

    def start(self, name: str) -> None:
        """Start one of `NAMES` again."""
        if name == "chain":
            self.chain = Ganache(
                ROOT, self.chain.port, self.folder / "chain", self.folder / "chain.log"
            )
            self.chain.start()
        else:
            self._program(name).start(self.environment)

    def settle(self, until: Callable[[], bool], seconds: float) -> None:
        """Start again what ended by itself, until all is done."""
        end = time.monotonic() + seconds
        while not until():
            for program in (self.gate, self.service, self.machine):
                if program.ended is not None:
                    program.start(self.environment)
            said = {p.name: p.said() for p in (self.gate, self.service, self.machine)}
            assert time.monotonic() < end, json.dumps(said, indent=1)
            time.sleep(0.2)

    def printed(self) -> list[str]:
        """The names of the files that the machine began to print, in order."""
        record = self.gate_folder / "printed.log"
        return record.read_text().splitlines() if record.exists() else []

    def get(self, path: str) -> Any:
        """One answer of the service."""
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return json.load(answer)

    def close(self) -> None:
        """End everything that was started here."""
        for program in (self.gate, self.machine, self.service):
            program.kill()
        self.chain.stop()

    def _program(self, name: str) -> Program:
        return {"gate": self.gate, "machine": self.machine, "service": self.service}[name]

    def _fund_issuer(self) -> None:
        settings = Settings(home=self.home, passphrase=SecretStr(PASSPHRASE))
        settings.service_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        issuer = load_or_create_issuer(
            settings.service_folder, passphrase(settings, settings.service_folder)
        )
        self.chain.set_balance(issuer.address, 10**21)

    def _answers(self) -> bool:
        try:
            return bool(self.get("/readyz")["status"] == "ready")
        except OSError:
            return False
