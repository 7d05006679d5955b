"""G-code that would hide what it does: from the reader, or from whoever owns the machine."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from ledger.errors import DoesNotFit, SlicingFailed
from ledger.files import sniff
from ledger.gate.slicing import gcode
from ledger.gate.slicing.gcode import Bed, require_fits, require_passing
from ledger.models import DesignFormat
from tests.gate.slicing_world import slicing
from tests.gate.test_gcode import START, reading
from tests.gate.test_slicing import design, left_over
from tests.gate.world import World

BED = Bed((0, 0, 0), (200, 200, 200))
INSIDE = (*START, "G1 X1 E1")


@pytest.mark.parametrize(
    "hidden",
    [
        "G 1 X500 E2",
        "N-5 G1 X500 E2",
        "G1.0 X500 E2",
        "G1 X5 (X500) E2",
        "(then) G91",
        "G1 X000000000000000000500 E2",
        "G1 X5 X500 E2",
        "G1 X5 E2 G1 X500 E3",
        "M204 P800 G1 X500 E2",
        "G1 X0x1F4 E2",
        "g91",
        "\tG91",
        "X500 E2",
        "%G1 X500 E2",
        "\ufeffG1 X500 E2",
        "; a comment\rG1 X500 E2",
        "G61 X Y",
        "G1 H2 X500 E2",
        "G1 R2 X5 E2",
        "G2 X2 Y0 I0.5 J0 R500 E2",
        "G26",
        "G10 L2 P1 X400",
        "M206 X400",
        "M92 X800",
        "M810 G1 X500",
        'M98 P"elsewhere.g"',
        "M20\\6 X400",
        "M2X\b06 X400",
        "G1 X5 E2 (;) X500",
        "SET_GCODE_OFFSET X=400",
        "set_kinematic_position X=0",
    ],
)
def test_a_move_that_only_some_firmware_makes_does_not_fit(hidden: str) -> None:
    with pytest.raises(DoesNotFit, match="followed"):
        require_fits(reading(*INSIDE, hidden, "G1 X2 E3"), BED)


@pytest.mark.parametrize("line", ["G01 X500 E2", "N7 G1 X500 E2*71", "N12345678901 G1X+500E2"])
def test_a_move_in_a_plain_spelling_is_followed(line: str) -> None:
    with pytest.raises(DoesNotFit, match=r"X from 0\.00 to 500\.00"):
        require_fits(reading(*INSIDE, line), BED)


def test_an_arc_with_whole_turns_reaches_all_around() -> None:
    found = reading(*INSIDE, "G1 X100 Y100", "G3 X101 Y100.0001 I0 J50 P1 E2")
    assert found.box is not None
    assert found.box[1][1] == pytest.approx(200, abs=0.01)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "(a remark)",
        "%",
        "M117 G1 by hand; M500",
        'M862.3 P "MK3S"',
        "M204 P800 R1000 T800",
        "M92 E280",
        "G10",
        "G28 W",
        "G29 P1",
        "T1",
        "START_PRINT BED=60 NAME=M500",
        "EXCLUDE_OBJECT_DEFINE NAME=a POLYGON=[[1,2],[3,4]]",
        "@pause",
        "G1 X5 E2\r",
    ],
)
def test_what_slicers_write_is_clear(line: str) -> None:
    found = reading(*INSIDE, line)
    require_fits(found, BED)
    require_passing(found)


@given(st.sampled_from([" ", "(", ")", "1d", "N1", "G1 ", "X", "\t", "G"]), st.booleans())
def test_no_line_takes_long(piece: str, comment: bool) -> None:
    """Each as long as a line may be: what grows by its square would take minutes."""
    head = "; estimated printing time (normal mode) = 1d" if comment else "G1 "
    line = head + piece * ((gcode.MAX_LINE - 100) // len(piece)) + "x"
    began = time.process_time()
    reading(*INSIDE, line)
    assert time.process_time() - began < 5


def test_a_file_is_told_at_once_however_its_parentheses_lie(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"G1 " + b"(" * 2**21 + b"\nG1 X1\n")
    began = time.process_time()
    assert sniff(path) is DesignFormat.GCODE
    assert time.process_time() - began < 10


def test_lines_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gcode, "MAX_LINES", 7)
    with pytest.raises(SlicingFailed, match="more than 7 lines"):
        reading(*INSIDE, "G1 X2 E2", "G1 X3 E3")


@pytest.mark.parametrize(
    "line",
    [
        "M500",
        "M502 ; back to the factory",
        "M28 firmware.bin",
        "M30 other.gcode",
        "M23 other.gcode",
        "M32 !other.gcode#",
        "M997",
        "M00997",
        "m997",
        "M 997",
        "N5 M997*3",
        "G1 X1 M997",
        "M82 M997",
        "(x) M997",
        "; a comment\rM997",
        "M587 S net P word",
        "SAVE_CONFIG",
        "RUN_SHELL_COMMAND CMD=x",
        "SDCARD_PRINT_FILE FILENAME=other.gcode",
        "SDCARD_LOOP_BEGIN COUNT=5",
        "M808 L5",
        "M50\\0",
        "M(x)500",
        "M5X\b00",
        "(;) M500",
    ],
)
@pytest.mark.parametrize("bed", [None, BED], ids=["no bed", "bed"])
def test_a_job_that_would_outlast_itself_is_refused(
    world: World, line: str, bed: Bed | None
) -> None:
    """Files on the machine, its settings, its network, its firmware: before a serial is spent."""
    slicing(world, bed=bed, profile=None)
    design(world, "\n".join((*INSIDE, line, "G1 X2 E3", "")).encode())
    world.drop(world.ticket(license=2))
    world.settle()
    assert (world.errors(), world.chain.redeemed) == (["SlicingFailed"], {})
    assert left_over(world) == []
