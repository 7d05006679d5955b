"""By what a job of a lease may be printed: what the gate holds itself, with no network."""

from __future__ import annotations

from ledger.errors import JournalRolledBack, LeaseEnded
from ledger.gate.bench import Bench
from ledger.gate.book import Job
from ledger.gate.journal import State
from ledger.gate.leases.check import admit, release
from ledger.gate.leases.desk import Desk
from ledger.gate.leases.shelf import Held
from ledger.gate.verdict import FileProof
from ledger.models import ContentHash
from ledger.vault import ContentKey, receive_key, release_info


class LeaseGrounds:
    """`Grounds` for jobs of leases: the journal decides, and nobody is asked."""

    def __init__(self, bench: Bench, desk: Desk) -> None:
        self._bench = bench
        self._desk = desk

    def require(self, job: Job) -> tuple[ContentHash, ...]:
        """See `Grounds.require`. Raises what the check does.

        And ClockSetBack, MachineChanged or JournalRolledBack, which stop every lease.
        """
        held = self._held(job)
        self._desk.require_sound()
        admit(self._desk.facts(held), job.serial).require()
        return (held.file.lease.content,)

    def content_key(self, job: Job) -> ContentKey:
        """See `Grounds.content_key`: opened for each job anew. Raises UnsealFailed."""
        held, bench = self._held(job), self._bench
        lease = held.file.lease
        info = release_info(lease.design, lease.license, bench.keys.printer, held.digest)
        return receive_key(self._desk.key(held.digest), bench.keys.kem, info)

    def spend(self, job: Job) -> bool:
        """See `Grounds.spend`. A serial that was spent before a crash is not spent again."""
        held = self._held(job)
        self.require(job)
        if job.serial in held.spent:
            self._bench.record(job.key, State.SPENT)
            return True
        if self._bench.host.is_handed(self._bench.at_host(job)):
            # The machine knows a print that this journal does not: it was set back.
            raise JournalRolledBack(f"The machine has printed serial {job.serial} already.")
        self._desk.spend(job.key, held.digest, job.serial)
        return True

    def release(self, job: Job, file: FileProof) -> int | None:
        """See `Grounds.release`; never None, because what is in the journal stays there."""
        held = self._held(job)
        self._desk.require_sound()
        verdict = release(self._desk.facts(held), job.serial, file)
        verdict.require()
        return verdict.until

    def _held(self, job: Job) -> Held:
        held = self._desk.shelf.leases.get(job.lease) if job.lease is not None else None
        if held is None:
            raise LeaseEnded("This gate does not have the lease of the job.")
        return held
