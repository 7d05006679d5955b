"""Ask the center's queue for work when the machine is free, and put the ticket into the intake.

The ticket is then judged like any that was dropped. What the gate refused before it spent a
serial is told to the queue, so that another printer gets the piece.
"""

from __future__ import annotations

import secrets
from typing import Protocol, runtime_checkable

from ledger import tickets
from ledger.gate.bench import Bench
from ledger.gate.book import Job, key_of
from ledger.gate.disk import translated, write_atomically
from ledger.gate.journal import State
from ledger.gate.ports import HostState
from ledger.models import ZERO_DIGEST, Digest, NextJob, Ticket, serials_of

ASK_SECONDS = 10
"""How long an idle gate waits between two questions."""
_FRESH_SECONDS = 300


@runtime_checkable
class QueueService(Protocol):
    """What the gate asks of the service's queue."""

    def next_job(self, asked: NextJob, signature: bytes) -> Ticket | None:
        """The ticket to print next; None if there is nothing. Safe to repeat."""
        ...


class Queue:
    """One gate's place at its center's queue. It remembers nothing that a crash could lose:
    the service gives the same ticket again until the piece is reported or refused.
    """

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._asked_at = -ASK_SECONDS
        self._refused = self._dropped = ZERO_DIGEST

    def ask(self) -> bool:
        """Ask if the machine is ready and nothing is under way; whether a ticket came.

        Raises HostUnavailable, ServiceUnavailable, PrinterRevoked and its like, or
        StoreUnavailable if the ticket cannot be written.
        """
        bench, now = self._bench, self._bench.clock.now()
        service = bench.service
        if not isinstance(service, QueueService) or bench.book.unfinished() or self._undecided():
            return False
        if 0 <= now - self._asked_at < ASK_SECONDS or bench.host.state() is not HostState.READY:
            return False
        self._asked_at = now
        asked = NextJob(
            bench.keys.printer,
            self._refused,
            Digest(secrets.token_bytes(32)),
            now + _FRESH_SECONDS,
        )
        ticket = service.next_job(asked, bench.keys.signer.sign(bench.domain.typed(asked)))
        self._refused = ZERO_DIGEST
        if ticket is None:
            return False
        if self._was_refused(ticket):
            self._refused = tickets.digest_of(ticket)
        elif not self._jobs(ticket):
            self._drop(ticket)
            self._asked_at = -ASK_SECONDS  # the next question comes as soon as this is done
            return True
        return False

    def _undecided(self) -> bool:
        with translated("The inbox"):
            return any(self._bench.config.intake.iterdir())

    def _was_refused(self, ticket: Ticket) -> bool:
        """Serial by serial, or as a whole: then it was dropped and left no job."""
        jobs = self._jobs(ticket)
        if not jobs:
            return tickets.digest_of(ticket) == self._dropped
        return all(job.state in (State.REFUSED, State.REFUSAL_REPORTED) for job in jobs)

    def _jobs(self, ticket: Ticket) -> list[Job]:
        digest = tickets.digest_of(ticket)
        serials = serials_of(ticket.token.word, ticket.token.serials)
        found = (self._bench.book.job(key_of(digest, serial)) for serial in serials)
        return [job for job in found if job is not None]

    def _drop(self, ticket: Ticket) -> None:
        """Into the intake, whole or not at all, as if it had been dropped and claimed."""
        name = f"{self._bench.clock.now()}-0-queue-{tickets.digest_of(ticket).hex()[:12]}"
        path = self._bench.config.intake / (name + tickets.SUFFIX)
        with translated("The inbox"):
            write_atomically(path, tickets.dump(ticket))
        self._dropped = tickets.digest_of(ticket)
