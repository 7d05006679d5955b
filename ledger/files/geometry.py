"""Meshes, the places where a design has them, and the box around it all.

Coordinates are single precision, as in STL and 3MF themselves; what is
calculated from them is in double precision.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ledger.errors import InvalidDesign

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Indices = NDArray[np.int64]

FACES_AT_ONCE = 100_000
"""Faces that are worked on together: bounds the memory of temporary arrays."""

IDENTITY: Doubles = np.vstack([np.eye(3), np.zeros((1, 3))])
"""A placement is 4 × 3: rows of the linear part, then the translation (3MF Core Spec 3.3)."""


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """Triangles as indices (m, 3) into vertices (n, 3), in the file's own unit."""

    vertices: Floats
    faces: Indices


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A mesh and each place where the design has it; placements lead to millimetres.

    `beams` (k, 2) are indices of nodes among the vertices, `radii` (k, 2) their
    radii: a 3MF beam lattice, which has no triangles of its own.
    """

    mesh: Mesh
    placements: tuple[Doubles, ...] = (IDENTITY,)
    beams: Indices = field(default_factory=lambda: np.zeros((0, 2), np.int64))
    radii: Doubles = field(default_factory=lambda: np.zeros((0, 2)))


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """All that a file would have printed. `notes` are sentences on what is not in it."""

    parts: tuple[Part, ...]
    notes: tuple[str, ...] = ()

    @property
    def triangles(self) -> int:
        """Triangles, every placed copy counted."""
        return sum(len(part.mesh.faces) * len(part.placements) for part in self.parts)


def checked(mesh: Mesh) -> Mesh:
    """The mesh itself. Raises InvalidDesign on a coordinate or index that cannot be."""
    if not np.isfinite(mesh.vertices).all():
        raise InvalidDesign("The mesh has a coordinate that is no finite number (NaN or infinity).")
    if mesh.faces.size and (mesh.faces.min() < 0 or mesh.faces.max() >= len(mesh.vertices)):
        raise InvalidDesign("A face of the mesh names a vertex that the file does not have.")
    return mesh


def corners(mesh: Mesh, placement: Doubles, stride: int = 1) -> Iterator[Doubles]:
    """Yield the corners (k, 3, 3) in mm of every `stride`-th triangle, some at a time."""
    linear, shift = placement[:3], placement[3]
    faces = mesh.faces[::stride]
    for start in range(0, len(faces), FACES_AT_ONCE):
        chosen = faces[start : start + FACES_AT_ONCE]
        yield mesh.vertices[chosen].astype(np.float64) @ linear + shift


def bounds(shape: Shape) -> tuple[Doubles, Doubles]:
    """Least and greatest x, y, z in mm of all that is drawn (beams: their centre lines)."""
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    for part in shape.parts:
        used = np.zeros(len(part.mesh.vertices), bool)
        used[part.mesh.faces.ravel()] = True
        used[part.beams.ravel()] = True
        points = part.mesh.vertices[used].astype(np.float64)
        for placement in part.placements if len(points) else ():
            with np.errstate(invalid="ignore", over="ignore"):  # refused below, with a sentence
                placed = points @ placement[:3] + placement[3]
            low = np.minimum(low, placed.min(axis=0))
            high = np.maximum(high, placed.max(axis=0))
    if not (np.isfinite(low).all() and np.isfinite(high).all()):
        raise InvalidDesign("The mesh has a corner at no finite place once it is put in position.")
    return low, high
