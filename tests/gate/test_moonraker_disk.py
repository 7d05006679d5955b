"""A release at Moonraker on a disk that is full."""

from __future__ import annotations

import asyncio
import hashlib
import os
from pathlib import Path

import pytest
from platemark_moonraker.press import Press
from platemark_moonraker.records import Records
from platemark_release import Refused

GCODE = b"G28\n"


class Scripts:
    """What was said to Klippy."""

    def __init__(self) -> None:
        self.said: list[str] = []

    async def script(self, script: str) -> None:
        self.said.append(script)

    async def call(self, method: str) -> None:
        self.said.append(method)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a file that is always full")
def test_what_cannot_be_written_down_is_refused_and_leaves_nothing_to_print(tmp_path: Path) -> None:
    source, card = tmp_path / "source", tmp_path / "card"
    source.write_bytes(GCODE)
    card.mkdir()
    records, line = Records(tmp_path / "journal.jsonl"), Scripts()
    press = Press(records, card, line, lambda: 1.0, lambda _: None)
    members = {"job": "aa-0", "nonce": "n", "file": "platemark/aa-0/x.gcode", "own": False}
    members["sha256"] = hashlib.sha256(GCODE).hexdigest()

    async def release() -> None:
        await press.release(members, source)
        await asyncio.sleep(0)

    sound = os.dup(records._file.fileno())
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, records._file.fileno())
    with pytest.raises(Refused, match="cannot be written down"):
        asyncio.run(release())
    assert not list(card.rglob("*.gcode"))
    assert records.get("aa-0") is None
    assert line.said == []
    os.dup2(sound, records._file.fileno())
    asyncio.run(release())
    assert press.active is not None
    assert len(line.said) == 1
    again = Records(tmp_path / "journal.jsonl")
    assert [job.job for job in again.open_jobs()] == ["aa-0"]
    for descriptor in (sound, full):
        os.close(descriptor)
