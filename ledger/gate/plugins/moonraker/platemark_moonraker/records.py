"""What the component remembers over every crash: which releases were used, and how they ended.

One JSON object a line, durable before anything follows from it: the first names this
installation, the others are jobs, of which the later line holds. What a power cut left of
a last line was never acted upon.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

USED = "used"
"""The release was used: the machine may have the job. It is never started again."""

STARTED = "started"
"""The machine was seen to print it."""

ENDED = "ended"


@dataclass(frozen=True)
class Job:
    """One used release. Times in Unix seconds, lengths in millimetres."""

    job: str
    nonce: str
    file: str
    """The name under which Klipper knows it: unique, because it holds the job's id."""
    sha256: str
    own: bool
    used: int
    state: str = USED
    started: int | None = None
    ended: int | None = None
    outcome: str | None = None
    """done, failed, cancelled or interrupted, once it ended."""
    why: str = ""
    duration: int | None = None
    filament_mm: float = 0.0
    mg_per_mm: float = 0.0
    """From the file's own words; 0 where it says nothing."""

    def told(self) -> dict[str, Any]:
        """What the gate is told of it."""
        told = asdict(self)
        told["material_mg"] = round(self.filament_mm * self.mg_per_mm)
        return told


class Records:
    """The file of them. Raises OSError where the disk does not work.

    `installation` is random and made with the file: another one tells that it was lost.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._jobs: dict[str, Job] = {}
        data = path.read_bytes() if path.exists() else b""
        whole = data[: data.rfind(b"\n") + 1]
        self.installation = ""
        for line in whole.splitlines():
            members = json.loads(line)
            if "installation" in members:
                self.installation = members["installation"]
            else:
                self._jobs[members["job"]] = Job(**members)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._file = os.fdopen(descriptor, "ab")
        self._file.truncate(len(whole))
        if not self.installation:
            self.installation = secrets.token_hex(16)
            self._append({"installation": self.installation})
        _sync_folder(path.parent)

    def get(self, job: str) -> Job | None:
        """The job of this id."""
        return self._jobs.get(job)

    def knows(self, nonce: str) -> bool:
        """Whether a release with this nonce was used."""
        return any(job.nonce == nonce for job in self._jobs.values())

    def open_jobs(self) -> list[Job]:
        """Those that have not ended, the oldest first."""
        return [job for job in self._jobs.values() if job.state != ENDED]

    def write(self, job: Job) -> Job:
        """Remember it, durably."""
        self._append(asdict(job))
        self._jobs[job.job] = job
        return job

    def change(self, job: Job, **members: Any) -> Job:
        """Remember it with other members."""
        return self.write(replace(self._jobs[job.job], **members))

    def _append(self, members: dict[str, Any]) -> None:
        self._file.write(json.dumps(members, sort_keys=True).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
