"""The owner's own files, and the beats by which a host knows that the gate runs.

Whether files that are no registered designs may print is the owner's choice, `own_files` in
`gate.toml`. The gate looks at it before each beat. A change is signed by the printer, written
into the journal and reported to the service's log before the host hears of it.
"""

from __future__ import annotations

import secrets
from typing import Protocol, runtime_checkable

import structlog

from ledger.errors import (
    ChainUnavailable,
    DesignNotFound,
    HostUnavailable,
    JobWithoutToken,
    LedgerError,
    OwnFilesOff,
    Recalled,
    SetupError,
)
from ledger.gate.bench import Bench
from ledger.gate.config import load
from ledger.gate.hosts.own import ListeningHost, Wanted
from ledger.gate.journal import State
from ledger.models import ContentHash, Digest, OwnFiles

BEAT_SECONDS = 5
_KEY = "own files"
_log = structlog.get_logger("ledger.gate")


@runtime_checkable
class OwnFilesService(Protocol):
    """Where the owner's choice is kept for everybody to see."""

    def report_own_files(self, choice: OwnFiles, signature: bytes) -> None:
        """Hand in the choice. Returns when the service has it for good; may be repeated."""
        ...


class Owner:
    """Keeps a listening host awake, and answers for the owner's own files."""

    def __init__(self, bench: Bench) -> None:
        """Reads in the journal what the owner chose last, and whether the service knows."""
        self._bench = bench
        self._beaten_at = -BEAT_SECONDS
        self._refused: set[Digest] = set()
        self._choice: tuple[OwnFiles, bytes] | None = None
        self._allowed = False
        for record in bench.journal.records:
            if record.state is State.OWN_FILES:
                self._allowed = bool(record.data["allowed"])
                choice = OwnFiles(bench.keys.printer, self._allowed, int(record.data["since"]))
                self._choice = choice, bytes.fromhex(record.data["signature"])
            elif record.state is State.OWN_FILES_REPORTED:
                self._choice = None

    def beat(self) -> bool:
        """Beat if it is time; whether a file was answered for.

        A host that does not answer is no error: it is tried again in a few seconds. Raises
        StoreUnavailable.
        """
        host, now = self._bench.host, self._bench.clock.now()
        if not isinstance(host, ListeningHost) or 0 <= now - self._beaten_at < BEAT_SECONDS:
            return False
        self._beaten_at = now
        self._look()
        host.allow_own_files(allowed=self._allowed)
        try:
            wanted = [each for each in host.beat() if each.sha256 not in self._refused]
            for each in wanted:
                # Of what else waits nothing is written down that would not be printed.
                if self._answer(host, each):
                    break
        except HostUnavailable as error:
            _log.info("gate.host_unavailable", error=error.detail)
            return False
        return bool(wanted)

    def report(self) -> bool:
        """Tell the service what the owner chose. Raises ServiceUnavailable and its like."""
        if self._choice is None or not isinstance(self._bench.service, OwnFilesService):
            return False
        self._bench.service.report_own_files(*self._choice)
        self._bench.record(_KEY, State.OWN_FILES_REPORTED)
        self._choice = None
        return True

    def _look(self) -> None:
        """Take over what `gate.toml` says now. One that cannot be read changes nothing."""
        try:
            allowed = load(self._bench.config.folder).own_files
        except SetupError:
            return
        if allowed == self._allowed:
            return
        bench = self._bench
        choice = OwnFiles(bench.keys.printer, allowed, bench.clock.now())
        signature = bench.keys.signer.sign(bench.domain.typed(choice))
        bench.record(
            _KEY,
            State.OWN_FILES,
            allowed=allowed,
            since=choice.since,
            signature=signature.hex(),
        )
        self._allowed, self._choice = allowed, (choice, signature)

    def _answer(self, host: ListeningHost, wanted: Wanted) -> bool:
        """Release an own file, unless it is a registered design: that takes a token.

        Whether it was released.
        """
        # A host that asks while it was told not to is answered by the same rule.
        checked, why = (
            self._is_own(wanted.sha256) if self._allowed else (False, OwnFilesOff.__name__)
        )
        job = f"own-{secrets.token_hex(8)}"
        self._bench.record(
            job,
            State.OWN_FILE,
            name=wanted.name[:200],
            file=str(wanted.sha256),
            released=not why,
            checked=checked,
            error=why or None,
        )
        if why == OwnFilesOff.__name__:
            return False
        if why:
            self._refused.add(wanted.sha256)
            return False
        host.print_own(job, wanted)
        return True

    def _is_own(self, file: Digest) -> tuple[bool, str]:
        """Whether the chain was asked, and the error if the file is a registered design.

        An owner's own file prints also where the chain does not answer; the journal says so.
        """
        try:
            self._bench.chain.may_issue(ContentHash(bytes(file)), self._bench.keys.printer)
        except DesignNotFound:
            return True, ""
        except ChainUnavailable:
            return False, ""
        except Recalled:
            return True, JobWithoutToken.__name__
        except LedgerError as error:
            return True, type(error).__name__
        return True, JobWithoutToken.__name__
