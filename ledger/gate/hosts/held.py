"""A host whose plugin holds every print until the gate's signed release: the common part.

A held file lies in the gate's own folder. To start it, it is handed to the plugin, and
then the plugin is given the release: it compares the SHA-256, writes down that the release
is used, and only then lets the machine go. So `is_handed` is a question to the plugin's
records.

Those records can be lost (a new card in the Raspberry Pi). Therefore the gate notes with
which installation it began a hand-over; if another one answers afterwards, the job counts
as handed: rather a print that was paid and not made than one that is made twice.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from ledger.errors import HostUnavailable
from ledger.gate.disk import host_folder, sha256_of, sync_file, write_atomically
from ledger.gate.hosts.own import Wanted
from ledger.gate.hosts.rest import Rest
from ledger.gate.ports import Clock, HostJob, HostState, Phase, Progress
from ledger.gate.statements import Statements, Wire
from ledger.models import Digest, Outcome

_BEGUN = ".begun"
_ENDINGS = (".gcode", ".gco", ".g")
_NO_SUCH_PATH = 404


class HoldingHost(ABC):
    """A `Host` and `ListeningHost` that is a program with a plugin of ours."""

    program: ClassVar[str]
    """What the program is called."""

    says: ClassVar[str]
    """Where the plugin takes statements: a path."""

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

    # ------------------------------------------------------------ the host's own

    @abstractmethod
    def beat(self) -> list[Wanted]:
        """See `ListeningHost.beat`."""

    @abstractmethod
    def print_own(self, job: str, wanted: Wanted) -> None:
        """See `ListeningHost.print_own`."""

    @abstractmethod
    def _state(self, told: Mapping[str, Any]) -> HostState:
        """What the plugin's answer to a beat tells. Raises ValueError."""

    @abstractmethod
    def _hand(self, job: HostJob, path: Path) -> str:
        """Give the plugin a job's file; the name under which it has it. Raises HostUnavailable."""

    @abstractmethod
    def _ask(self, job: HostJob) -> object:
        """What the plugin knows of a job. Raises HostUnavailable."""

    @abstractmethod
    def _progress(self, told: Mapping[str, Any]) -> Progress:
        """What that means. Raises KeyError, TypeError or ValueError."""

    def _members(self, answer: object) -> Mapping[str, Any]:
        """What the program answered, without what it wraps it in. Raises HostUnavailable."""
        if not isinstance(answer, dict):
            raise self._unreadable()
        return answer

    # ------------------------------------------------------------ Host

    def allow_own_files(self, *, allowed: bool) -> None:
        """See `ListeningHost.allow_own_files`."""
        self._own_files = allowed

    def state(self) -> HostState:
        """OFFLINE where the program or the machine is not there, or nothing holds prints back."""
        try:
            return self._state(self._beat())
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
            raise HostUnavailable(
                f"{job.name} is no G-code, and {self.program} prints nothing else."
            )
        if self.is_handed(job):
            raise HostUnavailable(f"{job.name} was started already.")
        path = self.hold(job)
        installation = str(self._beat().get("installation"))
        with host_folder(self._held):
            sync_file(path)
            sha256 = sha256_of(path)
            write_atomically(self._begun(job), installation.encode())
        self._say(self._statements.release(job.id, self._hand(job, path), sha256))
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
            return self._progress(told)
        except (KeyError, TypeError, ValueError) as error:
            raise self._unreadable() from error

    def cancel(self, job: HostJob) -> bool:
        """See `Host.cancel`."""
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
        with host_folder(self._held):
            for path in self._held.iterdir():
                if path.name.removesuffix(_BEGUN) not in keep:
                    if path.name.endswith(_BEGUN):
                        self._say(self._statements.discard(path.name.removesuffix(_BEGUN)))
                    path.unlink()

    def close(self) -> None:
        """Give the connections back."""
        self._rest.close()

    # ------------------------------------------------------------ inside

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

    def _waiting(self, told: Mapping[str, Any]) -> list[tuple[Wanted, Mapping[str, Any]]]:
        """The own files that wait, each with all that the plugin tells of it."""
        try:
            return [
                (Wanted(str(each["name"]), Digest(bytes.fromhex(each["sha256"]))), each)
                for each in told["requests"]
            ]
        except (KeyError, TypeError, ValueError) as error:
            raise self._unreadable() from error

    def _job(self, job: HostJob) -> Mapping[str, Any]:
        told = self._members(self._ask(job))
        if not isinstance(told.get("installation"), str):
            raise self._unreadable()
        return told

    def _say(self, statement: Wire) -> Mapping[str, Any]:
        try:
            return self._members(self._rest.post(self.says, statement))
        except HostUnavailable as error:
            if error.facts.get("answered") != _NO_SUCH_PATH:
                raise
            raise HostUnavailable(
                f"{self.program} answers, but Platemark's plugin in it does not: it was taken out "
                "or switched off, and nothing holds back what is printed there.",
                answered=_NO_SUCH_PATH,
            ) from error

    def _unreadable(self) -> HostUnavailable:
        return HostUnavailable(f"{self.program}'s plugin answers what nobody can read.")
