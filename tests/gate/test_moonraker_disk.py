"""A release at Moonraker on a disk that is slow, or full."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from platemark_moonraker.press import Press
from platemark_moonraker.records import Records
from platemark_release import Refused

GCODE = b"G28\n"


needs_full = pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="Linux has a file that is always full"
)


class Scripts:
    """What was said to Klippy, and the file that it would name if it is asked."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.file = ""
        self.asked = 0
        self.error: Exception | None = None

    async def script(self, script: str) -> None:
        self.said.append(script)
        if self.error is not None:
            raise self.error

    async def call(self, method: str) -> None:
        self.said.append(method)

    async def selected(self) -> str:
        self.asked += 1
        return self.file


@contextmanager
def full(records: Records) -> Iterator[None]:
    """Their disk is full."""
    used = records._lines._file.fileno()
    sound, disk = os.dup(used), os.open("/dev/full", os.O_WRONLY)
    os.dup2(disk, used)
    try:
        yield
    finally:
        os.dup2(sound, used)
        os.close(sound)
        os.close(disk)


def a_release(tmp_path: Path) -> tuple[Press, dict[str, Any], Records, Scripts]:
    """A press with nothing to do, and a release for it."""
    (tmp_path / "card").mkdir()
    records, line = Records(tmp_path / "journal.jsonl"), Scripts()
    press = Press(records, tmp_path / "card", line, lambda: 1.0, lambda _: None)
    sha256 = hashlib.sha256(GCODE).hexdigest()
    file = "platemark/aa-0/x.gcode"
    return (
        press,
        {"job": "aa-0", "nonce": "n", "file": file, "sha256": sha256, "own": False},
        records,
        line,
    )


def test_a_job_is_known_as_soon_as_its_release_came(tmp_path: Path) -> None:
    """A gate that did not wait for the answer would take it for one that was never handed over."""
    press, members, _, _ = a_release(tmp_path)
    source = tmp_path / "source"
    os.mkfifo(source)

    async def scene() -> None:
        released = asyncio.create_task(press.release(members, source))
        await asyncio.sleep(0)
        asked = asyncio.create_task(press.job("aa-0"))
        discarded = asyncio.create_task(press.discard("aa-0"))
        await asyncio.to_thread(source.write_bytes, GCODE)
        assert await asked == await released
        await discarded

    asyncio.run(scene())


@needs_full
def test_what_cannot_be_written_down_is_refused_and_leaves_nothing_to_print(tmp_path: Path) -> None:
    press, members, records, line = a_release(tmp_path)
    source, card = tmp_path / "source", tmp_path / "card"
    source.write_bytes(GCODE)

    async def release() -> None:
        await press.release(members, source)
        await asyncio.sleep(0)

    with full(records), pytest.raises(Refused, match="cannot be written down"):
        asyncio.run(release())
    assert not list(card.rglob("*.gcode"))
    assert records.get("aa-0") is None
    assert line.said == []
    asyncio.run(release())
    assert press.active is not None
    assert len(line.said) == 1
    again = Records(tmp_path / "journal.jsonl")
    assert [job.job for job in again.open_jobs()] == ["aa-0"]


@needs_full
def test_an_end_that_cannot_be_written_down_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no more news of a print that ended, and the gate waits for it."""
    monkeypatch.setattr("platemark_moonraker.press._RETRY_SECONDS", 0.01)
    press, members, records, _ = a_release(tmp_path)
    source = tmp_path / "source"
    source.write_bytes(GCODE)

    def news(state: str) -> dict[str, dict[str, Any]]:
        return {"print_stats": {"state": state, "filename": "platemark/aa-0/x.gcode"}}

    async def scene() -> None:
        await press.release(members, source)
        press.update(news("printing"))
        with full(records):
            press.update(news("complete"))
            await asyncio.sleep(0.03)
            assert press.busy
        while press.busy:
            await asyncio.sleep(0.01)

    asyncio.run(scene())
    job = Records(tmp_path / "journal.jsonl").get("aa-0")
    assert job is not None
    assert job.outcome == "done"


LATE = [
    ("ready", "interrupted", "Klipper does not know of it any more"),
    ("lost", "interrupted", "Klipper went away"),
    ("refused", "interrupted", "Klipper did not start it: No such file"),
    ("pulled back", "cancelled", "pulled back before it was taken"),
]


@needs_full
@pytest.mark.parametrize(("end", "outcome", "why"), LATE)
def test_however_a_job_ends_while_the_disk_is_full_it_is_written_down_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str, outcome: str, why: str
) -> None:
    """Also where there will be no news: Klippy came up, went away, or did not take it."""
    monkeypatch.setattr("platemark_moonraker.press._RETRY_SECONDS", 0.01)
    press, members, records, line = a_release(tmp_path)
    source = tmp_path / "source"
    source.write_bytes(GCODE)

    async def scene() -> None:
        if end in ("refused", "pulled back"):
            line.error = ValueError("No such file")
        await press.release(members, source)
        with full(records):
            if end == "ready":
                await asyncio.sleep(0)  # the script is on its way
                press.ready({"print_stats": {"state": "standby", "filename": ""}})
            elif end == "lost":
                press.lost("Klipper went away")
            elif end == "pulled back":
                assert not await press.cancel("aa-0")
            await asyncio.sleep(0.03)
            assert press.busy
        while press.busy:
            await asyncio.sleep(0.01)

    asyncio.run(scene())
    job = Records(tmp_path / "journal.jsonl").get("aa-0")
    assert job is not None
    assert (job.outcome, job.why) == (outcome, why)


@needs_full
def test_while_an_end_waits_for_the_disk_no_other_print_goes_on(tmp_path: Path) -> None:
    press, members, records, line = a_release(tmp_path)
    source = tmp_path / "source"
    source.write_bytes(GCODE)

    async def scene() -> None:
        await press.release(members, source)
        await asyncio.sleep(0)
        with full(records):
            press.lost("Klipper went away")
            press.ready({"print_stats": {"state": "printing", "filename": "another.gcode"}})
            while line.said[-1] != "pause_resume/cancel":
                await asyncio.sleep(0)

    asyncio.run(scene())
    assert press.busy
