"""Whole 3MF packages: units, components, names and encodings of their model."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.files import Limits, sniff
from ledger.files.measuring import measure
from ledger.models import DesignFormat
from tests.unit import files_samples as samples
from tests.unit.files_measured import measured


@pytest.mark.parametrize(
    ("unit", "mm"),
    [
        ("micron", 0.001),
        ("millimeter", 1),
        ("centimeter", 10),
        ("inch", 25.4),
        ("foot", 304.8),
        ("meter", 1000),
    ],
)
def test_every_unit_of_3mf_becomes_millimetres(tmp_path: Path, unit: str, mm: float) -> None:
    xml = samples.model(samples.mesh_object(1, 2), '<item objectid="1"/>', unit)
    found = measured(tmp_path, samples.package(xml))
    assert found.bounding_box_mm == pytest.approx((2 * mm,) * 3)
    assert found.volume_mm3 == pytest.approx(8 * mm**3)


def test_components_are_placed_and_counted_and_what_is_not_built_is_not(tmp_path: Path) -> None:
    xml = samples.model(
        samples.mesh_object(1)
        + samples.mesh_object(2, 50)
        + samples.components(3, (1, ""), (1, "2 0 0 0 1 0 0 0 1 10 0 0"))
        + samples.components(4, (3, "1 0 0 0 1 0 0 0 1 0 20 0"), (1, "")),
        '<item objectid="4" transform="0 1 0 -1 0 0 0 0 1 0 0 5"/><item objectid="1"/>',
    )
    found = measured(tmp_path, samples.package(xml))
    assert found.triangles == 12 * 4
    assert found.volume_mm3 == pytest.approx(1 + 2 + 1 + 1)
    assert found.bounding_box_mm == pytest.approx((22, 12, 6))


def test_the_model_of_a_3mf_may_have_any_name_and_place(tmp_path: Path) -> None:
    content = samples.package(
        where="Deep/Down/part one.model", rels=samples.relationships("/deep/down/part%20one.MODEL")
    )
    (tmp_path / "no-name").write_bytes(content)
    assert sniff(tmp_path / "no-name") is DesignFormat.THREE_MF


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_the_model_of_a_3mf_may_be_in_any_encoding_that_opc_allows(
    tmp_path: Path, encoding: str
) -> None:
    xml = samples.CUBE.replace("UTF-8", "UTF-16" if "16" in encoding else "UTF-8").encode(encoding)
    assert measured(tmp_path, samples.package(xml)).volume_mm3 == pytest.approx(1)


def test_an_encrypted_model_is_registered_unmeasured(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    keystore = '<Relationship Target="/Secure/keystore.xml" Id="k" Type="http://schemas.microsoft.com/3dmanufacturing/2019/04/keystore"/>'
    outside = '<Relationship Target="http://example.org/" Id="o" Type="x" TargetMode="External"/>'
    rels = samples.relationships(more=keystore + outside)
    path.write_bytes(samples.package(rels=rels, extra={"Secure/keystore.xml": b"<keystore/>"}))
    measures, shape = measure(path, Limits())
    assert shape is None
    assert "encrypted" in (measures.note or "")
