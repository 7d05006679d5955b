"""The gate: from the inbox to the machine and back, step by step and again after any crash."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Self

import structlog

from ledger.errors import (
    ClockSetBack,
    ContentNotFound,
    KeyNotReleasable,
    LedgerError,
    NewsTooOld,
    ServiceUnavailable,
    SetupError,
    TokenNotYetValid,
    Unavailable,
)
from ledger.gate import aftermath, refusing
from ledger.gate.bench import Bench, Patience
from ledger.gate.book import BEFORE_HAND_OVER, Book, Job
from ledger.gate.config import Config
from ledger.gate.disk import translated
from ledger.gate.grounds import OnlineGrounds
from ledger.gate.inbox import Inbox
from ledger.gate.intake import decide
from ledger.gate.journal import Journal, State
from ledger.gate.keys import Keys
from ledger.gate.leases.contact import LeaseService
from ledger.gate.leases.machine import identify
from ledger.gate.leases.office import LeaseOffice
from ledger.gate.owner import Owner
from ledger.gate.ports import ChainView, Clock, Content, Host, Service
from ledger.gate.production import Production
from ledger.gate.queue import Queue
from ledger.models import Digest
from ledger.stopping import StopRequest

_log = structlog.get_logger("ledger.gate")

WORTH_WAITING = (
    Unavailable,
    ContentNotFound,
    KeyNotReleasable,
    TokenNotYetValid,
    NewsTooOld,
    ClockSetBack,
)
"""Errors that may pass by themselves: the job waits, until its window is over at most.

