"""Every way to start a print on OctoPrint without the gate's word, and that it is shut.

What counts is what the machine was sent: X123.4 stands only in the files of these tests.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.hosts.bed import until
from tests.hosts.octoprint_bed import GCODE, LONG, OURS, OctoPrint, refused, stays_blocked

# ------------------------------------------------------------ OctoPrint's API


def test_api_job_command_start_is_blocked(octoprint: OctoPrint, file: str) -> None:
    octoprint.select(file)
    refused(octoprint.do("start"))


def test_api_select_with_print_is_blocked(octoprint: OctoPrint, file: str) -> None:
    refused(octoprint.select(file, print=True))
    refused(octoprint.select(f"../local/{file}", print="yes"))


def test_api_upload_with_print_is_blocked(octoprint: OctoPrint, file: str) -> None:
    refused(octoprint.upload(f"{uuid4().hex}.gcode", print="true"))
    refused(octoprint.upload(f"{uuid4().hex}.gcode", select="true", print="1"))


def test_api_upload_into_the_gates_folder_is_blocked(octoprint: OctoPrint, file: str) -> None:
    refused(octoprint.upload("x.gcode", path="platemark"), "gate's own")
    copy = {"command": "copy", "destination": "platemark"}
    refused(octoprint.post(f"/api/files/local/{file}", json=copy), "gate's own")


def test_api_restart_of_a_released_print_is_blocked(octoprint: OctoPrint) -> None:
    octoprint.beat()
    job = uuid4().hex
    assert octoprint.say(octoprint.hand(job, LONG)).status_code == 200
    until(lambda: octoprint.flags()["paused"])
    before = octoprint.received().count(OURS)
    refused(octoprint.do("restart"), "released once")
    octoprint.rogue("start", path=f"platemark/{job}.gcode")
    octoprint.do("cancel")
    until(lambda: octoprint.job(job)["outcome"] == "cancelled")
    stays_blocked(octoprint, before)


def test_printing_it_again_after_its_end_is_blocked(octoprint: OctoPrint) -> None:
    octoprint.beat()
    job = uuid4().hex
    release = octoprint.hand(job)
    assert octoprint.say(release).status_code == 200
    until(lambda: octoprint.job(job)["outcome"] == "done")
    octoprint.rest()
    before = octoprint.received().count(OURS)
    refused(octoprint.do("start"))
    refused(octoprint.say(release), "released once")
    stays_blocked(octoprint, before)


# ------------------------------------------------------------ other plugins


@pytest.mark.parametrize("what", ["start", "select_and_print"])
def test_another_plugin_calling_start_print_is_blocked(
    octoprint: OctoPrint, file: str, what: str
) -> None:
    octoprint.rogue(what, path=file)
    assert "not released" in octoprint.told()["why"] or "Own files" in octoprint.told()["why"]


def test_another_plugin_starting_past_the_printer_is_stopped(
    octoprint: OctoPrint, file: str
) -> None:
    octoprint.rogue("select", path=file)
    octoprint.rogue("start_connection")
    assert "not released" in octoprint.told()["why"]


def test_another_plugin_cannot_let_go_of_the_hold(octoprint: OctoPrint, file: str) -> None:
    octoprint.rogue("select", path=file)
    assert octoprint.rogue("let_go")["held"]
    octoprint.rogue("start_connection")
    octoprint.rogue("let_go")


def test_lines_of_a_file_are_dropped_even_where_the_hold_is_broken(
    octoprint: OctoPrint, file: str
) -> None:
    """gcode.queuing, the last line of defence."""
    before = octoprint.received().count(OURS)
    octoprint.rogue("select", path=file)
    assert not octoprint.rogue("break_hold")["held"]
    octoprint.rogue("break_stop")
    try:
        octoprint.rogue("start_connection")
        until(lambda: octoprint.flags()["ready"])  # all of it was read, and nothing sent
    finally:
        octoprint.rogue("mend_stop")
    stays_blocked(octoprint, before)
    octoprint.post("/api/connection", json={"command": "disconnect"})


def test_an_error_inside_our_own_code_leaves_the_print_held(
    octoprint: OctoPrint, file: str
) -> None:
    """OctoPrint catches what a hook raises, and sends the line."""
    before = octoprint.received().count(OURS)
    octoprint.rogue("select", path=file)
    octoprint.rogue("break_warden")
    try:
        octoprint.rogue("start_connection")
        octoprint.rogue("break_hold")
        time.sleep(1)
        assert octoprint.received().count(OURS) == before
    finally:
        octoprint.rogue("mend_warden")
        octoprint.post("/api/connection", json={"command": "disconnect"})


# ------------------------------------------------------------ the machine's own card


CARD = [
    ["M23 other.gco", "M24"],
    ["m24"],
    ["N3 M0024*7"],
    ["M32 !other.gco#"],
    ["G28 M 24"],
    ["M117 hello\nM24"],
    ["M118 hello\rM24"],
    ["M117 hello:M24"],
    ["G28 \\;\nM24"],
    ["M28 other.gco"],
    ["M928 other.gco"],
    ['M98 P"other.gco"'],
    ["SDCARD_PRINT_FILE FILENAME=other.gco"],
    ["play /sd/other.gco"],
    ["$SD/Run=other.gco"],
    ["M1000"],
    ["M\\23 other.gco"],
    ["M2X\b3 other.gco"],
    ["M117\b\b\b23 other.gco"],
    ["M(x)23 other.gco"],
]
STARTS = (
    b"M23",
    b"M24",
    b"M0024",
    b"M 24",
    b"M32",
    b"M28",
    b"M928",
    b"M98",
    b"M1000",
    b"OTHER.GCO",
)


@pytest.fixture
def card(octoprint: OctoPrint) -> Iterator[None]:
    """The virtual printer's own SD card, with a file on it."""
    card = octoprint.data.parent / "virtual_printer" / "sdcard"
    if not card.exists():
        card = octoprint.base / "virtualSd"
    card.mkdir(parents=True, exist_ok=True)
    (card / "other.gco").write_bytes(GCODE)
    octoprint.beat()
    before = octoprint.received()
    yield
    octoprint.rest()
    sent = octoprint.sent()[len(before) :].upper()
    assert not [each for each in STARTS if each in sent]


