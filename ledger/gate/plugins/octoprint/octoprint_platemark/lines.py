"""What a line of G-code would set off by itself: pure decisions over its text.

OctoPrint sends what it is given, also with line ends in it, and firmwares differ in where they
see the end of a line. So every piece that any of them could take for a line is looked at.
"""

from __future__ import annotations

import re

# Old Marlin takes a colon for the end of a line.
_ENDS = re.compile(r"[\x00-\x08\n-\x1f:]")
# OctoPrint's own rule: a semicolon behind a backslash begins no comment.
_COMMENT = re.compile(r"(?<!\\);.*")
_MESSAGE = re.compile(r"\s*(?:N\d+\s*)?M\s*0*11[78]\b")
_CARD = re.compile(
    r"(?<![A-Z])M\s*0*(?:23|24|26|28|32|37|928)(?![0-9])"
    r"|SDCARD_|^\s*PLAY\b|\$(?:SD|LOCALFS|LITTLEFS)/RUN"
)
"""Marlin's and its kin's; Klipper's, Smoothieware's and FluidNC's."""
_MACRO = re.compile(r"(?<![A-Z])M\s*0*98(?![0-9])")
"""RepRapFirmware: run a file on the card as a macro."""
_MOVE = re.compile(r"\s*(?:N\d+\s*)?G\s*0*[0-3](?![0-9])")
_AXIS = re.compile(r"[XYZ]\s*[-+.0-9]")
_EXTRUDER = re.compile(r"E\s*[-+.0-9]")


def starts_card(command: str, *, of_file: bool = False) -> bool:
    """Whether a line writes, selects or starts a file on the machine's own card.

    A file that was released may run macros of the machine: they belong to its profile.
    """
    return any(
        _CARD.search(piece) or (not of_file and _MACRO.search(piece))
        for piece in _pieces(command)
        if not _MESSAGE.match(piece)
    )


def extrudes(command: str) -> bool:
    """Whether a line moves and extrudes at once, as a print does and nothing else needs."""
    return any(
        _MOVE.match(piece) and _AXIS.search(piece) and _EXTRUDER.search(piece)
        for piece in _pieces(command)
    )


def _pieces(command: str) -> list[str]:
    return [_COMMENT.sub("", piece) for piece in _ENDS.split(command.upper())]
