"""What a signed statement of the gate leads to."""

from __future__ import annotations

import logging
import queue
import re
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from platemark_release import Refused, Statement, check

from octoprint_platemark.folder import Folder
from octoprint_platemark.records import Job, Records
from octoprint_platemark.warden import (
    ASKED,
    NO_GATE,
    NO_RELEASE,
    NO_RESTART,
    OWN_FILES_OFF,
    Held,
    Warden,
)

MAX_REQUESTS = 8
WAITS_SECONDS = 600
"""How long a file that somebody asked for waits."""

_RETRY_SECONDS = 2.0
_log = logging.getLogger("octoprint.plugins.platemark")
_KEY = re.compile(r"[0-9a-f]{64}")


class Machine(Protocol):
    """What is asked of the printer."""

    def is_free(self) -> bool:
        """Whether a print could start now."""
        ...

    def on_disk(self, name: str) -> str:
        """The path by which the printer knows a file in the private folder."""
        ...

    def start_released(self, held: Held, hashed: tuple[int, ...]) -> bool:
        """Start the file of a grant, if it opens the bytes that were hashed; whether it began."""
        ...

    def state(self) -> str:
        """One of ready, busy, offline."""
        ...


@dataclass(frozen=True)
class Wanted:
    """A file of the owner's that waits for the gate's answer."""

    file: str
    name: str
    sha256: str
    until: float
    """On the monotonic clock."""


