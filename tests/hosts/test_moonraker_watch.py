"""What is stopped when somebody gets past Moonraker; and the owner's own files."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from ledger.gate.ports import HostState
from ledger.gate.statements import Statements
from ledger.models import Digest
from tests.gate.fakes import FakeClock
from tests.hosts.bed import until
from tests.hosts.moonraker_bed import GCODE, NAME, Printer, a_printer, require_moonraker
from tests.hosts.test_moonraker_crashes import LINES, begun, ended


@pytest.fixture
def printer(tmp_path: Path) -> Iterator[Printer]:
    for printer in a_printer(tmp_path / "printer"):
        printer.klippy("stand_in/hold")
        printer.beat()
        yield printer


def state(printer: Printer) -> str:
    return str(printer.machine()["print_stats"]["state"])


def test_a_print_that_was_started_on_klippys_own_socket_is_stopped(printer: Printer) -> None:
    (printer.data / "platemark" / "card" / "x.gcode").write_bytes(GCODE)
    printer.klippy("gcode/script", script="M9923 x.gcode\nM9924")
    until(lambda: any("begins" in each for each in printer.printed()))
    until(lambda: state(printer) == "cancelled")
    printer.klippy("stand_in/go")
    assert state(printer) == "cancelled"
    assert printer.moves() == 0


def test_a_released_job_that_is_set_back_is_stopped_and_failed(printer: Printer) -> None:
    begun(printer)
    printer.klippy("stand_in/step", lines=10)
    until(lambda: printer.moves() > 5)
    printer.heard()
    printer.klippy("gcode/script", script="M25\nM9926 S0\nM9924")
    assert ended(printer)["outcome"] == "failed"
    until(lambda: state(printer) == "cancelled")
    printer.klippy("stand_in/go")
    assert state(printer) == "cancelled"


def test_a_released_job_can_be_paused_and_goes_on_while_the_gate_runs(printer: Printer) -> None:
    begun(printer)
    assert printer.post("/printer/print/pause").is_success
    until(lambda: state(printer) == "paused")
    printer.klippy("stand_in/go")
    assert printer.post("/printer/print/resume").is_success
    assert ended(printer)["outcome"] == "done"
    assert printer.moves() == LINES


def test_a_job_that_is_cancelled_and_reset_between_two_pieces_of_news_has_ended(
    printer: Printer,
) -> None:
    printer.klippy("stand_in/quiet", quiet=True)
    assert printer.say(printer.release("aa-0")).is_success
    until(lambda: state(printer) == "printing")
    printer.klippy("gcode/script", script="CANCEL_PRINT\nSDCARD_RESET_FILE")
    assert state(printer) == "standby"
    printer.klippy("stand_in/quiet", quiet=False)
    found = ended(printer)
    assert (found["outcome"], found["started"] is None) == ("cancelled", False)
    assert printer.host().state() is HostState.READY
    begun(printer, "aa-1")
    printer.klippy("stand_in/go")
    assert ended(printer, "aa-1")["outcome"] == "done"


def test_without_the_gate_nothing_prints_and_the_status_says_why(printer: Printer) -> None:
    begun(printer)
    printer.post("/printer/print/pause")
    printer.kill("moonraker")  # its memory of the last beat goes with it
    printer.start_moonraker()
    printer.upload("own.gcode")
    for path in ("/printer/print/start?filename=own.gcode", "/printer/print/resume"):
        assert printer.post(path).status_code == 403
    assert printer.status()["why"] == "the gate does not run, so nothing prints"
    assert state(printer) == "paused"


def test_a_beat_ends_and_an_older_one_does_not_count(printer: Printer) -> None:
    printer.kill("moonraker")
    printer.start_moonraker()
    late = FakeClock(int(time.time()) - 25)  # only now: a start may take its time
    old = Statements(printer.key, NAME, late).beat(own_files=False)
    assert printer.say(old).is_success
    until(lambda: not printer.status()["gate_runs"])
    newer = printer.statements.beat(own_files=False)
    assert printer.say(newer).is_success
    assert printer.status()["gate_runs"]
    assert printer.say(newer).status_code == 409


def test_with_another_printer_cfg_nothing_is_released_and_what_prints_is_stopped(
    printer: Printer,
) -> None:
    text = printer.printer_cfg.read_text().replace("[include platemark.cfg]", "")
    printer.printer_cfg.write_text(text.replace("platemark/card", "gcodes"))
    printer.kill("klippy")
    printer.start_klippy()
    until(lambda: "[virtual_sdcard]" in (printer.status()["wrong"] or ""))
    printer.klippy("stand_in/hold")
    assert printer.host().state() is HostState.OFFLINE
    assert printer.say(printer.release("aa-0")).status_code == 409
    printer.upload("x.gcode")
    printer.klippy("gcode/script", script="SDCARD_PRINT_FILE FILENAME=x.gcode")
    until(lambda: state(printer) == "cancelled")
    assert printer.moves() == 0


def test_a_macro_that_was_changed_is_noticed(printer: Printer) -> None:
    printer.printer_cfg.write_text(
        printer.printer_cfg.read_text()
        + "\n[gcode_macro M23]\nrename_existing: M9923\ngcode:\n  M9923 {rawparams}\n"
    )
    printer.post("/printer/restart")
    until(lambda: "gcode_macro M23" in (printer.status()["wrong"] or ""))
    assert printer.host().state() is HostState.OFFLINE


# ------------------------------------------------------------ the owner's own files


def test_an_own_file_is_refused_while_the_switch_is_off(printer: Printer) -> None:
    printer.upload("own.gcode")
    answer = printer.post("/printer/print/start", params={"filename": "own.gcode"})
    assert answer.status_code == 403
    assert "switched off" in answer.json()["error"]["message"]
    assert printer.status()["requests"] == []


def test_an_own_file_waits_for_the_gate_and_then_prints(printer: Printer) -> None:
    host = printer.host(own_files=True)
    assert host.beat() == []
    printer.upload("my part.gcode")
    assert printer.post("/printer/print/start", params={"filename": "my part.gcode"}).is_success
    assert state(printer) == "standby"
    [wanted] = host.beat()
    assert wanted.name == "my part.gcode"
    assert wanted.sha256 == Digest(hashlib.sha256(GCODE).digest())
    printer.klippy("stand_in/go")
    host.print_own("own-1", wanted)
    assert ended(printer, "own-1")["outcome"] == "done"
    assert host.beat() == []
    assert (printer.gcodes / "my part.gcode").exists()
    assert printer.moves("my part.gcode") == LINES


def test_of_own_files_that_wait_one_prints_and_no_other_follows(printer: Printer) -> None:
    """Nobody took the first from the bed."""
    host = printer.host(own_files=True)
    host.beat()
    for name in ("one.gcode", "two.gcode"):
        printer.upload(name)
        assert printer.post("/printer/print/start", params={"filename": name}).is_success
    first, second = host.beat()
    host.print_own("own-1", first)
    assert host.beat() == []
    answer = printer.post("/printer/print/start", params={"filename": second.name})
    assert "busy" in answer.json()["error"]["message"]
    printer.klippy("stand_in/go")
    assert ended(printer, "own-1")["outcome"] == "done"
    assert host.beat() == []
    assert printer.moves() == LINES


def test_an_own_file_that_was_changed_while_it_waited_is_refused(printer: Printer) -> None:
    printer.beat(own_files=True)
    printer.upload("own.gcode")
    printer.post("/printer/print/start", params={"filename": "own.gcode"})
    printer.upload("own.gcode", GCODE + b"G1 X1 E9\n")
    sha256 = Digest(hashlib.sha256(GCODE).digest())
    wire = printer.statements.release("own-1", "own.gcode", sha256, own=True)
    assert printer.say(wire).status_code == 409
    assert printer.moves() == 0


def test_without_platemark_the_same_ways_do_print(tmp_path: Path) -> None:
    """So that a way that is refused is known to be a way."""
    require_moonraker()
    with Printer(tmp_path / "printer") as printer:
        (printer.data / "config" / "moonraker.conf").write_text(
            (printer.data / "config" / "moonraker.conf").read_text().partition("[platemark]")[0]
        )
        text = printer.printer_cfg.read_text().replace("[include platemark.cfg]", "")
        printer.printer_cfg.write_text(text.replace("platemark/card", "gcodes"))
        printer.kill("klippy")
        printer.kill("moonraker")
        printer.start_klippy()
        printer.start_moonraker(component=False)
        files = {"file": ("x.gcode", GCODE)}
        select = {"command": "select", "print": True}
        commands = {"commands": ["SDCARD_PRINT_FILE FILENAME=x.gcode"]}
        printer.upload("x.gcode")
        printer.post("/server/job_queue/job", json={"filenames": ["x.gcode"]})
        post = printer.post
        ways: list[Callable[[], httpx.Response]] = [
            lambda: printer.upload("x.gcode", print="true"),
            lambda: post("/printer/print/start", params={"filename": "x.gcode"}),
            lambda: printer.script("M23 x.gcode\nM24"),
            lambda: post("/api/files/local", files=files, data={"print": "true"}),
            lambda: post("/api/files/moonraker/gcodes/x.gcode", json=select),
            lambda: post("/api/printer/command", json=commands),
            lambda: post("/server/job_queue/start"),
        ]
        for number, way in enumerate(ways, 1):
            assert way().is_success
            until(lambda: printer.moves("x.gcode") == number * LINES)  # noqa: B023
            until(lambda: state(printer) == "complete")
            printer.heard()  # or else Moonraker takes the file for one that prints
