"""What every host must do, on a real Moonraker."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.cli.assembly import SystemClock
from ledger.gate.ports import HostJob, Phase
from ledger.models import Outcome
from tests.gate.host_contract import *  # noqa: F403
from tests.gate.host_contract import Bed
from tests.hosts.bed import until
from tests.hosts.moonraker_bed import GCODE, Printer, a_printer

_numbers = itertools.count()


@pytest.fixture(scope="module")
def printer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Printer]:
    yield from a_printer(tmp_path_factory.mktemp("printer"))


@pytest.fixture
def bed(printer: Printer, tmp_path: Path) -> Iterator[Bed]:
    printer.klippy("stand_in/hold")
    host = printer.host(tmp_path / "held")
    number = next(_numbers)
    job = HostJob(f"{number:064x}-0", f"part-L1-S{number}.gcode")

    def finish(outcome: Outcome) -> None:
        if outcome is Outcome.FAILED:
            printer.klippy("stand_in/fault")
        printer.klippy("stand_in/go")
        until(lambda: host.progress(job).phase is Phase.ENDED)

    yield Bed(
        host=host,
        job=job,
        again=lambda: printer.host(tmp_path / "held"),
        take=lambda: until(lambda: host.progress(job).phase is Phase.PRINTING),
        finish=finish,
        clock=SystemClock(),
        data=GCODE,
        waits=False,
    )
    printer.klippy("stand_in/go")
    until(lambda: not printer.status()["busy"])
