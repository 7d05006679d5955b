"""Journals of gates that redeemed a serial before they asked for the key."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.gate.book import key_of
from ledger.gate.journal import Journal, State
from ledger.models import UNKNOWN_SHARE, ZERO_DIGEST
from ledger.tickets import digest_of, dump
from tests.gate.fakes import FILE, START
from tests.gate.world import World

OLD_ORDER = (
    State.ADMITTED,
    State.FETCHED,
    State.REDEEMING,
    State.REDEEMED,
    State.KEY_RECEIVED,
    State.OPENED,
    State.HANDING,
    State.HANDED,
    State.ENDED,
)


def leave_behind(world: World, last: State) -> None:
    """The journal, the chain and the hot folder as such a gate left them behind."""
    ticket = world.ticket()
    digest, key = digest_of(ticket), key_of(digest_of(ticket), 0)
    done = OLD_ORDER[: OLD_ORDER.index(last) + 1]
    said: dict[State, dict[str, Any]] = {
        State.ADMITTED: {
            "ticket": dump(ticket).decode(),
            "serial": 0,
            "claim": "1-print.token.json",
            "file": str(ZERO_DIGEST),
        },
        State.REDEEMED: {"transaction": str(digest)},
        State.OPENED: {"size": len(FILE), "name": "old.3mf", "job": str(world.design)},
        State.HANDED: {"handed_at": START, "job": str(world.design), "until": START + 5_000},
        State.ENDED: {
            "outcome": "done",
            "started": START,
            "ended": START + 1,
            "material_mg": 5,
            "energy_joule": 7,
        },
    }
    world.stop()
    with Journal(world.config.journal) as journal:
        for state in done:
            journal.append(START, key, state, said.get(state, {}))
    if State.REDEEMED in done:
        world.chain.spend(1, 0, digest)
    staging = world.config.hot / ".platemark-staging"
    if State.HANDED in done:
        (world.config.hot / "done" / "old.3mf").write_bytes(FILE)
    elif State.OPENED in done:
        (staging / key).write_bytes(FILE)


@pytest.mark.parametrize("last", OLD_ORDER)
def test_it_goes_on_where_the_old_gate_was(world: World, last: State) -> None:
    leave_behind(world, last)
    world.print_all()
    (receipt,) = world.service.receipts
    assert (receipt.serial, receipt.job) == (0, world.design)
    assert (receipt.profile, receipt.recycled) == (ZERO_DIGEST, UNKNOWN_SHARE)
    spent_by_the_old_gate = OLD_ORDER.index(last) >= OLD_ORDER.index(State.REDEEMED)
    assert world.service.calls.count("redeem") == (not spent_by_the_old_gate)
    assert len(world.chain.redeemed) == 1
    assert len(list((world.config.hot / "done").iterdir())) == 1
    assert world.gate.idle
