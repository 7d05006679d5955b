"""Orders whose time is over, and orders of more pieces than one answer tells."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ledger.store import queue
from tests.api.queueing import add, next_job, order_body, print_it, shown, sign_off
from tests.scene import Scene


def test_an_order_whose_time_is_over_gives_nothing_and_takes_no_place(
    scene: Callable[..., Scene], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.services.orders.MOST_STANDING", 1)
    ours = scene(quota=5)
    order = add(ours)
    ours.center.refused("Conflict", "POST", "/orders", json=order_body(ours))
    with ours.ledger.database.write() as session:
        row = queue.order(session, order)
        assert row is not None
        row.until = ours.now
    assert next_job(ours)["why"] == "nothing"
    add(ours)
    assert next_job(ours)["ticket"] is not None


def test_an_order_shows_its_newest_pieces_and_what_was_said_last(
    scene: Callable[..., Scene], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.services.orders.MOST_TOLD", 2)
    ours = scene(quota=5)
    order = add(ours, quantity=3, sign_off=True)
    tokens: list[str] = []
    for _ in range(3):
        ticket = next_job(ours)["ticket"]
        tokens.append(ticket["digest"])
        print_it(ours, ticket)
        sign_off(ours, order, ticket, accepted=True)
    whole = shown(ours, order)
    assert [piece["token"] for piece in whole["pieces"]] == tokens[1:]
    assert (whole["older"], whole["done"]) == (1, 3)
    assert [said["message"]["token"] for said in whole["statements"]] == tokens[1:]
