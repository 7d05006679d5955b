"""What a gate does with what its earlier life left behind (kill -9: see the other test)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from ledger.gate.journal import OF_LEASES, Journal, Record, State
from ledger.models import Outcome
from tests.gate.fakes import FILE, START
from tests.gate.world import World

OWN = {State.OWN_FILES, State.OWN_FILES_REPORTED, State.OWN_FILE}
OTHER_WAYS = {State.SLICED, State.RECEIPT_REFUSED, *OF_LEASES, *OWN}
"""Of jobs that are sliced, or printed from a lease, or whose receipt is refused for good; and of
the owner's own files."""
PRINTING = [s for s in State if not s.value.startswith("refus") and s not in OTHER_WAYS]


class PowerCut(BaseException):
    """The end of a life: nothing may catch it."""


class CutJournal(Journal):
    def __init__(self, path: Path, state: State, moment: str) -> None:
        super().__init__(path)
        self._state, self._moment = state, moment

    def append(self, at: int, key: str, state: State, data: Mapping[str, Any]) -> Record:
        if state is self._state and self._moment == "before":
            raise PowerCut
        record = super().append(at, key, state, data)
        if state is self._state:
            raise PowerCut
        return record


def cut(state: State, moment: str) -> Callable[[Path], Journal]:
    return lambda path: CutJournal(path, state, moment)


def staged(world: World) -> list[Path]:
    return list((world.config.hot / ".platemark-staging").iterdir())


def die_at(world: World, state: State, moment: str) -> None:
    world.stop()
    world.journal = cut(state, moment)
    with pytest.raises(PowerCut):
        world.print_all()
    world.restart()


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("state", PRINTING)
def test_it_goes_on_where_it_was(world: World, state: State, moment: str) -> None:
    printed: list[str] = []
    world.drop(world.ticket(0b11))
    die_at(world, state, moment)
    printed = [path.name for path in (world.config.hot / "done").iterdir()]
    printed += world.print_all()
    assert len(printed) == len(set(printed)) == 2
    assert [r.serial for r in world.service.receipts] == [0, 1]
    assert len(world.chain.redeemed) == 2
    assert world.errors() == []
    assert staged(world) == []
    assert world.gate.idle


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("state", [State.REFUSED, State.REFUSAL_REPORTED])
def test_refusals_are_finished_as_well(world: World, state: State, moment: str) -> None:
    world.drop(world.ticket(deadline=START))
    die_at(world, state, moment)
    world.settle()
    assert world.errors() == ["TokenExpired"]
    assert len(world.service.refusals) == 1


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_refused_job_is_finished_as_well(world: World, moment: str) -> None:
    world.service.after["release_key"] = lambda: world.chain.change(
        world.design, 1, revoked=True, expiry=START
    )
    world.drop(world.ticket())
    die_at(world, State.REFUSED, moment)
    world.settle()
    assert world.errors() == ["LicenseRevoked"]
    assert staged(world) == []


def test_plaintext_does_not_outlive_a_crash(world: World) -> None:
    world.drop(world.ticket())
    die_at(world, State.OPENED, "after")
    assert [path.read_bytes() for path in staged(world)] == [FILE]
    world.service.fails["release_key"] = [KeyError()]  # type: ignore[list-item]
    with pytest.raises(KeyError):
        world.gate.step()
    assert staged(world) == []


def test_a_hand_over_that_was_not_done_is_checked_again(world: World) -> None:
    """The power was away until the token had run out: it must not be printed any more."""
    world.drop(world.ticket())
    die_at(world, State.HANDING, "after")
    assert len(staged(world)) == 1
    world.clock.time = START + 5_000
    world.settle()
    assert world.errors() == ["TokenExpired"]
    assert (world.waiting(), staged(world)) == ([], [])
    assert world.service.receipts == []


def test_a_hand_over_waits_for_the_machine(world: World) -> None:
    world.drop(world.ticket())
    die_at(world, State.HANDING, "after")
    other = world.config.hot / "somebody-elses.gcode"
    other.write_bytes(b"G28")
    world.step()
    assert world.waiting() == [other.name]
    other.unlink()
    assert len(world.print_all()) == 1


def test_a_staged_file_that_was_changed_is_not_handed_over(world: World) -> None:
    world.drop(world.ticket())
    die_at(world, State.HANDING, "after")
    staged(world)[0].write_bytes(b"another part")
    world.settle()
    assert world.errors() == ["DigestMismatch"]
    assert world.waiting() == []


def test_a_hand_over_that_was_done_is_never_repeated(world: World) -> None:
    world.drop(world.ticket())
    die_at(world, State.HANDED, "before")
    assert len(world.machine()) == 1
    world.clock.time = START + 9_000  # long after the token's end
    assert world.print_all() == []
    assert [r.outcome for r in world.service.receipts] == [Outcome.DONE]


def test_a_fetched_file_is_used_again_if_it_is_sound(world: World) -> None:
    world.drop(world.ticket(0b11))
    die_at(world, State.FETCHED, "after")
    (path,) = world.config.sealed.iterdir()
    world.store.unpin(world.sealed.cid)
    assert len(world.print_all()) == 2
    assert not path.exists()


def test_a_fetched_file_that_is_damaged_is_fetched_again(world: World) -> None:
    world.drop(world.ticket())
    die_at(world, State.FETCHED, "after")
    (path,) = world.config.sealed.iterdir()
    path.write_bytes(b"half of it")
    assert len(world.print_all()) == 1


def test_a_pulled_back_job_is_remembered(world: World) -> None:
    world.drop(world.ticket())
    world.step()
    world.stop()
    world.journal = cut(State.ENDED, "before")
    world.clock.time = START + 5_000
    with pytest.raises(PowerCut):
        world.step()
    world.restart()
    world.step()
    assert [r.outcome for r in world.service.receipts] == [Outcome.CANCELLED]
    assert staged(world) == []


def test_a_start_without_the_hot_folder_waits_for_it(world: World) -> None:
    staging = world.config.hot / ".platemark-staging"
    staging.rename(world.config.hot / ".gone")
    world.drop(world.ticket())
    world.step()
    assert not world.gate.idle
    assert world.chain.redeemed == {}
    (world.config.hot / ".gone").rename(staging)
    world.clock.time += 2
    assert len(world.print_all()) == 1


def test_a_ticket_that_is_half_admitted(world: World) -> None:
    """The crash came between two serials: the ticket is neither lost nor refused."""
    world.drop(world.ticket(0b111))
    die_at(world, State.ADMITTED, "after")
    assert len(world.print_all()) == 3
    assert world.errors() == []
