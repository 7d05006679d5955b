"""A print center whose chain, service and gates are real, and whose network can be cut.

The service answers over HTTP, behind a line that the test cuts; the gates have real folders,
keys and journals, and a hot folder. Only time is the test's own, for gate and service alike,
and the chain's follows it.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ledger import artifacts, leasefiles
from ledger.anvil import Anvil
from ledger.chain import Chain
from ledger.client import ServiceClient
from ledger.client.transport import Transport
from ledger.gate import Config, Gate, Keys
from ledger.gate.book import Book
from ledger.gate.hosts.folder import FolderHost
from ledger.gate.journal import Record, State, read
from ledger.gate.leases import orders
from ledger.gate.leases.links import Head, Link, verify
from ledger.gate.leases.shelf import link_of
from ledger.ipfs import EmbeddedIpfs
from ledger.leasefiles import LeaseFile
from ledger.models import Digest
from ledger.services import pooled
from ledger.signing import require_signer
from tests.e2e.line import Line
from tests.gate.fakes import FakeClock
from tests.gate.world import make_config
from tests.scene import Scene
from tests.service import Printer, chain_of

GRACE_HOURS = 2


@dataclass
class Center:
    """The service and all around it."""

    anvil: Anvil
    ours: Scene
    clock: FakeClock
    line: Line
    chain_line: Line

    def cut(self) -> None:
        """Cut the gates off from service and chain."""
        self.line.cut()
        self.chain_line.cut()

    def mend(self) -> None:
        """Bring the network back, if it was cut, and whole."""
        for line in (self.line, self.chain_line):
            line.cut()
            line.loses = lambda: False
            line.mend()

    def press(self, folder: Path) -> Press:
        """Another printer with its gate."""
        blocks = self.ours.ledger.work_folder.parent / "blocks"
        config = replace(
            make_config(folder),
            ipfs_folder=blocks,
            settle_seconds=0,
            issuer=self.ours.ledger.issuer.address,
        )
        return Press(self, self.ours.enrolled(), config)

    def licensed(self, *, seconds: int, quota: int = 50) -> Scene:
        """A license of its own that expires so many seconds from now, with `GRACE_HOURS`."""
        chain, ours = chain_of(self.ours.ledger), self.ours
        expiry = ours.now + seconds
        call = chain.grant(ours.design, ours.center.address, quota, expiry, GRACE_HOURS)
        mined = chain.send(call, chain.sender(ours.designer.signer))
        ours.ledger.indexer.catch_up()
        return replace(ours, license=int(mined.events[-1].arguments["license"]))

    def catch_up(self) -> None:
        """Blocks of a young chain run ahead of the clock: go on from their time."""
        self.clock.time = max(self.clock.time, self.ours.now)

    def next_block_at(self, second: int) -> None:
        """Give the chain's next block that time, if it is not past it already."""
        if second > self.ours.ledger.chain.now():
            self.anvil.next_block_at(second)

    def redeem(self) -> None:
        """Redeem all that was handed in."""
        pooled.settle(self.ours.ledger, at_once=True)

    def findings(self, subject: object) -> dict[str, list[str]]:
        """Where each kind of finding of an audit points."""
        found: dict[str, list[str]] = {}
        for finding in self.ours.dossier(subject)["findings"]:
            found.setdefault(finding["kind"], []).append(finding["where"])
        return found

    def entry(self, where: str) -> Any:
        """The signed entry that a finding points to, as the service gives it to everybody."""
        digest = where.removeprefix("journal entry ")
        return self.ours.center.ok("GET", f"/journal-entries/{digest}")


