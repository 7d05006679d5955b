"""The same model, profile and slicer give the same bytes: what an approved slice rests on."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest

from ledger.gate.slicing.limits import Limits
from ledger.gate.slicing.prusa import PrusaSlicer
from ledger.gate.slicing.sandbox import sandbox
from ledger.models import DesignFormat
from tests.gate.slicing_world import PROFILE, needs

MODELS = Path(__file__).parents[1] / "data" / "models"
TIMES = 8
"""PrusaSlicer 2.5 left to itself makes one of two G-codes of this, by the toss of a coin."""


@pytest.mark.parametrize("kind", ["bwrap", "none"])
@needs("bwrap", "prusa-slicer")
def test_walls_of_any_width_come_out_the_same_each_time(tmp_path: Path, kind: str) -> None:
    profile = tmp_path / "profile.ini"
    profile.write_text(PROFILE + "perimeter_generator = arachne\nthin_walls = 1\n")
    found = set()
    for number in range(TIMES):
        # A gate's folder has a long path or a short one, and the designer's has another.
        folder = tmp_path / ("folder" * number)
        folder.mkdir(exist_ok=True)
        box = sandbox(kind, Limits(seconds=60), folder)
        slicer = PrusaSlicer(Path("/usr/bin/prusa-slicer"), profile, box, folder)
        sink = io.BytesIO()
        slicer.slice(MODELS / "torus.3mf", DesignFormat.THREE_MF, sink)
        found.add(hashlib.sha256(sink.getvalue()).hexdigest())
    assert len(found) == 1
