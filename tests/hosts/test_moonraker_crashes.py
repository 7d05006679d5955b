"""A job at Moonraker through crashes of either side, and releases that come twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.gate.ports import HostJob, HostState, Phase
from ledger.models import Outcome
from tests.hosts.bed import until
from tests.hosts.moonraker_bed import GCODE, Printer, a_printer

LINES = GCODE.count(b"G1")


@pytest.fixture
def printer(tmp_path: Path) -> Iterator[Printer]:
    """Its machine stops before the second line of a print, until it is told to go."""
    for printer in a_printer(tmp_path / "printer"):
        printer.klippy("stand_in/hold")
        printer.beat()
        yield printer


def begun(printer: Printer, job: str = "aa-0") -> dict[str, str]:
    """The release of a job that prints now."""
    wire = printer.release(job)
    assert printer.say(wire).is_success
    until(lambda: printer.job(job)["state"] == "started")
    return wire


def ended(printer: Printer, job: str = "aa-0") -> dict[str, Any]:
    return dict(until(lambda: (found := printer.job(job))["state"] == "ended" and found))


def test_a_release_that_comes_twice_prints_once(printer: Printer) -> None:
    wire = begun(printer)
    assert printer.say(wire).status_code == 409
    printer.klippy("stand_in/go")
    assert ended(printer)["outcome"] == "done"
    assert printer.say(wire).status_code == 409
    assert printer.say(printer.release("aa-0")).status_code == 409  # a fresh one for the same job
    assert printer.moves() == LINES


def test_a_release_that_comes_twice_prints_once_over_a_restart(printer: Printer) -> None:
    wire = begun(printer)
    printer.klippy("stand_in/go")
    ended(printer)
    printer.kill("moonraker")
    printer.start_moonraker()
    assert printer.say(wire).status_code == 409
    assert printer.say(printer.release("aa-0")).status_code == 409
    assert printer.moves() == LINES


def test_a_job_goes_on_while_moonraker_is_restarted(printer: Printer) -> None:
    begun(printer)
    printer.kill("moonraker")
    printer.start_moonraker()
    assert printer.job("aa-0")["state"] == "started"
    assert printer.status()["busy"]
    printer.klippy("stand_in/go")
    assert ended(printer)["outcome"] == "done"
    assert printer.moves() == LINES


def test_a_job_that_ended_while_moonraker_was_away_is_known(printer: Printer) -> None:
    begun(printer)
    printer.kill("moonraker")
    printer.klippy("stand_in/go")
    until(lambda: printer.machine()["print_stats"]["state"] == "complete")
    printer.start_moonraker()
    assert ended(printer)["outcome"] == "done"


def test_killed_between_used_and_started_is_interrupted_and_never_printed(
    printer: Printer,
) -> None:
    printer.stop("klippy")  # it will never get the request
    wire = printer.release("aa-0")
    assert printer.say(wire).is_success
    assert printer.job("aa-0")["state"] == "used"
    printer.kill("moonraker")
    printer.kill("klippy")
    printer.start_klippy()
    printer.start_moonraker()
    found = ended(printer)
    assert (found["outcome"], found["started"]) == ("interrupted", None)
    assert printer.say(wire).status_code == 409
    assert printer.moves() == 0
    assert not list((printer.data / "platemark" / "card").rglob("*.gcode"))


def test_killed_while_klipper_still_has_the_request_it_prints_no_second_time(
    printer: Printer,
) -> None:
    printer.stop("klippy")
    assert printer.say(printer.release("aa-0")).is_success
    printer.kill("moonraker")
    printer.resume("klippy")  # the request may lie in the socket, or be lost with it
    printer.klippy("stand_in/go")
    printer.start_moonraker()
    outcome = ended(printer)["outcome"]
    assert printer.moves() == (LINES if outcome == "done" else 0)
    assert printer.say(printer.release("aa-0")).status_code == 409


def test_a_restart_of_klipper_interrupts_the_job_for_ever(printer: Printer) -> None:
    begun(printer)
    moved = printer.moves()
    printer.post("/printer/firmware_restart")
    assert ended(printer)["outcome"] == "interrupted"
    until(lambda: printer.status()["ready"])
    for path in (
        "/printer/print/resume",
        "/printer/print/start?filename=platemark/aa-0/aa-0.gcode",
    ):
        assert printer.post(path).status_code == 403
    assert "Platemark" in printer.klippy("gcode/script", script="M24")["error"]["message"]
    assert printer.say(printer.release("aa-0")).status_code == 409
    assert printer.moves() == moved


def test_an_emergency_stop_interrupts_the_job(printer: Printer) -> None:
    begun(printer)
    assert printer.post("/printer/emergency_stop").is_success
    assert ended(printer)["outcome"] == "interrupted"
    assert printer.host().state() is HostState.OFFLINE


def test_kill_of_klipper_interrupts_the_job(printer: Printer) -> None:
    begun(printer)
    printer.kill("klippy")
    until(lambda: printer.host().state() is HostState.OFFLINE)
    printer.start_klippy()
    assert ended(printer)["outcome"] == "interrupted"
    until(lambda: printer.host().state() is HostState.READY)


def test_a_job_is_pulled_back_while_klipper_is_busy_with_something_else(printer: Printer) -> None:
    host = printer.host()
    job = HostJob("bb-0", "part.gcode")
    host.hold(job).write_bytes(GCODE)
    printer.stop("klippy")
    host.start(job)
    assert host.progress(job).phase is Phase.WAITING
    assert not list(printer.gcodes.rglob("*.gcode"))
    held = list((printer.data / "platemark" / "card").rglob("*.gcode"))
    assert len(held) == 1
    printer.say(printer.statements.cancel("bb-0"))  # gives up after three seconds
    assert not held[0].exists()
    printer.resume("klippy")
    until(lambda: host.progress(job).phase is Phase.ENDED)
    assert host.progress(job).outcome is Outcome.CANCELLED
    assert host.cancel(job)
    assert printer.moves() == 0


def test_what_the_machine_used_is_told(printer: Printer) -> None:
    comment = b"; filament used [mm] = 60.00\n; filament used [g] = 0.18\n"
    host = printer.host()
    job = HostJob("cc-0", "part.gcode")
    host.hold(job).write_bytes(GCODE + comment)
    host.start(job)
    printer.klippy("stand_in/go")
    until(lambda: host.progress(job).phase is Phase.ENDED)
    assert host.progress(job).material_mg == 90  # half of 60 mm, as the machine counted
    assert host.held(job) is None


def test_a_host_that_lost_its_memory_prints_nothing_a_second_time(printer: Printer) -> None:
    host = printer.host()
    job = HostJob("dd-0", "part.gcode")
    host.hold(job).write_bytes(GCODE)
    host.start(job)
    printer.kill("moonraker")
    printer.kill("klippy")
    (printer.data / "platemark" / "journal.jsonl").unlink()
    printer.start_klippy()
    printer.start_moonraker()
    assert host.is_handed(job)
    assert host.progress(job).outcome is Outcome.INTERRUPTED
    host.discard(job)
    assert not host.is_handed(job)
