"""Meshes and what can be said of them: extent, volume, whether they are closed.

Coordinates are single precision, as in STL and 3MF themselves; sums are taken
in double precision.
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
    """Triangles as indices (m, 3) into vertices (n, 3), in the file's own unit.

    `welded` says that no two vertices are at the same point.
    """

    vertices: Floats
    faces: Indices
    welded: bool = False


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


def weld(mesh: Mesh) -> Mesh:
    """The same triangles with every point stored once; points are equal if all bits are.

    Points are told apart by a hash, which is one sort of plain integers; it is
    then checked that nothing was lost, and a mesh made to collide is welded by
    sorting whole rows instead.
    """
    if mesh.welded:
        return mesh
    points = np.ascontiguousarray(mesh.vertices + np.float32(0))  # makes -0.0 and 0.0 one
    merged, index = np.unique(_mixed(points), return_inverse=True)
    vertices = np.empty((len(merged), 3), np.float32)
    vertices[index] = points
    if not np.array_equal(vertices[index], points):
        vertices, index = np.unique(points, axis=0, return_inverse=True)
    return Mesh(vertices, index.reshape(-1).astype(np.int64)[mesh.faces], welded=True)


def _mixed(points: Floats) -> NDArray[np.uint64]:
    """One 64-bit number for the bits of each point: multiply and add, modulo 2^64."""
    x, y, z = points.view(np.uint32).astype(np.uint64).T
    high = x * np.uint64(0x9E3779B97F4A7C15) + y
    mixed: NDArray[np.uint64] = (high ^ (high >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9) + z
    return mixed


def proper_faces(faces: Indices) -> Indices:
    """The faces with three different corners."""
    a, b, c = faces.T
    proper: Indices = faces[(a != b) & (b != c) & (c != a)]
    return proper


def is_closed(mesh: Mesh) -> bool:
    """Whether each edge has exactly two triangles, which run along it in opposite ways.

    That is what the 3MF Core Specification (4.1.1, manifold edges and consistent
    orientation) asks of a solid, and what makes a volume meaningful. Exporters
    that repeat a vertex for every face are given the benefit of welding.
    """
    if _edges_pair_up(mesh):
        return True
    return not mesh.welded and _edges_pair_up(weld(mesh))


def _edges_pair_up(mesh: Mesh) -> bool:
    faces, count = proper_faces(mesh.faces), len(mesh.vertices)
    if not len(faces):
        return False
    following = np.roll(faces, -1, axis=1)
    forward = np.sort((faces * count + following).ravel())
    if (forward[1:] == forward[:-1]).any():
        return False
    backward = np.sort((following * count + faces).ravel())
    return bool(np.array_equal(forward, backward))


def corners(mesh: Mesh, placement: Doubles, stride: int = 1) -> Iterator[Doubles]:
    """Yield the corners (k, 3, 3) in mm of every `stride`-th triangle, some at a time."""
    linear, shift = placement[:3], placement[3]
    faces = mesh.faces[::stride]
    for start in range(0, len(faces), FACES_AT_ONCE):
        chosen = faces[start : start + FACES_AT_ONCE]
        yield mesh.vertices[chosen].astype(np.float64) @ linear + shift


def signed_volume(mesh: Mesh) -> float:
    """Volume inside a closed mesh in its own unit cubed; negative if it is inside out.

    The divergence theorem, triangle by triangle, about the mesh's middle so that
    a part far from the origin loses no digits.
    """
    middle = (mesh.vertices.min(axis=0) + mesh.vertices.max(axis=0)).astype(np.float64) / 2
    centred = np.vstack([np.eye(3), -middle])
    return float(
        sum(
            np.einsum("ij,ij->i", t[:, 0], np.cross(t[:, 1], t[:, 2])).sum() / 6
            for t in corners(mesh, centred)
        )
    )


def bounds(shape: Shape) -> tuple[Doubles, Doubles]:
    """Least and greatest x, y, z in mm of all that is drawn (beams: their centre lines)."""
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    for part in shape.parts:
        used = np.zeros(len(part.mesh.vertices), bool)
        used[part.mesh.faces.ravel()] = True
        used[part.beams.ravel()] = True
        points = part.mesh.vertices[used].astype(np.float64)
        for placement in part.placements if len(points) else ():
            placed = points @ placement[:3] + placement[3]
            low = np.minimum(low, placed.min(axis=0))
            high = np.maximum(high, placed.max(axis=0))
    if not (np.isfinite(low).all() and np.isfinite(high).all()):
        raise InvalidDesign("The mesh has a corner at no finite place once it is put in position.")
    return low, high
