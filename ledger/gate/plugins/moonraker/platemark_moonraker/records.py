"""What the component remembers over every crash: which releases were used, and how they ended.

One JSON object a line, durable before anything follows from it: the first names this
installation, the others are jobs, of which the later line holds.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from platemark_lines import Lines

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
        self._jobs: dict[str, Job] = {}
        self._lines = Lines(path)
        self.installation = ""
        for members in self._lines.read:
            if "installation" in members:
                self.installation = members["installation"]
            else:
                self._jobs[members["job"]] = Job(**members)
        if not self.installation:
            self.installation = secrets.token_hex(16)
            self._lines.append({"installation": self.installation})

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
        self._lines.append(asdict(job))
        self._jobs[job.job] = job
        return job

    def change(self, job: Job, **members: Any) -> Job:
        """Remember it with other members."""
        return self.write(replace(self._jobs[job.job], **members))