@dataclass
class Press:
    """One printer: its keys, its gate's folder, its hot folder, and the gate while it runs."""

    center: Center
    printer: Printer
    config: Config
    machine_id: Digest | None = None
    orders: int = 0
    printed: list[str] = field(default_factory=list)
    _gate: Gate | None = None

    @property
    def gate(self) -> Gate:
        """The gate, started if it does not run."""
        if self._gate is None:
            center = self.center
            # A cut line is told of at once, without waiting for it to be mended.
            transport = Transport(center.line.url, sleep=lambda _: None)
            service = ServiceClient(center.line.url, transport=transport)
            assert self.config.ipfs_folder is not None
            deployment = chain_of(center.ours.ledger).deployment
            self._gate = Gate(
                self.config,
                Keys(self.printer.signer, self.printer.kem),
                Chain(center.chain_line.url, deployment, artifacts.load()),
                service,
                EmbeddedIpfs(self.config.ipfs_folder),
                FolderHost(self.config.hot, center.clock),
                center.clock,
                leases=service,
                machine=self.machine_id,
            )
        return self._gate

    def stop(self) -> None:
        """End the gate, if it runs."""
        if self._gate is not None:
            self._gate.close()
            self._gate = None

    def work(self) -> None:
        """All that the gate can do at this very second."""
        for _ in range(3):
            while self.gate.step():
                pass

    def later(self, seconds: int = 400) -> None:
        """Time passes, for longer than the gate waits between two contacts."""
        for _ in range(2):
            self.center.clock.time += seconds // 2
            self.work()

    def print_all(self) -> list[str]:
        """Let the gate work and the machine print what comes; the names."""
        before = len(self.printed)
        while True:
            self.work()
            waiting = sorted(path for path in self.config.hot.iterdir() if path.is_file())
            for path in waiting:
                self.printed.append(path.name)
                path.rename(self.config.hot / "done" / path.name)
            if not waiting:
                return self.printed[before:]

    def drop(self, file: LeaseFile) -> None:
        """Drop a lease."""
        self.center.clock.time = max(self.center.clock.time, file.lease.not_before)
        (self.config.inbox / "1.lease.json").write_bytes(leasefiles.dump(file))

    def take(self, file: LeaseFile) -> LeaseFile:
        """Drop a lease and have it taken in."""
        self.drop(file)
        self.work()
        return file

    def want(self, file: LeaseFile, count: int) -> None:
        """Order prints of a lease."""
        self.orders += 1
        wanted = orders.Wanted(leasefiles.digest_of(file), count)
        (self.config.inbox / f"{self.orders}.print.json").write_bytes(orders.dump(wanted))

    def image(self, target: Path) -> Path:
        """A copy of the folder as it is now; the gate is at rest for it."""
        self.stop()
        return Path(shutil.copytree(self.config.folder, target))

    def put_back(self, image: Path) -> None:
        """The files of an image in place of those that are there, in the same folder."""
        self.stop()
        for path in self.config.folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
        shutil.copytree(image, self.config.folder, dirs_exist_ok=True)

    def copied(self, folder: Path) -> Press:
        """A copy of the gate that lives on beside it, with a machine of its own."""
        self.stop()
        folder.mkdir()
        home = Path(shutil.copytree(self.config.folder, folder / "gate"))
        FolderHost.prepare(folder / "hot")
        inbox = home / self.config.inbox.relative_to(self.config.folder)
        config = replace(self.config, folder=home, inbox=inbox, hot=folder / "hot")
        return replace(self, config=config, printed=[], _gate=None)

    def records(self) -> tuple[Record, ...]:
        """The gate's journal."""
        return read(self.config.journal)

    @property
    def links(self) -> list[Link]:
        """Its signed entries."""
        return [link_of(row.data) for row in self.records() if "entry" in row.data]

    @property
    def spent(self) -> list[int]:
        """The serials that it spent, in order."""
        return [link.entry.serial for link in self.links if link.entry.kind == "spend"]

    @property
    def halted(self) -> bool:
        """Whether leases are over here for good."""
        return any(row.state is State.HALTED for row in self.records())

    @property
    def refusals(self) -> set[str]:
        """The errors of all that was refused here."""
        return {str(r.data["error"]) for r in self.records() if r.state is State.REFUSED}

    @property
    def keys(self) -> list[Path]:
        """The wrapped content keys that are kept."""
        folder = self.config.lease_keys
        return list(folder.iterdir()) if folder.exists() else []

    def known(self) -> dict[str, Any]:
        """What the service knows of this printer's journal."""
        path = f"/printers/{self.printer.address}/journal"
        found: dict[str, Any] = self.center.ours.center.ok("GET", path)
        return found

    def require_agreement(self, license: int) -> None:
        """The chain's bits, the service's journal and receipts and the gate's own say the same."""
        ours = self.center.ours
        links = [(link.entry, link.signature) for link in self.links]
        head = verify(links, ours.ledger.domain, self.printer.address)
        known = self.known()
        assert Head(known["sequence"], Digest.parse(known["head"])) == head
        receipts = ours.center.ok("GET", f"/receipts?license={license}&limit=100")["items"]
        told = [row["serial"] for row in receipts if row["printer"] == self.printer.address]
        assert sorted(told) == sorted(self.spent)
        assert len(self.printed) == len(set(self.printed)) == len(self.spent)

    def require_put_aside(self) -> None:
        """The one receipt here is kept with the service's answer: there is another, which stays.

        And the service has logged it, so that whoever asks finds both.
        """
        (job,) = Book(self.records()).jobs()
        states = [row.state for row in self.records() if row.key == job.key]
        assert states[-2:] == [State.RECEIPTED, State.RECEIPT_REFUSED]
        ours, receipt = self.center.ours, job.receipt()
        kept = ours.ledger.domain.receipt(receipt)
        require_signer(kept, job.signature, receipt.printer)
        told = ours.center.ok("GET", f"/receipts?printer={receipt.printer}")["items"]
        (first,) = [row for row in told if row["serial"] == receipt.serial]
        assert job.answer["error"] == "ReceiptContradicts"
        assert job.answer["facts"]["receipt"] == first["digest"] != str(kept.digest())
        (where,) = self.center.findings(receipt.printer)["receipts-contradict"]
        logged = ours.center.ok("GET", f"/log/{where.removeprefix('log entry ')}")
        assert logged["digest"] == str(kept.digest())
