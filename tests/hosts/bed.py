"""What the beds of OctoPrint and Moonraker have in common: programs, the gate's word, waiting."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import shutil
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

import httpx
import pytest

from ledger.cli.assembly import SystemClock
from ledger.gate.statements import Statements
from ledger.models import Digest
from ledger.vault import HostKey

ROOT = Path(__file__).parents[2]
SECONDS = 60.0
"""How long anything is waited for."""


def require(program: Path, name: str) -> None:
    """Skip where a host was not installed, unless hosts are required."""
    if not program.exists() and not os.environ.get("PLATEMARK_REQUIRE_HOSTS"):
        pytest.skip(f"{name} is not installed here: make hosts")


def until(what: Callable[[], Any], seconds: float = SECONDS) -> Any:
    """Wait for something to be true; it."""
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.05)
    return found


def quiet_port() -> int:
    """One that is free, and stays so while a host is down: the kernel gives none of these away."""
    for port in random.sample(range(20_000, 30_000), 100):
        with socket.socket() as free, contextlib.suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port
    raise AssertionError("there is no port for a host")


class HostBed(ABC):
    """A host's programs and files, and the gate's key. A context: at its end they are gone."""

    def __init__(self, folder: Path, name: str) -> None:
        """`folder` is the bed's own, and removed at the end; `name` is what the gate calls it."""
        self.folder = folder
        self.key = HostKey.generate()
        self.statements = Statements(self.key, name, SystemClock())
        self.port = quiet_port()
        self.url = f"http://127.0.0.1:{self.port}"
        # A fresh connection each time. A host is killed and started again, and OctoPrint closes the
        # connection of what it refuses unread: the next request on it would get no answer at all.
        self._http = httpx.Client(
            base_url=self.url,
            limits=httpx.Limits(max_keepalive_connections=0),
            timeout=SECONDS,
            trust_env=False,
        )
        self._programs: dict[str, subprocess.Popen[bytes]] = {}

    @abstractmethod
    def begin(self) -> None:
        """Start all programs, and wait until they answer."""

    @abstractmethod
    def say(self, wire: dict[str, str]) -> httpx.Response:
        """Hand in a statement."""

    def __enter__(self) -> Self:
        try:
            self.begin()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all programs, and remove their files."""
        self._http.close()
        for name in list(self._programs):
            self.end(name)
        shutil.rmtree(self.folder, ignore_errors=True)

    # ------------------------------------------------------------ programs

    def launch(
        self, name: str, command: list[Any], folder: Path, more: Mapping[str, str] | None = None
    ) -> None:
        """Start a program in `folder`, with `more` environment. What it says goes to `name`.log."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self._programs[name] = subprocess.Popen(
                command,
                cwd=folder,
                env={**os.environ, **(more or {})},
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def lives(self, name: str) -> bool:
        """Whether a program has not ended by itself."""
        return self._programs[name].poll() is None

    def stop(self, name: str) -> None:
        """Freeze a program as it stands (SIGSTOP)."""
        os.killpg(self._programs[name].pid, signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """Let a frozen program go on."""
        os.killpg(self._programs[name].pid, signal.SIGCONT)

    def end(self, name: str) -> None:
        """`kill -9`. Harmless for a program that was ended before."""
        program = self._programs.pop(name, None)
        if program is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(program.pid, signal.SIGKILL)
            program.wait(SECONDS)

    # ------------------------------------------------------------ the gate's side

    def beat(self, *, own_files: bool = False) -> httpx.Response:
        """A beat of the gate."""
        return self.say(self.statements.beat(own_files=own_files))

    def held(self, folder: Path | None) -> Path:
        """The gate's folder for files that are not handed over yet."""
        held = folder or self.folder / "held"
        held.mkdir(mode=0o700, exist_ok=True)
        return held


def digest(data: bytes) -> Digest:
    """SHA-256 of a job's file."""
    return Digest(hashlib.sha256(data).digest())
