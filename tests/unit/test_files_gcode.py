"""G-code has the box of its extruding moves, where they can be followed."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.models import DesignFormat
from tests.unit import files_samples as samples
from tests.unit.files_measured import measured


def lines(*each: str) -> bytes:
    return "\n".join([*each, ""]).encode()


CORNER_TO_CORNER = ("G1 X30 E1", "G1 Y25 E1", "G1 Z10.2", "G1 X10 Y10 E1")
GCODES = {
    "relative extruder": samples.GCODE,
    "absolute extruder": lines(
        "G90", "M82", "G92 E0", "G1 X10 Y10 Z0.2", "G1 X30 E1", "G1 Y25 E2", "G92 E0", "G1 E-1",
        "G0 X99 Y99", "G1 E0", "G1 X30 Y25 Z10.2", "G1 X10 Y10 E1",
    ),
    "all relative": lines(
        "N10 G0 X10 Y10 Z.2", "G91", "G1 X20 E1", "G1 Y15 E1", "G1 Z10", "g1 x-20 y-15 e1",
        "G90", "G0 X500",
    ),
    "moved origin": lines("M83", "G0 X110 Y10 Z0.2", "G92 X10", *CORNER_TO_CORNER),
    "macros and inches": lines(
        "START_PRINT BED=60", "EXCLUDE_OBJECT_DEFINE NAME=a", "M82", "G91", "G90", "M83", "G20",
        "G1 X1 Y1 Z1", "G1 X1.7874016 Y1.5905512 Z1.3937008 E1",
    ),
    "home again": samples.GCODE + lines("G28 X", "G1 Y12 E1"),
}  # fmt: skip


@pytest.mark.parametrize("name", GCODES)
def test_the_box_of_gcode_is_that_of_its_extruding_moves(tmp_path: Path, name: str) -> None:
    found = measured(tmp_path, GCODES[name])
    assert found.format is DesignFormat.GCODE
    assert found.bounding_box_mm == pytest.approx((20, 15, 10), abs=1e-5)
    assert (found.triangles, found.volume_mm3, found.watertight) == (None, None, None)
    assert "extruding moves" in (found.note or "")


@pytest.mark.parametrize(
    "text",
    [
        lines("%", "O1000", "G21 (mm)", "G0 X1 Y1", "X2 Y2", "M30", "%"),
        lines("G1 X1 Y1 E1", "G2 X3 Y3 I1 J1 E2"),
        lines("M104 S200"),
    ],
)
def test_gcode_with_moves_that_are_not_followed_has_no_box(tmp_path: Path, text: bytes) -> None:
    found = measured(tmp_path, text)
    assert found.bounding_box_mm is None
    assert "not of the kind" in (found.note or "")


def test_g92_names_a_place_that_was_not_known(tmp_path: Path) -> None:
    text = b"M83\nG92 X5 Y5 Z0\nG1 X15 Y15 Z1 E1\nG92\nG1 X1 E1\n"
    assert measured(tmp_path, text).bounding_box_mm == pytest.approx((11, 10, 1))
