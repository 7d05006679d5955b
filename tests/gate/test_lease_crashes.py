"""A gate that prints from a lease is cut off at every line of its journal, or its disk is full.

One print, one spend and one receipt for each serial, whatever happens.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ledger import leasefiles
from ledger.errors import StoreUnavailable
from ledger.gate.journal import Journal, Record, State
from ledger.gate.leases import orders
from ledger.gate.leases.links import verify
from tests.gate.fakes import DOMAIN, KEYS
from tests.gate.leaseworld import LeaseWorld
from tests.gate.test_runner_crashes import PowerCut, die_at

OF_A_LEASE = [
    State.LEASED,
    State.WANTED,
    State.ADMITTED,
    State.FETCHED,
    State.KEY_RECEIVED,
    State.OPENED,
    State.SPENT,
    State.HANDING,
    State.HANDED,
    State.ENDED,
    State.RECEIPTED,
    State.REPORTED,
    State.ENTERED,
    State.LEASE_ENDED,
]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LeaseWorld]:
    made = LeaseWorld(tmp_path)
    yield made
    made.stop()


def begin(world: LeaseWorld) -> None:
    file = world.lease()
    digest = leasefiles.digest_of(file)
    world.drop_bytes(leasefiles.dump(file), "1.lease.json")
    world.drop_bytes(orders.dump(orders.Wanted(digest, 2)), "2.print.json")


def live(world: LeaseWorld) -> None:
    """Print two, and give back the third."""
    for _ in range(8):
        world.step()
        world.machine()
        world.clock.time += 1
    inbox = world.config.inbox
    if world.states(State.REPORTED) == 2 and not world.states(State.LEASE_ENDED):
        wanted = orders.Wanted(leasefiles.digest_of(world.lease()), None)
        (inbox / "3.return.json").write_bytes(orders.dump(wanted))
    for _ in range(5):
        world.step()
        world.clock.time += 1


def assert_all_is_well(world: LeaseWorld) -> None:
    done = sorted(path.name for path in (world.config.hot / "done").iterdir())
    assert len(done) == 2
    assert world.spent == world.leases.spent == [0, 1]
    assert [receipt.serial for receipt in world.service.receipts] == [0, 1]
    assert world.errors() == []
    links = [(link.entry, link.signature) for link in world.journal_links]
    assert verify(links, DOMAIN, KEYS.printer).sequence == 3
    assert world.leases.kinds == ["spend", "spend", "return"]
    assert world.keys() == []
    assert list((world.config.hot / ".platemark-staging").iterdir()) == []
    assert world.gate.idle


class TornJournal(Journal):
    """Ends a life in the middle of a line."""

    def __init__(self, path: Path, state: State) -> None:
        super().__init__(path)
        self._state = state

    def append(self, at: int, key: str, state: State, data: Mapping[str, Any]) -> Record:
        if state is self._state:
            os.write(self._file, b'{"at":1,"data":{"torn')
            raise PowerCut
        return super().append(at, key, state, data)


def cut_at(world: LeaseWorld, state: State, moment: str) -> None:
    if moment != "during":
        world.print_all = lambda: live(world)  # type: ignore[method-assign,assignment,return-value]
        die_at(world, state, moment)
        return
    world.stop()
    world.journal = lambda path: TornJournal(path, state)
    with pytest.raises(PowerCut):
        live(world)
    world.restart()


@pytest.mark.parametrize("moment", ["before", "during", "after"])
@pytest.mark.parametrize("state", OF_A_LEASE)
def test_killed_at(world: LeaseWorld, state: State, moment: str) -> None:
    begin(world)
    cut_at(world, state, moment)
    live(world)
    assert_all_is_well(world)


@pytest.mark.parametrize("state", [State.SPENT, State.HANDING, State.HANDED])
def test_killed_with_no_network_at(world: LeaseWorld, state: State) -> None:
    world.take()
    world.offline()
    begin(world)
    (world.config.inbox / "1.lease.json").unlink()
    world.stop()
    world.journal = cut_before(state)
    with pytest.raises(PowerCut):
        live(world)
    world.restart()
    for _ in range(8):
        world.step()
        world.machine()
        world.clock.time += 1
    assert world.spent == [0, 1]
    assert len(list((world.config.hot / "done").iterdir())) == 2


def cut_before(state: State) -> Callable[[Path], Journal]:
    return lambda path: TornJournal(path, state)


class FullDisk(Journal):
    """No room from a certain line on: first not even for the line, or for its newline."""

    def __init__(self, path: Path, state: State, writes: int) -> None:
        super().__init__(path)
        self._state, self._writes, self._counting = state, writes, False

    def append(self, at: int, key: str, state: State, data: Mapping[str, Any]) -> Record:
        self._counting |= state is self._state
        return super().append(at, key, state, data)

    def _write(self, data: bytes) -> None:
        if self._counting:
            if not self._writes:
                os.write(self._file, data[: len(data) // 2])
                raise OSError(errno.ENOSPC, "No space left on device")
            self._writes -= 1
        super()._write(data)


@pytest.mark.parametrize("writes", [0, 1])
def test_a_full_disk_while_a_spend_is_written(world: LeaseWorld, writes: int) -> None:
    """Nothing is printed and nothing lost: the serial goes to the same print afterwards."""
    begin(world)
    world.stop()
    world.journal = lambda path: FullDisk(path, State.SPENT, writes)
    with pytest.raises(StoreUnavailable):
        live(world)
    assert world.waiting() == []
    world.restart()
    assert world.spent == []
    live(world)
    assert_all_is_well(world)


def test_a_full_disk_while_a_key_is_kept(
    world: LeaseWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("ledger.gate.leases.desk.write_atomically", full)
    world.take()
    assert world.errors() == []
    assert world.states(State.LEASED) == 0
    monkeypatch.undo()
    world.settle()
    assert world.states(State.LEASED) == len(world.keys()) == 1
