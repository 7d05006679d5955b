"""What an STL must look like before trimesh reads it.

There is no standard beyond the StereoLithography Interface Specification (3D
Systems, 1989): 80 bytes of header, a count, 50 bytes for a facet; or the words
`solid`, `facet`, `endsolid`. Normals are ignored, as every reader does: the
order of the corners says the same, and some exporters write NaN there.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8

import numpy as np

from ledger.errors import InvalidDesign

HEADER_BYTES = 84
FACET_BYTES = 50

NUMBER = rb"(?:[-+]?+(?:(?:\d++\.?+\d*+|\.\d++)(?:e[-+]?+\d++)?+|inf(?:inity)?+|nan))"
"""What is a number for everybody, and what is refused later as not finite."""
_NORMAL = rb"[-+.#()0-9adefinqsty]++"
"""A number, `-nan(ind)` or `1.#QNAN`: letters that spell no word of an STL."""
_FACET = (
    rb"\s*+facet\s++normal(?:\s++N){3}\s++outer\s++loop"
    rb"(?:\s++vertex(?:\s++V){3}){3}\s++endloop\s++endfacet\b"
).replace(b"N", _NORMAL).replace(b"V", NUMBER)  # fmt: skip
_SOLID = re.compile(rb"\s*+solid\b[^\n]*+((?:%b)*+)" % _FACET)
_END = re.compile(rb"\s*+endsolid\b[^\n]*+")


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
    values = np.abs(np.frombuffer(head, "<f4", count=12, offset=HEADER_BYTES))
    plausible = (values == 0) | ((values > 1e-9) & (values < 1e9))
    return bool(plausible.all()) and size > HEADER_BYTES


def bare(text: bytes) -> tuple[bytes, int]:
    """The facets of an ASCII STL as one solid without a name, and how many they are.

    trimesh searches the text for its words, so that a solid named `vertex`
    confuses it, and skips what stands between them. Therefore each byte is
    matched here beforehand. Raises InvalidDesign where something else stands.
    """
    text = text.removeprefix(BOM_UTF8).replace(b"\r", b"\n").lower()
    pieces = [b"solid"]
    position = 0
    while solid := _SOLID.match(text, position):
        pieces.append(solid[1])
        end = _END.match(text, solid.end())
        if not end:
            raise InvalidDesign(
                f"{_place(text, solid.end())} a whole facet (facet normal, outer loop, three "
                "times vertex and three numbers, endloop, endfacet) or endsolid must follow."
            )
        position = end.end()
    if text[position:].strip():
        raise InvalidDesign(f"{_place(text, position)} nothing but solid may follow.")
    # trimesh takes the rest of the line as numbers of the vertex.
    body = b"\n".join(pieces).replace(b"vertex", b"\nvertex").replace(b"endloop", b"\nendloop")
    return body + b"\nendsolid", body.count(b"endfacet")


def _place(text: bytes, position: int) -> str:
    """The beginning of a sentence on what is wrong here."""
    position += len(text[position:]) - len(text[position:].lstrip())
    line = text.count(b"\n", 0, position) + 1
    words = text[position : position + 40].partition(b"\n")[0].decode("latin-1")
    return f"The STL is malformed at line {line:,} ({words!r}), where"
