"""What may move now. Memory only: it is asked in the middle of OctoPrint's hooks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from octoprint_platemark.lines import starts_card

NOT_PAIRED = (
    "No gate is paired with this printer, so nothing prints. Run `platemark gate pair` at the gate."
)
NO_GATE = "The gate does not run or cannot reach this OctoPrint, so nothing prints."
NO_RELEASE = "The gate has not released this file, so it does not print."
NO_SD = "Files on the printer's SD card cannot be checked, so they are not started from here."
NO_RESTART = "A print is released once. To print it again takes another print token."
OWN_FILES_OFF = "Own files are switched off at the gate, so only released files print."
ASKED = "The gate was asked whether this file may print."
GUARD_MISSING = (
    "Another plugin put a printer of its own in the place of the guarded one, so nothing prints."
)

NO_STREAM = "Moves that extrude are not taken line by line: only released files print."


@dataclass(frozen=True)
class Held:
    """A job that the gate released: its id, and the file's path on this disk."""

    job: str
    path: str


class Warden:
    """Knows whether the gate runs and what it released. Safe to be called by any thread."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._until = 0.0
        self._count = 0
        self._own_files = False
        self._ready: Held | None = None
        self._running: Held | None = None
        self._refusal = ""
        self.paired = False
        self.guarded = False

    def beat(self, count: int, seconds: float, *, own_files: bool) -> bool:
        """The gate runs, for so many seconds more; False if a newer beat came before."""
        with self._lock:
            if count <= self._count:
                return False
            self._count = count
            self._until = self._monotonic() + seconds
            self._own_files = own_files
            return True

    @property
    def gate_runs(self) -> bool:
        """Whether the last beat still holds."""
        return self._monotonic() < self._until

    @property
    def own_files(self) -> bool:
        """Whether the gate may be asked to release a file of the owner's."""
        return self.gate_runs and self._own_files

    @property
    def running(self) -> Held | None:
        """The job that the machine prints."""
        return self._running

    @property
    def current(self) -> Held | None:
        """The job that was released and has not ended."""
        return self._running or self._ready

    def grant(self, held: Held) -> bool:
        """The next start of this very file is right; False while another has not ended."""
        with self._lock:
            if self._ready or self._running:
                return False
            self._ready = held
            return True

    def take(self, path: str | None) -> Held | None:
        """Use up the grant: called by the one start that it is for."""
        with self._lock:
            if self._ready is None or self._ready.path != path:
                return None
            self._running, self._ready = self._ready, None
            self._refusal = ""
            return self._running

    def end(self) -> Held | None:
        """Nothing is released any more; what was."""
        with self._lock:
            ended = self._running or self._ready
            self._running = self._ready = None
            return ended

    def may_go_on(self, path: str | None) -> bool:
        """Whether this is the file that prints by a release."""
        return self._running is not None and self._running.path == path

    def may_send(self, command: str, *, of_file: bool, path: str | None) -> bool:
        """Whether a line may go to the machine: none of a file that was not released.

        And none that would start a file on the machine's own card, whoever sends it.
        """
        if starts_card(command, of_file=of_file):
            self.refuse(NO_SD)
            return False
        if of_file and not self.may_go_on(path):
            self.refuse(NO_RELEASE)
            return False
        return True

    def refuse(self, why: str) -> None:
        """Remember what was refused last, for the page."""
        self._refusal = why

    @property
    def why(self) -> str:
        """Why nothing prints, for people; empty while something does or could."""
        if not self.guarded:
            return GUARD_MISSING
        if not self.paired:
            return NOT_PAIRED
        if self.current is not None:
            return ""
        if not self.gate_runs:
            return NO_GATE
        return self._refusal
