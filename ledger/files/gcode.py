"""G-code: whether a file is some, and the box of its extruding moves.

Source: the RepRap G-code reference (reprap.org/wiki/G-code), of which G0, G1,
G20, G21, G28, G90, G91, G92, M82 and M83 are followed. Where a file moves in
ways that are not followed (arcs, other work coordinates), it has no box.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ledger.errors import InvalidDesign

MEASURED_BYTES = 32 * 2**20
"""Larger G-code is registered without a box: reading it line by line takes too long."""

BOX_NOTE = "G-code has no mesh; the box is that of its extruding moves, priming lines included."
NO_BOX_NOTE = "G-code has no mesh, and this file's moves are not of the kind that gives a box."
LARGE_NOTE = "G-code has no mesh, and this file is too large for following its moves."

_COMMAND = re.compile(rb"(?:N\d+\s*)?[GMT]\d", re.IGNORECASE)
_STATEMENT = re.compile(
    rb"(?:[A-Z]\s*[-+]?\.?\d|(?-i:[A-Z_][A-Z0-9_]{2,}|[a-z]+_\w+)(?:\s|$)|[{\[].*[}\]]$)",
    re.IGNORECASE,
)
_PARENTHESES = re.compile(rb"\([^)]*\)")
_CODE = re.compile(rb"(?:N\d+\s*)?([GM])0*(\d+(?:\.\d+)?)", re.IGNORECASE)
_WORD = re.compile(rb"([XYZE])\s*([-+]?(?:\d+\.?\d*|\.\d+))", re.IGNORECASE)
_LETTERS = {
    letter: axis for axis, pair in enumerate((b"Xx", b"Yy", b"Zz", b"Ee")) for letter in pair
}
_UNFOLLOWED = frozenset(b"G2 G3 G5 G5.1 G53 G54 G55 G56 G57 G58 G59 G68 G81 G82 G83 G91.1".split())
_EXTRUDER = 3

Box = tuple[float, float, float]


def without_comment(line: bytes) -> bytes:
    """A line without `; ...` and `( ... )` and without the % that frames a program."""
    if b"(" in line:
        # Only up to the last that is closed: each that is not would be searched to the end.
        end = line.rfind(b")") + 1
        line = _PARENTHESES.sub(b" ", line[:end]) + line[end:]
    return line.partition(b";")[0].strip(b" \t\r\n\v\f%")


def is_command(line: bytes) -> bool:
    """Whether a line without comment begins with a G, M or T command."""
    return bool(_COMMAND.match(line))


def is_statement(line: bytes) -> bool:
    """Whether a line could stand in G-code: a word with a number, or a host's macro."""
    return bool(_STATEMENT.match(line))


@dataclass(slots=True)
class _Head:
    """Where the nozzle is. `None` for an axis means: not known (before the first move)."""

    position: list[float | None] = field(default_factory=lambda: [None, None, None, 0.0])
    shift: list[float] = field(default_factory=lambda: [0.0] * 4)
    scale: float = 1.0
    relative: bool = False
    relative_extruder: bool = False
    extruder_told: bool = False
    low: list[float] = field(default_factory=lambda: [math.inf] * 3)
    high: list[float] = field(default_factory=lambda: [-math.inf] * 3)

    def move(self, words: dict[int, float]) -> None:
        before = self.position.copy()
        for axis, value in words.items():
            start = before[axis]
            relative = self.relative_extruder if axis == _EXTRUDER else self.relative
            if relative:
                self.position[axis] = None if start is None else start + value * self.scale
            else:
                self.position[axis] = value * self.scale + self.shift[axis]
        fed = (self.position[_EXTRUDER] or 0.0) - (before[_EXTRUDER] or 0.0)
        if fed > 0 and self.position[:3] != before[:3]:
            for end in (before, self.position):
                for axis, place in enumerate(end[:3]):
                    if place is not None:
                        self.low[axis] = min(self.low[axis], place)
                        self.high[axis] = max(self.high[axis], place)

    def set_position(self, words: dict[int, float]) -> None:
        """G92: give the present place another name; the place itself stays."""
        for axis, value in (words or dict.fromkeys(range(4), 0.0)).items():
            here = self.position[axis]
            if here is None:
                self.position[axis] = here = value * self.scale
            self.shift[axis] = here - value * self.scale

    def home(self, line: bytes) -> None:
        """G28: where an axis is after homing, only the machine knows."""
        named = [axis for axis in range(3) if b"XYZ"[axis] in line.upper()]
        for axis in named or range(3):
            self.position[axis] = None
            self.shift[axis] = 0.0


def measure(path: Path) -> tuple[Box | None, str]:
    """(extent in mm of the extruding moves or None, a sentence on what it is).

    Raises InvalidDesign if there are zero bytes in the text.
    """
    large = path.stat().st_size > MEASURED_BYTES
    head, followed = _Head(), not large
    with path.open("rb") as file:
        while lines := file.readlines(2**20):
            if any(b"\0" in line for line in lines):
                raise InvalidDesign("The G-code holds zero bytes: it is damaged.")
            followed = followed and all(_follow(head, line) for line in lines)
    if large:
        return None, LARGE_NOTE
    extent = tuple(high - low for low, high in zip(head.low, head.high, strict=True))
    if not followed or not all(map(math.isfinite, extent)):
        return None, NO_BOX_NOTE
    return (extent[0], extent[1], extent[2]), BOX_NOTE


def _follow(head: _Head, line: bytes) -> bool:
    """Do what a line says; whether that can be followed."""
    line = without_comment(line)
    found = _CODE.match(line)
    if not found:
        return True
    code = found[1].upper() + found[2]
    if code in _UNFOLLOWED:
        return False
    if code in _ACTIONS:
        words = {_LETTERS[m[1][0]]: float(m[2]) for m in _WORD.finditer(line, found.end())}
        _ACTIONS[code](head, words, line)
    return True


def _set(name: str, value: object) -> Callable[..., None]:
    return lambda head, _words, _line: setattr(head, name, value)


def _relative(head: _Head, _words: dict[int, float], _line: bytes) -> None:
    head.relative = True
    if not head.extruder_told:  # firmwares differ on what G91 means after M82 or M83
        head.relative_extruder = True


def _extruder(*, relative: bool) -> Callable[..., None]:
    def action(head: _Head, _words: dict[int, float], _line: bytes) -> None:
        head.relative_extruder, head.extruder_told = relative, True

    return action


def _absolute(head: _Head, _words: dict[int, float], _line: bytes) -> None:
    head.relative = False
    if not head.extruder_told:
        head.relative_extruder = False


_ACTIONS: dict[bytes, Callable[[_Head, dict[int, float], bytes], None]] = {
    b"G0": lambda head, words, _: head.move(words),
    b"G1": lambda head, words, _: head.move(words),
    b"G20": _set("scale", 25.4),
    b"G21": _set("scale", 1.0),
    b"G28": lambda head, _, line: head.home(line),
    b"G90": _absolute,
    b"G91": _relative,
    b"G92": lambda head, words, _: head.set_position(words),
    b"M82": _extruder(relative=False),
    b"M83": _extruder(relative=True),
}
