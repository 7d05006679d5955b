"""The demo's machine: it stands in for a printer that watches a hot folder, and is said to."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path
from typing import NamedTuple

from ledger.models import ContentHash

_STOP_SECONDS = 10.0


class Printed(NamedTuple):
    """A file that the machine printed. Its bytes are gone: the gate wipes what lies in `done`."""

    name: str
    content: ContentHash
    """SHA-256 of what the machine read."""


class Machine:
    """Takes each job of a hot folder and moves it to `done`."""

    def __init__(self, hot: Path) -> None:
        self.printed: list[Printed] = []
        self._hot = hot
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True, name="machine")
        self._thread.start()

    def stop(self) -> None:
        """Switch it off."""
        self._stop.set()
        self._thread.join(_STOP_SECONDS)

    def _watch(self) -> None:
        while not self._stop.wait(0.1):
            for job in self._hot.iterdir():
                if job.is_file() and not job.name.startswith("."):
                    self._print(job)

    def _print(self, job: Path) -> None:
        with job.open("rb") as file:
            content = ContentHash(hashlib.file_digest(file, "sha256").digest())
        job.rename(self._hot / "done" / job.name)
        self.printed.append(Printed(job.name, content))
