"""What a gate would say of itself, read from its folder while it runs or not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from ledger.errors import LedgerError
from ledger.gate import journal
from ledger.gate.book import FINISHED, Book, Job, Refused
from ledger.gate.config import Config
from ledger.gate.journal import State
from ledger.gate.leases.report import report
from ledger.models import Address
from ledger.signing import keystore_address


@dataclass(frozen=True, slots=True)
class PutAside:
    """A print whose receipt the service never takes, and the name of the journal that has it."""

    job: Job
    journal: str


@dataclass(frozen=True, slots=True)
class Status:
    """A gate's state. `jobs` are the unfinished ones; counts are over all of its journal.

    Of the journals from before its keys were replaced it tells what was put aside, and no more:
    nothing else was left when they ended.
    """

    name: str
    printer: Address
    center: Address
    by_state: dict[str, int]
    jobs: tuple[Job, ...]
    last_refusal: Refused | None
    receipts_waiting: int
    receipts_refused: tuple[PutAside, ...]
    """In the order in which they were refused; each job tells why in its `answer`."""
    unreadable: tuple[str, ...]
    """Names of journals from before that are damaged: what was put aside in them is not told."""
    refusals_waiting: int
    leases: dict[str, Any]
    """What `leases.report` says; empty for a gate without leases."""

    def as_json(self) -> dict[str, Any]:
        """Plain data for `--json`."""
        last = self.last_refusal
        return {
            "name": self.name,
            "printer": str(self.printer),
            "center": str(self.center),
            "by_state": self.by_state,
            "jobs": [_job(job) for job in self.jobs],
            "last_refusal": None if last is None else _refusal(last),
            "receipts_waiting": self.receipts_waiting,
            "receipts_refused": [_refused_receipt(each) for each in self.receipts_refused],
            "unreadable": list(self.unreadable),
            "refusals_waiting": self.refusals_waiting,
            "leases": self.leases,
        }


def status(config: Config, now: int) -> Status:
    """Read it; `now` is this machine's clock.

    Raises SetupError if the journal is damaged or there is no key.
    """
    records = journal.read(config.journal)
    book = Book(records)
    jobs = list(book.jobs())
    counts = Counter(job.state for job in jobs)
    earlier, unreadable = _earlier(config)
    return Status(
        name=config.name,
        printer=keystore_address(config.signing_key),
        center=config.center,
        by_state={state.value: counts[state] for state in State if counts[state]},
        jobs=tuple(job for job in jobs if job.state not in FINISHED),
        last_refusal=next(reversed(book.refusals()), None),
        receipts_waiting=counts[State.ENDED] + counts[State.RECEIPTED],
        receipts_refused=(*earlier, *_put_aside(book, config.journal.name)),
        unreadable=unreadable,
        refusals_waiting=len(book.unreported()),
        leases=report(config, book.leases, records, now),
    )


def _earlier(config: Config) -> tuple[list[PutAside], tuple[str, ...]]:
    """What was put aside before the keys were replaced, and the journals that cannot be read."""
    found: list[PutAside] = []
    unreadable = []
    for path in config.old_journals:
        try:
            found += _put_aside(Book(journal.read(path)), path.name)
        except LedgerError:
            # It stops no gate, and must not hide what the gate's own journal says.
            unreadable.append(path.name)
    return sorted(found, key=lambda each: each.job.since), tuple(unreadable)


def _put_aside(book: Book, name: str) -> list[PutAside]:
    return [PutAside(job, name) for job in book.jobs() if job.state is State.RECEIPT_REFUSED]


def _job(job: Job) -> dict[str, Any]:
    token = job.ticket.token
    return {
        "token": str(job.digest),
        "design": str(token.design),
        "license": token.license,
        "serial": job.serial,
        "state": job.state.value,
        "since": job.since,
        "name": job.name or None,
        "transaction": job.transaction,
    }


def _refused_receipt(put_aside: PutAside) -> dict[str, Any]:
    job = put_aside.job
    said = job.receipt()
    return {
        "journal": put_aside.journal,
        "receipt": job.data["receipt"],
        "printer": str(said.printer),
        "token": str(said.token),
        "design": str(said.design),
        "license": said.license,
        "serial": said.serial,
        "outcome": said.outcome.value,
        "started": said.started,
        "ended": said.ended,
        "signature": "0x" + job.signature.hex(),
        "answer": job.answer,
        "refused_at": job.since,
    }


def _refusal(entry: Refused) -> dict[str, Any]:
    return {
        "file": entry.original,
        "sha256": str(entry.file),
        "error": entry.error,
        "detail": entry.detail,
        "refused_at": entry.at,
        "kept": entry.kept,
        "reported": entry.reported,
    }
