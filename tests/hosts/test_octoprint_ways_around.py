"""Every way to start a print on OctoPrint without the gate's word, and that it is shut.

What counts is what the machine was sent: X123.4 stands only in the files of these tests.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from ledger.cli.assembly import SystemClock
from ledger.errors import HostUnavailable
from ledger.gate.statements import Statements
from ledger.models import Digest
from ledger.vault import HostKey
from tests.hosts.octoprint_bed import GCODE, LONG, OURS, OctoPrint, require_octoprint, until


@pytest.fixture
def file(octoprint: OctoPrint) -> Iterator[str]:
    """An uploaded file that nobody released, while the gate runs."""
    name = f"{uuid4().hex}.gcode"
    assert octoprint.upload(name).status_code == 201
    assert octoprint.beat().status_code == 200
    before = octoprint.received().count(OURS)
    yield name
    stays_blocked(octoprint, before)


def stays_blocked(octoprint: OctoPrint, before: int = 0) -> None:
    time.sleep(0.3)
    octoprint.rest()
    assert octoprint.received().count(OURS) == before


def refused(answer: object, why: str = "not released") -> None:
    status, text = getattr(answer, "status_code", 0), getattr(answer, "text", "")
    assert status == 403, text
    assert why in text


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
    octoprint.rogue("select", path=file)
    assert not octoprint.rogue("break_hold")["held"]
    octoprint.rogue("start_connection")
    stays_blocked(octoprint, octoprint.received().count(OURS))
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


CARD = [["M23 other.gco", "M24"], ["m24"], ["N3 M0024*7"], ["M32 !other.gco#"], ["G28 M 24"]]


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
    sent = octoprint.received()[len(before) :].upper()
    assert not any(each in sent for each in (b"M23", b"M24", b"M0024", b"M 24", b"M32"))


def test_sd_print_is_blocked(octoprint: OctoPrint, card: None) -> None:
    select = {"command": "select", "print": True}
    refused(octoprint.post("/api/files/sdcard/other.gco", json=select), "SD card")
    octoprint.rogue("sd", path="other.gco")


def test_writing_to_the_card_is_blocked(octoprint: OctoPrint, card: None) -> None:
    upload = octoprint.post("/api/files/sdcard", files={"file": ("x.gcode", GCODE)})
    refused(upload, "SD card")


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


# ------------------------------------------------------------ the gate's word


def test_a_replayed_release_prints_nothing(octoprint: OctoPrint) -> None:
    octoprint.beat()
    job = uuid4().hex
    release = octoprint.hand(job)
    assert octoprint.say(release).status_code == 200
    until(lambda: octoprint.job(job)["outcome"])
    octoprint.rest()
    before = octoprint.received().count(OURS)
    refused(octoprint.say(release), "released once")
    again = octoprint.post(
        f"/plugin/platemark/files/{job}", files={"file": (f"{job}.gcode", GCODE)}
    )
    refused(again, "released once")
    refused(octoprint.say(release), "released once")
    stays_blocked(octoprint, before)


def test_a_release_for_a_changed_file_prints_nothing(octoprint: OctoPrint, file: str) -> None:
    job = uuid4().hex
    release = octoprint.hand(job, LONG)
    (octoprint.uploads / "platemark" / f"{job}.gcode").write_bytes(GCODE)
    refused(octoprint.say(release), "not the one")
    assert not octoprint.job(job)["known"]


def test_a_release_by_another_key_or_for_another_host_prints_nothing(
    octoprint: OctoPrint, file: str
) -> None:
    job = uuid4().hex
    octoprint.hand(job)
    clock, digest = SystemClock(), Digest(b"\x01" * 32)
    stranger = Statements(HostKey.generate(), "0x00", clock)
    elsewhere = Statements(octoprint.key, "0xcc", clock)
    refused(octoprint.say(stranger.release(job, f"{job}.gcode", digest)), "not signed")
    refused(octoprint.say(elsewhere.release(job, f"{job}.gcode", digest)), "another host")
    assert not octoprint.job(job)["known"]


def test_the_files_of_jobs_are_nobody_elses(octoprint: OctoPrint) -> None:
    octoprint.beat()
    job = uuid4().hex
    release = octoprint.hand(job, LONG)
    held = octoprint.uploads / "platemark" / f"{job}.gcode"
    assert held.parent.stat().st_mode & 0o077 == 0
    assert held.stat().st_mode & 0o077 == 0
    for path in (f"platemark/{job}.gcode", f"./platemark//{job}.gcode", f"%70latemark/{job}.gcode"):
        assert octoprint.get(f"/downloads/files/local/{path}").status_code in (403, 404)
    bulk = octoprint.get("/downloads/files/local", params={"files": f"platemark/{job}.gcode"})
    assert bulk.status_code in (403, 404)
    move = {"command": "move", "destination": "mine.gcode"}
    refused(octoprint.post(f"/api/files/local/platemark/{job}.gcode", json=move), "gate's own")
    refused(octoprint.delete("/api/files/local/platemark"), "gate's own")
    assert octoprint.say(release).status_code == 200
    until(lambda: octoprint.flags()["paused"])
    octoprint.do("pause", action="resume")
    until(lambda: octoprint.job(job)["outcome"] == "done")
    until(lambda: not held.exists())


def test_another_pairing_is_not_taken(octoprint: OctoPrint, file: str) -> None:
    body = {"plugins": {"platemark": {"gate_key": "00" * 32, "host": "mine"}}}
    assert octoprint.post("/api/settings", json=body).status_code == 200
    assert octoprint.beat().status_code == 200


# ------------------------------------------------------------ a gate that does not run, restarts


@pytest.fixture(scope="module")
def lonely(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OctoPrint]:
    """An OctoPrint that no gate ever spoke to; it may be killed."""
    require_octoprint()
    with OctoPrint(tmp_path_factory.mktemp("lonely")) as made:
        yield made


def test_while_the_gate_does_not_run_nothing_prints_and_the_page_says_why(
    lonely: OctoPrint,
) -> None:
    assert lonely.told()["gate"] is False
    assert "gate does not run" in lonely.told()["why"]
    lonely.upload("mine.gcode")
    refused(lonely.select("mine.gcode", print=True))
    lonely.rogue("start", path="mine.gcode")
    refused(lonely.say(lonely.hand("early")), "gate does not run")
    page = lonely.get("/").text
    assert "sidebar_plugin_platemark_content" in page
    stays_blocked(lonely)


def test_after_a_restart_nothing_resumes_and_the_job_was_interrupted(lonely: OctoPrint) -> None:
    lonely.beat()
    assert lonely.say(lonely.hand("cut-off", LONG)).status_code == 200
    until(lambda: lonely.flags()["paused"])
    lonely.kill()
    left = lonely.uploads / "platemark" / "cut-off.gcode"
    assert left.exists()
    lonely.start()
    assert not left.exists()
    assert lonely.job("cut-off")["outcome"] == "interrupted"
    before = lonely.received().count(OURS)
    lonely.beat()
    refused(lonely.say(lonely.hand_again("cut-off", LONG)), "released once")
    assert lonely.do("pause", action="resume").status_code in (403, 409)
    refused(lonely.do("restart"), "released once")
    refused(lonely.do("start"))
    stays_blocked(lonely, before)


def test_a_host_that_starts_in_halves_does_not_go_into_safe_mode(lonely: OctoPrint) -> None:
    """In safe mode OctoPrint leaves plugins out, ours with them."""
    lonely.kill()
    text = (lonely.base / "config.yaml").read_text()
    assert "ignoreIncompleteStartup: true" in text
    (lonely.base / "config.yaml").write_text(
        text.replace("server:", "server:\n  incompleteStartup: true", 1)
    )
    lonely.start()
    assert lonely.told()["paired"]


def test_without_a_pairing_nothing_prints(tmp_path: Path) -> None:
    require_octoprint()
    with OctoPrint(tmp_path / "unpaired", paired=False) as alone:
        assert "No gate is paired" in alone.told()["why"]
        refused(alone.beat(), "No gate is paired")
        alone.upload("mine.gcode")
        refused(alone.select("mine.gcode", print=True))
        alone.rogue("start", path="mine.gcode")
        stays_blocked(alone)


# ------------------------------------------------------------ the owner's own files


def test_own_files_do_not_print_while_they_are_off(octoprint: OctoPrint, file: str) -> None:
    octoprint.rogue("start", path=file)
    assert "Own files are switched off" in octoprint.told()["why"]
    assert octoprint.told()["requests"] == []


def test_own_files_print_on_the_gates_word_where_they_are_on(
    octoprint: OctoPrint, tmp_path: Path
) -> None:
    host = octoprint.host(tmp_path / "held", own_files=True)
    host.beat()
    name = f"{uuid4().hex}.gcode"
    octoprint.upload(name)
    before = octoprint.received().count(OURS)
    assert octoprint.select(name, print=True).status_code == 204
    (wanted,) = until(host.beat)
    assert wanted.name == name
    assert octoprint.received().count(OURS) == before
    job = f"own-{uuid4().hex}"
    host.print_own(job, wanted)
    until(lambda: octoprint.job(job)["outcome"] == "done")
    octoprint.rest()
    assert octoprint.received().count(OURS) > before
    assert (octoprint.uploads / name).exists()  # the owner's own stays
    assert host.beat() == []


def test_what_was_asked_for_is_forgotten_when_own_files_go_off(
    octoprint: OctoPrint, tmp_path: Path
) -> None:
    host = octoprint.host(tmp_path / "held", own_files=True)
    host.beat()
    name = f"{uuid4().hex}.gcode"
    octoprint.upload(name)
    before = octoprint.received().count(OURS)
    octoprint.select(name, print=True)
    (wanted,) = until(host.beat)
    octoprint.beat(own_files=False)
    with pytest.raises(HostUnavailable, match="Own files"):
        host.print_own(f"own-{uuid4().hex}", wanted)
    stays_blocked(octoprint, before)
