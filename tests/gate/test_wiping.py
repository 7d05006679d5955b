"""Plaintext is there for as long as its job, and no longer."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from ledger.errors import ServiceUnavailable
from ledger.gate.inbox import read_ticket
from ledger.gate.journal import State
from ledger.stopping import StopRequest
from tests.gate.slicing_world import slicing
from tests.gate.test_runner_crashes import PowerCut, die_at, staged
from tests.gate.test_slicing import GCODE, design, left_over
from tests.gate.world import World


def sizes(world: World, folder: str = "done") -> list[int]:
    return [path.stat().st_size for path in (world.config.hot / folder).iterdir()]


@pytest.mark.parametrize("folder", ["done", "failed"])
def test_what_the_machine_gives_back_is_emptied_and_keeps_its_name(
    world: World, folder: str
) -> None:
    world.drop(world.ticket())
    world.step()
    (name,) = world.machine(folder)
    assert sizes(world, folder) != [0]
    world.step()
    assert [path.name for path in (world.config.hot / folder).iterdir()] == [name]
    assert sizes(world, folder) == [0]


@pytest.mark.parametrize("kind", ["link", "hard link"])
def test_nothing_elsewhere_is_emptied_through_a_link(world: World, kind: str) -> None:
    """Whoever runs the machine writes in that folder, and the gate has keys to lose."""
    keys = world.config.folder / "keys.json"
    keys.write_text("a secret")
    world.drop(world.ticket())
    world.step()
    (name,) = world.waiting()
    (world.config.hot / name).unlink()
    place = world.config.hot / "done" / name
    (place.symlink_to if kind == "link" else place.hardlink_to)(keys)
    world.step()
    assert [receipt.outcome.value for receipt in world.service.receipts] == ["done"]
    assert keys.read_text() == "a secret"


def test_a_crash_at_the_end_of_a_print_leaves_nothing(world: World) -> None:
    world.drop(world.ticket())
    die_at(world, State.ENDED, "after")
    assert sizes(world) != [0]
    world.step()
    assert sizes(world) == [0]


def test_a_gate_that_is_stopped_leaves_nothing_and_goes_on_later(world: World) -> None:
    """Its next life may never come."""
    world.service.fails["redeem"] = [ServiceUnavailable("Down.")]
    world.drop(world.ticket())
    world.step()
    assert len(staged(world)) == 1
    ended = StopRequest()
    ended.set()
    world.gate.run(ended)
    assert staged(world) == []
    world.clock.time += 300
    assert len(world.print_all()) == 1
    assert len(world.service.receipts) == 1


def test_a_gate_that_fails_leaves_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.service.fails["redeem"] = [ServiceUnavailable("Down.")]
    world.drop(world.ticket())
    world.step()

    def broken() -> bool:
        raise PowerCut

    monkeypatch.setattr(world.gate, "step", broken)
    with pytest.raises(PowerCut):
        world.gate.run(StopRequest())
    assert staged(world) == []


def test_a_full_disk_leaves_no_half_copy(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    slicing(world)
    design(world, GCODE)

    def full(_: Path, target: Path) -> None:
        target.write_bytes(GCODE[:9])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "copyfile", full)
        world.drop(world.ticket(license=2))
        world.step()
        assert (left_over(world), world.errors()) == ([], [])
    world.clock.time += 300
    assert len(world.print_all()) == 1


def test_a_ticket_is_read_neither_from_a_pipe_nor_through_a_link(tmp_path: Path) -> None:
    """Put there between two looks, a pipe would keep the gate waiting for ever."""
    pipe, link = tmp_path / "a.token.json", tmp_path / "b.token.json"
    os.mkfifo(pipe)
    link.symlink_to("/dev/zero")
    assert read_ticket(pipe) == b""
    with pytest.raises(OSError, match="symbolic links"):
        read_ticket(link)