class Desk:
    """Reads statements, keeps the records, and lets the machine go. One at a time."""

    def __init__(
        self, warden: Warden, records: Records, folder: Folder, machine: Machine, installation: str
    ) -> None:
        self._warden = warden
        self._records = records
        self._folder = folder
        self._machine = machine
        self._installation = installation
        self._lock = threading.Lock()
        self._key = b""
        self._host = ""
        self._wanted: dict[str, Wanted] = {}
        self._uploaded: dict[str, str] = {}
        self._notes: queue.SimpleQueue[tuple[str, dict[str, Any]]] = queue.SimpleQueue()
        threading.Thread(target=self._write_notes, name="platemark", daemon=True).start()

    def pair(self, key: str, host: str) -> None:
        """Whose word counts here: the gate's public key (hexadecimal) and this host's name."""
        self._key = bytes.fromhex(key) if _KEY.fullmatch(key) else b""
        self._host = host
        self._warden.paired = bool(self._key and host)

    def hear(self, wire: object) -> dict[str, Any]:
        """Do what a statement says. Raises Refused."""
        if not self._warden.paired:
            raise Refused("No gate is paired with this printer.")
        statement = check(wire, self._key, self._host, int(time.time()))
        act = {
            "beat": self._beat,
            "release": self._release,
            "cancel": self._cancel,
            "discard": self._discard,
        }[statement.kind]
        with self._lock:
            return act(statement)

    def accept(self, job: str, name: str, source: Path) -> None:
        """Keep the uploaded file of a job until its release. Raises Refused."""
        with self._lock:
            current = self._warden.current
            if self._records.get(job) is not None:
                raise Refused(NO_RESTART)
            try:
                if current is not None and current.path == self._machine.on_disk(name):
                    raise Refused("That file is printing.")
                self._uploaded[job] = name
                self._folder.accept(name, source)
            except (ValueError, OSError) as error:
                raise Refused(f"The file cannot be kept: {error}") from error

    def want(self, path: Path, name: str) -> None:
        """Ask the gate for a file of the owner's, if own files are on. Does not wait."""
        if not self._warden.own_files:
            self._warden.refuse(OWN_FILES_OFF if self._warden.gate_runs else NO_GATE)
            return
        self._warden.refuse(ASKED)
        threading.Thread(target=self._want, args=(path, name), daemon=True).start()

    def note(self, job: str, **members: Any) -> None:
        """Write down soon what became of a job. Memory only: called in OctoPrint's callbacks."""
        self._notes.put((job, members))

    def job(self, job: str) -> dict[str, Any]:
        """What is known of a job whose release was used."""
        found = self._records.get(job)
        if found is None:
            # Its file may just be hashed, so that it is about to be used.
            with self._lock:
                found = self._records.get(job)
        told: dict[str, Any] = {"installation": self._installation, "known": found is not None}
        return told if found is None else told | asdict(found)

    def told(self) -> dict[str, Any]:
        """How it stands, for the gate and for the page."""
        current = self._warden.current
        return {
            "installation": self._installation,
            "state": self._machine.state(),
            "gate": self._warden.gate_runs,
            "paired": self._warden.paired,
            "own_files": self._warden.own_files,
            "why": self._warden.why,
            "job": None if current is None else current.job,
            "requests": [asdict(each) for each in list(self._wanted.values())],
        }

    def _beat(self, statement: Statement) -> dict[str, Any]:
        seconds = statement["expires"] - time.time()
        own_files = statement["own_files"]
        if not self._warden.beat(statement["count"], seconds, own_files=own_files):
            raise Refused("A newer beat came before this one.")
        self._forget(float("inf") if not own_files else time.monotonic())
        return self.told()

    def _release(self, statement: Statement) -> dict[str, Any]:
        job, file = statement["job"], statement["file"]
        if self._records.get(job) is not None:
            raise Refused(NO_RESTART)
        if not self._warden.gate_runs:
            raise Refused(NO_GATE)
        if statement["own"] and not (self._warden.own_files and file in self._wanted):
            raise Refused(OWN_FILES_OFF)
        if not self._machine.is_free():
            raise Refused("The machine is not free.")
        try:
            found, hashed = self._folder.hashed(file)
        except (ValueError, OSError) as error:
            raise Refused(f"There is no such file: {error}") from error
        if found != statement["sha256"]:
            raise Refused("The file is not the one that was released.")
        self._wanted.pop(file, None)
        # What else was asked for must not follow by itself, onto the part on the bed.
        self._forget(float("inf"))
        self._start(statement, Held(job, self._machine.on_disk(file)), hashed)
        return self.job(job)

    def _start(self, statement: Statement, held: Held, hashed: tuple[int, ...]) -> None:
        """First it is written down that the release is used, and only then the machine moves."""
        now = int(time.time())
        names = ("job", "file", "sha256", "nonce", "own")
        try:
            fresh = self._records.use(Job(used=now, **{name: statement[name] for name in names}))
        except OSError as error:
            raise Refused(f"The release cannot be written down: {error}") from error
        if not fresh or not self._warden.grant(held):
            raise Refused(NO_RESTART)
        started = False
        try:
            started = self._machine.start_released(held, hashed)
        finally:
            if not started:
                self._warden.end()
                # Not at once: a disk that does not work now would lose it.
                self.note(held.job, outcome="interrupted", ended=int(time.time()))

    def _cancel(self, statement: Statement) -> dict[str, Any]:
        """A release leads to a start at once, so what was released is the machine's."""
        found = self._records.get(statement["job"])
        return {"cancelled": found is not None and found.outcome == "cancelled"}

    def _discard(self, statement: Statement) -> dict[str, Any]:
        job = statement["job"]
        current = self._warden.current
        if current is not None and current.job == job:
            return {"discarded": False}
        record = self._records.get(job)
        file = self._uploaded.pop(job, None) or (record.file if record else None)
        if file is not None:
            self._folder.wipe(file)
        return {"discarded": True}

    def _forget(self, now: float) -> None:
        """Own files whose time is over, and their copies."""
        for file, wanted in list(self._wanted.items()):
            if wanted.until <= now:
                del self._wanted[file]
                self._folder.wipe(file)

    def _want(self, path: Path, name: str) -> None:
        with self._lock:
            file = f"own-{time.time_ns():x}.gcode"
            full = len(self._wanted) >= MAX_REQUESTS
            if full or not (self._warden.own_files and self._machine.is_free()):
                self._warden.refuse(NO_RELEASE)
                return
            try:
                sha256 = self._folder.copy(file, path)
            except OSError:
                self._warden.refuse(NO_RELEASE)
                return
            if any(each.sha256 == sha256 for each in self._wanted.values()):
                self._folder.wipe(file)
                return
            until = time.monotonic() + WAITS_SECONDS
            self._wanted[file] = Wanted(file, name, sha256, until)

    def _write_notes(self) -> None:
        while True:
            job, members = self._notes.get()
            while not self._noted(job, members):
                time.sleep(_RETRY_SECONDS)

    def _noted(self, job: str, members: dict[str, Any]) -> bool:
        """False while the disk does not work: an outcome is not to be lost."""
        try:
            self._records.change(job, **members)
            record = self._records.get(job)
            if record is not None and record.outcome is not None:
                self._folder.wipe(record.file)
        except OSError:
            _log.exception("A note about a print cannot be written down.")
            return False
        return True
