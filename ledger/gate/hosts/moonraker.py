"""Moonraker, and Klipper behind it. Their side: `ledger/gate/plugins/moonraker`.

What it has in common with other hosts that hold every print: `held`. Here a job's file is
uploaded as Moonraker takes every file; the component takes those of its own folder away.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ledger.gate.hosts.held import HoldingHost
from ledger.gate.hosts.own import Wanted
from ledger.gate.ports import HostJob, HostState, Phase, Progress
from ledger.models import Outcome

UPLOADED = "platemark"
"""The folder among Moonraker's G-codes to which jobs are uploaded."""


class MoonrakerHost(HoldingHost):
    """A `Host` that is a Moonraker with the component `[platemark]`."""

    program = "Moonraker"
    says = "/server/platemark/statement"

    def beat(self) -> list[Wanted]:
        """Tell that the gate runs, for the next half minute; the own files that wait."""
        return [wanted for wanted, _ in self._waiting(self._beat())]

    def print_own(self, job: str, wanted: Wanted) -> None:
        """Answer a file of the owner's with a release. Raises HostUnavailable."""
        self._say(self._statements.release(job, wanted.name, wanted.sha256, own=True))

    def _state(self, told: Mapping[str, Any]) -> HostState:
        """OFFLINE also where Klipper is not set up so that the gate can rely on it."""
        if told.get("ready") is not True:
            return HostState.OFFLINE
        return HostState.READY if told.get("busy") is False else HostState.BUSY

    def _hand(self, job: HostJob, path: Path) -> str:
        folder = f"{UPLOADED}/{job.id}"
        self._rest.upload("/server/files/upload", path, job.name, root="gcodes", path=folder)
        return f"{folder}/{job.name}"

    def _ask(self, job: HostJob) -> object:
        return self._rest.get("/server/platemark/job", job=job.id)

    def _progress(self, told: Mapping[str, Any]) -> Progress:
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

    def _members(self, answer: object) -> Mapping[str, Any]:
        """Moonraker wraps what it answers."""
        return super()._members(super()._members(answer).get("result"))
