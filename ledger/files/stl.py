"""STL, binary and ASCII, read strictly.

There is no standard beyond the StereoLithography Interface Specification (3D
Systems, 1989): 80 bytes of header, a count, 50 bytes for a facet; or the words
`solid`, `facet`, `endsolid`. Normals are ignored, as every reader does: the
order of the corners says the same, and some exporters write NaN there.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ledger.errors import InvalidDesign
from ledger.files.geometry import Mesh, checked, weld

HEADER_BYTES = 84
FACET_BYTES = 50
_FACET = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])

_CHUNK = 8 * 2**20
_MARKER = re.compile(rb"^[ \t]*(end)?solid\b[^\n]*$", re.MULTILINE | re.IGNORECASE)
_WORDS = {0: b"facet", 1: b"normal", 5: b"outer", 6: b"loop", 7: b"vertex", 11: b"vertex"} | {
    15: b"vertex",
    19: b"endloop",
    20: b"endfacet",
}
_NUMBERS = (2, 3, 4, 8, 9, 10, 12, 13, 14, 16, 17, 18)
_COORDINATES = _NUMBERS[3:]
_TOKENS = 21


def stated_triangles(head: bytes) -> int:
    """The count of facets that a binary STL with these first 84 bytes states."""
    return int.from_bytes(head[80:84], "little")


def binary_size(head: bytes) -> int:
    """How many bytes a binary STL with these first 84 bytes must have."""
    return HEADER_BYTES + FACET_BYTES * stated_triangles(head)


def is_binary(head: bytes, size: int) -> bool:
    """Whether a file of `size` bytes is a whole binary STL.

    Only the size tells: many exporters begin the header with `solid` as well.
    """
    return len(head) >= HEADER_BYTES and binary_size(head) == size


def looks_like_cut_binary(head: bytes, size: int) -> bool:
    """Whether the first facet reads as one, so that the size alone is wrong."""
    if len(head) < HEADER_BYTES + FACET_BYTES or not stated_triangles(head):
        return False
    if stated_triangles(head) > 2**28 or head.startswith(b"\x89PNG"):
        return False
    first = np.frombuffer(head, _FACET, count=1, offset=HEADER_BYTES)[0]
    with np.errstate(invalid="ignore", over="ignore"):
        values = np.abs(np.concatenate([first["normal"], first["corners"].ravel()]))
        plausible = (values == 0) | ((values > 1e-9) & (values < 1e9))
    return bool(plausible.all()) and size > HEADER_BYTES


def read_binary(path: Path) -> Mesh:
    """The mesh of a whole binary STL. Raises InvalidDesign if it holds no usable triangle."""
    facets = np.fromfile(path, _FACET, offset=HEADER_BYTES)
    if not len(facets):
        raise InvalidDesign("The STL has no triangles: there is nothing to print.")
    return _soup(facets["corners"].reshape(-1, 3))


def read_ascii(path: Path, max_triangles: int) -> Mesh:
    """The mesh of an ASCII STL, one or more solids.

    Raises InvalidDesign on anything between `solid` and `endsolid` that is no
    whole facet, on numbers that are not finite, and on more than `max_triangles`.
    """
    batches: list[np.ndarray[tuple[int, ...], np.dtype[np.float32]]] = []
    total = 0
    with path.open("rb") as file:
        for tokens in _facet_tokens(file):
            batches.append(_coordinates(tokens))
            total += len(tokens) // _TOKENS
            if total > max_triangles:
                raise InvalidDesign(f"The STL has more than {max_triangles:,} triangles.")
    if not total:
        raise InvalidDesign("The STL has no facets: there is nothing to print.")
    return _soup(np.concatenate(batches).reshape(-1, 3))


def _soup(points: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> Mesh:
    """Join loose triangles, given as corner after corner, at their common points."""
    vertices = np.ascontiguousarray(points, np.float32)
    return weld(checked(Mesh(vertices, np.arange(len(points), dtype=np.int64).reshape(-1, 3))))


def _facet_tokens(file: BinaryIO) -> Iterator[list[bytes]]:
    """Yield the words between `solid` and `endsolid`, whole facets at a time."""
    inside = False
    pending: list[bytes] = []
    for chunk in _whole_lines(file):
        position = 0
        for marker in [*_MARKER.finditer(chunk), None]:
            body = chunk[position : marker.start() if marker else len(chunk)]
            pending += body.lower().split()
            if pending and not inside:
                raise InvalidDesign("The STL has text outside of solid ... endsolid.")
            whole = len(pending) - len(pending) % _TOKENS
            if whole:
                yield pending[:whole]
                pending = pending[whole:]
            if marker:
                inside = _step(inside, marker, pending)
                position = marker.end()
    if inside:
        raise InvalidDesign("The STL ends without endsolid: it was cut off.")


def _step(inside: bool, marker: re.Match[bytes], pending: list[bytes]) -> bool:  # noqa: FBT001
    """Whether we are inside a solid after this `solid` or `endsolid` line."""
    ends = marker[1] is not None
    if pending:
        raise InvalidDesign("The last facet of a solid in the STL is not whole.")
    if ends != inside:
        raise InvalidDesign("The solid and endsolid lines of the STL do not pair up.")
    return not ends


def _whole_lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield the text in pieces that end at the end of a line."""
    if file.read(len(BOM_UTF8)) != BOM_UTF8:
        file.seek(0)
    rest = b""
    while piece := file.read(_CHUNK):
        text = rest + piece.replace(b"\r", b"\n")
        cut = text.rfind(b"\n") + 1
        rest = text[cut:]
        yield text[:cut]
    yield rest


def _coordinates(tokens: list[bytes]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Nine numbers a facet, from tokens that must be whole facets."""
    for place, word in _WORDS.items():
        if set(tokens[place::_TOKENS]) != {word}:
            raise InvalidDesign(
                f"A facet of the STL is malformed: {word.decode()!r} is not where it belongs."
            )
    table = np.empty((len(tokens) // _TOKENS, len(_NUMBERS)))
    try:
        for column, place in enumerate(_NUMBERS):
            words = tokens[place::_TOKENS]
            if b"_" in b" ".join(words):  # Python would read 1_0 as 10
                raise ValueError("underscore")
            table[:, column] = list(map(float, words))
    except ValueError as error:
        raise InvalidDesign("A facet of the STL has a coordinate that is no number.") from error
    with np.errstate(over="ignore"):  # what overflows becomes infinite, and is refused as such
        return table[:, len(_NUMBERS) - len(_COORDINATES) :].astype(np.float32)
