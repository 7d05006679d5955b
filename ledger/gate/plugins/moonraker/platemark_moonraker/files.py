"""The folder that Klipper prints from. It holds the released file, until Klipper has opened it.

So whatever a script calls, there is nothing else to print: the virtual SD card's `path` is
this folder, and not the one into which files are uploaded.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from pathlib import Path

from platemark_release import Refused

_PIECE = 1 << 20
_TAIL = 1 << 16
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._()+-]{0,150}\.(gcode|gco|g)")
_MASS = re.compile(rb"; (?:total )?filament used \[g\] = ([0-9.]+)")
_LENGTH = re.compile(rb"; filament used \[mm\] = ([0-9.]+)")


def armed_name(job: str, file: str) -> str:
    """The unique name under which Klipper gets a job's file; no word of it needs quoting."""
    name = file.rsplit("/", 1)[-1]
    return f"platemark/{job}/{name if _SAFE.fullmatch(name) else 'print.gcode'}"


def inside(folder: Path, name: str) -> Path:
    """A file of a folder, links followed. Raises Refused for one that is not in it, or no file."""
    path = (folder / name).resolve()
    if folder.resolve() not in path.parents or not path.is_file():
        raise Refused(f"There is no file {name[:200]!r}.")
    return path


def digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return _copied(file.fileno(), None)


def arm(source: Path, target: Path, sha256: str) -> float:
    """Copy a file to where Klipper can open it; milligrams in a millimetre of its filament.

    What is hashed are the copied bytes, so nobody can change them in between. Raises
    Refused, and leaves nothing, if they are others than were released.
    """
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Path.open makes files for more than their owner.
    with source.open("rb") as read, open(os.open(target, _NEW, 0o600), "wb") as written:  # noqa: PTH123
        found = _copied(read.fileno(), written.fileno())
        os.fsync(written.fileno())
    if found != sha256:
        wipe(target.parent)
        raise Refused("The file is not the one that the gate released.")
    with target.open("rb") as file:
        file.seek(max(0, target.stat().st_size - _TAIL))
        return mg_per_mm(file.read())


def mg_per_mm(tail: bytes) -> float:
    """From the comments that PrusaSlicer and its kin leave at a file's end; 0 without them."""
    mass, length = _MASS.search(tail), _LENGTH.search(tail)
    try:
        return float(mass[1]) * 1000 / float(length[1]) if mass and length else 0.0
    except (ValueError, ZeroDivisionError):
        return 0.0


def wipe(folder: Path) -> None:
    """Remove a job's folder. Harmless if there is none."""
    shutil.rmtree(folder, ignore_errors=True)


_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL


def _copied(source: int, target: int | None) -> str:
    found = hashlib.sha256()
    while piece := os.read(source, _PIECE):
        found.update(piece)
        while target is not None and piece:
            piece = piece[os.write(target, piece) :]
    return found.hexdigest()
