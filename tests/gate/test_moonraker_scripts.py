"""What of a script from outside Moonraker's component lets through."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st
from platemark_moonraker.files import armed_name, mg_per_mm
from platemark_moonraker.scripts import asked_file, refusal

STARTS = ["SDCARD_PRINT_FILE FILENAME=x.gcode", "M23 x.gcode", "M9923 x.gcode", "M9924", "M26 S0"]
HARMLESS = [
    "G28",
    "G1 X10 Y10 F6000",
    "M83\nG1 E10 F300",
    "M104 S210",
    "M117 M24 starts soon",
    "; SDCARD_PRINT_FILE FILENAME=x",
    "PAUSE",
    "CANCEL_PRINT",
    "BED_MESH_CALIBRATE",
    "SET_GCODE_VARIABLE MACRO=LOAD VARIABLE=length VALUE=50",
    "",
]


@pytest.mark.parametrize("script", HARMLESS)
def test_everyday_scripts_pass(script: str) -> None:
    assert refusal(script, goes_on=False) is None


@given(
    start=st.sampled_from(STARTS),
    before=st.lists(st.sampled_from(HARMLESS)),
    number=st.none() | st.integers(0, 999),
    blanks=st.text(" \t", max_size=3),
    capitals=st.lists(st.booleans(), min_size=40, max_size=40),
)
def test_a_start_is_found_however_it_is_written(
    start: str, before: list[str], number: int | None, blanks: str, capitals: list[bool]
) -> None:
    written = "".join(
        c.upper() if up else c.lower() for c, up in zip(start, capitals, strict=False)
    )
    line = f"{blanks}{'' if number is None else f'N{number} '}{written}{blanks} ; why not"
    script = "\n".join([*before, line])
    assert refusal(script, goes_on=False) is not None
    assert refusal(script, goes_on=True) is not None


@pytest.mark.parametrize("script", ["M24", "RESUME", "RESUME VELOCITY=50", "n1 m24"])
def test_a_pause_ends_only_for_a_released_job(script: str) -> None:
    assert refusal(script, goes_on=False) is not None
    assert refusal(script, goes_on=True) is None


@pytest.mark.parametrize("script", ["G1 X1 E1", "n1 g1y1e.5", "G2 I5 J0 E3", "G1 U1 E1"])
def test_a_move_that_extrudes_is_found(script: str) -> None:
    assert refusal(script, goes_on=True) is not None


@given(st.text())
def test_any_text_gets_a_verdict(script: str) -> None:
    refusal(script, goes_on=False)
    asked_file(script)


@given(st.from_regex(r"[a-z0-9][a-z0-9 ._()+-]{0,40}\.gcode", fullmatch=True))
def test_the_file_that_moonraker_asks_for_is_read(name: str) -> None:
    assert asked_file(f'SDCARD_PRINT_FILE FILENAME="{name}"') == name
    assert armed_name("aa-0", name) == f"platemark/aa-0/{name}"


@given(st.text(max_size=60))
def test_whatever_a_file_is_called_klipper_gets_a_plain_name(name: str) -> None:
    plain = armed_name("aa-0", name)
    assert plain.startswith("platemark/aa-0/")
    assert not set(plain) & set("\"'\\;#{}%\n*=")
    assert ".." not in plain.split("/")


@pytest.mark.parametrize(
    ("tail", "found"),
    [
        (b"; filament used [mm] = 60.0\n; filament used [g] = 0.18\n", 3.0),
        (b"; filament used [mm] = 0.0\n; filament used [g] = 0.18\n", 0.0),
        (b"; filament used [mm] = 1.2.3\n; filament used [g] = 0.18\n", 0.0),
        (b"G1 X1\n", 0.0),
    ],
)
def test_what_a_millimetre_weighs_is_what_the_file_says(tail: bytes, found: float) -> None:
    assert mg_per_mm(tail) == pytest.approx(found)
