"""A printer with no network: its gate is a process of its own, which dies where it is told to."""

from __future__ import annotations

import multiprocessing
import random
import signal
from dataclasses import dataclass, field
from pathlib import Path

from ledger.client import ServiceClient
from ledger.gate import Config, Gate, Keys
from ledger.gate.hosts.folder import FolderHost
from ledger.gate.journal import State, read
from ledger.ipfs import EmbeddedIpfs
from ledger.leasefiles import LeaseFile
from tests.e2e.offline import LIFE_SECONDS, FileClock, Life, SlowMachine, Week, live
from tests.gate.child import Death
from tests.processes import ended, start
from tests.scene import Scene
from tests.service import Printer, chain_of

PROCESSES = multiprocessing.get_context("forkserver")


@dataclass
class Press:
    """One printer of the center: its gate's folder, its machine and its lease."""

    ours: Scene
    week: Week
    printer: Printer
    config: Config
    machine: SlowMachine
    file: LeaseFile
    offset: Path
    prints: int
    deaths: list[str] = field(default_factory=list)

    def life(self, death: Death | None) -> multiprocessing.process.BaseProcess:
        """A life of the gate, in a process of its own."""
        told = Life(
            config=self.config,
            secret=self.printer.signer._account.key,
            kem=self.printer.kem.expose(),
            deployment=chain_of(self.ours.ledger).deployment,
            clock=self.week.path,
            offset=self.offset,
            prints=self.prints,
            death=death,
        )
        process: multiprocessing.process.BaseProcess = PROCESSES.Process(target=live, args=(told,))
        start(process)
        return process

    def live_and_die(self, dice: random.Random) -> None:
        """Lives until all is printed; each ends before, in or after a line that the dice choose."""
        while True:
            moment = dice.choice(["before", "during", "after"])
            line = dice.randint(20, 400)
            process = self.life(Death(None, moment, line))
            code = ended(process, LIFE_SECONDS + 5)
            if code == 0:
                return
            assert code == -signal.SIGKILL, code
            self.deaths.append(f"{moment} line {line}")

    def gate(self, url: str) -> Gate:
        """The gate with its network."""
        keys = Keys(self.printer.signer, self.printer.kem)
        clock = FileClock(self.week.path)
        assert self.config.ipfs_folder is not None
        return Gate(
            self.config,
            keys,
            chain_of(self.ours.ledger),
            ServiceClient(url),
            EmbeddedIpfs(self.config.ipfs_folder),
            FolderHost(self.config.hot, clock),
            clock,
            leases=ServiceClient(url),
        )

    @property
    def kinds(self) -> list[str]:
        """The kinds of what its gate signed in its journal, in order."""
        return [
            row.data["entry"]["kind"] for row in read(self.config.journal) if "entry" in row.data
        ]

    @property
    def spent(self) -> list[int]:
        """The serials that it spent, in order."""
        rows = read(self.config.journal)
        return [
            row.data["entry"]["serial"] for row in rows if row.state is State.SPENT and row.data
        ]
