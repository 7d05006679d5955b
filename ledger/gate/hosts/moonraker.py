"""Moonraker, and Klipper behind it. Their side: `ledger/gate/plugins/moonraker`.

A held file lies in the gate's own folder. To start it, it is uploaded into a folder of
its own, and the component there is given the signed release: it takes the file away at
once, compares its SHA-256, writes down that the release is used, and only then asks
Klipper to print. So `is_handed` is a question to the component's memory, and a start that
was cut off anywhere is answered truly afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger.errors import HostUnavailable
from ledger.gate.disk import host_folder, sha256_of, sync_file
from ledger.gate.hosts.rest import Rest
from ledger.gate.ports import HostJob, HostState, Phase, Progress
from ledger.gate.statements import Statements, Wire
from ledger.models import Digest, Outcome

UPLOADED = "platemark"
"""The folder among Moonraker's G-codes into which jobs are uploaded."""

_ENDINGS = (".gcode", ".gco", ".g")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file of the owner's whose print waits at the host for the gate's answer."""

    name: str
    sha256: Digest


class MoonrakerHost:
    """A `Host` that is a Moonraker with the component `[platemark]`."""

    def __init__(
        self, rest: Rest, statements: Statements, held: Path, *, own_files: bool = False
    ) -> None:
        """`held` is a folder of the gate's, mode 0700; `own_files` is told with each beat."""
        self._rest = rest
        self._statements = statements
        self._held = held
        self._own_files = own_files

    def beat(self) -> list[Wanted]:
        """Tell that the gate runs, for the next half minute; the own files that wait."""
        return _wanted(self._beat())

    def print_own(self, job: str, wanted: Wanted) -> None:
        """Answer a file of the owner's with a release. Raises HostUnavailable."""
        self._say(self._statements.release(job, wanted.name, wanted.sha256, own=True))

    def state(self) -> HostState:
        """OFFLINE where Klipper is not there, or not set up so that the gate can rely on it."""
        try:
            told = self._beat()
        except HostUnavailable:
            return HostState.OFFLINE
        if told.get("ready") is not True:
            return HostState.OFFLINE
        return HostState.READY if told.get("busy") is False else HostState.BUSY

    def hold(self, job: HostJob) -> Path:
        """See `Host.hold`."""
        if not self._held.is_dir():
            raise HostUnavailable(f"The gate's folder {self._held} is not there.")
        return self._held / job.id

    def held(self, job: HostJob) -> Path | None:
        """See `Host.held`."""
        path = self.hold(job)
        with host_folder(self._held):
            return path if path.exists() else None

    def start(self, job: HostJob) -> None:
        """See `Host.start`. Raises HostUnavailable for what is no G-code, too."""
        if not job.name.endswith(_ENDINGS):
            raise HostUnavailable(f"{job.name} is no G-code, and Klipper prints nothing else.")
        if self.is_handed(job):
            raise HostUnavailable(f"{job.name} was started already.")
        path = self.hold(job)
        with host_folder(self._held):
            sync_file(path)
            sha256 = sha256_of(path)
        folder = f"{UPLOADED}/{job.id}"
        self._rest.upload("/server/files/upload", path, job.name, root="gcodes", path=folder)
        self._say(self._statements.release(job.id, f"{folder}/{job.name}", sha256))
        with host_folder(self._held):
            path.unlink()

    def is_handed(self, job: HostJob) -> bool:
        """See `Host.is_handed`: whether the component used a release for it."""
        return self._job(job).get("known") is True

    def progress(self, job: HostJob) -> Progress:
        """See `Host.progress`."""
        told = self._job(job)
        if told.get("known") is not True:
            raise HostUnavailable(f"Moonraker's component does not know {job.name} any more.")
        try:
            return _progress(told)
        except (KeyError, TypeError, ValueError) as error:
            raise HostUnavailable("Moonraker's component answers what nobody can read.") from error

    def cancel(self, job: HostJob) -> bool:
        """See `Host.cancel`."""
        return self._say(self._statements.cancel(job.id)).get("cancelled") is True

    def discard(self, job: HostJob) -> None:
        """See `Host.discard`. What the host has is wiped as well, as soon as it answers."""
        with host_folder(self._held):
            (self._held / job.id).unlink(missing_ok=True)
        self._say(self._statements.discard(job.id))

    def sweep(self, keep: frozenset[str]) -> None:
        """See `Host.sweep`."""
        with host_folder(self._held):
            for path in self._held.iterdir():
                if path.name not in keep:
                    path.unlink()

    def close(self) -> None:
        """Give the connections back."""
        self._rest.close()

    def _beat(self) -> Mapping[str, Any]:
        return self._say(self._statements.beat(own_files=self._own_files))

    def _job(self, job: HostJob) -> Mapping[str, Any]:
        return _result(self._rest.get("/server/platemark/job", job=job.id))

    def _say(self, statement: Wire) -> Mapping[str, Any]:
        return _result(self._rest.post("/server/platemark/statement", statement))


def _result(answer: object) -> Mapping[str, Any]:
    """Moonraker wraps what it answers. Raises HostUnavailable."""
    result = answer.get("result") if isinstance(answer, dict) else None
    if not isinstance(result, dict):
        raise HostUnavailable("Moonraker answers what nobody can read.")
    return result


def _progress(told: Mapping[str, Any]) -> Progress:
    """Raises KeyError, TypeError or ValueError."""
    if told["state"] == "used":
        return Progress(Phase.WAITING)
    started = None if told["started"] is None else int(told["started"])
    if told["state"] == "started":
        return Progress(Phase.PRINTING, started=started)
    ended = int(told["ended"])
    return Progress(
        Phase.ENDED,
        Outcome(told["outcome"]),
        started=started,
        ended=ended if started is None else max(started, ended),
        material_mg=max(0, int(told["material_mg"])),
        duration=max(0, int(told["duration"] or 0)),
    )


def _wanted(told: Mapping[str, Any]) -> list[Wanted]:
    """Raises HostUnavailable."""
    try:
        return [
            Wanted(str(each["name"]), Digest(bytes.fromhex(each["sha256"])))
            for each in told["requests"]
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise HostUnavailable("Moonraker's component answers what nobody can read.") from error
