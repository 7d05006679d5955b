"""What the journal amounts to: every job and every refusal as it stands now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ledger import tickets
from ledger.gate.journal import Record, State
from ledger.gate.leases.shelf import Shelf
from ledger.models import UNKNOWN_SHARE, ZERO_DIGEST, Digest, Outcome, Receipt, Ticket

BEFORE_HAND_OVER = frozenset(
    (
        State.ADMITTED,
        State.FETCHED,
        State.KEY_RECEIVED,
        State.OPENED,
        State.SLICED,
        State.REDEEMING,
        State.REDEEMED,
        State.SPENT,
        State.HANDING,
    )
)
"""States in which the machine does not have the file (HANDING: or just got it)."""

FINISHED = frozenset((State.REPORTED, State.RECEIPT_REFUSED, State.REFUSED))
"""States in which nothing is left to do for the job itself."""


def key_of(digest: Digest, serial: int) -> str:
    """The name of a job: the digest of its token, and its serial."""
    return f"{digest.hex()}-{serial}"


@dataclass(slots=True)
class Job:
    """One serial of one ticket. `data` is everything that the journal tells of it.

    `began_redeeming` and `spent` stay true whatever state the job goes back to: its serial
    was about to be redeemed on chain, or was spent from a lease. The journal tells all but
    `printing_since` and `start_due`, which nothing depends on.
    """

    key: str
    serial: int
    raw: bytes
    ticket: Ticket
    digest: Digest
    state: State
    since: int
    began_redeeming: bool = False
    spent: bool = False
    printing_since: int | None = None
    """Since when the machine prints it, as far as this life of the gate has seen."""
    start_due: int = 0
    """When the service is told of that, or told again."""
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def claim(self) -> str:
        """Under which name the gate took the ticket out of the inbox."""
        return str(self.data["claim"])

    @property
    def file(self) -> Digest:
        """SHA-256 of the ticket's file as it was dropped."""
        return Digest.parse(self.data["file"])

    @property
    def lease(self) -> Digest | None:
        """The lease by which the job is printed; None for one that is redeemed online."""
        found = self.data.get("lease")
        return None if found is None else Digest.parse(found)

    @property
    def model(self) -> Digest | None:
        """SHA-256 of the opened file that is sliced; None if it is printed as it is."""
        found = self.data.get("model")
        return None if found is None else Digest.parse(found)

    @property
    def material(self) -> tuple[str, int]:
        """The kind and the mass (mg) of what a whole print takes, as its G-code says."""
        said = self.data.get("gcode") or {}
        return str(said.get("material", "")), int(said.get("material_mg", 0))

    @property
    def name(self) -> str:
        """The file name at the host; empty until the file is opened."""
        return str(self.data.get("name", ""))

    @property
    def handed_at(self) -> int:
        """When the machine got the file; 0 before."""
        return int(self.data.get("handed_at", 0))

    @property
    def until(self) -> int:
        """First second at which the machine may not begin any more."""
        return int(self.data.get("until", self.ticket.token.deadline))

    @property
    def transaction(self) -> str | None:
        """The redemption's transaction, once the chain has it."""
        return self.data.get("transaction")

    @property
    def signature(self) -> bytes:
        """The receipt's signature; the job must be at least receipted."""
        return bytes.fromhex(self.data["signature"])

    @property
    def answer(self) -> dict[str, Any]:
        """What the service said to a receipt that it never takes: error, detail and facts."""
        return dict(self.data["answer"])

    def receipt(self) -> Receipt:
        """What is to be signed; the job must have ended."""
        token = self.ticket.token
        return Receipt(
            token=self.digest,
            design=token.design,
            license=token.license,
            serial=self.serial,
            printer=token.printer,
            job=Digest.parse(self.data["job"]),
            started=int(self.data["started"]),
            ended=int(self.data["ended"]),
            outcome=Outcome(self.data["outcome"]),
            material_mg=int(self.data["material_mg"]),
            energy_joule=int(self.data["energy_joule"]),
            profile=Digest.parse(self.data.get("profile", str(ZERO_DIGEST))),
            duration=int(self.data.get("duration", 0)),
            material=str(self.data.get("material", "")),
            recycled=int(self.data.get("recycled", UNKNOWN_SHARE)),
            photo=Digest.parse(self.data.get("photo", str(ZERO_DIGEST))),
        )


@dataclass(slots=True)
class Refused:
    """A file or a job that was refused. `number` is the journal's line, its name for ever."""

    number: int
    key: str
    at: int
    error: str
    detail: str
    file: Digest
    kept: str
    original: str
    reported: bool = False


class Book:
    """All jobs in the order in which they were admitted, and all refusals."""

    def __init__(self, records: Iterable[Record] = ()) -> None:
        self._jobs: dict[str, Job] = {}
        self._refusals: dict[int, Refused] = {}
        self._unfinished: dict[str, Job] = {}
        self._unreported: dict[int, Refused] = {}
        self.leases = Shelf()
        for record in records:
            self.apply(record)

    def apply(self, record: Record) -> None:
        """Take in one line of the journal."""
        self.leases.apply(record)
        if record.state is State.REFUSAL_REPORTED:
            self._refusals[record.data["refusal"]].reported = True
            self._unreported.pop(record.data["refusal"], None)
            return
        if record.state is State.ADMITTED:
            self._admit(record)
        job = self._jobs.get(record.key)
        if job is not None:
            job.state = record.state
            job.since = record.at
            job.began_redeeming |= record.state is State.REDEEMING
            job.spent |= record.state is State.SPENT
            job.data.update(record.data)
            if job.state in FINISHED:
                self._unfinished.pop(job.key, None)
        if record.state is State.REFUSED:
            self._refuse(record)

    def job(self, key: str) -> Job | None:
        """One job."""
        return self._jobs.get(key)

    def jobs(self) -> Iterator[Job]:
        """Every job ever."""
        yield from self._jobs.values()

    def unfinished(self) -> list[Job]:
        """Jobs with something left to do, in order."""
        return list(self._unfinished.values())

    def refusals(self) -> list[Refused]:
        """Every refusal, in order."""
        return list(self._refusals.values())

    def unreported(self) -> list[Refused]:
        """Refusals that the service has not accepted yet."""
        return list(self._unreported.values())

    def refusal_of(self, key: str) -> Refused | None:
        """The last refusal of a job or file."""
        return next((entry for entry in reversed(self.refusals()) if entry.key == key), None)

    def _admit(self, record: Record) -> None:
        raw = str(record.data["ticket"]).encode()
        ticket = tickets.parse(raw)
        earlier = self._jobs.pop(record.key, None)
        job = Job(
            key=record.key,
            serial=record.data["serial"],
            raw=raw,
            ticket=ticket,
            digest=Digest.parse(record.key.partition("-")[0]),
            state=record.state,
            since=record.at,
            # Never forgotten: it is what tells our own redemption from a stranger's.
            began_redeeming=earlier is not None and earlier.began_redeeming,
            spent=earlier is not None and earlier.spent,
        )
        self._jobs[job.key] = self._unfinished[job.key] = job

    def _refuse(self, record: Record) -> None:
        data = record.data
        entry = Refused(
            number=record.seq,
            key=record.key,
            at=record.at,
            error=data["error"],
            detail=data["detail"],
            file=Digest.parse(data.get("file", str(ZERO_DIGEST))),
            kept=data["kept"],
            original=data["original"],
        )
        self._refusals[entry.number] = self._unreported[entry.number] = entry
