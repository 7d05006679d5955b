"""Packages that lie, multiply or lead elsewhere, and the models in them, are refused."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest

from ledger.files import Limits
from tests.unit import files_samples as samples
from tests.unit.files_measured import refusal

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
