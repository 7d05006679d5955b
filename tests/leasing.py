"""A printer that works offline, as the service sees it: its lease, its journal, its receipts."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ledger import leasefiles
from ledger.leasefiles import LeaseFile
from ledger.models import (
    ZERO_DIGEST,
    Address,
    Digest,
    JournalEntry,
    JournalKind,
    LeaseRequest,
    serials_of,
)
from tests.scene import Scene
from tests.service import Printer

MACHINE = Digest(b"\x3c" * 32)


def lease_request(ours: Scene, by: Printer | None = None, **changed: Any) -> dict[str, Any]:
    """What POST /leases takes, signed by the center."""
    values: dict[str, Any] = {
        "design": ours.design,
        "license": ours.license,
        "printer": (by or ours.printer).address,
        "count": 5,
        "lifetime": 86_400,
        "silence": 3_600,
        "job": ZERO_DIGEST,
        "nonce": Digest(secrets.token_bytes(32)),
        "deadline": ours.now + 600,
        **changed,
    }
    message = ours.ledger.domain.typed(LeaseRequest(**values))
    signature = ours.center.signer.sign(message)
    return {"request": as_body(values), "signature": "0x" + signature.hex()}


def lease(ours: Scene, by: Printer | None = None, **changed: Any) -> LeaseFile:
    """A lease of five prints, unless told otherwise."""
    answer = ours.center.http.post("/leases", json=lease_request(ours, by, **changed))
    assert answer.status_code == 201, answer.text
    return leasefiles.parse(answer.content)


def serials(file: LeaseFile) -> list[int]:
    """The serials of a lease, in order."""
    return [s for one in file.tickets for s in serials_of(one.token.word, one.token.serials)]


def as_body(values: dict[str, Any]) -> dict[str, Any]:
    """Values as the API takes them."""
    return {key: str(v) if isinstance(v, (bytes, str)) else v for key, v in values.items()}


@dataclass
class Book:
    """A printer's journal, kept as its gate keeps it; a copy of it is a copied journal."""

    ours: Scene
    printer: Printer
    machine: Digest = MACHINE
    entries: list[tuple[JournalEntry, bytes]] = field(default_factory=list)

    @property
    def address(self) -> Address:
        """The printer's account."""
        return self.printer.address

    def copy(self, machine: Digest = MACHINE) -> Book:
        """The same on another disk, or on another machine."""
        return replace(self, machine=machine, entries=list(self.entries))

    def write(
        self, kind: JournalKind, file: LeaseFile | None = None, serial: int = 0, **changed: Any
    ) -> JournalEntry:
        """Sign the next entry."""
        domain = self.ours.ledger.domain
        last = self.entries[-1][0] if self.entries else None
        now = self.ours.now
        values: dict[str, Any] = {
            "printer": self.address,
            "sequence": 1 if last is None else last.sequence + 1,
            "previous": ZERO_DIGEST if last is None else domain.typed(last).digest(),
            "machine": self.machine,
            "kind": kind,
            "lease": ZERO_DIGEST if file is None else leasefiles.digest_of(file),
            "serial": serial,
            "at": now,
            "seen": now,
            **changed,
        }
        entry = JournalEntry(**values)
        self.entries.append((entry, self.printer.signer.sign(domain.typed(entry))))
        return entry

    def spend(self, file: LeaseFile, *which: int, **changed: Any) -> None:
        """Spend serials of a lease."""
        for serial in which:
            self.write(JournalKind.SPEND, file, serial, **changed)

    def body(self, first: int = 0) -> dict[str, Any]:
        """What POST /printers/{printer}/journal takes, from the entry at index `first` on."""
        rows = []
        for entry, signature in self.entries[first:]:
            values = as_body(asdict(entry))
            del values["printer"]
            rows.append({"entry": values, "signature": "0x" + signature.hex()})
        return {"entries": rows}

    @property
    def path(self) -> str:
        """Where it is handed in."""
        return f"/printers/{self.address}/journal"

    def hand_in(self, first: int = 0) -> dict[str, Any]:
        """Hand in what was written, from the entry at index `first` on."""
        answer: dict[str, Any] = self.ours.center.ok("POST", self.path, json=self.body(first))
        return answer

    def refused(self, error: str, first: int = 0) -> dict[str, Any]:
        """The same, where it must be refused."""
        return self.ours.center.refused(error, "POST", self.path, json=self.body(first))
