"""One line of G-code, where all firmwares read it alike.

Firmwares differ at the edges: whether lower case is a command, whether parentheses are comments,
what a second number for an axis means. Who wants to hide a move writes there. So a line is taken
for what it says in the plainest spelling, the one of slicers, and any other is not believed.

Sources: the RepRap G-code reference (reprap.org/wiki/G-code); Marlin 2, RepRapFirmware 3 and
Klipper, as their manuals describe them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_COMMAND = re.compile(rb"(?:N *\d+ *)?([GMT])0*(\d{1,4}(?:\.\d{1,2})?)(?![\d.])")
_NUMBER = rb"[-+]?(?:\d{1,9}(?:\.\d*)?|\.\d+)"
_END = rb" *(?:\* *\d{1,3})?"
"""A checksum, as hosts send it."""
_LETTER = rb"[A-FH-LO-SU-Z]"
"""Those of words: one that begins a command may begin a second one in the line."""
_PLAIN = re.compile(rb"(?: *%b *%b)*%b" % (_LETTER, _NUMBER, _END))
_FLAGS = re.compile(rb"(?: *%b *(?:%b)?)*%b" % (_LETTER, _NUMBER, _END))
_WORD = re.compile(rb"([A-Z]) *(%b)?" % _NUMBER)
_SECOND = re.compile(rb"(?<![A-Za-z_])G *\d")
_REMARK = re.compile(rb"\([^()]*\)|%")
_HIDES = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f\\]")
"""Marlin leaves backslashes out, and takes back what stands before a backspace."""
_LEFT_OUT = re.compile(rb"\([^()]*\)?")
"""Remarks, where a firmware was built so."""
_KEEPS = re.compile(rb"(?<![\w.=\"])M *0*(\d{1,4})(?!\d)", re.IGNORECASE)
"""A command in any spelling, also as a second one in a line."""
_MACRO = re.compile(rb"(?![A-Z] *[-+.\d])@?[A-Z_][A-Z0-9_]{2,}(?![^ =])", re.IGNORECASE)

_EXACT = frozenset(("G0", "G1", "G2", "G3", "G92"))
_TEXT = frozenset(("M16", "M36", "M117", "M118", "M291", "M486"))
"""Commands that end in words for people."""

_AXES = frozenset((b"X", b"Y", b"Z"))
_LOST = frozenset(
    f"G{n}" for n in (5, 18, 19, 26, 42, 43, 49, 51, 52, *range(53, 62), 68, 69)
) | frozenset(f"M{n}" for n in (98, 206, 218, 428, 556, 579, 584, 665, 666, 669, *range(810, 820)))
"""Splines, arcs on edge, coordinates that the file does not tell, and lines kept elsewhere."""
_LOST_WITH = {
    "G0": frozenset((b"H", b"R")),
    "G1": frozenset((b"H", b"R")),
    "G10": frozenset((b"L", b"P", b"R", *_AXES)),
    "M92": _AXES,
    "M350": _AXES,
}
"""Moves of single motors and from where the machine was once, offsets of tools, and how long a
millimeter is; without these letters it is a plain move, a retraction, or about the extruder."""
_LOST_MACROS = frozenset(
    b"FORCE_MOVE MANUAL_STEPPER RESTORE_GCODE_STATE SET_DUAL_CARRIAGE SET_GCODE_OFFSET "
    b"SET_KINEMATIC_POSITION".split()
)

_LASTING = frozenset(
    f"M{n}"
    for n in (
        *(23, 24, 26, 28, 29, 30, 32, 37, 471, 472, 559, 560, 928),  # files on the machine
        *(808, 916, 1000, 6030),  # a file on it again, or another one: a serial is one piece
        *(500, 502, 504, 505, 510, 511, 512),  # its settings, and its lock
        *(552, 553, 554, 586, 587, 588, 589),  # its network
        997,  # its firmware
    )
)
_LASTING_MACROS = frozenset(
    b"RUN_SHELL_COMMAND SAVE_CONFIG SDCARD_PRINT_FILE SDCARD_RESET_FILE "
    b"SDCARD_LOOP_BEGIN SDCARD_LOOP_END SDCARD_LOOP_DESIST".split()
)


@dataclass(frozen=True, slots=True)
class Line:
    """What one line says.

    `name` is its command (`G1`), empty for none and for what only one machine knows (a macro).
    `clear` is false if firmwares may move in different ways after it. `lasting` names a command
    that changes the machine for longer than a job: its files, settings, network or firmware.
    """

    name: str = ""
    words: dict[bytes, float] = field(default_factory=dict)
    clear: bool = True
    lasting: str = ""


_NOTHING = Line()


def parse(code: bytes) -> Line:
    """Read a line without its comment and its end."""
    text = code.rstrip().lstrip(b" ")
    if not text:
        return _NOTHING
    if _HIDES.search(text) is not None:
        return Line(clear=False, lasting=lasting_in(text))
    found = _COMMAND.match(text)
    if found is None:
        return _other(text)
    name, rest = (found[1] + found[2]).decode(), text[found.end() :]
    words = _WORD.findall(rest)
    values = {letter: float(number or 0) for letter, number in words}
    clear = _is_clear(name, rest) and not (
        (name in _EXACT and len(values) != len(words))
        or name in _LOST
        or not _LOST_WITH.get(name, frozenset()).isdisjoint(values)
    )
    nothing_else = name in _TEXT or (clear and name in _EXACT)
    return Line(name, values, clear, "" if nothing_else else lasting_in(text))


def _is_clear(name: str, rest: bytes) -> bool:
    """Whether nothing in a command's line can be taken for something else."""
    if name in _EXACT:
        return _PLAIN.fullmatch(rest) is not None
    if name.startswith("M"):
        return name in _TEXT or _SECOND.search(rest) is None
    if name.startswith("G") and "." in name and not name.startswith("G29."):
        return False
    return _FLAGS.fullmatch(rest) is not None


def _other(text: bytes) -> Line:
    """A line that begins with no command: a remark, a macro of one machine, or a riddle."""
    if _REMARK.fullmatch(text):
        return _NOTHING
    found = _MACRO.match(text)
    if found is None:
        return Line(clear=False, lasting=lasting_in(text))
    macro = found[0].upper()
    lasting = macro.decode() if macro in _LASTING_MACROS else lasting_in(text)
    return Line(clear=macro not in _LOST_MACROS, lasting=lasting)


def lasting_in(text: bytes) -> str:
    """The first command in a line that outlasts the job, however firmwares read it, or nothing."""
    plain = _unsaid(text).replace(b"\\", b"")
    readings = dict.fromkeys((text, plain, _LEFT_OUT.sub(b"", plain)))
    named = (f"M{int(number)}" for each in readings for number in _KEEPS.findall(each))
    return next((name for name in named if name in _LASTING), "")


def _unsaid(text: bytes) -> bytes:
    """A line without what its backspaces take back."""
    if b"\b" not in text:
        return text
    left = bytearray()
    for byte in text:
        if byte == 8:
            del left[-1:]
        else:
            left.append(byte)
    return bytes(left)
