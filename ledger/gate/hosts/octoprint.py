"""OctoPrint, and the machine behind it. Its side: `ledger/gate/plugins/octoprint`.

A held file lies in the gate's own folder. To start it, it is handed to the plugin, and
then the plugin is given the signed release: it compares the SHA-256, writes down that the
release is used, and only then lets the machine go. So `is_handed` is a question to the
plugin's records.

Those records can be lost (a new card in the Raspberry Pi). Therefore the gate notes with
which installation it began a hand-over; if another one answers afterwards, the job counts
as handed: rather a print that was paid and not made than one that is made twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ledger.errors import HostUnavailable
from ledger.gate.disk import host_folder, sha256_of, sync_file, write_atomically
from ledger.gate.hosts.own import Wanted
from ledger.gate.hosts.rest import Rest
from ledger.gate.ports import Clock, HostJob, HostState, Phase, Progress
from ledger.gate.statements import Statements, Wire
from ledger.models import Digest, Outcome

_PATH = "/plugin/platemark"
_BEGUN = ".begun"
_ENDINGS = (".gcode", ".gco", ".g")


class OctoPrintHost:
    """A `Host` that is an OctoPrint with the plugin `platemark`."""

    def __init__(
        self,
        rest: Rest,
        statements: Statements,
        held: Path,
        clock: Clock,
        *,
        own_files: bool = False,
    ) -> None:
        """`held` is a folder of the gate's, mode 0700; `own_files` is told with each beat."""
        self._rest = rest
        self._statements = statements
        self._held = held
        self._clock = clock
        self._own_files = own_files
        self._waiting: dict[Wanted, str] = {}

    def allow_own_files(self, *, allowed: bool) -> None:
        """See `ListeningHost.allow_own_files`."""
        self._own_files = allowed

    def beat(self) -> list[Wanted]:
        """Tell that the gate runs, for the next half minute; the own files that wait."""
        told = self._beat()
        try:
            self._waiting = {
                Wanted(str(each["name"]), Digest(bytes.fromhex(each["sha256"]))): str(each["file"])
                for each in told["requests"]
            }
        except (KeyError, TypeError, ValueError) as error:
            raise _unreadable() from error
        return list(self._waiting)

    def print_own(self, job: str, wanted: Wanted) -> None:
        """Answer a file of the owner's with a release. Raises HostUnavailable."""
        file = self._waiting.pop(wanted, None)
        if file is None:
            raise HostUnavailable(f"OctoPrint does not wait for {wanted.name} any more.")
        self._say(self._statements.release(job, file, wanted.sha256, own=True))

    def state(self) -> HostState:
        """OFFLINE where OctoPrint or the machine is not there, or the plugin is not whole."""
        try:
            return HostState(str(self._beat().get("state")))
        except (HostUnavailable, ValueError):
            return HostState.OFFLINE

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
            raise HostUnavailable(f"{job.name} is no G-code, and OctoPrint prints nothing else.")
        if self.is_handed(job):
            raise HostUnavailable(f"{job.name} was started already.")
        path = self.hold(job)
        installation = str(self._beat().get("installation"))
        with host_folder(self._held):
            sync_file(path)
            sha256 = sha256_of(path)
            write_atomically(self._begun(job), installation.encode())
        self._rest.upload(f"{_PATH}/files/{job.id}", path, job.name)
        self._say(self._statements.release(job.id, job.name, sha256))
        with host_folder(self._held):
            path.unlink()

    def is_handed(self, job: HostJob) -> bool:
        """See `Host.is_handed`: whether the plugin used a release for it, or may have."""
        told = self._job(job)
        return told.get("known") is True or self._is_lost(job, told)

    def progress(self, job: HostJob) -> Progress:
        """See `Host.progress`. A job of which the records were lost was interrupted."""
        told = self._job(job)
        if told.get("known") is not True:
            return Progress(Phase.ENDED, Outcome.INTERRUPTED, ended=self._clock.now())
        try:
            return _progress(told)
        except (KeyError, TypeError, ValueError) as error:
            raise _unreadable() from error

    def cancel(self, job: HostJob) -> bool:
        """See `Host.cancel`: a release leads to a start at once, so never after it."""
        return self._say(self._statements.cancel(job.id)).get("cancelled") is True

    def discard(self, job: HostJob) -> None:
        """See `Host.discard`. What the host has is wiped as well, if it was given anything."""
        with host_folder(self._held):
            (self._held / job.id).unlink(missing_ok=True)
            begun = self._begun(job)
            if begun.exists():
                self._say(self._statements.discard(job.id))
                begun.unlink()

    def sweep(self, keep: frozenset[str]) -> None:
        """See `Host.sweep`."""
        self.hold(HostJob("", ""))
        with host_folder(self._held):
            for path in self._held.iterdir():
                if path.name.removesuffix(_BEGUN) not in keep:
                    if path.name.endswith(_BEGUN):
                        self._say(self._statements.discard(path.name.removesuffix(_BEGUN)))
                    path.unlink()

    def close(self) -> None:
        """Give the connections back."""
        self._rest.close()

    def _begun(self, job: HostJob) -> Path:
        return self._held / (job.id + _BEGUN)

    def _is_lost(self, job: HostJob, told: Mapping[str, Any]) -> bool:
        with host_folder(self._held):
            try:
                return self._begun(job).read_text() != told.get("installation")
            except FileNotFoundError:
                return False

    def _beat(self) -> Mapping[str, Any]:
        return self._say(self._statements.beat(own_files=self._own_files))

    def _job(self, job: HostJob) -> Mapping[str, Any]:
        told = _members(self._rest.get(f"{_PATH}/jobs/{job.id}"))
        if not isinstance(told.get("installation"), str):
            raise _unreadable()
        return told

    def _say(self, statement: Wire) -> Mapping[str, Any]:
        return _members(self._rest.post(f"{_PATH}/statement", statement))


def _members(answer: object) -> Mapping[str, Any]:
    if not isinstance(answer, dict):
        raise _unreadable()
    return answer


def _unreadable() -> HostUnavailable:
    return HostUnavailable("OctoPrint's plugin answers what nobody can read.")


def _progress(told: Mapping[str, Any]) -> Progress:
    """Raises KeyError, TypeError or ValueError."""
    started = None if told["started"] is None else int(told["started"])
    if told["outcome"] is None:
        phase = Phase.WAITING if started is None else Phase.PRINTING
        return Progress(phase, started=started)
    return Progress(
        Phase.ENDED,
        Outcome(told["outcome"]),
        started=started,
        ended=max(int(told["ended"]), started or 0),
        duration=max(0, int(told["duration"])),
    )
