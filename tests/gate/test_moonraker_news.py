"""What a press at Moonraker makes of news that are late, or of which there are none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from platemark_moonraker.absence import Absence
from platemark_moonraker.press import Press
from platemark_moonraker.records import Job, Records

from tests.gate.test_moonraker_disk import GCODE, Scripts, a_release, full, needs_full

FILE = "platemark/aa-0/x.gcode"
Scene = Callable[[Press, Records, Scripts], Coroutine[Any, Any, None]]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platemark_moonraker.press._LOOK_SECONDS", 0.01)


def news(state: str, file: str = FILE) -> dict[str, dict[str, Any]]:
    return {"print_stats": {"state": state, "filename": file}}


def played(tmp_path: Path, scene: Scene) -> Job:
    """What is on the disk of a job that Klipper took, after the scene."""
    press, members, records, line = a_release(tmp_path)
    source = tmp_path / "source"
    source.write_bytes(GCODE)

    async def play() -> None:
        await press.release(members, source)
        await asyncio.wait_for(scene(press, records, line), 20)

    asyncio.run(play())
    job = Records(tmp_path / "journal.jsonl").get("aa-0")
    assert job is not None
    return job


async def until(what: Callable[[], bool]) -> None:
    while not what():
        await asyncio.sleep(0.001)


def test_a_job_that_was_reset_before_there_was_news_of_it_has_ended(tmp_path: Path) -> None:
    async def scene(press: Press, _: Records, __: Scripts) -> None:
        await until(lambda: not press.busy)

    job = played(tmp_path, scene)
    assert (job.outcome, job.why) == ("cancelled", "its file was taken away")
    assert job.started is not None


def test_a_job_whose_news_are_late_goes_on_and_is_then_left_to_them(tmp_path: Path) -> None:
    async def scene(press: Press, _: Records, line: Scripts) -> None:
        line.file = FILE
        await until(lambda: line.asked > 3)
        assert press.busy
        press.update(news("printing"))
        asked = line.asked
        await asyncio.sleep(0.05)
        assert line.asked <= asked + 1
        press.update(news("complete"))

    assert played(tmp_path, scene).outcome == "done"


def test_news_of_a_reset_that_come_first_end_it_too(tmp_path: Path) -> None:
    """It was seen before it moved, and then no more."""

    async def scene(press: Press, _: Records, __: Scripts) -> None:
        press.update(news("standby"))
        press.update(news("standby", ""))
        await until(lambda: not press.busy)

    assert played(tmp_path, scene).outcome == "cancelled"


@needs_full
def test_that_end_too_is_written_down_when_there_is_room_again(tmp_path: Path) -> None:
    async def scene(press: Press, records: Records, line: Scripts) -> None:
        with full(records):
            await until(lambda: line.asked > 3)
            assert press.busy
        await until(lambda: not press.busy)

    assert played(tmp_path, scene).outcome == "cancelled"


def test_klippy_that_comes_and_goes_before_it_is_ready_is_away_once(tmp_path: Path) -> None:
    """Or what prints since it is back would be taken for interrupted, and stopped."""

    async def scene(press: Press, _: Records, line: Scripts) -> None:
        away = Absence(0.01, lambda: press.lost("Klipper went away"))
        line.file = FILE
        away.begin()
        away.begin()
        away.end()
        press.update(news("printing"))
        await asyncio.sleep(0.1)
        assert press.busy
        press.update(news("complete"))

    assert played(tmp_path, scene).outcome == "done"


def test_klippy_that_stays_away_has_interrupted_what_it_printed(tmp_path: Path) -> None:
    async def scene(press: Press, _: Records, line: Scripts) -> None:
        away = Absence(0.01, lambda: press.lost("Klipper went away"))
        line.file = FILE
        press.update(news("printing"))
        away.begin()
        await until(lambda: not press.busy)

    job = played(tmp_path, scene)
    assert (job.outcome, job.why) == ("interrupted", "Klipper went away")
