"""Compiled contracts as they are kept: by whoever compiled them, and however many at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger import artifacts


def test_two_who_compile_the_same_at_once_do_not_share_a_half_written_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename, others = Path.replace, [tmp_path]

    def after_another(partial: Path, target: Path) -> Path:
        if others:
            assert artifacts.load(others.pop()) == {}
        return rename(partial, target)

    monkeypatch.setattr(artifacts, "_compile", lambda _sources, _solc: b"[]")
    monkeypatch.setattr(Path, "replace", after_another)
    assert artifacts.load(tmp_path) == {}
    (kept,) = (tmp_path / ".cache" / "contracts").iterdir()
    assert kept.read_bytes() == b"[]"
