"""What trimesh does for us: it reads STL and OBJ, and measures every mesh.

The only module that imports trimesh, and one that only the child process
imports, for a file that has a mesh: it costs a third of a second. Whatever
trimesh raises becomes an InvalidDesign here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import trimesh

from ledger.errors import InvalidDesign
from ledger.files.geometry import Mesh, checked

_DIGITS = 15
"""Decimal digits of a double that are sure; single precision has seven."""


@dataclass(frozen=True, slots=True)
class Solid:
    """Measures of one mesh in its own unit; the volume is negative if it is inside out."""

    closed: bool
    volume: float
    area: float


def read(file: BinaryIO, kind: str, triangles: int) -> Mesh:
    """The mesh of an STL or OBJ, which states that it has so many triangles.

    Nothing is repaired or merged, and no file that the text names is opened:
    the resolver is an empty one. Raises InvalidDesign.
    """
    with _translated("read"):
        scene = trimesh.load_scene(
            file, file_type=kind, resolver={}, process=False, maintain_order=True,
            skip_materials=True,
        )  # fmt: skip
        found = [each for each in scene.geometry.values() if isinstance(each, trimesh.Trimesh)]
        with np.errstate(over="ignore"):  # what overflows becomes infinite, and is refused
            points = [np.asarray(each.vertices, np.float32) for each in found]
        faces = [np.asarray(each.faces, np.int64) for each in found]
    # trimesh leaves out what it does not understand, without a word.
    count = sum(map(len, faces))
    if len(found) != 1 or count != triangles:
        raise InvalidDesign(
            f"The file states {triangles:,} triangles, and {count:,} can be read: it is damaged."
        )
    return checked(Mesh(points[0], faces[0]))


def solid(mesh: Mesh) -> Solid:
    """Closedness, volume and area of a mesh.

    Closed means that each edge has exactly two triangles, which run along it in
    opposite ways: what the 3MF Core Specification (4.1.1) asks of a solid, and
    what makes a volume meaningful. STL has no common vertices, and some
    exporters repeat them elsewhere, so equal points are merged if need be; not
    always, because solids that touch would then share edges. Raises InvalidDesign.
    """
    with _translated("measured"), np.errstate(all="ignore"):
        mine = _centred(mesh)
        if len(mine.vertices) >= 3 * len(mine.faces) or not _is_closed(mine):
            # trimesh merges at 1e-8 whatever the unit; here it goes by the size of the part.
            size = float(mine.extents.max())
            mine.merge_vertices(digits_vertex=_DIGITS - math.ceil(math.log10(size)) if size else 0)
            # A sliver whose corners are merged has an edge with itself, and no area.
            a, b, c = mine.faces.T
            mine.update_faces((a != b) & (b != c) & (c != a))
        return Solid(_is_closed(mine), float(mine.volume), float(mine.area))


def _centred(mesh: Mesh) -> trimesh.Trimesh:
    """About the middle, so that a part far from the origin loses no digits of its volume."""
    mine = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    mine.vertices = mine.vertices - mine.bounds.mean(axis=0)
    return mine


def _is_closed(mesh: trimesh.Trimesh) -> bool:
    return bool(mesh.is_watertight and mesh.is_winding_consistent)


@contextmanager
def _translated(what: str) -> Iterator[None]:
    """The edge to trimesh, which raises whatever its code happens to run into."""
    try:
        yield
    except MemoryError:
        raise  # says nothing about the file; the worker has its own sentence for it
    except Exception as error:
        raise InvalidDesign(f"The mesh cannot be {what} ({error}): it is damaged.") from error
