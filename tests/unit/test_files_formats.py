"""Whole files of every format are recognised by content and measured."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from ledger.errors import InvalidDesign
from ledger.files import Limits, geometry as g, meshes
from ledger.files.measuring import measure, measures_of
from ledger.models import DesignFormat, Measures
from tests.unit import files_samples as samples
from tests.unit.files_measured import measured

BOX = samples.box(10, 20, 30)


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (samples.binary_stl(BOX), DesignFormat.STL),
        (samples.binary_stl(BOX, b"solid by name only"), DesignFormat.STL),
        (samples.ascii_stl(BOX), DesignFormat.STL),
        (samples.ascii_stl(BOX).replace(b"\n", b"\r\n").upper(), DesignFormat.STL),
        (samples.ascii_stl(BOX[:6], "a") + samples.ascii_stl(BOX[6:], "b"), DesignFormat.STL),
        (b"\xef\xbb\xbf" + samples.obj(10, 20, 30), DesignFormat.OBJ),
        (samples.obj(10, 20, 30).replace(b"\n", b"\r\n"), DesignFormat.OBJ),
        (samples.obj(10, 20, 30).replace(b" ", b"\t"), DesignFormat.OBJ),
        (
            samples.package(
                samples.model(
                    samples.mesh_object(1, 2),
                    '<item objectid="1" transform="5 0 0 0 10 0 0 0 15 7 8 9"/>',
                )
            ),
            DesignFormat.THREE_MF,
        ),
    ],
)
def test_a_box_has_the_same_measures_in_every_mesh_format(
    tmp_path: Path, content: bytes, form: DesignFormat
) -> None:
    found = measured(tmp_path, content)
    assert found.format is form
    assert found.bounding_box_mm == (10, 20, 30)
    assert found.volume_mm3 == pytest.approx(6000)
    assert (found.triangles, found.watertight) == (12, True)
    if form is not DesignFormat.THREE_MF:
        assert "millimetres are assumed" in (found.note or "")


side = st.floats(0.0078125, 8192, width=32)


@given(side, side, side)
@settings(max_examples=40, deadline=None)
def test_the_box_of_a_binary_stl_is_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, x: float, y: float, z: float
) -> None:
    path = tmp_path_factory.mktemp("stl") / "box"
    path.write_bytes(samples.binary_stl(samples.box(x, y, z)))
    found = measure(path, Limits())[0]
    assert found.bounding_box_mm == pytest.approx((x, y, z), rel=1e-6)
    assert found.volume_mm3 == pytest.approx(x * y * z, rel=1e-5)


def test_obj_polygons_relative_numbers_and_continued_lines_are_understood(tmp_path: Path) -> None:
    text = b"""mtllib no-such-file.mtl
