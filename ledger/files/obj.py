"""Wavefront OBJ, read strictly: vertices and polygonal faces.

Source: Wavefront Advanced Visualizer manual, appendix B1. Materials, normals
and texture coordinates are not read, and no file that an OBJ names is opened.
"""

from __future__ import annotations

import re
import warnings
from codecs import BOM_UTF8
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from ledger.errors import InvalidDesign
from ledger.files.geometry import Floats, Indices, Mesh, checked

KEYWORDS = frozenset(
    b"v vt vn vp f l p o g s mg usemtl mtllib usemap maplib lod bevel c_interp d_interp "
    b"shadow_obj trace_obj cstype deg bmat step curv curv2 surf parm trim hole scrv sp end con "
    b"ctech stech call csh".split()
)
_FREE_FORM = frozenset((b"curv", b"curv2", b"surf"))
_BLANKS = bytes.maketrans(b"\t\v\f", b"   ")
_NOT_VERTEX = re.compile(rb"/\S*")
_CHUNK = 8 * 2**20


def read(path: Path, max_triangles: int) -> tuple[Mesh, bool]:
    """The mesh, polygons fanned into triangles, and whether free-form surfaces were left out.

    Raises InvalidDesign on an unknown or unreadable statement, on faces that name
    missing vertices, and on a file without faces.
    """
    points: list[Floats] = []
    faces: list[Indices] = []
    vertex_count = triangle_count = 0
    free_form = False
    with path.open("rb") as file:
        for lines in _batches(file):
            vertex_lines = [line for line in lines if line[:2] == b"v "]
            face_lines = [line for line in lines if line[:2] == b"f "]
            free_form |= _check_statements([x for x in lines if x[:2] not in (b"v ", b"f ")])
            if any(b"-" in line for line in face_lines):
                triangles = _relative_faces(lines, vertex_count)
            else:
                triangles = _faces(face_lines)
            points.append(_vertices(vertex_lines))
            faces.append(triangles)
            vertex_count += len(vertex_lines)
            triangle_count += len(triangles)
            if triangle_count > max_triangles:
                raise InvalidDesign(f"The OBJ has more than {max_triangles:,} triangles.")
    if not triangle_count:
        raise InvalidDesign("The OBJ has no faces: there is nothing to print.")
    return checked(Mesh(np.concatenate(points), np.concatenate(faces))), free_form


def _batches(file: BinaryIO) -> Iterator[list[bytes]]:
    """Yield lists of stripped logical lines; a backslash joins a line with the next one."""
    if file.read(len(BOM_UTF8)) != BOM_UTF8:
        file.seek(0)
    rest = b""
    while piece := file.read(_CHUNK):
        text = (rest + piece.replace(b"\r\n", b"\n").translate(_BLANKS)).replace(b"\\\n", b" ")
        cut = text.rfind(b"\n") + 1
        rest = text[cut:]
        yield [line.strip() for line in text[:cut].replace(b"\r", b"\n").split(b"\n")]
    yield [line.strip() for line in rest.replace(b"\r", b"\n").split(b"\n")]


def _check_statements(lines: list[bytes]) -> bool:
    """Whether a free-form curve or surface is among the lines. Raises on unknown words."""
    words = {line.split(None, 1)[0] for line in lines if line and line[:1] != b"#"}
    if unknown := words - KEYWORDS:
        word = min(unknown)[:40].decode("latin-1")
        raise InvalidDesign(f"The OBJ has a line that begins with {word!r}, which is no statement.")
    if bare := {b"v", b"f"} & set(lines):
        raise InvalidDesign(f"The OBJ has a {min(bare).decode()!r} line without values.")
    return bool(words & _FREE_FORM)


def _vertices(lines: list[bytes]) -> Floats:
    """x, y, z of each `v` line; a weight or a colour behind them is ignored."""
    table = _table(b" ".join(lines).replace(b"v", b"nan"), len(lines), np.float64)
    if table is not None and np.isnan(table[:, 0]).all():
        with np.errstate(over="ignore"):  # what overflows becomes infinite, and is refused
            points: Floats = table[:, 1:].astype(np.float32)
        return points
    try:
        words = [word for line in lines for word in _three(line)]
        if b"_" in b"".join(words):  # Python would read 1_0 as 10
            raise ValueError("underscore")
        with np.errstate(over="ignore"):
            values = np.array(list(map(float, words))).astype(np.float32)
    except ValueError as error:
        raise InvalidDesign("A vertex of the OBJ is not three numbers.") from error
    return values.reshape(-1, 3)


def _table(text: bytes, rows: int, kind: type[np.float64 | np.int64]) -> Any:
    """Four numbers for each of `rows` lines, read in one go; None if that does not fit.

    The letter of each line was replaced by a number that must come out in the
    first column: a line with too few and one with too many values do not cancel.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)  # numpy's way to say: not a number
        try:
            numbers = np.fromstring(text, kind, sep=" ")
        except (DeprecationWarning, ValueError):
            return None  # read line by line, which finds the culprit
    return numbers.reshape(-1, 4) if rows and len(numbers) == 4 * rows else None


def _three(line: bytes) -> list[bytes]:
    words = line.split()
    if not 4 <= len(words) <= 8:
        raise ValueError("a vertex has x y z [w] or x y z r g b")
    return words[1:4]


def _faces(lines: list[bytes]) -> Indices:
    """Triangles of `f` lines that count from the beginning of the file."""
    text = _NOT_VERTEX.sub(b"", b" ".join(lines))
    table = _table(text.replace(b"f", b"0"), len(lines), np.int64)
    if table is not None and not table[:, 0].any() and (table[:, 1:] > 0).all():
        triangles: Indices = table[:, 1:] - 1
        return triangles
    return _fans([_references(line) for line in lines])


def _relative_faces(lines: list[bytes], before: int) -> Indices:
    """Triangles of `f` lines where negative numbers count back from the latest vertex."""
    polygons: list[list[int]] = []
    for line in lines:
        if line[:2] == b"v ":
            before += 1
        elif line[:2] == b"f ":
            polygons.append([n + before + 1 if n < 0 else n for n in _references(line)])
    return _fans(polygons)


def _references(line: bytes) -> list[int]:
    """The vertex numbers of one face line."""
    return _numbers([word.partition(b"/")[0] for word in line.split()[1:]])


def _numbers(words: list[bytes]) -> list[int]:
    try:
        if b"_" in b"".join(words):
            raise ValueError("underscore")
        return list(map(int, words))
    except ValueError as error:
        raise InvalidDesign("A face of the OBJ does not name its vertices by numbers.") from error


def _fans(polygons: list[list[int]]) -> Indices:
    """Split each polygon into triangles about its first corner."""
    corners: list[int] = []
    for polygon in polygons:
        if len(polygon) < 3:
            raise InvalidDesign("A face of the OBJ has fewer than three corners.")
        for second, third in pairwise(polygon[1:]):
            corners += (polygon[0], second, third)
    return _indices(corners)


def _indices(numbers: list[int]) -> Indices:
    """Zero-based (m, 3) indices of one-based numbers."""
    if numbers and not 1 <= min(numbers) <= max(numbers) < 2**31:
        raise InvalidDesign("A face of the OBJ names a vertex that the file does not have.")
    return np.array(numbers, np.int64).reshape(-1, 3) - 1
