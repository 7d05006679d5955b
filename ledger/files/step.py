"""STEP files (ISO 10303-21): whether one is whole. Its solids are not measured."""

from __future__ import annotations

import mmap
import re
from pathlib import Path

from ledger.errors import InvalidDesign

_START = re.compile(rb"ISO-10303-21\s*;")
_SECTIONS = (
    (re.compile(rb"\bHEADER\s*;"), "a HEADER section"),
    (re.compile(rb"\bENDSEC\s*;"), "the end of a section (ENDSEC)"),
    (re.compile(rb"\bDATA\s*(?:;|\()"), "a DATA section"),
)
_END = re.compile(rb"END-ISO-10303-21\s*;")


def begins(text: bytes) -> bool:
    """Whether the first words, after any comments, are those of an exchange structure."""
    text = text.lstrip()
    while text.startswith(b"/*"):
        _, closed, text = text.partition(b"*/")
        if not closed:
            return False
        text = text.lstrip()
    return bool(_START.match(text))


def check(path: Path) -> None:
    """Raises InvalidDesign unless header, data and end are there, in this order.

    Source: ISO 10303-21 clause 5, exchange structure. A signature section
    (edition 3) may follow the end.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
        position = 0
        for pattern, name in _SECTIONS:
            found = pattern.search(text, position)
            if not found:
                raise InvalidDesign(f"The STEP file lacks {name}: it was cut off or is no design.")
            position = found.end()
        if not _END.search(text, position):
            raise InvalidDesign("The STEP file does not end with END-ISO-10303-21: it was cut off.")
        if text.find(b"\0") >= 0:
            raise InvalidDesign("The STEP file holds zero bytes: it is damaged.")
