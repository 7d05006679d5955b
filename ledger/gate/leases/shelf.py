"""What the gate's journal amounts to for leases: those that it has, and what it did of them.

Like the book of jobs it follows from the lines of the journal alone, one after the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ledger import leasefiles
from ledger.gate.journal import Record, State
from ledger.gate.leases.links import Head, Link
from ledger.gate.leases.timeguard import TimeGuard, corrected
from ledger.leasefiles import LeaseFile
from ledger.models import Address, Digest, JournalEntry, JournalKind, Ticket, serials_of
from ledger.tickets import digest_of


@dataclass(slots=True)
class Held:
    """A lease that was taken in. `file` is as it came, but without its key.

    `tickets` are by serial, each with the digest of its token; `spent` is what the journal
    has spent, and `gone` what the chain had when the lease came.
    `returned` from its RETURN entry on; `ended` says why nothing more is printed of it, and
    is empty until its key is wiped.
    """

    digest: Digest
    file: LeaseFile
    claim: str
    taken_at: int
    tickets: dict[int, tuple[Ticket, Digest]]
    spent: set[int] = field(default_factory=set)
    gone: frozenset[int] = frozenset()
    returned: bool = False
    ended: str = ""

    @property
    def live(self) -> bool:
        """Whether its key is still kept."""
        return not self.ended

    @property
    def serials(self) -> tuple[int, ...]:
        """All that it names, in the order in which they are spent."""
        return tuple(self.tickets)


@dataclass(slots=True)
class Order:
    """How many prints of a lease were asked for, and how many of them became jobs."""

    key: str
    lease: Digest
    count: int
    file: str
    admitted: int = 0

    @property
    def left(self) -> int:
        """How many are still to become jobs."""
        return self.count - self.admitted


class Shelf:
    """Leases, orders and the printer's own chain of entries, as they stand now."""

    def __init__(self) -> None:
        self.leases: dict[Digest, Held] = {}
        self.orders: dict[str, Order] = {}
        self.links: list[Link] = []
        self.guard = TimeGuard()
        self.home: Digest | None = None
        """The machine that took in the first lease."""
        self.machine: Digest | None = None
        """The machine that wrote last."""
        self.halted = ""
        """Why nothing is printed from leases any more, for good."""
        self.last_at = 0
        self.handed_in = 0
        """How many entries the service had at the last contact."""
        self._entry_of: dict[str, int] = {}

    @property
    def head(self) -> Head:
        """The last entry of the printer's chain."""
        return self.links[-1].head if self.links else Head()

    def live(self) -> list[Held]:
        """Leases whose keys are kept, in the order in which they came."""
        return [held for held in self.leases.values() if held.live]

    def open_orders(self) -> list[Order]:
        """Orders of live leases of which something is left, in order."""
        return [
            order for order in self.orders.values() if order.left and self.leases[order.lease].live
        ]

    def is_given_back(self, token: Digest) -> bool:
        """Whether a print token is one of a lease that was given back."""
        return any(
            held.returned and any(digest == token for _, digest in held.tickets.values())
            for held in self.leases.values()
        )

    def sequence_of(self, job: str) -> int:
        """The number of the entry that spent a job's serial; 0 if it was not spent."""
        return self._entry_of.get(job, 0)

    def apply(self, record: Record) -> None:
        """Take in one line of the journal."""
        self.guard = self.guard.looked(record.at)
        self.last_at = record.at
        data = record.data
        if "entry" in data:
            self._enter(record, link_of(data))
        if record.state is State.LEASED:
            self._take(record)
        elif record.state is State.WANTED:
            order = Order(record.key, Digest.parse(data["lease"]), data["count"], data["file"])
            self.orders[order.key] = order
        elif record.state is State.ADMITTED and "order" in data:
            self.orders[data["order"]].admitted += 1
        elif record.state is State.LEASE_ENDED:
            self.leases[Digest.parse(data["lease"])].ended = data["why"]
        elif record.state is State.HALTED:
            self.halted = data["detail"]
        elif record.state is State.TIME and "trusted" in data:
            self.guard = corrected(data["trusted"])
        elif record.state is State.TIME:
            self.handed_in = data.get("handed_in", self.handed_in)

    def _take(self, record: Record) -> None:
        file = leasefiles.parse(record.data["document"].encode())
        digest = Digest.parse(record.data["lease"])
        pairs = [(ticket, digest_of(ticket)) for ticket in file.tickets]
        tickets = {
            serial: pair
            for pair in pairs
            for serial in serials_of(pair[0].token.word, pair[0].token.serials)
        }
        earlier = self.leases.get(digest)
        self.leases[digest] = Held(
            digest=digest,
            file=file,
            claim=record.data["claim"],
            taken_at=record.at,
            tickets=tickets,
            spent=set() if earlier is None else earlier.spent,
            gone=frozenset(record.data["gone"]) | (earlier.gone if earlier else frozenset()),
        )
        self.machine = Digest.parse(record.data["machine"])
        self.home = self.home or self.machine
        self.guard = self.guard.saw(file.news.news.issued_at)

    def _enter(self, record: Record, link: Link) -> None:
        entry = link.entry
        self.links.append(link)
        self.machine = entry.machine
        self.guard = self.guard.saw(entry.seen)
        if entry.kind is JournalKind.CLOCK:
            self.guard = self.guard.note()
        elif entry.kind is JournalKind.SPEND:
            self.leases[entry.lease].spent.add(entry.serial)
            self._entry_of[record.key] = entry.sequence
        elif entry.kind is JournalKind.RETURN:
            self.leases[entry.lease].returned = True


def data_of(link: Link) -> dict[str, Any]:
    """What a line of the gate's journal says of an entry; `link_of` undoes it."""
    entry = link.entry
    members = {name: getattr(entry, name) for name in JournalEntry.__slots__}
    return {
        "entry": {
            name: value if isinstance(value, int) else str(value) for name, value in members.items()
        },
        "signed": link.signature.hex(),
        "digest": str(link.digest),
    }


def link_of(data: Mapping[str, Any]) -> Link:
    """The signed entry in a line of the gate's journal."""
    row = data["entry"]
    entry = JournalEntry(
        printer=Address(row["printer"]),
        sequence=row["sequence"],
        previous=Digest.parse(row["previous"]),
        machine=Digest.parse(row["machine"]),
        kind=JournalKind(row["kind"]),
        lease=Digest.parse(row["lease"]),
        serial=row["serial"],
        at=row["at"],
        seen=row["seen"],
    )
    return Link(entry, bytes.fromhex(data["signed"]), Digest.parse(data["digest"]))
