"""Files measured within this process: what was found, or why they were refused."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ledger.errors import InvalidDesign
from ledger.files import Limits
from ledger.files.measuring import measure
from ledger.models import Measures


def measured(tmp_path: Path, content: bytes, limits: Limits | None = None) -> Measures:
    """What is found out about a file with this content."""
    path = tmp_path / "design.dat"
    path.write_bytes(content)
    return measure(path, limits or Limits())[0]


def refusal(tmp_path: Path, content: bytes, limits: Limits | None = None) -> str:
    """Why a file with this content is refused, which takes no time to speak of."""
    path = tmp_path / "bad"
    path.write_bytes(content)
    start = time.monotonic()
    with pytest.raises(InvalidDesign) as caught:
        measure(path, limits or Limits())
    assert time.monotonic() - start < 5
    return caught.value.detail
