"""A real 3MF on its whole way: chain, service, gate, slicer, OctoPrint; and its receipt."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.test_cli_flow import Desk
from tests.gate.slicing_world import PROFILE
from tests.hosts.bed import until
from tests.hosts.octoprint_bed import API_KEY, OURS, OctoPrint, require_octoprint
from tests.hosts.whole_way import NEEDED, a_gate, audited, desk, license, print_one

pytestmark = NEEDED
__all__ = ["desk", "license"]

_SPEEDS = (
    "perimeter",
    "external_perimeter",
    "small_perimeter",
    "infill",
    "solid_infill",
    "top_solid_infill",
    "first_layer",
    "travel",
)
QUICK = PROFILE + "".join(f"{name}_speed = 900\n" for name in _SPEEDS)
QUICK += "cooling = 0\ntemperature = 0\nfirst_layer_temperature = 0\n"
"""The virtual printer takes a tenth of the time that the moves would, and heats slowly."""


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    require_octoprint()


@pytest.fixture
def octoprint(desk: Desk) -> Iterator[OctoPrint]:
    """One that was just installed."""
    with OctoPrint(desk.folder / "printer", paired=False) as made:
        yield made


@pytest.fixture
def gate(desk: Desk, license: int, octoprint: OctoPrint) -> tuple[Path, str]:
    """The five steps of docs/hosts.md; the gate's folder, and the printer's address."""
    made = a_gate(desk, "octoprint", octoprint.url, API_KEY, QUICK)
    folder = desk.folder / "gate"
    assert not desk.json("gate", "pair", folder)["paired"]
    administrator = desk.folder / "octoprint.key"
    pairing = desk.json("gate", "pair", folder, "--admin-key-file", administrator)
    assert pairing["paired"]
    assert pairing["host"] == made["printer"]
    return folder, str(made["printer"])


def test_a_3mf_is_sliced_and_printed_once_and_its_receipt_is_audited(
    desk: Desk, license: int, octoprint: OctoPrint, gate: tuple[Path, str]
) -> None:
    _, printer = gate
    print_one(desk, license, printer)
    records = (octoprint.data / "releases.jsonl").read_text().splitlines()
    jobs = [json.loads(line) for line in records]
    assert len({job["job"] for job in jobs}) == 1
    assert jobs[-1]["outcome"] == "done"
    extruding = [line for line in octoprint.received().splitlines() if b" E" in line]
    assert len(extruding) > 100
    # OctoPrint may write its note of the print (.metadata.json) after the file was wiped.
    until(lambda: not list((octoprint.uploads / "platemark").glob("*.g*")))
    audited(desk, license, printer, QUICK)


def test_own_files_print_where_the_owner_switched_them_on_and_the_log_knows(
    desk: Desk, octoprint: OctoPrint, gate: tuple[Path, str]
) -> None:
    folder, _ = gate
    octoprint.upload("mine.gcode")
    desk.run("gate", "run", folder, "--once")
    assert octoprint.select("mine.gcode", print=True).status_code == 403
    assert desk.json("gate", "own-files", folder, "on")["own_files"]
    desk.run("gate", "run", folder, "--once")
    assert octoprint.select("mine.gcode", print=True).status_code == 204

    def printed() -> bool:
        desk.run("gate", "run", folder, "--once")
        return OURS in octoprint.received()

    until(printed, 150)
    desk.run("gate", "own-files", folder, "off")
    desk.run("gate", "run", folder, "--once")
    octoprint.rest()
    assert octoprint.select("mine.gcode", print=True).status_code == 403
    entries = [json.loads(line) for line in (folder / "journal.jsonl").read_text().splitlines()]
    states = [entry["state"] for entry in entries if "own file" in entry["state"]]
    assert states == [
        "own files", "own files reported", "own file", "own files", "own files reported"
    ]  # fmt: skip
    printer = desk.json("gate", "rotate", folder)["printer"]
    pairing = desk.json("gate", "pair", folder)
    assert (pairing["paired"], pairing["host"] != printer) == (True, True), "paired for good"
