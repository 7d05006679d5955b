"""What a host's plugin remembers: every line that it was told is written, and no other one."""

from __future__ import annotations

import json
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from octoprint_platemark.records import Job as AtOctoPrint, Records as OctoPrintRecords
from platemark_lines import Lines
from platemark_moonraker.records import Job as AtMoonraker, Records as MoonrakerRecords

GOOD, BAD, NEXT = {"job": "good"}, {"job": "bad" * 20}, {"job": "next"}


@contextmanager
def full_at(path: Path, room: int) -> Iterator[None]:
    """No file grows more than so many bytes beyond the length of this one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + room, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lines.jsonl"


@pytest.mark.parametrize("room", [0, 1, 20], ids=["nothing", "one byte", "a part of it"])
def test_a_line_for_which_there_was_no_room_is_never_there(path: Path, room: int) -> None:
    lines = Lines(path)
    lines.append(GOOD)
    with full_at(path, room), pytest.raises(OSError, match="too large"):
        lines.append(BAD)
    assert Lines(path).read == [GOOD]
    lines.append(NEXT)
    assert Lines(path).read == [GOOD, NEXT]


def test_a_line_that_cannot_be_taken_back_at_once_is_taken_back_before_the_next(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = Lines(path)
    lines.append(GOOD)

    def broken(_descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", broken)
        for _ in range(2):
            with pytest.raises(OSError, match="Input/output"):
                lines.append(BAD)
    lines.append(NEXT)
    assert Lines(path).read == [GOOD, NEXT]


def test_what_a_power_cut_left_of_a_line_is_cut_off(path: Path) -> None:
    Lines(path).append(GOOD)
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:-1])
    lines = Lines(path)
    assert lines.read == [GOOD]
    lines.append(NEXT)
    assert [json.loads(line) for line in path.read_text().splitlines()] == [GOOD, NEXT]


def test_only_their_owner_reads_them(path: Path) -> None:
    Lines(path)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_release_that_moonraker_could_not_write_down_was_not_used_after_a_start(
    path: Path,
) -> None:
    job = AtMoonraker("aa-0", "n", "x.gcode", "00", own=False, used=1)
    records = MoonrakerRecords(path)
    with full_at(path, 20), pytest.raises(OSError, match="too large"):
        records.write(job)
    assert not records.knows("n")
    other = records.write(AtMoonraker("bb-0", "m", "y.gcode", "00", own=False, used=2))
    again = MoonrakerRecords(path)
    assert again.installation == records.installation
    assert again.open_jobs() == [other]


def test_a_release_that_octoprint_could_not_write_down_was_not_used_after_a_start(
    path: Path,
) -> None:
    job = AtOctoPrint("aa-0", "x.gcode", "00", "n", own=False, used=1)
    records = OctoPrintRecords(path)
    with full_at(path, 20), pytest.raises(OSError, match="too large"):
        records.use(job)
    assert records.get("aa-0") is None
    again = OctoPrintRecords(path)
    assert again.interrupt(now=5) == []
    assert again.use(job)
