"""How long a file of the owner's waits at a host for the gate's answer."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from octoprint_platemark.desk import Desk
from octoprint_platemark.folder import Folder
from octoprint_platemark.records import Records
from octoprint_platemark.warden import Held, Warden
from platemark_moonraker.requests import WAITS_SECONDS, Requests

from ledger.cli.assembly import SystemClock
from ledger.gate.statements import Statements
from ledger.vault import HostKey


class Idle:
    """A machine that could print."""

    def is_free(self) -> bool:
        return True

    def on_disk(self, name: str) -> str:
        return name

    def start_released(self, held: Held, hashed: tuple[int, ...]) -> bool:
        raise AssertionError(held)

    def state(self) -> str:
        return "ready"


@pytest.mark.parametrize(("seconds", "waiting"), [(600, 1), (0, 0)])
def test_at_octoprint_it_waits_until_its_time_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: int, waiting: int
) -> None:
    monkeypatch.setattr("octoprint_platemark.desk.WAITS_SECONDS", seconds)
    warden, folder, key = Warden(), Folder(tmp_path), HostKey.generate()
    desk = Desk(warden, Records(tmp_path / "releases.jsonl"), folder, Idle(), "here")
    desk.pair(key.public_key.hex(), "0xaa")
    gate = Statements(key, "0xaa", SystemClock())
    assert desk.hear(gate.beat(own_files=True))["requests"] == []
    own = tmp_path / "own.gcode"
    own.write_bytes(b"G28\n")
    desk._want(own, own.name)
    assert len(list(folder.path("x.gcode").parent.iterdir())) == 1
    assert len(desk.hear(gate.beat(own_files=True))["requests"]) == waiting
    assert len(list(folder.path("x.gcode").parent.iterdir())) == waiting
    assert own.exists()


def test_at_moonraker_it_waits_until_its_time_is_over(tmp_path: Path) -> None:
    own, requests = tmp_path / "own.gcode", Requests()
    own.write_bytes(b"G28\n")
    asyncio.run(requests.ask(own.name, own, 1_000.0))
    assert [each["name"] for each in requests.all(1_000.0 + WAITS_SECONDS - 1)] == [own.name]
    assert requests.all(1_000.0 + WAITS_SECONDS) == []
