"""What of a line OctoPrint's plugin lets through."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st
from octoprint_platemark.lines import extrudes, starts_card

STARTS = [
    "M23 other.gco",
    "M24",
    "M28 other.gco",
    "M32 !other.gco#",
    "M928 other.gco",
    "M1000",
    "M916",
    "M6030 'other.gco'",
    "SDCARD_PRINT_FILE FILENAME=other.gco",
    "$SD/Run=other.gco",
    "[ESP220]/other.gco",
]
HARMLESS = [
    "G28",
    "G1 X10 Y10 F6000",
    "G1 E10 F300",
    "G92 X0 E0",
    "M92 X80 Y80 Z400 E93",
    "M203 X500 Y500 Z5 E25",
    "M104 S210",
    "M117 M24 starts soon",
    "M118 E1 G1 X10 E5",
    "M105 ; then M24",
    "M240",
    "M1001",
    "T0",
    "@pause",
    "",
]


def hidden(line: str, at: int, what: str) -> str:
    """A line with something in it that firmwares leave out."""
    at %= len(line) + 1
    return line[:at] + what + line[at:]


@pytest.mark.parametrize("line", HARMLESS)
def test_everyday_lines_pass(line: str) -> None:
    assert not starts_card(line)
    assert not extrudes(line)


@given(
    start=st.sampled_from(STARTS),
    before=st.sampled_from(HARMLESS),
    end=st.sampled_from(["\n", "\r", "\r\n", "\n;\n", "\n\t "]),
    at=st.integers(0, 30),
    what=st.sampled_from(["", "\\", "()", "(not this)", "\x08", "\0"]),
    of_file=st.booleans(),
)
def test_a_start_from_the_card_is_found_however_it_is_written(
    *, start: str, before: str, end: str, at: int, what: str, of_file: bool
) -> None:
    line = f"{before}{end}{hidden(start, at, what)}"
    for written in (line, line.lower()):
        assert starts_card(written, of_file=of_file)


def test_what_a_backspace_unsays_hides_nothing() -> None:
    """Marlin takes the character before it away."""
    assert starts_card("M2X\x084")
    assert starts_card("M117\x08\x08\x0824")


def test_a_released_file_may_run_the_machines_own_macros() -> None:
    assert starts_card('M98 P"other.g"')
    assert not starts_card('M98 P"prime.g"', of_file=True)


@pytest.mark.parametrize(
    "line",
    [
        "G1 X1 E1",
        "N7 g01x1e.5",
        "G2 I5 J0 E3",
        "G5 I0 J3 P0 Q-3 X0 Y5 E1",
        "M400 G1 X1 E1",
        "X1 E1",
        "F600 X1 E1",
        "G1 U1 E1",
        "G\\1 X1 E1",
        "G(x)1 X1 E1",
        "M117 a\nG1 X1 E1",
    ],
)
def test_a_move_that_extrudes_is_found_however_it_is_written(line: str) -> None:
    assert extrudes(line)


@given(st.text())
def test_any_text_gets_a_verdict(line: str) -> None:
    starts_card(line)
    extrudes(line)
