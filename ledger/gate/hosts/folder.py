"""The hot folder: what industrial machines and many print programs watch.

::

    hot/name.3mf                a job for the machine, whole from the first moment on
    hot/done/name.3mf           the machine moved it here: it was printed
    hot/failed/name.3mf         the machine moved it here: it was not
    hot/.platemark-staging/     the gate's own, mode 0700: files that are not handed over

A held file becomes a job by one rename within the file system, so at any moment it is
either still staged (not handed over) or it is the machine's; there is no third place.
A job that is in none of these folders was taken by the machine. When a job is over, its file
in `done/` or `failed/` is emptied: nothing of the design stays, and the name, which keeps the
job from being printed a second time, does.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from ledger.errors import HostUnavailable
from ledger.gate.disk import host_folder, move, sync_file, sync_folder
from ledger.gate.ports import Clock, HostJob, HostState, Phase, Progress
from ledger.models import Outcome

STAGING = ".platemark-staging"
_PULLED = ".pulled"


class FolderHost:
    """A `Host` that is a folder. It must have been made by `prepare` once.

    Nothing is made here afterwards: a hot folder that is not mounted must look missing,
    not empty, or a job that was never handed over would seem to be.
    """

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        *,
        taken_means_done: bool = False,
        lost_after_seconds: int = 7 * 86_400,
    ) -> None:
        """`taken_means_done`: the machine takes files away and never says how it went.

        Otherwise a job that was taken and has not come back to `done` or `failed` within
        `lost_after_seconds` counts as interrupted.
        """
        self._hot = folder
        self._staging = folder / STAGING
        self._done = folder / "done"
        self._failed = folder / "failed"
        self._clock = clock
        self._taken_means_done = taken_means_done
        self._lost_after = lost_after_seconds
        self._taken: dict[str, int] = {}

    @staticmethod
    def prepare(folder: Path) -> None:
        """Make the folders; harmless if they are there. Raises OSError."""
        for made in (folder, folder / "done", folder / "failed"):
            made.mkdir(parents=True, exist_ok=True)
        staging = folder / STAGING
        staging.mkdir(mode=0o700, exist_ok=True)
        staging.chmod(0o700)
        sync_folder(folder)

    def state(self) -> HostState:
        """BUSY while a job waits to be taken; OFFLINE while the folder is not there."""
        if not self._staging.is_dir():
            return HostState.OFFLINE
        with host_folder(self._hot), os.scandir(self._hot) as entries:
            waiting = any(not e.name.startswith(".") and e.is_file() for e in entries)
        return HostState.BUSY if waiting else HostState.READY

    def hold(self, job: HostJob) -> Path:
        """See `Host.hold`."""
        self._require_folder()
        return self._staging / job.id

    def held(self, job: HostJob) -> Path | None:
        """See `Host.held`."""
        path = self.hold(job)
        with host_folder(self._hot):
            return path if path.exists() else None

    def start(self, job: HostJob) -> None:
        """See `Host.start`. Raises HostUnavailable if a file of that name is there already."""
        staged = self.hold(job)
        with host_folder(self._hot):
            for folder in (self._hot, self._done, self._failed):
                if (folder / job.name).exists():
                    raise HostUnavailable(
                        f"There is a file {job.name} in {folder} already. Take it away: "
                        "its outcome would be taken for that of the new job."
                    )
            sync_file(staged)
            move(staged, self._hot / job.name)

    def is_handed(self, job: HostJob) -> bool:
        """See `Host.is_handed`: true if the staged file is gone."""
        return self.held(job) is None

    def progress(self, job: HostJob) -> Progress:
        """See `Host.progress`."""
        self._require_folder()
        now = self._clock.now()
        with host_folder(self._hot):
            if (self._staging / (job.id + _PULLED)).exists():
                return Progress(Phase.ENDED, Outcome.CANCELLED, ended=now)
            # Where it comes from before where it goes to: so it cannot slip past the look.
            if (self._hot / job.name).exists():
                return Progress(Phase.WAITING)
            for folder, outcome in ((self._done, Outcome.DONE), (self._failed, Outcome.FAILED)):
                changed = _changed_at(folder / job.name)
                if changed is not None:
                    ended = max(job.handed_at, min(changed, now))
                    taken = min(self._taken.get(job.id, job.handed_at), ended)
                    return Progress(Phase.ENDED, outcome, taken, ended)
        taken = self._taken.setdefault(job.id, now)
        if self._taken_means_done:
            return Progress(Phase.ENDED, Outcome.DONE, taken, taken)
        if now - job.handed_at >= self._lost_after:
            return Progress(Phase.ENDED, Outcome.INTERRUPTED, taken, now)
        return Progress(Phase.PRINTING, started=taken)

    def cancel(self, job: HostJob) -> bool:
        """See `Host.cancel`. What was pulled back stays until `discard`, as the proof of it."""
        pulled = self._staging / (job.id + _PULLED)
        with host_folder(self._hot):
            try:
                move(self._hot / job.name, pulled)
            except FileNotFoundError:
                return pulled.exists()
        return True

    def discard(self, job: HostJob) -> None:
        """See `Host.discard`."""
        self._taken.pop(job.id, None)
        with host_folder(self._hot):
            for path in (self._staging / job.id, self._staging / (job.id + _PULLED)):
                path.unlink(missing_ok=True)
            if job.handed_at:
                for folder in (self._done, self._failed):
                    _empty(folder / job.name)

    def sweep(self, keep: frozenset[str]) -> None:
        """See `Host.sweep`."""
        self._require_folder()
        with host_folder(self._hot):
            for path in self._staging.iterdir():
                if path.name.removesuffix(_PULLED) not in keep:
                    path.unlink()

    def _require_folder(self) -> None:
        if not self._staging.is_dir():
            raise HostUnavailable(
                f"The hot folder {self._hot} is not there, or is not the one that this gate made."
            )


def _empty(path: Path) -> None:
    """Take the bytes out of a file, if it is one of ours.

    Others write in these folders: a link from there must not reach a file elsewhere.
    """
    with suppress(FileNotFoundError, PermissionError):
        if not stat.S_ISREG(path.lstat().st_mode):
            return
        descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            found = os.fstat(descriptor)
            if stat.S_ISREG(found.st_mode) and found.st_nlink == 1 and found.st_size:
                os.ftruncate(descriptor, 0)
                os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _changed_at(path: Path) -> int | None:
    """When the file got its present name (its inode changed), None if there is none."""
    try:
        return int(path.stat().st_ctime)
    except FileNotFoundError:
        return None
