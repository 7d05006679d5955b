"""Doors of OctoPrint's that lead past a release: names, races, settings, and other plugins' hooks.

What counts is what the machine was sent: X123.4 stands only in the files of these tests.
"""

from __future__ import annotations

import io
import zipfile
from uuid import uuid4

import pytest

from tests.hosts.bed import until
from tests.hosts.octoprint_bed import GCODE, LONG, OURS, OctoPrint, refused, stays_blocked

# ------------------------------------------------------------ the gate's folder


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("platemark/{}", ""),
        ("{}", ".platemark"),
        ("{}", "plate|mark"),
        ("{}", "platemark?"),
        ("{}", "other/../platemark"),
    ],
)
def test_no_name_of_an_upload_leads_into_the_gates_folder(
    octoprint: OctoPrint, name: str, path: str
) -> None:
    """OctoPrint tidies names, and takes a folder from a file's name."""
    job = uuid4().hex
    octoprint.hand(job, LONG)
    held = octoprint.uploads / "platemark" / f"{job}.gcode"
    fields = {"path": path} if path else {}
    refused(octoprint.upload(name.format(held.name), GCODE, **fields), "gate's own")
    assert held.read_bytes() == LONG


def test_nothing_is_copied_into_the_gates_folder_by_another_name(
    octoprint: OctoPrint, file: str
) -> None:
    for place in (".platemark", "plate|mark", f"{octoprint.uploads.resolve()}/platemark/x.gcode"):
        copy = {"command": "copy", "destination": place}
        refused(octoprint.post(f"/api/files/local/{file}", json=copy), "gate's own")


def test_a_file_that_is_swapped_after_its_hash_prints_nothing(octoprint: OctoPrint) -> None:
    octoprint.beat()
    job = uuid4().hex
    release = octoprint.hand(job, b"G28\n")
    before = octoprint.received().count(OURS)
    octoprint.rogue("swap", text=GCODE.decode())
    octoprint.say(release)
    stays_blocked(octoprint, before)
    until(lambda: octoprint.job(job)["outcome"] == "interrupted")


def test_a_start_that_fails_on_a_full_disk_is_told_of_when_there_is_room(
    octoprint: OctoPrint,
) -> None:
    """Or else the gate would wait for its end for ever."""
    octoprint.beat()
    job = uuid4().hex
    release = octoprint.hand(job, b"G28\n")
    before = octoprint.received().count(OURS)
    octoprint.rogue("swap", text=GCODE.decode())
    octoprint.rogue("fill_disk")
    try:
        octoprint.say(release)
        stays_blocked(octoprint, before)
        assert octoprint.job(job)["outcome"] is None
    finally:
        octoprint.rogue("empty_disk")
    until(lambda: octoprint.job(job)["outcome"] == "interrupted")


def test_no_file_of_the_hosts_is_taken_for_an_upload(octoprint: OctoPrint) -> None:
    """OctoPrint tells where it stored an upload in a field of the request."""
    records = octoprint.data / "releases.jsonl"
    told = {"file.name": "x.gcode", "file.path": str(records)}
    address = f"/plugin/platemark/files/{uuid4().hex}"
    for answer in (octoprint.post(address, params=told), octoprint.post(address, data=told)):
        assert answer.status_code in (400, 403)
    assert records.exists()


def test_a_backup_holds_nothing_of_the_gates(octoprint: OctoPrint) -> None:
    """Neither the files of jobs, nor records that would bring an earlier day back."""
    octoprint.hand(uuid4().hex)
    folder = octoprint.data.parent / "backup"
    whole = "[!.]*.zip"  # while it is written its name begins with a dot
    before = set(folder.glob(whole))
    assert octoprint.post("/plugin/backup/backup", json={"exclude": []}).is_success
    (made,) = until(lambda: set(folder.glob(whole)) - before)
    names = zipfile.ZipFile(io.BytesIO(made.read_bytes())).namelist()
    assert "basedir/config.yaml" in names
    found = [name for name in names if "platemark" in name]
    assert [name for name in found if not name.startswith("basedir/logs/")] == []


# ------------------------------------------------------------ lines


