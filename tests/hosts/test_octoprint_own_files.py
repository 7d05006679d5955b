"""The owner's own files at OctoPrint: they print on the gate's word, where they are on.

What counts is what the machine was sent: X123.4 stands only in the files of these tests.
"""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from ledger.errors import HostUnavailable
from tests.hosts.bed import until
from tests.hosts.octoprint_bed import GCODE, OURS, OctoPrint, stays_blocked


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


def test_of_own_files_that_wait_one_prints_and_no_other_follows(
    octoprint: OctoPrint, tmp_path: Path
) -> None:
    """Nobody took the first from the bed."""
    host = octoprint.host(tmp_path / "held", own_files=True)
    host.beat()
    before, other = octoprint.sent().count(OURS), b"X98.7"
    for count, data in enumerate((GCODE, GCODE.replace(OURS, other)), 1):
        name = f"{uuid4().hex}.gcode"
        octoprint.upload(name, data)
        assert octoprint.select(name, print=True).status_code == 204
        until(lambda: len(octoprint.told()["requests"]) == count)  # noqa: B023
    first, second = host.beat()
    job = f"own-{uuid4().hex}"
    host.print_own(job, first)
    until(lambda: octoprint.job(job)["outcome"] == "done")
    assert host.beat() == []
    with pytest.raises(HostUnavailable):
        host.print_own(f"own-{uuid4().hex}", second)
    octoprint.rest()
    sent = octoprint.sent()  # each line as often as the virtual printer was connected
    assert sent.count(OURS) > before
    assert other not in sent
    assert not list((octoprint.uploads / "platemark").glob("own-*.gcode"))


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
