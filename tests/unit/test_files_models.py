"""The six models of the 3MF Consortium, against counts taken from their XML without lib3mf."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from ledger.files import inspect_with_preview, preview, sniff
from ledger.models import DesignFormat
from tests.unit.files_samples import MODELS

KNOWN = {
    "box": ((10.0, 20.0, 30.0), 6000.0, 12),
    "cube_gears_prod": ((167.9958, 125.1019, 33.6013), 112366.3, 25692),
    "heartgears": ((79.57112, 47.66723, 76.4322), 120179.3, 30636),
    "sphere_logo": ((40.0, 40.0, 40.0), 33382.41, 3032),
    "spinal_implant": ((38.1, 9.91686, 25.4), 3031.049, 5672),
    "torus": ((24.0, 23.9526, 3.95929), 776.8308, 2200),
}


def xml_of(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        return archive.read("3D/3dmodel.model")


@pytest.mark.parametrize("name", KNOWN)
def test_each_model_measures_as_is_known_and_shows_something(name: str) -> None:
    path = MODELS / f"{name}.3mf"
    box, volume, triangles = KNOWN[name]
    measures, png = inspect_with_preview(path)
    assert measures.format is DesignFormat.THREE_MF is sniff(path)
    assert measures.bounding_box_mm == pytest.approx(box, rel=1e-6)
    assert measures.volume_mm3 == pytest.approx(volume, rel=1e-6)
    assert (measures.triangles, measures.watertight) == (triangles, True)
    assert ("beam lattice" in (measures.note or "")) == (name == "spinal_implant")

    xml = xml_of(path)
    assert triangles == xml.count(b"<triangle ")
    axes = [
        [float(v) for v in re.findall(rb"<vertex [^>]*?\b" + axis + rb'="([^"]+)"', xml)]
        for axis in (b"x", b"y", b"z")
    ]
    extents = tuple(max(values) - min(values) for values in axes)
    assert measures.bounding_box_mm == pytest.approx(extents, rel=1e-6)

    assert png is not None
    image = Image.open(io.BytesIO(png))
    assert (image.size, image.mode) == ((384, 384), "RGBA")
    drawn = image.getchannel("A").getbbox()
    assert drawn is not None
    assert max(drawn[2] - drawn[0], drawn[3] - drawn[1]) > 300
    assert len(set(image.convert("L").get_flattened_data())) > 5


def test_a_preview_is_the_same_picture_every_time() -> None:
    path = MODELS / "torus.3mf"
    measures, first = inspect_with_preview(path)
    assert first is not None
    assert first == preview(path, measures)
    small = preview(path, measures, size=64)
    assert small is not None
    assert Image.open(io.BytesIO(small)).size == (64, 64)


def test_the_thumbnail_inside_a_file_changes_nothing(tmp_path: Path) -> None:
    source = MODELS / "cube_gears_prod.3mf"
    other = tmp_path / "other.3mf"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(other, "w") as new:
        for entry in old.infolist():
            lie = entry.filename.endswith(".png")
            new.writestr(entry.filename, b"not a picture" if lie else old.read(entry))
    assert inspect_with_preview(other) == inspect_with_preview(source)