def test_a_line_that_another_plugin_puts_in_the_place_of_ours_is_dropped(
    octoprint: OctoPrint,
) -> None:
    """gcode.sending, after all other hooks."""
    octoprint.beat()
    before = octoprint.received().count(b"M24")
    octoprint.rogue("commands", commands=["M777"])
    octoprint.rogue("send", commands=["M777", "M400"])
    octoprint.rest()
    assert octoprint.sent().count(b"M24") == before


def test_moves_that_extrude_are_not_taken_from_the_api(octoprint: OctoPrint, file: str) -> None:
    for lines in (
        ["G1 X123.4 Y1 E0.5"],
        ["g01x123.4e.5"],
        ["M117 a\nG1 X123.4 E1"],
        ["M400 G1 X123.4 E1"],
        ["G2 I123.4 J0 E1"],
    ):
        body = {"commands": lines}
        refused(octoprint.post("/api/printer/command", json=body), "line by line")
    refuse_a_move(octoprint)


def refuse_a_move(octoprint: OctoPrint) -> None:
    """It is refused behind the door; and what is told from before it is told no more."""
    octoprint.beat()
    hidden = {"command": "G1 X123.4 %(rest)s", "parameters": {"rest": "E1"}}
    octoprint.post("/api/printer/command", json=hidden)
    assert "line by line" in octoprint.told()["why"]


def says(octoprint: OctoPrint, why: str) -> bool:
    """While the gate runs, whether this was refused last."""
    octoprint.beat()
    return why in octoprint.told()["why"]


def test_the_first_word_to_the_machine_starts_nothing(octoprint: OctoPrint) -> None:
    """It is one of OctoPrint's settings."""
    refuse_a_move(octoprint)
    before = octoprint.received().count(b"M24")
    usual = octoprint.get("/api/settings").json()["serial"]["helloCommand"]
    try:
        greet(octoprint, "M24")
        until(lambda: says(octoprint, "SD card"))
    finally:
        greet(octoprint, usual)
    octoprint.rest()
    assert octoprint.sent().count(b"M24") == before


def greet(octoprint: OctoPrint, hello: str) -> None:
    """Connect anew with another first word."""
    octoprint.post("/api/settings", json={"serial": {"helloCommand": hello}})
    octoprint.post("/api/connection", json={"command": "disconnect"})
    octoprint.post("/api/connection", json={"command": "connect", "port": "VIRTUAL"})


def test_the_machines_own_wish_to_start_is_stopped(octoprint: OctoPrint, file: str) -> None:
    """A firmware may ask its host to start the selected file, and M118 makes it do so."""
    octoprint.select(file)
    refuse_a_move(octoprint)
    wish = "!!DEBUG:action_custom start"
    assert octoprint.post("/api/printer/command", json={"command": wish}).is_success
    until(lambda: says(octoprint, "not released"))


def test_the_machines_wish_to_begin_a_paused_job_anew_is_stopped(octoprint: OctoPrint) -> None:
    octoprint.beat()
    job = uuid4().hex
    assert octoprint.say(octoprint.hand(job, LONG)).status_code == 200
    until(lambda: octoprint.flags()["paused"])
    before = octoprint.received().count(OURS)
    wish = "!!DEBUG:action_custom start"
    assert octoprint.post("/api/printer/command", json={"command": wish}).is_success
    until(lambda: octoprint.job(job)["outcome"] == "interrupted")
    stays_blocked(octoprint, before)


# ------------------------------------------------------------ taking the plugin out


@pytest.mark.parametrize(
    "body",
    [
        {"command": "disable", "plugin": "platemark"},
        {"command": "uninstall", "plugin": "platemark", "cleanup": True},
        {"command": "cleanup", "plugin": "Platemark"},
        {"command": "cleanup_all"},
    ],
)
def test_the_plugin_is_not_taken_out_by_the_plugin_manager(
    octoprint: OctoPrint, body: dict[str, object]
) -> None:
    refused(octoprint.post("/api/plugin/pluginmanager", json=body), "on the machine itself")


@pytest.mark.parametrize(
    "path", ["/api/system/commands/core/restart_safe", "/plugin/backup/restore"]
)
def test_neither_safe_mode_nor_an_old_backup_is_to_be_had_from_the_page(
    octoprint: OctoPrint, path: str
) -> None:
    refused(octoprint.post(path), "on the machine itself")
    refused(octoprint.post(path, json={"path": "old.zip"}), "on the machine itself")
