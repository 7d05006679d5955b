"""Orders whose time is over."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ledger.store import queue
from tests.api.queueing import add, next_job, order_body
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
