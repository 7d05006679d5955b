"""Every way to start a print at Moonraker and Klipper, tried without the gate's release."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from ledger.cli.assembly import SystemClock
from ledger.gate.disk import sha256_of
from ledger.gate.statements import Statements
from ledger.models import Digest
from ledger.vault import HostKey
from tests.hosts.bed import until
from tests.hosts.moonraker_bed import GCODE, Printer, a_printer

NAME = "part.gcode"


@pytest.fixture(scope="module")
def the_printer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Printer]:
    yield from a_printer(tmp_path_factory.mktemp("printer"))


@pytest.fixture
def printer(the_printer: Printer) -> Iterator[Printer]:
    """With a file that is ready to print, and a gate that runs; afterwards nothing was printed."""
    assert the_printer.upload(NAME).status_code == 201
    assert the_printer.beat().is_success
    before = the_printer.printed()
    yield the_printer
    assert the_printer.printed() == before
    assert the_printer.machine()["print_stats"]["state"] == "standby"


def refused(answer: httpx.Response) -> bool:
    return answer.status_code == 403 and "Platemark" in answer.json()["error"]["message"]


def test_printer_print_start_is_refused(printer: Printer) -> None:
    assert refused(printer.post("/printer/print/start", params={"filename": NAME}))


def test_an_upload_with_print_true_is_kept_but_not_printed(printer: Printer) -> None:
    answer = printer.upload("other.gcode", print="true")
    assert answer.status_code == 201
    assert answer.json()["print_started"] is False


def test_octoprints_upload_with_print_true_is_kept_but_not_printed(printer: Printer) -> None:
    files = {"file": ("other.gcode", GCODE)}
    assert printer.post("/api/files/local", files=files, data={"print": "true"}).is_success


def test_octoprints_select_with_print_is_refused(printer: Printer) -> None:
    body = {"command": "select", "print": True}
    answer = printer.post(f"/api/files/moonraker/gcodes/{NAME}", json=body)
    assert answer.status_code == 409  # it could not be started, is all that it tells


def test_octoprints_printer_command_is_refused(printer: Printer) -> None:
    command = f"SDCARD_PRINT_FILE FILENAME={NAME}"
    body = {"commands": [command, "M24"]}
    assert printer.post("/api/printer/command", json=body).is_success  # whatever becomes of it


def test_the_job_queue_starts_nothing(printer: Printer) -> None:
    assert printer.post("/server/job_queue/job", json={"filenames": [NAME]}).is_success
    assert printer.post("/server/job_queue/start").is_success
    until(lambda: queue(printer)["queue_state"] == "paused")
    assert [job["filename"] for job in queue(printer)["queued_jobs"]] == [NAME]
    httpx.delete(printer.url + "/server/job_queue/job", params={"all": "true"}, timeout=10)


def queue(printer: Printer) -> dict[str, Any]:
    answer = httpx.get(printer.url + "/server/job_queue/status", timeout=10).json()
    result: dict[str, Any] = answer["result"]
    return result


def test_printer_print_resume_without_a_job_is_refused(printer: Printer) -> None:
    assert refused(printer.post("/printer/print/resume"))


@pytest.mark.parametrize(
    "script",
    [
        f"SDCARD_PRINT_FILE FILENAME={NAME} RELEASE=0",
        f"sdcard_print_file filename={NAME} release=''",
        f"M117 hello\nSDCARD_PRINT_FILE FILENAME={NAME}",
        f"N10 M23 {NAME}",
        f"M23 {NAME}\nM24",
        "M24",
        "M26 S0",
        "RESUME",
    ],
)
def test_a_script_that_starts_a_print_is_refused(printer: Printer, script: str) -> None:
    assert refused(printer.script(script))


@pytest.mark.parametrize(
    "script",
    [
        f"_PLATEMARK_SDCARD_PRINT_FILE FILENAME={NAME}",
        f"M9923 {NAME}\nM9924",
        "M9924",
        "m9926 S0",
        "SET_GCODE_VARIABLE MACRO=_PLATEMARK VARIABLE=release VALUE=\"'x'\"",
        "set_gcode_variable macro='_PLATE'MA\\RK VARIABLE=release VALUE=\"'x'\"",
    ],
)
def test_a_script_that_calls_what_was_renamed_is_refused(printer: Printer, script: str) -> None:
    assert refused(printer.script(script))


def test_a_print_streamed_line_by_line_is_refused(printer: Printer) -> None:
    assert refused(printer.script("M83\nG1 X10 Y10 E0.5 F1200"))
    assert refused(printer.script("g1x10e.5"))


def test_the_websockets_start_is_refused(printer: Printer) -> None:
    address = printer.url.replace("http", "ws") + "/websocket"
    with connect(address, open_timeout=10, close_timeout=1) as line:
        for number, (method, params) in enumerate(
            [
                ("printer.print.start", {"filename": NAME}),
                ("printer.gcode.script", {"script": f"SDCARD_PRINT_FILE FILENAME={NAME}"}),
                ("printer.print.resume", {}),
            ]
        ):
            request = {"jsonrpc": "2.0", "method": method, "params": params, "id": number}
            line.send(json.dumps(request))
            answer = json.loads(line.recv(10))
            while answer.get("id") != number:
                answer = json.loads(line.recv(10))
            assert "Platemark" in answer["error"]["message"]


def test_a_start_by_moonrakers_own_socket_is_refused(printer: Printer) -> None:
    """Programs on the same machine speak to it, with no login."""
    request = {"jsonrpc": "2.0", "method": "printer.print.start", "params": {"filename": NAME}}
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(10)
        line.connect(str(printer.data / "comms" / "moonraker.sock"))
        line.sendall(json.dumps({**request, "id": 1}).encode() + b"\x03")
        data, answer = b"", None
        while answer is None:
            data += line.recv(65536)
            told = [json.loads(each) for each in data.split(b"\x03")[:-1]]
            answer = next((each for each in told if each.get("id") == 1), None)
    assert "Platemark" in answer["error"]["message"]


def test_the_bridge_to_klippys_socket_is_shut(printer: Printer) -> None:
    address = printer.url.replace("http", "ws") + "/klippysocket"
    with pytest.raises(Exception, match="403"), connect(address, open_timeout=10):
        pass


# ------------------------------------------------------------ past Moonraker, at the macros


@pytest.mark.parametrize(
    "script",
    [
        f"SDCARD_PRINT_FILE FILENAME={NAME}",
        f"SDCARD_PRINT_FILE FILENAME={NAME} RELEASE=",
        f"M23 {NAME}",
        "M24",
        "M26 S0",
    ],
)
def test_the_macros_refuse_by_themselves(printer: Printer, script: str) -> None:
    answer = printer.klippy("gcode/script", script=script)
    assert "Platemark" in answer["error"]["message"]


@pytest.mark.parametrize(
    "script",
    [
        f"_PLATEMARK_SDCARD_PRINT_FILE FILENAME={NAME}",
        f"M9923 {NAME}",
        "SET_GCODE_VARIABLE MACRO=_PLATEMARK VARIABLE=release VALUE=\"'x'\"\n"
        f"SDCARD_PRINT_FILE FILENAME={NAME} RELEASE=x",
    ],
)
def test_whoever_gets_past_the_macros_finds_no_file(printer: Printer, script: str) -> None:
    answer = printer.klippy("gcode/script", script=script)
    assert answer["error"]["message"] == "Unable to open file"


def test_the_folder_that_klipper_prints_from_is_shown_to_nobody(printer: Printer) -> None:
    (printer.gcodes / "link").unlink(missing_ok=True)
    (printer.gcodes / "link").symlink_to(printer.data / "platemark")
    try:
        for path in ("link/journal.jsonl", "link/card/x.gcode"):
            found = httpx.get(f"{printer.url}/server/files/gcodes/{path}", timeout=10)
            assert found.status_code in (403, 404)
        answer = printer.upload("x.gcode", path="link/card")
        assert answer.status_code in (400, 403)
    finally:
        (printer.gcodes / "link").unlink()
    assert not list((printer.data / "platemark" / "card").rglob("*.gcode"))


def test_a_jobs_file_is_never_among_the_g_codes(printer: Printer) -> None:
    """Where everybody could list, read and copy it until its release."""
    place = "platemark/aa-9"
    assert printer.upload("x.gcode", path=place, print="true").status_code == 201
    assert not list(printer.gcodes.rglob("x.gcode"))
    found = httpx.get(f"{printer.url}/server/files/gcodes/{place}/x.gcode", timeout=10)
    assert found.status_code == 404
    (held,) = (printer.data / "platemark" / "uploads").iterdir()
    assert (held.stat().st_mode & 0o077, held.parent.stat().st_mode & 0o077) == (0, 0)
    printer.say(printer.statements.discard("aa-9"))
    assert not held.exists()


@pytest.mark.parametrize(
    ("name", "path"),
    [("x.gcode", "platemark"), ("platemark/x.gcode", "."), ("x.gcode", "a/../platemark/b/c")],
)
def test_nothing_else_is_uploaded_into_the_gates_folder(
    printer: Printer, name: str, path: str
) -> None:
    assert printer.upload(name, path=path).status_code == 403
    assert not list(printer.gcodes.rglob("x.gcode"))


# ------------------------------------------------------------ statements that do not count


def forged(printer: Printer) -> dict[str, str]:
    """A release that another gate signed."""
    other = Statements(HostKey.generate(), printer.status()["host"], SystemClock())
    return other.release("ff-0", "platemark/ff-0/part.gcode", Digest(bytes(32)))


@pytest.mark.parametrize("make", [forged, lambda _: {"statement": "", "signature": ""}])
def test_a_statement_of_somebody_elses_is_refused(
    printer: Printer, make: Callable[[Printer], dict[str, str]]
) -> None:
    assert printer.say(make(printer)).status_code == 409


def test_a_release_for_an_own_file_that_nobody_asked_for_is_refused(printer: Printer) -> None:
    sha256 = sha256_of(printer.gcodes / NAME)
    assert (
        printer.say(printer.statements.release("own-1", NAME, sha256, own=True)).status_code == 409
    )
    assert printer.say(printer.statements.release("own-1", NAME, sha256)).status_code == 409


def test_a_changed_file_is_refused(printer: Printer, tmp_path: Path) -> None:
    (tmp_path / "it").write_bytes(GCODE)
    printer.upload("job.gcode", GCODE + b"G1 X1 E1\n", path="platemark/aa-7")
    wire = printer.statements.release(
        "aa-7", "platemark/aa-7/job.gcode", sha256_of(tmp_path / "it")
    )
    answer = printer.say(wire)
    assert answer.status_code == 409
    assert "not the one" in answer.json()["error"]["message"]
    assert printer.job("aa-7")["known"] is False
    printer.say(printer.statements.discard("aa-7"))
    assert not (printer.gcodes / "platemark" / "aa-7").exists()
