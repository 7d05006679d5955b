"""Which format a file is, from its bytes alone."""

from __future__ import annotations

import re
import stat
from codecs import BOM_UTF8
from collections.abc import Iterator
from pathlib import Path

from ledger.errors import InvalidDesign
from ledger.files import gcode, obj, opc, step, stl
from ledger.files.archive import opened
from ledger.files.limits import DEFAULT, Limits
from ledger.models import DesignFormat

_HEAD_BYTES = 64 * 2**10
_TAIL_BYTES = 4 * 2**10
_TEXT_BYTES = 16 * 2**20
_LINES_READ = 200
ACCEPTED = "Accepted are STL, 3MF, OBJ, STEP and G-code."
_STRANGERS = {
    b"GCDE": "binary G-code; export it as plain G-code",
    b"\x1f\x8b": "a gzip archive; unpack it first",
    b"Rar!": "a RAR archive; unpack it first",
    b"7z\xbc\xaf": "a 7z archive; unpack it first",
    b"glTF": "a glTF scene; export it as 3MF or STL",
    b"ply": "a PLY mesh; export it as 3MF or STL",
    b"%PDF": "a PDF document",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"<": "an XML or HTML document",
}


def sniff(path: Path, limits: Limits = DEFAULT) -> DesignFormat:
    """The format of the file at `path`, told by its content and never by its name.

    Looks at the frame only (sizes, first and last words, a package's directory);
    whether the mesh inside is sound is for `inspect` to say. Raises
    InvalidDesign if the file is empty, of no accepted format, or cut off.
    """
    size = regular_size(path)
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
        file.seek(max(0, size - _TAIL_BYTES))
        tail = file.read()
    if head.startswith(b"PK\x03\x04"):
        with opened(path, limits) as archive:
            opc.model_part(archive)
        return DesignFormat.THREE_MF
    if stl.is_binary(head, size):
        return DesignFormat.STL
    if b"\0" not in head:
        return _sniff_text(path, head.removeprefix(BOM_UTF8), tail)
    raise _unknown_binary(head, size)


def regular_size(path: Path) -> int:
    """Bytes in a regular file. Raises InvalidDesign if it is none, or empty."""
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise InvalidDesign(f"The file cannot be read: {error}.") from error
    if not stat.S_ISREG(status.st_mode):
        raise InvalidDesign("This is not a regular file.")
    if not status.st_size:
        raise InvalidDesign("The file is empty: it holds no bytes at all.")
    return status.st_size


def _sniff_text(path: Path, head: bytes, tail: bytes) -> DesignFormat:
    if step.begins(head):
        step.check(path)
        return DesignFormat.STEP
    if re.match(rb"\s*solid\b", head, re.IGNORECASE):
        last = tail.rstrip().replace(b"\r", b"\n").rsplit(b"\n", 1)[-1]
        if not re.match(rb"\s*endsolid\b", last, re.IGNORECASE):
            raise InvalidDesign(
                "The STL begins with solid and ends without endsolid: it was cut off."
            )
        return DesignFormat.STL
    lines = list(_meaningful_lines(path))
    words = {line.split(None, 1)[0] for line in lines[:_LINES_READ]}
    if words and words <= obj.KEYWORDS:
        return DesignFormat.OBJ
    if words and all(map(gcode.is_statement, lines[:_LINES_READ])):
        if any(map(gcode.is_command, lines)):
            return DesignFormat.GCODE
        raise InvalidDesign("The file looks like G-code and has no command (G, M or T) in it.")
    _refuse_stranger(head)
    if not words:
        raise InvalidDesign(f"The file holds comments and blank lines only. {ACCEPTED}")
    raise InvalidDesign(f"The text in this file is of no known format. {ACCEPTED}")


def _meaningful_lines(path: Path) -> Iterator[bytes]:
    """Yield lines that are neither blank nor comment, until a G-code command or an OBJ is clear."""
    seen = 0
    with path.open("rb") as file:
        text = file.read(_TEXT_BYTES).removeprefix(BOM_UTF8)
        for line in re.sub(rb"\\\r?\n", b" ", text).splitlines():
            stripped = gcode.without_comment(line)
            if stripped and not stripped.startswith(b"#"):
                seen += 1
                yield stripped
                if seen >= _LINES_READ and gcode.is_command(stripped):
                    return
                if seen >= 100 * _LINES_READ:
                    return


def _refuse_stranger(head: bytes) -> None:
    for magic, name in _STRANGERS.items():
        if head.lstrip().startswith(magic):
            raise InvalidDesign(f"This is {name}. {ACCEPTED}")


def _unknown_binary(head: bytes, size: int) -> InvalidDesign:
    _refuse_stranger(head)
    if stl.looks_like_cut_binary(head, size):
        return InvalidDesign(
            f"This binary STL states {stl.stated_triangles(head):,} triangles, which take "
            f"{stl.binary_size(head):,} bytes, and has {size:,}: it was cut off or is damaged.",
            expected_bytes=stl.binary_size(head),
            actual_bytes=size,
        )
    return InvalidDesign(f"The bytes are of no known format. {ACCEPTED}")
