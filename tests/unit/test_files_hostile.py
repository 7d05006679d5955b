"""Broken and hostile files are refused with a sentence, and quickly."""

from __future__ import annotations

import io
import os
import struct
import time
import zipfile
from pathlib import Path

import pytest

from ledger.errors import DesignTooLarge, InvalidDesign
from ledger.files import Limits, sniff
from ledger.files.measuring import measure
from tests.unit import files_samples as samples

BOX = samples.box(1, 2, 3)
STL = samples.binary_stl(BOX)
ASCII = samples.ascii_stl(BOX)
OBJ = samples.obj(1, 2, 3)


def refusal(tmp_path: Path, content: bytes, limits: Limits | None = None) -> str:
    path = tmp_path / "bad"
    path.write_bytes(content)
    start = time.monotonic()
    with pytest.raises(InvalidDesign) as caught:
        measure(path, limits or Limits())
    assert time.monotonic() - start < 5
    return caught.value.detail


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


# --- packages ---------------------------------------------------------------


def test_a_zip_that_is_no_3mf_is_named_as_such(tmp_path: Path) -> None:
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert "no 3MF" in refusal(tmp_path, plain.getvalue())
    without = samples.package(rels="<Relationships/>")
    assert "name no 3D model" in refusal(tmp_path, without)
    nowhere = samples.package(rels=samples.relationships("/3D/other.model"))
    assert "does not have it" in refusal(tmp_path, nowhere)


def test_a_bomb_is_refused_by_what_its_directory_states(tmp_path: Path) -> None:
    bomb = samples.package(extra={"zeros": bytes(3 * 2**20)})
    assert "200 times" in refusal(tmp_path, bomb)
    assert "would unpack to more" in refusal(
        tmp_path, bomb, Limits(max_unpacked_bytes=2**20, max_ratio=10**6)
    )
    many = samples.package(extra={f"e{i}": b"" for i in range(30)})
    assert "30 entries" in refusal(tmp_path, many, Limits(max_entries=30))


def test_a_count_of_entries_that_lies_is_found_out(tmp_path: Path) -> None:
    many = samples.package(extra={f"e{i}": b"" for i in range(30)})
    end = many.rindex(b"PK\x05\x06")
    lying = many[: end + 8] + struct.pack("<HH", 1, 1) + many[end + 12 :]
    assert "30 entries" in refusal(tmp_path, lying, Limits(max_entries=30))


def test_a_zip64_count_is_read_before_the_directory(tmp_path: Path) -> None:
    whole = samples.package()
    end = whole.rindex(b"PK\x05\x06")
    record = b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, 10**9, 10**9, 50, 0)
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, end, 1)
    tail = whole[end : end + 8] + b"\xff\xff\xff\xff" + whole[end + 12 :]
    assert "2,000 entries" in refusal(tmp_path, whole[:end] + record + locator + tail)
    no_locator = whole[:end] + tail
    assert "2,000 entries" in refusal(tmp_path, no_locator)
    cut_record = whole[:end] + b"PK\x06\x07" + struct.pack("<IQI", 0, 2**40, 1) + tail
    assert "2,000 entries" in refusal(tmp_path, cut_record)


def central(package: bytes, name: bytes) -> int:
    """Where the directory's header of an entry begins."""
    place = package.rindex(name) - 46
    assert package[place : place + 4] == b"PK\x01\x02"
    return place


def patched(content: bytes, place: int, new: bytes) -> bytes:
    return content[:place] + new + content[place + len(new) :]


def test_a_directory_that_lies_about_a_size_is_found_out_while_reading(tmp_path: Path) -> None:
    bomb = samples.package(extra={"zeros": bytes(3 * 2**20)})
    lying = patched(bomb, central(bomb, b"zeros") + 24, struct.pack("<I", 100))
    assert "damaged" in refusal(tmp_path, lying)


def test_what_is_unpacked_is_counted_over_all_entries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.files.archive._check_sizes", lambda *_: None)
    assert "unpack to more" in refusal(
        tmp_path, samples.package(), Limits(max_unpacked_bytes=1_000)
    )


def test_a_local_header_in_broken_utf8_is_refused(tmp_path: Path) -> None:
    named = samples.package(extra={"é": b"x"})
    assert "damaged" in refusal(tmp_path, named.replace("é".encode(), b"\xff\xff", 1))


def test_overlapping_entries_are_refused(tmp_path: Path) -> None:
    content = samples.package(extra={"aaaa": b"x" * 50, "bbbb": b"x" * 50})
    offset = content[central(content, b"aaaa") + 42 :][:4]
    twice = patched(content, central(content, b"bbbb") + 42, offset)
    assert "overlap" in refusal(tmp_path, twice)
    long = patched(content, central(content, b"bbbb") + 20, struct.pack("<I", 5_000))
    assert "overlap" in refusal(tmp_path, long)
    place = central(content, b"bbbb")
    astray = patched(content, central(content, b"bbbb") + 42, struct.pack("<I", place + 9))
    assert "where the directory says" in refusal(tmp_path, astray)