v 0 0 0 1.0
v 1 0 0 \\
1.0
v 1 1 0
v 0 1 0
v 0 0 1 0.5 0.5 0.5
vn 0 0 1
f -5//1 -2//1 -3//1 -4//1
f 1/1/1 2/1/1 5/1/1
f 2 3 5
f 3 4 5
f 4 1 5
"""
    found = measured(tmp_path, text)
    assert (found.triangles, found.watertight) == (6, True)
    assert found.volume_mm3 == pytest.approx(1 / 3)
    slashed = samples.obj(1, 1, 1).decode().replace("f 1 ", "f 1/2/3 ")
    assert measured(tmp_path, slashed.encode()).watertight is True


def test_free_form_surfaces_of_an_obj_are_named_as_not_measured(tmp_path: Path) -> None:
    text = samples.obj(1, 1, 1) + b"cstype bezier\nsurf 0 1 0 1 1 2 3 4\nend\n"
    assert "Free-form" in (measured(tmp_path, text).note or "")


def test_an_open_mesh_has_a_box_and_no_volume(tmp_path: Path) -> None:
    found = measured(tmp_path, samples.binary_stl(BOX[:-1]))
    assert (found.triangles, found.watertight, found.volume_mm3) == (11, False, None)
    assert found.bounding_box_mm == (10, 20, 30)


def test_a_mesh_with_one_face_turned_over_is_not_watertight(tmp_path: Path) -> None:
    a, b, c = BOX[0]
    assert measured(tmp_path, samples.binary_stl([(b, a, c), *BOX[1:]])).watertight is False


def test_a_mesh_inside_out_has_a_positive_volume_and_a_note(tmp_path: Path) -> None:
    found = measured(tmp_path, samples.binary_stl([(b, a, c) for a, b, c in BOX]))
    assert found.volume_mm3 == pytest.approx(6000)
    assert "inwards" in (found.note or "")


def test_vertices_that_an_exporter_repeats_still_close_a_mesh(tmp_path: Path) -> None:
    vertices = "".join(f"v {x} {y} {z}\n" for t in BOX for x, y, z in t)
    faces = "".join(f"f {i} {i + 1} {i + 2}\n" for i in range(1, 37, 3))
    assert measured(tmp_path, (vertices + faces).encode()).watertight is True


@given(st.integers(0, 2**32), st.floats(-500, 500), st.integers(-6, 6), st.booleans())
@settings(max_examples=25, deadline=None)
def test_volume_and_closedness_are_those_of_the_tetrahedra(
    seed: int, away: float, power: int, cut: bool
) -> None:
    random = np.random.default_rng(seed)
    points, faces = samples.ball(int(random.integers(3, 20)), int(random.integers(3, 12)))
    vertices = ((points * random.uniform(0.5, 2, 3) + away) * 10.0**power).astype(np.float32)
    faces = faces[random.permutation(len(faces))[int(cut) :]]
    a, b, c = (vertices[faces].astype(float) - vertices[0]).transpose(1, 2, 0)
    volume = float((a * np.cross(b, c, axis=0)).sum() / 6)
    soup = g.Mesh(vertices[faces].reshape(-1, 3), np.arange(3 * len(faces)).reshape(-1, 3))
    for mesh in (g.Mesh(vertices, faces), soup):
        found = meshes.solid(mesh)
        assert found.closed is not cut
        assert found.volume == pytest.approx(volume, rel=1e-9) or cut


def test_minus_zero_and_zero_are_one_point(tmp_path: Path) -> None:
    mixed = [*[[(-0.0 if v == 0 else v for v in p) for p in t] for t in BOX[:6]], *BOX[6:]]
    content = samples.binary_stl([(tuple(a), tuple(b), tuple(c)) for a, b, c in mixed])  # type: ignore[misc]
    assert measured(tmp_path, content).watertight is True


def test_solids_that_touch_along_an_edge_are_closed_where_vertices_are_stated(
    tmp_path: Path,
) -> None:
    more = "".join(f'<vertex x="{x + 1}" y="{y + 1}" z="{z}"/>' for x, y, z in samples.CORNERS)
    faces = [*samples.FACES, *((a + 8, b + 8, c + 8) for a, b, c in samples.FACES)]
    both = samples.mesh_object(1, faces=faces).replace("</vertices>", more + "</vertices>")
    xml = samples.model(both, '<item objectid="1"/>')
    found = measured(tmp_path, samples.package(xml))
    assert (found.watertight, found.volume_mm3) == (True, 2)


def test_slivers_without_area_do_not_open_a_mesh(tmp_path: Path) -> None:
    a, b, _ = BOX[0]
    assert measured(tmp_path, samples.binary_stl([*BOX, (a, a, b)])).watertight is True


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"box", b"solid vertex 1 2 normal endloop"),
        (b"normal 0 0 0", b"normal -nan(ind) 1.#QNAN NaN"),
        (b"\n", b"\r"),
        (b"\n      vertex", b" vertex"),
        (b"\n    endloop\n", b" endloop "),
    ],
)
def test_odd_spellings_of_an_ascii_stl_are_understood(
    tmp_path: Path, old: bytes, new: bytes
) -> None:
    found = measured(tmp_path, samples.ascii_stl(BOX).replace(old, new))
    assert (found.triangles, found.watertight) == (12, True)


def test_obj_with_many_materials_texture_and_polygons_is_one_mesh(tmp_path: Path) -> None:
    corners = "".join(f"v {x} {y} {z}\nvt {x} {y}\n" for x, y, z in samples.CORNERS)
    sides = [(1, 2, 4, 3), (5, 7, 8, 6), (1, 5, 6, 2), (3, 4, 8, 7), (1, 3, 7, 5), (2, 6, 8, 4)]
    faces = [
        f"usemtl m{i}\no part{i}\nf " + " ".join(f"{n}/{8 - n}" for n in s)
        for i, s in enumerate(sides)
    ]
    found = measured(tmp_path, (corners + "\n".join(faces)).encode())
    assert (found.triangles, found.watertight, found.volume_mm3) == (12, True, 1)


def test_a_face_of_five_corners_and_numbers_that_count_back_in_between(tmp_path: Path) -> None:
    five = [(0, 0), (2, 0), (3, 1), (1, 2), (-1, 1)]
    bottom = "".join(f"v {x} {y} 0\n" for x, y in five) + "f -1 -2 -3 -4 -5\n"
    top = "".join(f"v {x} {y} 1\n" for x, y in five) + "f -5 -4 -3 -2 -1\n"
    walls = "".join(f"f {i + 1} {j + 1} {j + 6} {i + 6}\n" for i, j in
                    [(i, (i + 1) % 5) for i in range(5)])  # fmt: skip
    found = measured(tmp_path, (bottom + top + walls).encode())
    assert (found.triangles, found.watertight, found.volume_mm3) == (16, True, 5)
    only = measured(tmp_path, (bottom + top).encode())
    assert (only.triangles, only.watertight) == (6, False)


def test_step_is_registered_unmeasured_and_says_so(tmp_path: Path) -> None:
    for text in (
        samples.STEP,
        b"/* by */ /* hand */\n" + samples.STEP,
        samples.STEP.replace(b"\n", b"\r\n"),
    ):
        found = measured(tmp_path, text)
        assert found == Measures(DesignFormat.STEP, note=found.note)
        assert "not measured" in (found.note or "")


def test_a_mesh_above_the_measured_size_is_registered_with_a_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = Limits(max_mesh_bytes=200)
    for content, triangles in (
        (samples.binary_stl(BOX), 12),
        (samples.ascii_stl(BOX), None),
        (samples.obj(1, 1, 1), None),
        (samples.package(), None),
    ):
        found = measured(tmp_path, content, limits)
        assert (found.bounding_box_mm, found.triangles) == (None, triangles)
        assert "not measured" in (found.note or "")
    monkeypatch.setattr("ledger.files.gcode.MEASURED_BYTES", 10)
    assert "too large" in (measured(tmp_path, samples.GCODE).note or "")


def test_a_lattice_alone_has_a_box_but_neither_triangles_nor_volume() -> None:
    points = np.array(samples.CORNERS, np.float32)
    beams = np.array(list(pairwise(range(8))), np.int64)
    part = g.Part(
        g.Mesh(points, np.zeros((0, 3), np.int64)), beams=beams, radii=np.full((7, 2), 0.1)
    )
    found = measures_of(g.Shape((part,)), DesignFormat.THREE_MF)
    assert found.bounding_box_mm == (1, 1, 1)
    assert (found.triangles, found.watertight, found.volume_mm3) == (0, None, None)


def test_a_placement_that_overflows_is_refused() -> None:
    mesh = g.Mesh(np.array(samples.CORNERS, np.float32), np.array(samples.FACES))
    with pytest.raises(InvalidDesign, match="finite place"):
        g.bounds(g.Shape((g.Part(mesh, (np.full((4, 3), math.inf),)),)))


@pytest.mark.parametrize("index", [-1, 8])
def test_a_face_that_names_a_missing_vertex_is_refused_whoever_read_it(index: int) -> None:
    mesh = g.Mesh(np.array(samples.CORNERS, np.float32), np.array([[0, 1, index]]))
    with pytest.raises(InvalidDesign, match="does not have"):
        g.checked(mesh)
