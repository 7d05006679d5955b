"""Which releases were used, and what became of them: a line for every step, durable.

A line is on the disk before anything follows from it. Of two lines of one job the later
one holds.
"""

from __future__ import annotations

import os
import threading
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from platemark_lines import Lines, sync_folder

OUTCOMES = ("done", "failed", "cancelled", "interrupted")


@dataclass(frozen=True)
class Job:
    """One used release. Times in Unix seconds, `duration` in seconds of printing."""

    job: str
    file: str
    sha256: str
    nonce: str
    own: bool
    used: int
    started: int | None = None
    ended: int | None = None
    outcome: str | None = None
    duration: int = 0


class Records:
    """The file of them. Raises OSError where the disk does not work."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._lines = Lines(path)
        for members in self._lines.read:
            job = Job(**members)
            self._jobs[job.job] = job

    def get(self, job: str) -> Job | None:
        """The record of a job, if its release was used."""
        return self._jobs.get(job)

    def use(self, job: Job) -> bool:
        """Write down that a release is used; False if that job's was before."""
        with self._lock:
            if job.job in self._jobs:
                return False
            self._write(job)
            return True

    def change(self, job: str, **members: Any) -> None:
        """Write down what became of a job. What has ended stays as it is."""
        with self._lock:
            before = self._jobs[job]
            if before.outcome is None:
                self._write(replace(before, **members))

    def interrupt(self, now: int) -> list[Job]:
        """End all that has not ended: after a start nobody knows how far they came."""
        open_jobs = [job for job in self._jobs.values() if job.outcome is None]
        for job in open_jobs:
            self.change(job.job, outcome="interrupted", ended=max(now, job.started or job.used))
        return open_jobs

    def _write(self, job: Job) -> None:
        self._lines.append(asdict(job))
        self._jobs[job.job] = job


def installation(folder: Path, fresh: str, records: Path) -> str:
    """What tells these records from others; `fresh` where there are none yet, or none any more.

    To be called before `records` is opened.
    """
    path = folder / "installation"
    if not path.exists() or not records.exists():
        partial = path.with_suffix(".part")
        with partial.open("w", encoding="ascii") as file:
            file.write(fresh)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        sync_folder(folder)
    return path.read_text(encoding="ascii")