ContentNotFound: the node that pinned the file may be down. KeyNotReleasable: a service of an
earlier version gives the key only after the redemption. NewsTooOld, ClockSetBack: news come
with the network or a USB stick, and the clock catches up.
"""

_SERVICE = "service"


class Gate:
    """One printer's gate. It has its folder to itself from the making to `close`.

    One thread calls it. LedgerErrors of single jobs are dealt with; what `step` raises
    (a journal that cannot be written, above all) means that the gate has to stop.
    """

    def __init__(
        self,
        config: Config,
        keys: Keys,
        chain: ChainView,
        service: Service,
        content: Content,
        host: Host,
        clock: Clock,
        journal: Journal | None = None,
        *,
        leases: LeaseService | None = None,
        machine: Digest | None = None,
    ) -> None:
        """Open the journal (or take over an open one) and read it.

        `leases`: where the journal of leases is handed in and news come from; `machine` tells
        this machine from others (`leases.machine.identify` unless given).

        Raises SetupError if another gate runs here, if the journal is damaged, or if
        inbox and gate folder lie on different file systems.
        """
        _require_one_file_system(config)
        journal = journal or Journal(config.journal)
        book = Book(journal.records)
        self._bench = Bench(config, keys, chain, service, content, host, clock, journal, book)
        self._inbox = Inbox(config, clock)
        self._leases = LeaseOffice(self._bench, machine or identify(config.folder), leases)
        self._production = Production(self._bench, OnlineGrounds(self._bench), self._leases.grounds)
        self._queue = Queue(self._bench)
        self._owner = Owner(self._bench)
        self._patience = Patience(clock)
        self._recovered = False
        self._unwiped: list[Job] = []

    def step(self) -> bool:
        """Do all that can be done now, once; whether anything moved.

        Raises StoreUnavailable if the journal cannot be written.
        """
        moved = self._attempt("beat", self._owner.beat)
        moved |= self._attempt("recovery", self._recover)
        if not self._recovered:
            return moved
        moved |= self._attempt("wiping", self._wipe_ended)
        moved |= self._tell("own files", self._owner.report)
        moved |= self._tell("contact", self._leases.contact)
        moved |= self._attempt("inbox", self._inbox.claim_ready)
        moved |= self._attempt("intake", self._decide)
        silent = not self._patience.due(_SERVICE)
        moved |= self._attempt("leases", partial(self._leases.step, silent=silent))
        moved |= self._attempt("sealed files of leases", self._leases.fetch)
        if self._bench.config.queue:
            moved |= self._tell("queue", self._queue.ask)
        for job in self._bench.book.unfinished():
            moved |= self._advance(job)
        for entry in self._bench.book.unreported():
            moved |= self._tell(
                f"refusal {entry.number}", partial(refusing.report, self._bench, entry)
            )
        return moved

    def run(self, stop: StopRequest, poll_seconds: float = 1.0) -> None:
        """Step until `stop` is set. Raises what `step` does.

        However it ends, no plaintext waits for the gate's next life, which may never come.
        """
        _log.info("gate.runs", printer=self._bench.keys.printer)
        try:
            while not stop.is_set():
                if not self.step():
                    stop.wait(poll_seconds)
        finally:
            with suppress(LedgerError):
                self._wipe()

    @property
    def idle(self) -> bool:
        """Whether nothing is left to do until something new is dropped."""
        book = self._bench.book
        busy = book.unfinished() or book.unreported() or self._leases.busy or self._unwiped
        return self._recovered and not (busy or self._inbox.claims() or self._inbox.waiting())

    def close(self) -> None:
        """Give the folder back."""
        self._bench.journal.close()

    def _recover(self) -> bool:
        """After a start: no plaintext of an earlier life stays, and refusals are complete."""
        if self._recovered:
            return False
        bench = self._bench
        self._wipe()
        self._inbox.tidy()
        self._leases.recover()
        for entry in bench.book.unreported():
            refusing.keep(bench, entry)
        self._recovered = True
        return True

    def _wipe_ended(self) -> bool:
        """Wipe what a host that went away just then still has of jobs that ended."""
        while self._unwiped:
            self._bench.host.discard(self._bench.at_host(self._unwiped[0]))
            del self._unwiped[0]
        return False

    def _wipe(self) -> None:
        """Remove every plaintext but that of jobs in the machine's hands."""
        bench = self._bench
        unfinished = bench.book.unfinished()
        # What is being handed over must stay: that it lies there tells that it was not.
        keep = frozenset(j.key for j in unfinished if j.state in (State.HANDING, State.HANDED))
        bench.host.sweep(keep)
        for job in unfinished:
            if job.state in (State.ENDED, State.RECEIPTED):
                bench.host.discard(bench.at_host(job))
        self._production.tidy()

    def _decide(self) -> bool:
        moved = False
        for claim in self._inbox.claims():
            moved |= self._attempt(
                claim.name, partial(decide, self._bench, claim, self._leases.intake)
            )
        return moved

    def _advance(self, job: Job) -> bool:
        state = job.state
        if state in BEFORE_HAND_OVER:
            return self._produce(job)
        if state is State.HANDED:
            watch = partial(aftermath.watch, self._bench, job, stopped=self._leases.stops(job))
            moved = self._attempt(job.key, watch)
            if job.state is State.ENDED and not moved:
                self._unwiped.append(job)
            return moved
        if state is State.ENDED:
            aftermath.sign(self._bench, job)
        return self._tell(job.key, partial(aftermath.report, self._bench, job))

    def _produce(self, job: Job) -> bool:
        if not self._patience.due(job.key):
            return False
        before = job.state
        try:
            moved = self._production.advance(job)
        except WORTH_WAITING as error:
            self._wait(job.key, error)
            return job.state is not before
        except LedgerError as error:
            self._refuse(job, error)
            moved = True
        self._patience.succeeded(job.key)
        return moved

    def _refuse(self, job: Job, reason: LedgerError) -> None:
        self._stop_if_broken(reason)
        try:
            refusing.refuse_job(self._bench, job, reason)
        except LedgerError as error:
            # Written down, but plaintext may be left where the host cannot be reached.
            self._recovered = False
            self._wait("recovery", error)

    def _attempt(self, key: str, action: Callable[[], object]) -> bool:
        """Do something that is tried again later, whatever the error; nothing is given up.

        Whether anything moved: true unless the action says False.
        """
        if not self._patience.due(key):
            return False
        try:
            moved = action()
        except LedgerError as error:
            self._wait(key, error)
            return False
        self._patience.succeeded(key)
        return moved is not False

    def _tell(self, key: str, action: Callable[[], object]) -> bool:
        """Like `_attempt`, for what the service is told.

        Where it does not answer one, the others need not ask: a week's receipts would
        keep the gate waiting for longer than it prints.
        """
        if not (self._patience.due(_SERVICE) and self._patience.due(key)):
            return False
        try:
            moved = action()
        except ServiceUnavailable as error:
            self._wait(_SERVICE, error)
            return False
        except LedgerError as error:
            self._wait(key, error)
            return False
        self._patience.succeeded(_SERVICE)
        self._patience.succeeded(key)
        return moved is not False

    def _wait(self, key: str, error: LedgerError) -> None:
        self._stop_if_broken(error)
        self._patience.failed(key, error)

    def _stop_if_broken(self, error: LedgerError) -> None:
        if self._bench.journal.broken:
            raise error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _require_one_file_system(config: Config) -> None:
    """Files are moved from inbox to `refused/` by rename, which is safe against power cuts."""
    with translated(f"The gate's folder {config.folder}", SetupError):
        if config.intake.stat().st_dev != config.refused.stat().st_dev:
            raise SetupError(
                f"The inbox {config.inbox} and the gate's folder {config.folder} lie on "
                "different file systems. Put them on one."
            )
