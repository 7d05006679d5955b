"""What of a G-code script from outside would print: pure decisions over its text.

Klipper puts a line into capitals, cuts it at `;`, and takes the first word as the command.
So does this; whatever it cannot read as harmless in the same way is refused.
"""

from __future__ import annotations

import re
import shlex

NO_START = "Platemark: only the gate starts prints here; give it a print token."
NO_JOB = "Platemark: there is no released job to go on with."
NO_POSITION = "Platemark: a released file is printed once, from its beginning."
NO_INNER = "Platemark: this belongs to the gate."
NO_STREAM = "Platemark: moves that extrude are not taken line by line."

_WORDS = re.compile(r"([A-Z_]+|[A-Z*])")
_QUOTES = str.maketrans("", "", "\"'\\")  # words may be quoted in parts
_TEXT = ("M117", "M118")
_STARTS = {"SDCARD_PRINT_FILE", "M23", "M9923"}
_GOES_ON = {"M24", "RESUME"}
_MOVES = {"G0", "G1", "G2", "G3"}
_AXES = set("ABCDIJKUVWXYZ")
"""Arcs reach around by I, J and K alone; axes of one's own have other letters."""


def refusal(script: str, *, goes_on: bool) -> str | None:
    """Why a script must not reach the machine, or None.

    `goes_on`: a released job is under way, so that a pause may end.
    """
    for line in script.split("\n"):
        command, axes = _read(line)
        if command in _TEXT:
            continue
        if command in _STARTS:
            return NO_START
        if command in ("M26", "M9926"):
            return NO_POSITION
        if command == "M9924" or "PLATEMARK" in line.upper().translate(_QUOTES):
            return NO_INNER
        if command in _GOES_ON and not goes_on:
            return NO_JOB
        if command in _MOVES and "E" in axes and axes & _AXES:
            return NO_STREAM
    return None


def asked_file(script: str) -> str | None:
    """The file of a script that is nothing but `SDCARD_PRINT_FILE FILENAME=…`, or None."""
    text = script.strip()
    if "\n" in text or not text.upper().startswith("SDCARD_PRINT_FILE "):
        return None
    try:
        words = shlex.split(text[len("SDCARD_PRINT_FILE ") :], posix=True)
    except ValueError:
        return None
    if len(words) != 1 or not words[0].upper().startswith("FILENAME="):
        return None
    return words[0][len("FILENAME=") :].lstrip("/") or None


def _read(line: str) -> tuple[str, set[str]]:
    """The command of a line, and the letters of its parameters."""
    parts = _WORDS.split(line.strip().partition(";")[0].upper())
    if "".join(parts[:2]) == "N":  # a line number
        parts = ["", *parts[3:]]
    command = "".join(parts[:3]).strip()
    return command.split()[0] if command else "", set(parts[3::2])
