"""OctoPrint without Platemark's plugin: the ways that are refused with it are ways."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.errors import HostUnavailable
from ledger.gate.ports import HostState
from tests.hosts.bed import until
from tests.hosts.octoprint_bed import OURS, OctoPrint, require_octoprint


@pytest.fixture(scope="module")
def unguarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OctoPrint]:
    """The plugin is installed and switched off, as an operator would leave it."""
    require_octoprint()
    with OctoPrint(tmp_path_factory.mktemp("unguarded"), guarded=False) as made:
        yield made


def printed(octoprint: OctoPrint, before: int) -> None:
    """The machine was sent a file of ours since then."""
    until(lambda: octoprint.received().count(OURS) > before)
    octoprint.rest()


def test_without_platemark_the_same_ways_do_print(unguarded: OctoPrint) -> None:
    """So that a way that is refused is known to be a way."""
    assert unguarded.upload("x.gcode", print="true").json()["effectivePrint"] is True
    printed(unguarded, 0)
    before = unguarded.received().count(OURS)
    assert unguarded.do("start").status_code == 204
    printed(unguarded, before)
    before = unguarded.received().count(OURS)
    assert unguarded.select("x.gcode", print=True).status_code == 204
    printed(unguarded, before)
    before = unguarded.received().count(OURS)
    unguarded.rogue("start", path="x.gcode")
    printed(unguarded, before)


def test_without_platemark_lines_do_reach_the_machine(unguarded: OctoPrint) -> None:
    before = unguarded.received().count(OURS)
    for line in ("G1 X123.4 Y1 E0.5", "M117 hello\nG1 X123.4"):
        assert unguarded.post("/api/printer/command", json={"command": line}).status_code == 204
    until(lambda: unguarded.received().count(OURS) == before + 2)


def test_the_gate_hands_over_nothing_and_says_that_nothing_is_held(
    unguarded: OctoPrint, tmp_path: Path
) -> None:
    host = unguarded.host(tmp_path / "held")
    assert host.state() is HostState.OFFLINE
    with pytest.raises(HostUnavailable, match="nothing holds back"):
        host.beat()