def test_encrypted_and_oddly_packed_entries_are_refused(tmp_path: Path) -> None:
    content = samples.package(extra={"aaaa": b"x"})
    locked = patched(content, central(content, b"aaaa") + 8, b"\x01\x00")
    assert "encrypted" in refusal(tmp_path, locked)
    odd = samples.package(packing=zipfile.ZIP_LZMA)
    assert "does not allow" in refusal(tmp_path, odd)


@pytest.mark.parametrize("name", ["../up", "/root", "a/../b", "a\\b", "c:d", "a//b", "./a"])
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    assert "no name" in refusal(tmp_path, samples.package(extra={name: b"x"}))


def test_two_entries_of_one_name_are_refused(tmp_path: Path) -> None:
    assert "two entries" in refusal(tmp_path, samples.package(extra={"3D/3DMODEL.model": b"x"}))


def test_an_index_that_is_no_list_is_refused(tmp_path: Path) -> None:
    rels = samples.relationships(more="<!-- " + "0123456789" * 500_000 + " -->")
    stored = samples.package(rels=rels, packing=zipfile.ZIP_STORED)
    assert "larger than" in refusal(tmp_path, stored)


# --- XML and the build ------------------------------------------------------

LAUGHS = '<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'


def test_a_doctype_is_refused_wherever_it_is_read(tmp_path: Path) -> None:
    xml = samples.CUBE.replace("?>", "?>" + LAUGHS, 1)
    assert "DOCTYPE" in refusal(tmp_path, samples.package(xml))
    assert "DOCTYPE" in refusal(
        tmp_path, samples.package(xml.replace("UTF-8", "UTF-16").encode("utf-16"))
    )
    rels = samples.relationships().replace("?>", "?>" + LAUGHS, 1)
    assert "DOCTYPE" in refusal(tmp_path, samples.package(rels=rels))


FIRST, LAST = samples.CUBE.index("<triangle "), samples.CUBE.index("</triangles>")
NOTHING = samples.model(samples.mesh_object(1), "")
BAD_MODELS = {
    "cut XML": (samples.CUBE[:-20], "well-formed"),
    "not XML": ("hello", "well-formed"),
    "empty part": ("", "well-formed"),
    "unknown encoding": (samples.CUBE.replace("UTF-8", "klingon"), "well-formed"),
    "other XML": ("<html/>", "cannot be read"),
    "no build": (NOTHING, "nothing to print"),
    "no such object": (samples.model("", '<item objectid="7"/>'), "cannot be read"),
    "vertex missing": (samples.CUBE.replace('v1="0"', 'v1="99"'), "cannot be read"),
    "no triangles": (samples.CUBE[:FIRST] + samples.CUBE[LAST:], ""),
    "NaN": (samples.CUBE.replace('x="1.0"', 'x="nan"'), ""),
    "overflow": (samples.CUBE.replace('x="1.0"', 'x="1e300"'), ""),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_MODELS)
def test_a_bad_model_part_is_refused(tmp_path: Path, name: str) -> None:
    xml, why = BAD_MODELS[name]
    assert why in refusal(tmp_path, samples.package(xml))


def nested(levels: int, width: int) -> bytes:
    objects = samples.mesh_object(1)
    for level in range(2, levels + 2):
        objects += samples.components(level, *[(level - 1, "")] * width)
    return samples.package(samples.model(objects, f'<item objectid="{levels + 1}"/>'))


def test_components_that_multiply_without_end_are_counted_not_unfolded(tmp_path: Path) -> None:
    assert "more than 100,000 objects" in refusal(tmp_path, nested(40, 2))
    assert "deeper" in refusal(tmp_path, nested(70, 1))
    assert "would print more than 100 triangles" in refusal(
        tmp_path, nested(4, 2), Limits(max_triangles=100)
    )


def test_an_encrypted_model_is_registered_unmeasured(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    keystore = '<Relationship Target="/Secure/keystore.xml" Id="k" Type="http://schemas.microsoft.com/3dmanufacturing/2019/04/keystore"/>'
    outside = '<Relationship Target="http://example.org/" Id="o" Type="x" TargetMode="External"/>'
    rels = samples.relationships(more=keystore + outside)
    path.write_bytes(samples.package(rels=rels, extra={"Secure/keystore.xml": b"<keystore/>"}))
    measures, shape = measure(path, Limits())
    assert shape is None
    assert "encrypted" in (measures.note or "")
