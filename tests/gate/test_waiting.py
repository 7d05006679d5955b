"""What may pass by itself: the gate waits, loses nothing, and spends nothing for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import (
    ChainUnavailable,
    KeyNotReleasable,
    RequestReplayed,
    ServiceUnavailable,
)
from ledger.gate.journal import Journal, Record, State
from tests.gate.fakes import START
from tests.gate.world import World


@pytest.mark.parametrize("method", ["redeem", "release_key", "report_receipt"])
def test_the_service_is_down_for_a_while(world: World, method: str) -> None:
    world.service.fails[method] = [ServiceUnavailable("down")] * 3
    world.drop(world.ticket())
    world.step()
    world.machine()
    world.step()
    assert world.service.receipts == []
    for _ in range(4):
        world.clock.time += 10
        world.step()
        world.machine()
    world.step()
    assert len(world.service.receipts) == 1
    assert world.service.calls.count(method) == 4
    assert world.errors() == []


def test_a_receipt_that_the_service_refuses_is_never_dropped(world: World) -> None:
    world.service.fails["report_receipt"] = [RequestReplayed("odd")] * 9
    world.drop(world.ticket())
    world.print_all()
    world.restart()
    for _ in range(12):
        world.clock.time += 301
        world.step()
    assert len(world.service.receipts) == 1


def test_an_answer_that_got_lost_costs_no_second_serial(world: World) -> None:
    world.service.loses = [ServiceUnavailable("timeout")]
    world.drop(world.ticket())
    world.step()
    assert world.waiting() == []
    world.clock.time += 2
    assert len(world.print_all()) == 1
    assert world.service.calls.count("redeem") == 1


def test_a_redemption_that_the_gate_cannot_see_yet(world: World) -> None:
    """The service has sent it, and our node shows it only later."""
    world.chain.blind = 1
    world.drop(world.ticket())
    world.step()
    assert world.waiting() == []
    world.clock.time += 2
    assert len(world.print_all()) == 1


def test_the_chain_is_down_for_a_while(world: World) -> None:
    world.chain.down = ChainUnavailable("down")
    world.drop(world.ticket())
    world.step()
    assert not world.gate.idle
    world.chain.down = None
    world.clock.time += 2
    assert len(world.print_all()) == 1


def test_a_ticket_for_later_waits_in_peace(world: World) -> None:
    world.drop(world.ticket(not_before=START + 50))
    world.step()
    assert world.waiting() == []
    assert world.errors() == []
    world.clock.time += 400
    assert len(world.print_all()) == 1


def test_content_that_cannot_be_had_costs_no_serial(world: World) -> None:
    world.store.unpin(world.sealed.cid)
    world.drop(world.ticket())
    world.step()
    assert world.chain.redeemed == {}
    assert world.errors() == []
    world.clock.time = START + 5_000  # and when the token runs out, that is the end
    world.settle()
    assert world.errors() == ["TokenExpired"]
    assert world.chain.redeemed == {}


def test_a_key_that_is_not_released_at_once(world: World) -> None:
    world.service.fails["release_key"] = [KeyNotReleasable("not indexed yet")]
    world.drop(world.ticket())
    world.step()
    world.clock.time += 2
    assert len(world.print_all()) == 1


def test_nothing_is_spent_while_the_hot_folder_is_away(world: World) -> None:
    world.drop(world.ticket())
    world.step()
    hot = world.config.hot
    staging = hot / ".platemark-staging"
    world.machine()
    spent = dict(world.chain.redeemed)
    staging.rename(hot / ".gone")  # as if it were not mounted any more
    world.drop(world.ticket(0b10), "second.token.json")
    world.step()
    assert world.chain.redeemed == spent
    (hot / ".gone").rename(staging)
    world.clock.time += 2
    assert len(world.print_all()) == 1
    world.step()
    assert len(world.service.receipts) == 2


class WhileHanding(Journal):
    """Lets something happen when a job is about to be handed over for the first time."""

    def __init__(self, path: Path, happens: Callable[[], object]) -> None:
        super().__init__(path)
        self._happens = [happens]

    def append(self, at: int, key: str, state: State, data: Mapping[str, Any]) -> Record:
        record = super().append(at, key, state, data)
        if state is State.HANDING and self._happens:
            self._happens.pop()()
        return record


def test_a_chain_reorganization_takes_the_redemption_back(world: World) -> None:
    world.stop()
    world.journal = lambda path: WhileHanding(path, world.chain.redeemed.clear)
    world.drop(world.ticket())
    assert len(world.print_all()) == 1
    assert world.service.calls.count("redeem") == 2
    assert len(world.service.receipts) == 1
