"""Format by format: from a file to its measures, and to the shape a preview draws."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from ledger.errors import DesignTooLarge, InvalidDesign
from ledger.files import gcode, obj, stl, threemf
from ledger.files.geometry import Doubles, Part, Shape, bounds
from ledger.files.limits import Limits
from ledger.files.sniffing import regular_size, sniff
from ledger.models import DesignFormat, Measures

UNIT_NOTE = "The format names no unit; millimetres are assumed."
FREE_FORM_NOTE = "Free-form curves and surfaces are not measured."
STEP_NOTE = "STEP is registered as it is; its solids are not measured."
INSIDE_OUT_NOTE = "The faces of a mesh point inwards; its volume is given without the sign."


def measure(path: Path, limits: Limits) -> tuple[Measures, Shape | None]:
    """The measures of a file and, if it has a mesh, the shape itself.

    This is what the child process runs; it bounds sizes and counts, and leaves
    time and memory to the process around it. Raises InvalidDesign, and
    DesignTooLarge above `limits.max_bytes`.
    """
    size = regular_size(path)
    if size > limits.max_bytes:
        raise DesignTooLarge(
            f"The file has {size:,} bytes; at most {limits.max_bytes:,} are accepted.",
            actual_bytes=size,
            max_bytes=limits.max_bytes,
        )
    form = sniff(path, limits)
    if form is DesignFormat.STEP:
        return Measures(form, note=STEP_NOTE), None
    if form is DesignFormat.GCODE:
        box, note = gcode.measure(path)
        return Measures(form, bounding_box_mm=box and _rounded_box(*box), note=note), None
    shape = _shape(path, form, size, limits)
    if isinstance(shape, Shape):
        return measures_of(shape, form), shape
    triangles = _stated_triangles(path, size) if form is DesignFormat.STL else None
    return Measures(form, triangles=triangles, note=shape), None


def measures_of(shape: Shape, form: DesignFormat) -> Measures:
    """Box, volume, triangles and closedness of all placed parts together.

    The design is watertight if each of its meshes is; volumes of parts that
    overlap are added. Raises InvalidDesign if there is nothing of any extent.
    """
    from ledger.files import meshes  # here, because a file without a mesh does not pay for it

    low, high = bounds(shape)
    solid = [part for part in shape.parts if len(part.mesh.faces)]
    found = [meshes.solid(part.mesh) for part in solid]
    if found and not any(each.area for each in found):
        raise InvalidDesign("No triangle of the mesh has an area: there is nothing to print.")
    notes = list(shape.notes)
    watertight = all(each.closed for each in found) if found else None
    volume = None
    if watertight:
        placed = [abs(each.volume) * _growth(part) for each, part in zip(found, solid, strict=True)]
        volume = rounded(sum(placed))
        if any(each.volume < 0 for each in found):
            notes.append(INSIDE_OUT_NOTE)
    return Measures(
        format=form,
        bounding_box_mm=_rounded_box(*(high - low).tolist()),
        volume_mm3=volume,
        triangles=shape.triangles,
        watertight=watertight,
        note=" ".join(notes) or None,
    )


def rounded(value: float) -> float:
    """Seven significant digits: what single-precision coordinates carry."""
    return float(f"{value:.7g}")


def _rounded_box(x: float, y: float, z: float) -> tuple[float, float, float]:
    return rounded(x), rounded(y), rounded(z)


def _growth(part: Part) -> float:
    """How many times a part's own volume all its placements together have, in mm³."""
    return sum(abs(_determinant(placement)) for placement in part.placements)


def _determinant(placement: Doubles) -> float:
    a, b, c = placement[:3].tolist()
    return float(
        a[0] * (b[1] * c[2] - b[2] * c[1])
        - a[1] * (b[0] * c[2] - b[2] * c[0])
        + a[2] * (b[0] * c[1] - b[1] * c[0])
    )


def _shape(path: Path, form: DesignFormat, size: int, limits: Limits) -> Shape | str:
    """The shape in a mesh file, or a sentence why it was not read."""
    if form is DesignFormat.THREE_MF:
        return threemf.read(path, limits)
    if size > limits.max_mesh_bytes:
        return f"The mesh is larger than {limits.max_mesh_bytes:,} bytes, so it was not measured."
    from ledger.files import meshes

    file, count, *notes = _bare(path, form, size)
    with file:
        if not count:
            raise InvalidDesign("The STL has no triangles: there is nothing to print.")
        if count > limits.max_triangles:
            raise InvalidDesign(f"The mesh has more than {limits.max_triangles:,} triangles.")
        mesh = meshes.read(file, form.value, count)
    return Shape((Part(mesh),), (UNIT_NOTE, *notes))


def _bare(path: Path, form: DesignFormat, size: int) -> tuple[BinaryIO, int, *tuple[str, ...]]:
    """What trimesh is given to read, how many triangles it states, and notes."""
    if form is DesignFormat.OBJ:
        found = obj.bare(path.read_bytes())
        notes = (FREE_FORM_NOTE,) if found.free_form else ()
        return BytesIO(found.text()), found.triangles, *notes
    triangles = _stated_triangles(path, size)
    if triangles is not None:
        return path.open("rb"), triangles
    text, triangles = stl.bare(path.read_bytes())
    return BytesIO(text), triangles


def _stated_triangles(path: Path, size: int) -> int | None:
    """Facets of a binary STL, from its header and size; None if it is ASCII."""
    with path.open("rb") as file:
        head = file.read(stl.HEADER_BYTES)
    return stl.stated_triangles(head) if stl.is_binary(head, size) else None
