"""What every host must do, for a real OctoPrint."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from ledger.cli.assembly import SystemClock
from ledger.gate.ports import HostJob
from ledger.models import Outcome
from tests.gate.host_contract import *  # noqa: F403
from tests.gate.host_contract import Bed
from tests.hosts.bed import until
from tests.hosts.octoprint_bed import LONG, OctoPrint


@pytest.fixture
def bed(octoprint: OctoPrint, tmp_path: Path) -> Bed:
    name = uuid4().hex
    job = HostJob(f"{name}-0", f"part-L1-{name}.gcode")

    def printing() -> bool:
        """It stands still in the middle, and it was written down that it began."""
        return octoprint.flags()["paused"] and octoprint.job(job.id)["started"] is not None

    def finish(outcome: Outcome) -> None:
        if outcome is Outcome.DONE:
            octoprint.do("pause", action="resume")
        else:
            octoprint.post(
                "/api/printer/command", json={"command": "!!DEBUG:trigger_fatal_error_marlin"}
            )
        until(lambda: octoprint.job(job.id)["outcome"])

    return Bed(
        host=octoprint.host(tmp_path / "held"),
        job=job,
        again=lambda: octoprint.host(tmp_path / "held"),
        take=lambda: until(printing),
        finish=finish,
        clock=SystemClock(),
        data=LONG,
        waits=False,
    )