def test_sd_print_is_blocked(octoprint: OctoPrint, card: None) -> None:
    select = {"command": "select", "print": True}
    refused(octoprint.post("/api/files/sdcard/other.gco", json=select), "SD card")
    octoprint.rogue("sd", path="other.gco")


def test_writing_to_the_card_is_blocked(octoprint: OctoPrint, card: None) -> None:
    upload = octoprint.post("/api/files/sdcard", files={"file": ("x.gcode", GCODE)})
    refused(upload, "SD card")


def test_another_plugin_writing_to_the_card_past_the_printer_is_stopped(
    octoprint: OctoPrint, card: None, file: str
) -> None:
    octoprint.rogue("stream", path=file)
    octoprint.sent()
    assert "SD card" in octoprint.told()["why"]


def test_a_file_that_is_not_written_to_the_card_leaves_the_machine_free(
    octoprint: OctoPrint, card: None
) -> None:
    """The machine never answers, since it was asked nothing; and it may say what it likes."""
    name, job = f"{uuid4().hex}.gcode", uuid4().hex
    octoprint.upload(name, GCODE.replace(OURS, b"X76.5"))
    octoprint.rogue("stream", path=name)
    assert octoprint.told()["state"] == "ready"
    said = "!!DEBUG:send Writing to file: x.gco"
    assert octoprint.post("/api/printer/command", json={"command": said}).is_success
    assert octoprint.say(octoprint.hand(job)).status_code == 200
    until(lambda: octoprint.job(job)["outcome"] == "done")
    octoprint.rest()
    assert b"X76.5" not in octoprint.sent()


@pytest.mark.parametrize("lines", CARD)
def test_commands_with_m23_and_m24_are_blocked(
    octoprint: OctoPrint, card: None, lines: list[str]
) -> None:
    refused(octoprint.post("/api/printer/command", json={"commands": lines}), "SD card")
    octoprint.rogue("commands", commands=lines)
    octoprint.rogue("send", commands=lines)


def test_a_released_file_cannot_start_another_one_on_the_card(
    octoprint: OctoPrint, card: None
) -> None:
    job = uuid4().hex
    data = b"M23 other.gco\nM24\n" + GCODE
    assert octoprint.say(octoprint.hand(job, data)).status_code == 200
    until(lambda: octoprint.job(job)["outcome"] == "done")
