"""What a line of G-code would set off by itself: pure decisions over its text.

OctoPrint sends what it is given, also with line ends in it, and firmwares differ in where they
see the end of a line and in what they leave out of it. So every piece that any of them could
take for a line is looked at.
"""

from __future__ import annotations

import re

_UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
"""Marlin's backspace unsays what stood before it. No honest line has such a character."""
# Old Marlin takes a colon for the end of a line.
_ENDS = re.compile(r"[\n-\r:]")
# OctoPrint's own rule: a semicolon behind a backslash begins no comment.
_COMMENT = re.compile(r"(?<!\\);.*")
_REMARK = re.compile(r"\([^)]*\)?")
"""Left out by Marlin (where it was built so) and by RepRapFirmware."""
_MESSAGE = re.compile(r"\s*(?:N\d+\s*)?M\s*0*11[78]\b")
_CARD = re.compile(
    r"(?<![A-Z])M\s*0*(?:23|24|26|28|32|37|916|928|1000|6030)(?![0-9])"
    r"|SDCARD_|^\s*PLAY\b|\$(?:SD|LOCALFS|LITTLEFS)/RUN|\[\s*ESP\s*(?:220|700)\s*\]"
)
"""Marlin's and its kin's, also to go on after a power cut; Klipper's, Smoothieware's, FluidNC's."""
_MACRO = re.compile(r"(?<![A-Z])M\s*0*98(?![0-9])")
"""RepRapFirmware: run a file on the card as a macro."""
_MOVE = re.compile(r"(?<![A-Z])G\s*0*[0-35](?![0-9])|^\s*(?:N\d+\s*)?[E-FX-Z]\s*[-+.0-9]")
"""Also behind another command, and without one: some firmwares then repeat the last."""
_AXIS = re.compile(r"[A-DI-KU-Z]\s*[-+.0-9]")
"""Arcs reach around by I, J and K alone."""
_EXTRUDER = re.compile(r"E\s*[-+.0-9]")


def starts_card(command: str, *, of_file: bool = False) -> bool:
    """Whether a line writes, selects or starts a file on the machine's own card.

    Or hides what it does. A file that was released may run macros of the machine: they belong
    to its profile.
    """
    return _UNSEEN.search(command) is not None or any(
        _CARD.search(piece) or (not of_file and _MACRO.search(piece)) for piece in _pieces(command)
    )


def extrudes(command: str) -> bool:
    """Whether a line moves and extrudes at once, as a print does and nothing else needs."""
    return any(
        _MOVE.search(piece) and _AXIS.search(piece) and _EXTRUDER.search(piece)
        for piece in _pieces(command)
    )


def _pieces(command: str) -> list[str]:
    """What may be taken for lines, but for messages to people."""
    text = command.upper()
    plain = text.replace("\\", "")  # as Marlin reads it
    pieces = [
        _COMMENT.sub("", piece)
        for reading in {text, plain, _REMARK.sub("", plain)}
        for piece in _ENDS.split(reading)
    ]
    return [piece for piece in pieces if not _MESSAGE.match(piece)]
