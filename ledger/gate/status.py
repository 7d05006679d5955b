"""What a gate would say of itself, read from its folder while it runs or not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from ledger.gate import journal
from ledger.gate.book import FINISHED, Book, Job, Refused
from ledger.gate.config import Config
from ledger.gate.journal import State
from ledger.gate.leases.report import report
from ledger.models import Address
from ledger.signing import keystore_address


@dataclass(frozen=True, slots=True)
class Status:
    """A gate's state. `jobs` are the unfinished ones; counts are over all there ever were."""

    name: str
    printer: Address
    center: Address
    by_state: dict[str, int]
    jobs: tuple[Job, ...]
    last_refusal: Refused | None
    receipts_waiting: int
    receipts_refused: tuple[Job, ...]
    """Those whose receipts the service never takes; each tells why in its `answer`."""
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
            "receipts_refused": [_refused_receipt(job) for job in self.receipts_refused],
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
    return Status(
        name=config.name,
        printer=keystore_address(config.signing_key),
        center=config.center,
        by_state={state.value: counts[state] for state in State if counts[state]},
        jobs=tuple(job for job in jobs if job.state not in FINISHED),
        last_refusal=next(reversed(book.refusals()), None),
        receipts_waiting=counts[State.ENDED] + counts[State.RECEIPTED],
        receipts_refused=tuple(job for job in jobs if job.state is State.RECEIPT_REFUSED),
        refusals_waiting=len(book.unreported()),
        leases=report(config, book.leases, records, now),
    )


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


def _refused_receipt(job: Job) -> dict[str, Any]:
    said = job.receipt()
    return {
        "receipt": job.data["receipt"],
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
