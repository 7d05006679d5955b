"""From an admitted job to a file in the machine's hands, one durable step after the other.

The serial is spent last, when the file for the machine is ready and the machine is too:
what cannot be fetched, opened or sliced, or does not fit, costs nobody a print. The content
key is only ever in memory: after a crash it is asked for again.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from ledger.errors import (
    DigestMismatch,
    InvalidDesign,
    LeaseNotAllowed,
    LedgerError,
    UnsealFailed,
)
from ledger.files import sniff
from ledger.gate.bench import Bench
from ledger.gate.book import BEFORE_HAND_OVER, Job
from ledger.gate.check import FileProof, require_named
from ledger.gate.disk import host_folder, sha256_of, sync_file, sync_folder
from ledger.gate.grounds import Grounds
from ledger.gate.journal import State
from ledger.gate.ports import HostState
from ledger.gate.sealed import SealedFiles
from ledger.gate.slicing.workshop import Workshop
from ledger.models import ZERO_DIGEST, ContentHash
from ledger.vault import ContentKey, unseal

_OPEN = BEFORE_HAND_OVER - {State.ADMITTED, State.FETCHED}
"""States of a job whose file is open, or was before a crash, and not handed over."""


class Production:
    """Takes jobs forward up to the hand-over."""

    def __init__(self, bench: Bench, online: Grounds, leases: Grounds | None = None) -> None:
        """`leases`: on what grounds jobs of a lease are printed; without it they are refused."""
        self._bench = bench
        self._online = online
        self._leases = leases
        self._sealed = SealedFiles(bench)
        self._workshop = Workshop(bench.config.slicing, bench.config.work)
        self._steps = {
            State.ADMITTED: self._fetch,
            State.FETCHED: self._open,
            State.KEY_RECEIVED: self._open,
            State.OPENED: self._slice,
            State.SLICED: self._spend,
            State.REDEEMING: self._spend,
            State.REDEEMED: self._prepare,
            State.SPENT: self._prepare,
            State.HANDING: self._hand,
        }

    def advance(self, job: Job) -> bool:
        """Take a job as far as it goes now; whether it moved.

        Raises `Unavailable` errors and ContentNotFound, KeyNotReleasable (worth another
        try later), and whatever else the job is to be refused for.
        """
        moved = False
        while (step := self._steps.get(job.state)) is not None and step(job):
            moved = True
        if moved:
            self.tidy()
        return moved

    def tidy(self) -> None:
        """Remove sealed files that no job needs any more, and models. Raises StoreUnavailable."""
        self._sealed.tidy()
        self._workshop.wipe()

    def _grounds(self, job: Job) -> Grounds:
        if job.lease is None:
            return self._online
        if self._leases is None:
            raise LeaseNotAllowed("This gate does not print from leases.")
        return self._leases

    def _fetch(self, job: Job) -> bool:
        # A token that has run out meanwhile is refused here, not after a long download.
        self._grounds(job).require(job)
        self._sealed.get(job)
        self._bench.record(job.key, State.FETCHED)
        return True

    def _may_open(self, job: Job) -> bool:
        """Whether a job's file can be opened: only for a machine that can print it now.

        And of each license only one at a time: plaintext lies about for no longer than it
        must, and should a redemption hang, not a whole word of serials hangs with it.
        """
        if self._bench.host.state() is not HostState.READY:
            return False
        held = (job.ticket.token.license, job.lease)
        return not any(
            other is not job
            and other.state in _OPEN
            and (other.ticket.token.license, other.lease) == held
            for other in self._bench.book.unfinished()
        )

    def _open(self, job: Job) -> bool:
        """Get the content key and open the sealed file where only the gate can read it."""
        if not self._may_open(job):
            return False
        bench, grounds = self._bench, self._grounds(job)
        files = grounds.require(job)
        sealed = self._sealed.get(job)
        key = grounds.content_key(job)
        bench.record(job.key, State.KEY_RECEIVED)
        target = bench.host.hold(bench.at_host(job))
        path = self._workshop.place(job.key) if self._workshop.open else target
        try:
            with host_folder(path.parent), sealed.open("rb") as source:
                size, content = _unseal(source, path, key, files)
                sync_folder(path.parent)
            if path is not target and self._workshop.kind(path) is not None:
                bench.record(job.key, State.OPENED, size=size, model=str(content))
                return True
            self._as_it_is(job, path, target, size, content)
        except LedgerError:
            for left in {path, target}:  # a disk that fills up leaves half a copy
                left.unlink(missing_ok=True)
            raise
        return True

    def _as_it_is(
        self, job: Job, path: Path, target: Path, size: int, content: ContentHash
    ) -> None:
        """The opened file is the one for the host: see that it may be printed, and keep it."""
        require_named(job.ticket.token, FileProof(content, content))
        reading, name = self._workshop.read(path), _name(job, path)
        if path is not target:
            self._workshop.keep(path, target)
            path.unlink()
        said = {} if reading is None else {"gcode": reading.as_json()}
        as_it_is = {"model": None, "profile": str(ZERO_DIGEST), "job": str(content)}
        self._bench.record(job.key, State.OPENED, size=size, name=name, **as_it_is, **said)

    def _slice(self, job: Job) -> bool:
        """Make G-code of the opened model; the model goes, whatever becomes of it."""
        if job.model is None:
            return self._spend(job)
        bench, model = self._bench, self._workshop.place(job.key)
        if not model.exists():
            return self._open(job)  # plaintext does not outlive a crash
        target = bench.host.hold(bench.at_host(job))
        try:
            sliced = self._workshop.slice(model, target, job.ticket.token.job)
        finally:
            model.unlink(missing_ok=True)
        bench.record(
            job.key,
            State.SLICED,
            name=_name(job, target),
            job=str(sliced.job),
            profile=str(sliced.profile),
            gcode=sliced.reading.as_json(),
        )
        return True

    def _spend(self, job: Job) -> bool:
        """Spend the serial, now that nothing but the hand-over is left."""
        bench = self._bench
        if bench.host.held(bench.at_host(job)) is None:
            return self._open(job)  # plaintext does not outlive a crash
        begun = job.began_redeeming or job.spent
        if not begun and bench.host.state() is not HostState.READY:
            return False
        return self._grounds(job).spend(job)

    def _prepare(self, job: Job) -> bool:
        """Announce the hand-over; from here on a missing file means that it took place."""
        bench = self._bench
        if bench.host.held(bench.at_host(job)) is None:
            return self._open(job)
        bench.record(job.key, State.HANDING)
        return True

    def _hand(self, job: Job) -> bool:
        """The last look, then the hand-over, which happens once."""
        bench = self._bench
        at_host = bench.at_host(job)
        if bench.host.is_handed(at_host):  # a crash came between the deed and its record
            bench.record(job.key, State.HANDED, handed_at=bench.clock.now())
            return True
        held = bench.host.held(at_host)
        if held is None or bench.host.state() is not HostState.READY:
            return False
        with host_folder(held.parent):
            found = sha256_of(held)
        if job.model is not None and str(found) != job.data["job"]:
            raise DigestMismatch(f"The G-code is {found}, and not what was sliced.")
        file = FileProof(opened=job.model or found, handed=found)
        until = self._grounds(job).release(job, file)
        if until is None:
            return True
        now = bench.clock.now()
        bench.host.start(at_host)
        bench.record(job.key, State.HANDED, handed_at=now, job=str(found), until=until)
        return True


def _unseal(
    source: BinaryIO, path: Path, key: ContentKey, files: tuple[ContentHash, ...]
) -> tuple[int, ContentHash]:
    """Open a sealed file as the first of `files` that it is; `(bytes, which)`.

    Raises UnsealFailed or DigestMismatch, as for the first of them, if it is none.
    """
    refusals: list[UnsealFailed | DigestMismatch] = []
    for content in files:
        source.seek(0)
        try:
            with path.open("wb") as sink:
                size = unseal(source, sink, key, content)
        except (UnsealFailed, DigestMismatch) as error:
            refusals.append(error)
            continue
        sync_file(path)
        return size, content
    raise refusals[0]


def _name(job: Job, path: Path) -> str:
    """The file name that the machine shows; its ending is told by the content."""
    try:
        ending = sniff(path).value
    except InvalidDesign:  # registered all the same: a format that is not known here
        ending = "bin"
    token = job.ticket.token
    return (
        f"{token.design.hex()[:12]}-L{token.license}-S{job.serial}-{job.digest.hex()[:8]}.{ending}"
    )
