"""What a Wavefront OBJ must look like before trimesh reads it.

Source: Wavefront Advanced Visualizer manual, appendix B1. Vertices and
polygonal faces are read; no file that an OBJ names is opened.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from dataclasses import dataclass

from ledger.errors import InvalidDesign
from ledger.files.stl import NUMBER

KEYWORDS = frozenset(
    b"v vt vn vp f l p o g s mg usemtl mtllib usemap maplib lod bevel c_interp d_interp "
    b"shadow_obj trace_obj cstype deg bmat step curv curv2 surf parm trim hole scrv sp end con "
    b"ctech stech call csh".split()
)
_FREE_FORM = frozenset((b"curv", b"curv2", b"surf"))
_NOT_VERTEX = re.compile(rb"/\S*")
_VERTEX = re.compile(rb"(?:%b(?: |$)){3,7}+" % NUMBER, re.IGNORECASE)
_FACE = re.compile(rb"-?[0-9]{1,9}(?: -?[0-9]{1,9})*+")


@dataclass(slots=True)
class Bare:
    """Vertices and faces of an OBJ in their simplest spelling, counted.

    Materials, groups, normals and texture coordinates are left out: trimesh
    would make a mesh with all vertices for each of them. So are weights and
    colours, and numbers that count back from the latest vertex: trimesh counts
    back from the last one of the file. And trimesh skips a face with too few
    corners, and takes vertex 0 as vertex 1.
    """

    vertices: list[bytes]
    faces: list[bytes]
    triangles: int = 0
    greatest: int = 0
    free_form: bool = False

    def text(self) -> bytes:
        """What trimesh is given."""
        return b"\n".join([*self.vertices, *self.faces, b""])

    def add(self, line: bytes) -> None:
        """Check one statement and keep it if it is a vertex or a face. Raises InvalidDesign."""
        word, _, rest = line.partition(b" ")
        if word == b"v":
            if not _VERTEX.fullmatch(rest):
                raise InvalidDesign(f"A vertex of the OBJ is not three numbers: {_shown(line)}.")
            self.vertices.append(b"v " + b" ".join(rest.split(b" ", 3)[:3]))
        elif word == b"f":
            self._face(_NOT_VERTEX.sub(b"", rest) if b"/" in rest else rest)
        elif word not in KEYWORDS and not word.startswith(b"#"):
            raise InvalidDesign(
                f"The OBJ has a line that begins with {_shown(word)}, which is no statement."
            )
        else:
            self.free_form |= word in _FREE_FORM

    def _face(self, rest: bytes) -> None:
        if not _FACE.fullmatch(rest):
            raise InvalidDesign(
                f"A face of the OBJ does not name its vertices by numbers: {_shown(rest)}."
            )
        count = len(self.vertices)
        corners = [n if n >= 0 else n + count + 1 for n in map(int, rest.split(b" "))]
        if len(corners) < 3:
            raise InvalidDesign("A face of the OBJ has fewer than three corners.")
        if min(corners) < 1:
            raise InvalidDesign("A face of the OBJ names a vertex that the file does not have.")
        self.triangles += len(corners) - 2
        self.greatest = max(self.greatest, *corners)
        self.faces.append(b"f " + (b" ".join(b"%d" % n for n in corners) if b"-" in rest else rest))


def bare(text: bytes) -> Bare:
    """What of an OBJ is read. Raises InvalidDesign on what trimesh would pass over."""
    found = Bare([], [])
    text = re.sub(rb"\\\r?\n", b" ", text.removeprefix(BOM_UTF8))
    for line in text.splitlines():
        if words := line.split():
            found.add(b" ".join(words))
    if not found.triangles:
        raise InvalidDesign("The OBJ has no faces: there is nothing to print.")
    if found.greatest > len(found.vertices):
        raise InvalidDesign("A face of the OBJ names a vertex that the file does not have.")
    return found


def _shown(text: bytes) -> str:
    return repr(text[:40].decode("latin-1"))
