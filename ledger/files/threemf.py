"""3MF: the placed meshes of its build, read by lib3mf, the consortium's own reader.

lib3mf never sees the stranger's package. What it needs (content types,
relationships, model parts) is unpacked under our limits, checked to be XML
without a DOCTYPE, and packed anew; pictures and attachments become empty
entries. Two ZIP readers that disagree on one file therefore cannot be played
against each other, and a thumbnail is never believed.
"""

from __future__ import annotations

import ctypes
import io
import zipfile
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from ledger.errors import InvalidDesign
from ledger.files import opc
from ledger.files.archive import Archive, opened
from ledger.files.components import MAX_PLACEMENTS, Components
from ledger.files.geometry import Doubles, Mesh, Part, Shape, checked
from ledger.files.limits import Limits

MM_PER_UNIT = (0.001, 1.0, 10.0, 25.4, 304.8, 1000.0)
"""lib3mf's ModelUnit: micron, millimetre, centimetre, inch, foot, metre (Core Spec 3.4)."""

OTHER_KINDS = "Objects that are not meshes (such as level sets) are not measured."


def read(path: Path, limits: Limits) -> Shape | str:
    """The shape that the build section asks for, or a sentence why it was not measured.

    Raises InvalidDesign on a bad package, bad XML, whatever lib3mf refuses, and
    a build with nothing in it.
    """
    with opened(path, limits) as archive:
        parts, encrypted = opc.model_parts(archive)
        size = sum(archive.entries[name].file_size for name in parts)
        measurable = size <= limits.max_mesh_bytes and not encrypted
        package = _repacked(archive, set() if encrypted else parts, keep=measurable)
    if encrypted:
        return "Parts are encrypted (3MF Secure Content), so nothing was measured."
    if not measurable:
        return f"The mesh is larger than {limits.max_mesh_bytes:,} bytes, so it was not measured."
    import lib3mf  # here, because a file that was refused above does not pay for it

    try:
        return _Build(lib3mf, package, limits).shape()
    except lib3mf.ELib3MFException as error:
        raise InvalidDesign(f"The 3MF cannot be read: {error}.") from error


def _repacked(archive: Archive, parts: set[str], *, keep: bool) -> bytes:
    """Check every entry of the package, and pack what lib3mf needs once more."""
    memory, components = io.BytesIO(), Components()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_STORED) as package:
        for name in archive.entries:
            chunks = archive.chunks(name)
            wanted = keep and (name in parts or name.lower().endswith((".rels", "_types].xml")))
            content = list(chunks) if wanted else []
            if wanted and name in parts:
                content = [components.read(name, content)]
            elif name in parts:
                opc.check_xml(name, chunks)
            deque(chunks, maxlen=0)  # to its end, where the checksum is
            package.writestr(zipfile.ZipInfo(name), b"".join(content))
    components.check()
    return memory.getvalue()


