"""Broken and hostile files are refused with a sentence, and quickly."""

from __future__ import annotations

import os
import struct
import zipfile
from pathlib import Path

import pytest

from ledger.errors import DesignTooLarge, InvalidDesign
from ledger.files import Limits, sniff
from ledger.files.measuring import measure
from tests.unit import files_samples as samples
from tests.unit.files_measured import refusal

BOX = samples.box(1, 2, 3)
STL = samples.binary_stl(BOX)
ASCII = samples.ascii_stl(BOX)
OBJ = samples.obj(1, 2, 3)


def cut_at(content: bytes, mark: bytes) -> bytes:
    return content[: content.index(mark)]


PLAIN = samples.package(packing=zipfile.ZIP_STORED)
BROKEN = {
    "empty": (b"", "empty"),
    "noise": (bytes(range(256)) * 4, "no known format"),
    "prose": (b"Once upon a time\nthere was a part.\n", "no known format"),
    "comments only": (b"; nothing\n\n# here\n", "comments and blank lines only"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(200), "PNG"),
    "binary gcode": (b"GCDE" + bytes(200), "binary G-code"),
    "html": (b"<!doctype html><html></html>", "XML or HTML"),
    "cut binary STL": (STL[:-1], "cut off"),
    "long binary STL": (STL + b"\0", "states 12 triangles"),
    "STL that states too much": (bytes(80) + b"\xff" * 4 + bytes(50), "no known format"),
    "binary STL of nothing": (bytes(84), "no triangles"),
    "NaN in binary STL": (STL[:100] + struct.pack("<f", float("nan")) + STL[104:], "finite"),
    "points only": (samples.binary_stl(samples.box(0, 0, 0)), "area"),
    "ASCII STL without end": (cut_at(ASCII, b"endsolid"), "without endsolid"),
    "ASCII STL without facets": (b"solid x\nendsolid x\n", "no triangles"),
    "ASCII STL, half a facet": (ASCII.replace(b"  endfacet\nendsolid", b"endsolid"), "line 79"),
    "ASCII STL, word missing": (ASCII.replace(b"outer", b"inner"), "outer loop"),
    "ASCII STL, no number": (ASCII.replace(b"vertex 1.0", b"vertex one"), "three numbers"),
    "ASCII STL, underscore": (ASCII.replace(b"vertex 1.0", b"vertex 1_0"), "three numbers"),
    "ASCII STL, infinite": (ASCII.replace(b"vertex 1.0", b"vertex 1e99"), "finite"),
    "ASCII STL, two ends": (ASCII + b"endsolid\n", "nothing but solid"),
    "ASCII STL, end outside": (ASCII.replace(b"endsolid", b"solid") + b"endsolid", "must follow"),
    "ASCII STL, text behind": (ASCII + b"rubbish\nendsolid", "('rubbish'), where nothing"),
    "ASCII STL, end in a name": (
        b"solid\n" + b"facet " * 4 + b"x endsolid\nfacet\n endsolid",
        "a whole facet",
    ),
    "ASCII STL, facets in one": (ASCII.replace(b"outer", b"facet normal 0 0 0 outer", 1), "line 2"),
    "OBJ without faces": (b"v 0 0 0\nv 1 0 0\nv 0 1 0\n", "no faces"),
    "OBJ, vertex missing": (OBJ + b"f 1 2 9\n", "does not have"),
    "OBJ, vertex zero": (OBJ + b"f 0 1 2\n", "does not have"),
    "OBJ, too far back": (OBJ + b"f -1 -2 -9\n", "does not have"),
    "OBJ, bare face": (OBJ + b"f\n", "by numbers"),
    "OBJ, huge number": (OBJ + b"f 1 2 99999999999999999999\n", "by numbers"),
    "OBJ, values that cancel out": (OBJ + b"v 1 2\nv 1 2 3 4\n", "three numbers"),
    "OBJ, infinite": (OBJ + b"v 1 1e99 2\nf 9 1 2\n", "finite"),
    "OBJ, two corners": (OBJ + b"f 1 2\n", "fewer than three"),
    "OBJ, no number": (OBJ + b"f 1 2 x\n", "by numbers"),
    "OBJ, underscore": (OBJ + b"f 1 2 0_3\n", "by numbers"),
    "OBJ, flat vertex": (OBJ + b"v 1 2\n", "three numbers"),
    "OBJ, vertex underscore": (OBJ + b"v 1 2 1_0\n", "three numbers"),
    "OBJ, NaN": (OBJ + b"v 1 nan 2\nf 9 1 2\n", "finite"),
    "OBJ, bare": (OBJ + b"v\n", "three numbers"),
    "OBJ, unknown word": (OBJ + b"g a\n" * 200 + b"rubbish 1 2\n", "'rubbish'"),
    "STEP, cut": (cut_at(samples.STEP, b"END-ISO"), "does not end"),
    "STEP, no data": (cut_at(samples.STEP, b"DATA;") + b"END-ISO-10303-21;", "DATA"),
    "STEP, no header": (b"ISO-10303-21;", "HEADER"),
    "STEP, zeros": (samples.STEP + b" " * 70_000 + b"\0", "zero bytes"),
    "STEP, open comment": (b"/* " + samples.STEP, "no known format"),
    "G-code, no command": (b"START_PRINT\nX10\n", "no command"),
    "G-code, zeros": (samples.GCODE * 400 + b"\0", "zero bytes"),
    "cut package": (samples.package()[:-30], "cut off"),
    "package, end only": (samples.package()[:40] + samples.package()[-22:], "cut off"),
    "package, changed": (PLAIN.replace(b"triangle", b"Triangle", 1), "damaged"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused_and_told_why(tmp_path: Path, name: str) -> None:
    content, why = BROKEN[name]
    assert why in refusal(tmp_path, content)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing", Path("\0")):
        with pytest.raises(InvalidDesign):
            sniff(path)


def test_a_file_above_the_limit_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(STL)
    with pytest.raises(DesignTooLarge) as caught:
        measure(path, Limits(max_bytes=100))
    assert caught.value.facts == {"actual_bytes": len(STL), "max_bytes": 100}


@pytest.mark.parametrize("content", [STL, ASCII, OBJ, samples.package()])
def test_more_triangles_than_allowed_are_refused(tmp_path: Path, content: bytes) -> None:
    assert "more than 11 triangles" in refusal(tmp_path, content, Limits(max_triangles=11))


# --- what trimesh is trusted with, and what not ------------------------------


def test_no_file_that_an_obj_names_is_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "trap.mtl")  # opening it would wait without end
    text = b"mtllib trap.mtl\nmtllib " + bytes(tmp_path / "trap.mtl") + b"\nusemtl a\n" + OBJ
    (tmp_path / "design").write_bytes(text + b"usemtl b\nf 1 2 3\n")
    assert measure(tmp_path / "design", Limits())[0].triangles == 13


@pytest.mark.parametrize("content", [STL, ASCII, OBJ])
def test_whatever_trimesh_raises_is_a_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise KeyError("inside")

    with monkeypatch.context() as patch:
        patch.setattr("trimesh.load_scene", fails)
        assert "cannot be read ('inside')" in refusal(tmp_path, content)
    monkeypatch.setattr("trimesh.Trimesh.is_watertight", property(fails))
    assert "cannot be measured" in refusal(tmp_path, content)


def test_triangles_that_trimesh_leaves_out_are_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.files.stl.bare", lambda text: (text.lower(), 13))
    assert "states 13 triangles, and 12 can be read" in refusal(tmp_path, ASCII)
    monkeypatch.setattr("ledger.files.stl.bare", lambda text: (b"", 1))
    assert "0 can be read" in refusal(tmp_path, ASCII)


def test_memory_that_runs_out_in_trimesh_is_not_blamed_on_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("trimesh.load_scene", exhausted)
    (tmp_path / "design").write_bytes(STL)
    with pytest.raises(MemoryError):
        measure(tmp_path / "design", Limits())
