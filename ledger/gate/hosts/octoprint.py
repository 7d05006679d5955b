"""OctoPrint, and the machine behind it. Its side: `ledger/gate/plugins/octoprint`.

What it has in common with other hosts that hold every print: `held`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ledger.errors import HostUnavailable
from ledger.gate.hosts.held import HoldingHost
from ledger.gate.hosts.own import Wanted
from ledger.gate.ports import HostJob, HostState, Phase, Progress
from ledger.models import Outcome

_PATH = "/plugin/platemark"


class OctoPrintHost(HoldingHost):
    """A `Host` that is an OctoPrint with the plugin `platemark`."""

    program = "OctoPrint"
    says = f"{_PATH}/statement"

    _files: Mapping[Wanted, str] = {}
    """Where the plugin keeps the own files that wait."""

    def beat(self) -> list[Wanted]:
        """Tell that the gate runs, for the next half minute; the own files that wait."""
        waiting = self._waiting(self._beat())
        self._files = {wanted: str(told.get("file")) for wanted, told in waiting}
        return list(self._files)

    def print_own(self, job: str, wanted: Wanted) -> None:
        """Answer a file of the owner's with a release. Raises HostUnavailable."""
        file = self._files.get(wanted)
        if file is None:
            raise HostUnavailable(f"OctoPrint does not wait for {wanted.name} any more.")
        self._files = {each: path for each, path in self._files.items() if each != wanted}
        self._say(self._statements.release(job, file, wanted.sha256, own=True))

    def _state(self, told: Mapping[str, Any]) -> HostState:
        return HostState(str(told.get("state")))

    def _hand(self, job: HostJob, path: Path) -> str:
        self._rest.upload(f"{_PATH}/files/{job.id}", path, job.name)
        return job.name

    def _ask(self, job: HostJob) -> object:
        return self._rest.get(f"{_PATH}/jobs/{job.id}")

    def _progress(self, told: Mapping[str, Any]) -> Progress:
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
