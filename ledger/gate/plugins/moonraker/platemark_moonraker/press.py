"""One job at a time: started on its release, watched until it ends, and everything else stopped.

The order that makes "never twice" hold: the file is copied and hashed, the use of the
release is written down durably, and only then is Klipper asked to print. A crash between
the last two is found afterwards in Klipper's own statistics: they name the file, whose
name holds the job's id.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from platemark_release import Refused

from .files import arm, armed_name, wipe
from .line import Line
from .records import ENDED, STARTED, USED, Job, Records

WATCHED = {
    "print_stats": ["state", "filename", "message", "total_duration", "filament_used"],
    "virtual_sdcard": ["is_active", "file_position"],
}
"""What is watched of Klipper."""

OUTCOMES = {"complete": "done", "cancelled": "cancelled", "error": "failed"}
_BUSY = ("printing", "paused")
_STOP_SECONDS = 3.0
_RETRY_SECONDS = 2.0
_LOOK_SECONDS = 0.5
"""Twice what Klipper lets pass between two pieces of news."""


class Press:
    """What stands between a release and the machine."""

    def __init__(
        self,
        records: Records,
        folder: Path,
        line: Line,
        clock: Callable[[], float],
        say: Callable[[str], None],
    ) -> None:
        """`folder` is what Klipper prints from; `say` shows a sentence in the console."""
        self._records = records
        self._folder = folder
        self._line = line
        self._clock = clock
        self._say = say
        self._seen: dict[str, dict[str, Any]] = {name: {} for name in WATCHED}
        self._position = 0
        self._starting: asyncio.Task[None] | None = None
        self._following: asyncio.Task[None] | None = None
        self._stopping: asyncio.Task[None] | None = None
        self._again: asyncio.TimerHandle | None = None
        self._due: tuple[Job, dict[str, Any]] | None = None
        self._pulled: set[str] = set()
        self._changing = asyncio.Lock()
        # Left by a crash; of an open job it may be what Klipper is about to open.
        keep = {job.job for job in records.open_jobs()}
        for left in folder.glob("platemark/*"):
            if left.name not in keep:
                wipe(left)

    @property
    def active(self) -> Job | None:
        """The job that was released and has not ended."""
        jobs = self._records.open_jobs()
        return jobs[-1] if jobs else None

    @property
    def busy(self) -> bool:
        """Whether another job could not start now."""
        return self.active is not None or self._state in _BUSY

    @property
    def _state(self) -> str:
        return str(self._seen["print_stats"].get("state", ""))

    # ------------------------------------------------------------ the gate's word

    async def release(self, members: dict[str, Any], source: Path) -> Job:
        """Use a release, which was checked, for the file at `source`. Raises Refused."""
        async with self._changing:
            job, nonce = str(members["job"]), str(members["nonce"])
            if self._records.get(job) is not None or self._records.knows(nonce):
                raise Refused("This release was used.")
            if self.busy:
                raise Refused("The machine is busy.")
            name = armed_name(job, members["file"])
            loop = asyncio.get_running_loop()
            target = self._folder / name
            wipe(target.parent)  # a crash before the release was used
            try:
                density = await loop.run_in_executor(None, arm, source, target, members["sha256"])
                used = self._records.write(
                    Job(
                        job=job,
                        nonce=nonce,
                        file=name,
                        sha256=members["sha256"],
                        own=members["own"],
                        used=int(self._clock()),
                        mg_per_mm=density,
                    )
                )
            except OSError as error:
                wipe(target.parent)
                raise Refused(f"The release cannot be written down: {error}") from error
        self._starting = asyncio.create_task(self._start(used))
        return used

    async def _start(self, job: Job) -> None:
        # The secret is worth one start of the one file that lies in the folder.
        secret = secrets.token_hex(16)
        try:
            await self._line.script(
                f"SET_GCODE_VARIABLE MACRO=_PLATEMARK VARIABLE=release VALUE=\"'{secret}'\"\n"
                f'SDCARD_PRINT_FILE FILENAME="{job.file}" RELEASE={secret}'
            )
        except Exception as error:
            logging.info("Platemark: Klipper did not start %s: %s", job.file, error)
            if job.job in self._pulled:
                self._end(job, "cancelled", "pulled back before it was taken")
            elif self._records.get(job.job) == job:
                self._end(job, "interrupted", f"Klipper did not start it: {error}")
            self.update({})
        else:
            self._following = asyncio.create_task(self._follow(job))
        finally:
            wipe((self._folder / job.file).parent)

    async def _follow(self, job: Job) -> None:
        """Look after a job that Klipper took until there was news of it.

        News come a few times a second only: of a print that was cancelled and reset between
        two of them there is none.
        """
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if self._records.get(job.job) != job:
                return
            try:
                file = await asyncio.wait_for(self._line.selected(), _STOP_SECONDS)
                if file != job.file and self._records.get(job.job) == job:
                    self._started(job)
                    self.update({})
            # Before Python 3.11 a time that ran out is no OSError.
            except (OSError, asyncio.TimeoutError) as error:  # noqa: UP041
                logging.warning("Platemark: it is not known yet how %s goes: %s", job.file, error)
            except Exception as error:
                # Klippy went away: `ready` or `lost` will tell what became of the job.
                logging.info("Platemark: %s is not looked after any more: %s", job.file, error)
                return

    async def cancel(self, job_id: str) -> bool:
        """Pull a job back; False if the machine has it."""
        job = self._records.get(job_id)
        if job is None:
            return False
        if job.state == USED and self._starting is not None:
            self._pulled.add(job_id)
            wipe((self._folder / job.file).parent)
            await asyncio.wait({self._starting}, timeout=_STOP_SECONDS)
        last = self._records.get(job_id)
        return last is not None and last.outcome == "cancelled" and last.started is None

    async def discard(self, job_id: str) -> None:
        """Wipe what is left of a job's file."""
        job = await self.job(job_id)
        if job is None or job.state != USED:
            wipe(self._folder / "platemark" / job_id)

    async def job(self, job_id: str) -> Job | None:
        """What is known of a job whose release was used."""
        found = self._records.get(job_id)
        if found is None:
            # Its file may just be copied, so that it is about to be used.
            async with self._changing:
                found = self._records.get(job_id)
        return found

    # ------------------------------------------------------------ what Klipper says

    def ready(self, status: dict[str, dict[str, Any]]) -> None:
        """Klippy came up, or Moonraker did: what became of the open job meanwhile."""
        self._seen = {name: {} for name in WATCHED}
        self._position = 0
        job = self.active
        stats = status.get("print_stats", {})
        if job is not None and stats.get("filename") != job.file and not self._is_starting:
            self._end(job, "interrupted", "Klipper does not know of it any more")
        self.update(status)

    @property
    def _is_starting(self) -> bool:
        return self._starting is not None and not self._starting.done()

    def lost(self, why: str) -> None:
        """Klippy stopped: what it printed is interrupted."""
        if (job := self.active) is not None:
            self._end(job, "interrupted", why)
        self._seen = {name: {} for name in WATCHED}
        self.update({})

    def update(self, status: dict[str, dict[str, Any]]) -> None:
        """News of what is watched."""
        for name in WATCHED:
            self._seen[name].update(status.get(name, {}))
        if self._again is not None:
            self._again.cancel()
            self._again = None
        try:
            self._judge()
            self._settle()
        except OSError as error:
            # What ended is not to be lost, and of it there will be no more news.
            logging.warning("Platemark: news of a print cannot be written down: %s", error)
            loop = asyncio.get_running_loop()
            self._again = loop.call_later(_RETRY_SECONDS, self.update, {})

    def _judge(self) -> None:
        """What follows from all that was seen. Raises OSError where the disk does not work."""
        stats, card = self._seen["print_stats"], self._seen["virtual_sdcard"]
        job = self.active if self._due is None else None
        ours = job is not None and stats.get("filename") == job.file
        if self._state == "printing" or card.get("is_active"):
            self._while_printing(job if ours else None, int(card.get("file_position") or 0))
        elif job is not None and ours and self._state in OUTCOMES:
            self._started(job)
            outcome = OUTCOMES[self._state]
            self._end(job, outcome, str(stats.get("message") or ""))
        elif job is not None and job.state == STARTED and not ours:
            self._end(job, "cancelled", "its file was taken away")

    def _while_printing(self, job: Job | None, position: int) -> None:
        if job is None:
            self._stop("a print began that the gate did not release")
        elif position < self._position:
            self._end(self._started(job), "failed", "it was set back to an earlier line")
            self._stop("a released job was set back to an earlier line")
        else:
            self._started(job)
            self._position = position

    def _started(self, job: Job) -> Job:
        if job.state != USED:
            return job
        self._position = 0
        return self._records.change(job, state=STARTED, started=int(self._clock()))

    def _end(self, job: Job, outcome: str, why: str) -> None:
        """It ended so, which is due to be written down. What became of it first holds."""
        stats = self._seen["print_stats"]
        if stats.get("filename") != job.file:
            stats = {}
        ended = {
            "outcome": outcome,
            "why": why[:500],
            "ended": int(self._clock()),
            "duration": round(stats.get("total_duration") or 0) if stats else None,
            "filament_mm": float(stats.get("filament_used") or 0.0),
        }
        self._due = self._due or (job, ended)

    def _settle(self) -> None:
        """Write down the end that is due. Raises OSError where the disk does not work."""
        if self._due is None:
            return
        job, ended = self._due
        self._records.change(job, state=ENDED, **ended)
        self._due = None
        self._position = 0
        wipe((self._folder / job.file).parent)
        self._say(f"{job.file.rsplit('/', 1)[-1]}: {ended['outcome']}. {ended['why']}".strip())

    def _stop(self, why: str) -> None:
        if self._stopping is None or self._stopping.done():
            self._say(f"Stopped: {why}.")
            self._stopping = asyncio.create_task(self._stop_now())

    async def _stop_now(self) -> None:
        try:
            await asyncio.wait_for(self._line.call("pause_resume/cancel"), _STOP_SECONDS)
            await asyncio.sleep(_STOP_SECONDS / 10)
        except Exception:
            # Whatever kept it from being cancelled, the emergency stop below must be reached.
            logging.exception("Platemark: the print could not be cancelled")
        if self._seen["virtual_sdcard"].get("is_active"):
            await self._line.call("emergency_stop")
