"""The workbench: what every part of the gate works with, and its one way to write."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import structlog

from ledger.errors import LedgerError
from ledger.gate.book import BEFORE_HAND_OVER, Book, Job
from ledger.gate.check import Facts
from ledger.gate.config import Config
from ledger.gate.journal import Journal, State
from ledger.gate.keys import Keys
from ledger.gate.ports import ChainView, Clock, Content, Host, HostJob, Service
from ledger.models import Ticket, bit_of
from ledger.tokens import Domain

_log = structlog.get_logger("ledger.gate")
_LONGEST_WAIT_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Bench:
    """The gate's settings, keys, neighbours and memory."""

    config: Config
    keys: Keys
    chain: ChainView
    service: Service
    content: Content
    host: Host
    clock: Clock
    journal: Journal
    book: Book

    @property
    def domain(self) -> Domain:
        """The deployment that this gate goes by."""
        return self.chain.deployment.domain

    def record(self, key: str, state: State, **data: Any) -> None:
        """Write one step into the journal, then take it in. Raises StoreUnavailable."""
        record = self.journal.append(self.clock.now(), key, state, data)
        self.book.apply(record)
        _log.info("gate", key=key, state=state.value, error=data.get("error"))

    def facts(self, ticket: Ticket) -> Facts:
        """Ask the chain all that the check wants to know of a ticket. Raises ChainUnavailable.

        No serial counts as redeemed here: that is for jobs, by `facts_for`.
        """
        seen = self.chain.sight(ticket.token, ticket.signer)
        return Facts(
            about=ticket,
            domain=self.domain,
            printer=self.keys.printer,
            chain_now=seen.now,
            may_issue=seen.may_issue,
            license=seen.license,
            spent=seen.spent,
            redeemed_here=False,
            has_slicer=self.config.slicing.profile is not None,
            recalled=seen.recalled,
        )

    def facts_for(self, job: Job) -> Facts:
        """The facts for a job: also whether it was this gate that redeemed its serial."""
        facts = self.facts(job.ticket)
        if not (job.began_redeeming and facts.spent & bit_of(job.serial)[1]):
            return facts
        seen = self.chain.redeemed_as(job.ticket.token, job.digest, job.serial)
        return replace(facts, redeemed_here=seen is not None)

    def at_host(self, job: Job) -> HostJob:
        """The job as the host knows it."""
        return HostJob(job.key, job.name, job.handed_at)

    def needed_cids(self) -> set[str]:
        """Sealed files that some job still has to open, or a lease will."""
        jobs = self.book.unfinished()
        leased = {held.file.tickets[0].cid for held in self.book.leases.live()}
        return leased | {job.ticket.cid for job in jobs if job.state in BEFORE_HAND_OVER}


class Patience:
    """What failed is tried again later: after 1, 2, 4 ... and at most 300 seconds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failed: dict[str, tuple[int, int]] = {}

    def due(self, key: str) -> bool:
        """Whether it is time to try `key` (again). A clock set back delays nothing."""
        left = self._failed.get(key, (0, 0))[1] - self._clock.now()
        return not 0 < left <= _LONGEST_WAIT_SECONDS

    def failed(self, key: str, error: LedgerError) -> None:
        """Note a failure, once for each try."""
        tries = self._failed.get(key, (0, 0))[0]
        wait = min(1 << min(tries, 16), _LONGEST_WAIT_SECONDS)
        self._failed[key] = (tries + 1, self._clock.now() + wait)
        _log.warning(
            "gate.waits", key=key, seconds=wait, error=type(error).__name__, detail=error.detail
        )

    def succeeded(self, key: str) -> None:
        """Forget the failures of `key`."""
        self._failed.pop(key, None)