class _Build:
    """One model in lib3mf, walked from its build items down to meshes.

    The arrays are fetched through the binding's table of C functions: its own
    getters make a Python object of every vertex, which takes ten times as long
    as reading the file.
    """

    def __init__(self, lib3mf: ModuleType, package: bytes, limits: Limits) -> None:
        self._lib3mf = lib3mf
        self._limits = limits
        self._wrapper = lib3mf.get_wrapper()
        self._model = self._wrapper.CreateModel()
        self._load(package)
        self._scale = MM_PER_UNIT[int(self._model.GetUnit())]
        self._objects: dict[int, Any] = {}
        self._places: dict[int, list[Doubles]] = {}
        self._unknown = False

    def _load(self, package: bytes) -> None:
        position = 0

        def read(target: int, size: int, _: object) -> int:
            nonlocal position
            piece = package[position : position + size]
            ctypes.memmove(target, piece, len(piece))
            position += len(piece)
            return len(piece)

        def seek(place: int, _: object) -> int:
            nonlocal position
            position = place
            return place

        reader = self._model.QueryReader("3mf")
        callbacks = self._lib3mf.ReadCallback(read), self._lib3mf.SeekCallback(seek)
        reader.ReadFromCallback(callbacks[0], len(package), callbacks[1], None)

    def shape(self) -> Shape | str:
        """Everything that is placed in the build."""
        for number, (built, matrix) in enumerate(self._items()):
            if number >= MAX_PLACEMENTS:
                raise InvalidDesign(f"The 3MF places more than {MAX_PLACEMENTS:,} objects.")
            self._place(built, matrix)
        triangles = sum(
            int(self._objects[number].GetTriangleCount()) * len(places)
            for number, places in self._places.items()
        )
        if triangles > self._limits.max_triangles:
            raise InvalidDesign(
                f"The 3MF would print more than {self._limits.max_triangles:,} triangles."
            )
        parts = tuple(self._part(number) for number in self._places)
        shape = Shape(parts, tuple(self._notes(parts)))
        if shape.triangles or any(len(part.beams) for part in parts):
            return shape
        if self._unknown:
            return f"{OTHER_KINDS} Nothing else is in the build, so nothing was measured."
        raise InvalidDesign("The build of the 3MF has no triangles: there is nothing to print.")

    def _items(self) -> Iterator[tuple[Any, Doubles]]:
        items = self._model.GetBuildItems()
        while items.MoveNext():
            item = items.GetCurrent()
            yield item.GetObjectResource(), _matrix(item.GetObjectTransform())

    def _components(self, composite: Any) -> Iterator[tuple[Any, Doubles]]:
        for index in range(composite.GetComponentCount()):
            component = composite.GetComponent(index)
            yield component.GetObjectResource(), _matrix(component.GetTransform())

    def _place(self, built: Any, matrix: Doubles) -> None:
        if built.IsMeshObject():
            number = built.GetUniqueResourceID()
            self._objects[number] = built
            self._places.setdefault(number, []).append(matrix * self._scale)
        elif built.IsComponentsObject():
            for child, inner in self._components(built):
                outer = inner @ matrix[:3]
                outer[3] += matrix[3]
                self._place(child, outer)
        else:
            self._unknown = True

    def _part(self, number: int) -> Part:
        built, functions = self._objects[number], self._wrapper.lib
        lattice = built.BeamLattice()
        vertices = self._array(
            built, functions.lib3mf_meshobject_getvertices, "Position", built.GetVertexCount()
        )
        faces = self._array(
            built,
            functions.lib3mf_meshobject_gettriangleindices,
            "Triangle",
            built.GetTriangleCount(),
        )
        beams = self._array(
            lattice, functions.lib3mf_beamlattice_getbeams, "Beam", lattice.GetBeamCount()
        )
        mesh = Mesh(vertices["Coordinates"].copy(), faces["Indices"].astype(np.int64))
        nodes = beams["Indices"].astype(np.int64)
        checked(Mesh(mesh.vertices, nodes))
        return Part(checked(mesh), tuple(self._places[number]), nodes, beams["Radii"].copy())

    def _array(self, owner: Any, function: Any, kind: str, count: int) -> Any:
        """`count` C structures of a kind, as a numpy array with the fields of that kind."""
        structure = getattr(self._lib3mf, kind)
        buffer, needed = (structure * count)(), ctypes.c_uint64(0)
        self._wrapper.checkError(
            owner, function(owner._handle, ctypes.c_uint64(count), needed, buffer)
        )
        return np.frombuffer(buffer, np.dtype(structure), count=count)

    def _notes(self, parts: tuple[Part, ...]) -> Iterator[str]:
        if any(len(part.beams) for part in parts):
            yield (
                "The beam lattice is not counted in volume and triangles, "
                "and in the box by the centre lines of its beams."
            )
        if self._unknown:
            yield OTHER_KINDS


def _matrix(transform: Any) -> Doubles:
    """A 4 × 3 placement (Core Spec 3.3, row vectors) from lib3mf's structure."""
    return np.array([list(row) for row in transform.Fields], np.float64)
