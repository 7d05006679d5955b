"""A print center with no network: gates as processes of their own, and a clock of the test's.

Time is a number in a file that every process reads; each piece that a machine prints takes
its share of the week. The gates are real, with real folders, keys and journals; where the
network would be there is nothing.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import structlog

from ledger import artifacts
from ledger.chain import Chain, Deployment
from ledger.errors import ServiceUnavailable
from ledger.gate import Config, Gate, Keys
from ledger.gate.firstcontact import FirstContact
from ledger.gate.hosts.folder import FolderHost
from ledger.gate.journal import State, read
from ledger.gate.leases.links import Head, Link
from ledger.ipfs import EmbeddedIpfs
from ledger.models import Address
from ledger.newsfiles import NewsFile
from ledger.signing import Signer
from ledger.vault import KemPrivateKey
from tests.gate.child import DeadlyJournal, Death, Machine

NOWHERE = "http://127.0.0.1:9"
"""Where nothing answers (the discard port)."""

LIFE_SECONDS = 300
"""No life of a gate takes longer, or something hangs."""


class FileClock:
    """The time that a file says, as far off as another says that this machine's clock is."""

    def __init__(self, true: Path, offset: Path | None = None) -> None:
        self._true, self._offset = true, offset

    def now(self) -> int:
        off = 0 if self._offset is None else int(self._offset.read_text())
        return int(self._true.read_text()) + off


def set_number(path: Path, number: int) -> None:
    """Write a clock's file so that no reader sees half of it."""
    partial = path.with_suffix(f".{threading.get_ident()}.part")
    partial.write_text(str(number))
    partial.replace(path)


class Week:
    """The time of all, which printing takes."""

    def __init__(self, path: Path, begins: int) -> None:
        self.path, self._lock = path, threading.Lock()
        set_number(path, begins)

    def pass_(self, seconds: int) -> None:
        with self._lock:
            set_number(self.path, int(self.path.read_text()) + seconds)

    @property
    def now(self) -> int:
        return int(self.path.read_text())


class SlowMachine(Machine):
    """A machine whose every piece takes `seconds` of the week."""

    def __init__(self, hot: Path, week: Week, seconds: int) -> None:
        self._week, self._seconds = week, seconds
        self.running = threading.Event()
        self.running.set()
        super().__init__(hot)

    def _work(self) -> None:
        while not self._stop.wait(0.002):
            if not self.running.is_set():
                continue
            for path in self._hot.iterdir():
                if path.is_file():
                    self.printed.append((path.name, path.read_bytes()))
                    self._week.pass_(self._seconds)
                    path.rename(self._hot / "done" / path.name)


class NoNetwork:
    """A service that nobody can reach."""

    def journal_head(self, printer: Address) -> Head:
        return self._down()

    def hand_in(self, printer: Address, links: Sequence[Link]) -> Head:
        return self._down()

    def news(self) -> NewsFile:
        return self._down()

    def __getattr__(self, name: str) -> Any:
        return lambda *_: self._down()

    def _down(self) -> NoReturn:
        raise ServiceUnavailable("There is no network.")


@dataclass(frozen=True)
class Life:
    """All that a gate's process is told."""

    config: Config
    secret: bytes
    kem: bytes
    deployment: Deployment
    clock: Path
    offset: Path
    prints: int
    death: Death | None


def live(life: Life) -> None:
    """Print from the lease until all that was ordered has its receipt, or until it dies."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    config, clock = life.config, FileClock(life.clock, life.offset)
    journal = None if life.death is None else DeadlyJournal(config.journal, life.death)
    chain = FirstContact(Chain(NOWHERE, life.deployment, artifacts.load()))
    assert config.ipfs_folder is not None
    content, host = EmbeddedIpfs(config.ipfs_folder), FolderHost(config.hot, clock)
    keys = Keys(Signer.from_secret(life.secret), KemPrivateKey(life.kem))
    service = NoNetwork()
    end = time.monotonic() + LIFE_SECONDS
    with Gate(config, keys, chain, service, content, host, clock, journal, leases=service) as gate:
        while signed(config) < life.prints:
            if not gate.step():
                time.sleep(0.002)
            if time.monotonic() > end:
                last = read(config.journal)[-1]
                raise TimeoutError(f"{last.state.value}: {last.data}"[:2_000])


def signed(config: Config) -> int:
    """How many receipts the journal has."""
    found = config.journal.read_bytes() if config.journal.exists() else b""
    return found.count(f'"state":"{State.RECEIPTED.value}"'.encode())
