"""The gate's word at OctoPrint: what counts, what does not, and what is without it.

What counts is what the machine was sent: X123.4 stands only in the files of these tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from ledger.cli.assembly import SystemClock
from ledger.gate.ports import HostJob
from ledger.gate.statements import Statements
from ledger.models import Digest, Outcome
from ledger.vault import HostKey
from tests.hosts.bed import until
from tests.hosts.octoprint_bed import (
    GCODE,
    LONG,
    OURS,
    OctoPrint,
    refused,
    require_octoprint,
    stays_blocked,
)
from tests.hosts.octoprint_rogue import TAKER

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


def test_a_job_is_known_as_soon_as_its_release_came(octoprint: OctoPrint) -> None:
    """A gate that did not wait for the answer would take it for one that was never handed over."""
    octoprint.beat()
    job, begun = uuid4().hex, octoprint.folder / uuid4().hex
    release = octoprint.hand(job)
    octoprint.rogue("hash_slowly", path=str(begun))
    with ThreadPoolExecutor() as another:
        said = another.submit(octoprint.say, release)
        until(begun.exists)
        assert octoprint.job(job)["known"]
        assert said.result().status_code == 200
    until(lambda: octoprint.job(job)["outcome"] == "done")


def test_a_released_print_is_not_held_up_by_a_connect(octoprint: OctoPrint) -> None:
    """It has no effect where the machine is connected already."""
    octoprint.beat()
    job = uuid4().hex
    assert octoprint.say(octoprint.hand(job, LONG)).status_code == 200
    until(lambda: octoprint.flags()["paused"])
    connect = {"command": "connect", "port": "VIRTUAL"}
    assert octoprint.post("/api/connection", json=connect).is_success
    octoprint.do("pause", action="resume")
    until(lambda: octoprint.job(job)["outcome"] == "done")


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


def test_the_gate_needs_no_rights_but_those_of_the_guide(octoprint: OctoPrint) -> None:
    """Status, Print and Upload: step 2 of docs/hosts.md."""
    rights = ["STATUS", "PRINT", "FILES_UPLOAD"]
    group = {"key": "gates", "name": "Gates", "description": "", "subgroups": []}
    more = {"permissions": rights, "default": False}
    assert octoprint.post("/api/access/groups", json=group | more).is_success
    user = {"name": "gate", "password": uuid4().hex, "active": True, "groups": ["gates"]}
    assert octoprint.post("/api/access/users", json={**user, "permissions": []}).is_success
    key = octoprint.post("/api/access/users/gate/apikey").json()["apikey"]
    job = uuid4().hex
    fresh = httpx.Limits(max_keepalive_connections=0)  # as the bed's own
    with httpx.Client(
        base_url=octoprint.url, headers={"X-Api-Key": key}, limits=fresh, timeout=30
    ) as gate:
        say = partial(gate.post, "/plugin/platemark/statement")
        assert say(json=octoprint.statements.beat(own_files=False)).status_code == 200
        files = {"file": (f"{job}.gcode", GCODE)}
        assert gate.post(f"/plugin/platemark/files/{job}", files=files).status_code == 200
        assert say(json=octoprint.hand_again(job)).status_code == 200
        known = partial(gate.get, f"/plugin/platemark/jobs/{job}")
        until(lambda: known().json()["outcome"] == "done")
        for path in ("/api/settings", "/api/printer/command", "/api/system/commands/core/restart"):
            assert gate.post(path, json={}).status_code == 403


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


def test_a_host_that_lost_its_records_prints_nothing_a_second_time(
    lonely: OctoPrint, tmp_path: Path
) -> None:
    lonely.rest()
    host = lonely.host(tmp_path / "held")
    job = HostJob(f"{uuid4().hex}-0", "part.gcode")
    host.hold(job).write_bytes(LONG)
    host.start(job)
    until(lambda: lonely.flags()["paused"])
    before = lonely.received().count(OURS)
    lonely.kill()
    (lonely.data / "releases.jsonl").unlink()
    lonely.start()
    assert not lonely.job(job.id)["known"]
    assert host.is_handed(job)
    assert host.progress(job).outcome is Outcome.INTERRUPTED
    stays_blocked(lonely, before)


def test_a_host_that_starts_in_halves_does_not_go_into_safe_mode(lonely: OctoPrint) -> None:
    """In safe mode OctoPrint leaves plugins out, ours with them."""
    lonely.kill()
    (lonely.base / ".incomplete_startup").touch()
    lonely.start()
    assert lonely.told()["paired"]
    assert lonely.get("/api/server").json()["safemode"] is None


def test_without_platemark_such_a_host_does_go_into_safe_mode(tmp_path: Path) -> None:
    """So that what is prevented is known to happen."""
    require_octoprint()
    alone = OctoPrint(tmp_path / "halves", guarded=False)
    (alone.base / ".incomplete_startup").touch()
    with alone:
        assert alone.get("/api/server").json()["safemode"] == "incomplete_startup"


def test_without_a_pairing_nothing_prints(tmp_path: Path) -> None:
    require_octoprint()
    with OctoPrint(tmp_path / "unpaired", paired=False) as alone:
        assert "No gate is paired" in alone.told()["why"]
        refused(alone.beat(), "No gate is paired")
        alone.upload("mine.gcode")
        refused(alone.select("mine.gcode", print=True))
        alone.rogue("start", path="mine.gcode")
        stays_blocked(alone)


def test_where_another_plugin_made_the_printer_nothing_prints(tmp_path: Path) -> None:
    require_octoprint()
    alone = OctoPrint(tmp_path / "taken")
    alone._guarded = False  # what it waits for does not come
    (alone.base / "plugins" / "taker.py").write_text(TAKER)
    with alone:
        state = alone.get("/plugin/platemark/state")
        assert (state.status_code, "Another plugin" in state.text) == (503, True)
        assert alone.beat().status_code == 503
        alone.upload("mine.gcode")
        refused(alone.select("mine.gcode", print=True))
        alone.rogue("start", path="mine.gcode")
        stays_blocked(alone)
