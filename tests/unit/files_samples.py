"""Small design files made on the spot, whole ones and parts to break."""

from __future__ import annotations

import io
import struct
import zipfile
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MODELS = Path(__file__).parents[1] / "data" / "models"

CORNERS = list(product((0.0, 1.0), repeat=3))
FACES = [
    (0, 2, 6), (0, 6, 4), (1, 5, 7), (1, 7, 3), (0, 4, 5), (0, 5, 1),
    (2, 3, 7), (2, 7, 6), (0, 1, 3), (0, 3, 2), (4, 6, 7), (4, 7, 5),
]  # fmt: skip
"""The unit cube, counter-clockwise seen from outside."""

Point = tuple[float, float, float]


def box(x: float, y: float, z: float) -> list[tuple[Point, Point, Point]]:
    """The twelve triangles of a box with one corner at the origin."""
    points: list[Point] = [(a * x, b * y, c * z) for a, b, c in CORNERS]
    return [(points[a], points[b], points[c]) for a, b, c in FACES]


def ball(around: int, up: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Vertices and faces of a closed ball: `up` rings of `around` points, and two poles."""
    angle, height = np.meshgrid(np.arange(around) / around, np.arange(1, up + 1) / (up + 1))
    turn, tilt = 2 * np.pi * angle.ravel(), np.pi * height.ravel()
    rings = [np.cos(turn) * np.sin(tilt), np.sin(turn) * np.sin(tilt), -np.cos(tilt)]
    points = np.vstack([np.stack(rings, 1), [0, 0, -1], [0, 0, 1]])
    south, north = len(points) - 2, len(points) - 1
    faces = []
    for i in range(around):
        j = (i + 1) % around
        last = (up - 1) * around
        faces += [(south, j, i), (north, last + i, last + j)]
        for ring in range(0, last, around):
            faces += [(ring + i, ring + j, ring + around + j)]
            faces += [(ring + i, ring + around + j, ring + around + i)]
    return points, np.array(faces, np.int64)


def binary_stl(triangles: list[tuple[Point, Point, Point]], header: bytes = b"box") -> bytes:
    facets = b"".join(
        struct.pack("<12fH", 0, 0, 0, *(v for point in t for v in point), 0) for t in triangles
    )
    return header.ljust(80, b"\0") + struct.pack("<I", len(triangles)) + facets


def ascii_stl(triangles: list[tuple[Point, Point, Point]], name: str = "box") -> bytes:
    lines = [f"solid {name}"]
    for triangle in triangles:
        lines += ["  facet normal 0 0 0", "    outer loop"]
        lines += [f"      vertex {x!r} {y!r} {z!r}" for x, y, z in triangle]
        lines += ["    endloop", "  endfacet"]
    return "\n".join([*lines, f"endsolid {name}", ""]).encode()


def obj(x: float, y: float, z: float) -> bytes:
    lines = ["# a box", "o box"]
    lines += [f"v {a * x} {b * y} {c * z}" for a, b, c in CORNERS]
    lines += [f"f {a + 1} {b + 1} {c + 1}" for a, b, c in FACES]
    return "\n".join(lines).encode() + b"\n"


STEP = b"""ISO-10303-21;
HEADER;
FILE_DESCRIPTION(('a point'),'2;1');
FILE_NAME('p.stp','2025-01-01T00:00:00',(''),(''),'','','');
FILE_SCHEMA(('AUTOMOTIVE_DESIGN'));
ENDSEC;
DATA;
#1=CARTESIAN_POINT('',(0.,0.,0.));
ENDSEC;
END-ISO-10303-21;
"""

GCODE = b"""; made by hand (with care)
G28 ; home
G21
G90
M83
G1 X10 Y10 Z0.2 F3000
G1 X30 Y10 E1.5
G1 X30 Y25 E1.2
G1 E-0.8
G0 X100 Y100
G1 E0.8
G1 X30 Y25 Z10.2
G1 X10 Y10 E2
"""

CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
CONTENT_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels"'
    ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="model"'
    ' ContentType="application/vnd.ms-package.3dmanufacturing-3dmodel+xml"/></Types>'
)


def relationships(target: str = "/3D/3dmodel.model", more: str = "") -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><Relationships'
        ' xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Target="{target}" Id="rel0"'
        f' Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/>{more}'
        "</Relationships>"
    )


def mesh_object(number: int, size: float = 1.0, faces: list[tuple[int, int, int]] = FACES) -> str:
    vertices = "".join(
        f'<vertex x="{a * size}" y="{b * size}" z="{c * size}"/>' for a, b, c in CORNERS
    )
    triangles = "".join(f'<triangle v1="{a}" v2="{b}" v3="{c}"/>' for a, b, c in faces)
    return (
        f'<object id="{number}" type="model"><mesh><vertices>{vertices}</vertices>'
        f"<triangles>{triangles}</triangles></mesh></object>"
    )


def components(number: int, *children: tuple[int, str]) -> str:
    inner = "".join(
        f'<component objectid="{child}"' + (f' transform="{where}"' if where else "") + "/>"
        for child, where in children
    )
    return f'<object id="{number}" type="model"><components>{inner}</components></object>'


def model(resources: str, build: str, unit: str = "millimeter") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><model unit="{unit}" xml:lang="en-US"'
        f' xmlns="{CORE}"><resources>{resources}</resources><build>{build}</build></model>'
    )


CUBE = model(mesh_object(1), '<item objectid="1"/>')


def package(
    xml: str | bytes = CUBE,
    extra: dict[str, bytes] | None = None,
    where: str = "3D/3dmodel.model",
    rels: str | None = None,
    packing: int = zipfile.ZIP_DEFLATED,
) -> bytes:
    parts = {
        "[Content_Types].xml": CONTENT_TYPES,
        "_rels/.rels": rels or relationships("/" + where),
    }
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", packing) as archive:
        for name, content in (*parts.items(), (where, xml), *(extra or {}).items()):
            # Without the time, so that the same package has the same bytes whenever it is made.
            archive.writestr(zipfile.ZipInfo(name), content, packing)
    return memory.getvalue()
