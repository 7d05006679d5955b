"""What became of a delivery is remembered for some days, and what is still to come for ever."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from sqlmodel import delete, select

from ledger.models import Digest, HookAction
from ledger.services import deliveries as delivering, telling
from ledger.store import Database, hooks
from ledger.store.hooks import DeliveryState
from ledger.store.tables import DeliveryRow, WebhookRow
from tests.api.hooking import Receiver, ask, deliveries, numbers, register, send_all, states, tell
from tests.scene import Scene

pytestmark = pytest.mark.usefixtures("only_tests_deliver")
DAY = telling.DAY_SECONDS
DAYS = 30


def forget(ours: Scene, days: int) -> int:
    """One step of forgetting, so many days from now."""
    return delivering.forget(replace(ours.ledger, clock=lambda: ours.now + days * DAY + 10))


def listed(ours: Scene) -> list[dict[str, Any]]:
    body = ask(ours, ours.center, HookAction.LIST)
    found: list[dict[str, Any]] = ours.center.ok("POST", "/webhooks/list", json=body)["items"]
    return found


def test_what_came_to_rest_is_forgotten_in_time_and_in_small_steps(
    mine: Scene, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = register(mine, mine.center, receiver)
    receiver.statuses = [204] * 3 + [400] * delivering.MOST_REFUSALS
    tell(mine, *range(5))
    for round_ in range(delivering.MOST_REFUSALS + 1):
        send_all(mine, round_ * 6_000)
    assert states(mine, hook) == ["delivered"] * 3 + ["given-up", "delivered"]
    assert (forget(mine, DAYS - 1), len(listed(mine))) == (0, 1)
    monkeypatch.setattr(delivering, "_FORGOTTEN_AT_ONCE", 2)
    assert [forget(mine, DAYS) for _ in range(2)] == [2, 1], "the first three"
    assert states(mine, hook) == ["given-up", "delivered"]
    assert listed(mine)[0]["given_up"] == 1
    assert [forget(mine, DAYS + 1) for _ in range(2)] == [2, 0]
    assert deliveries(mine, mine.center, hook) == []
    assert [(row["waiting"], row["given_up"]) for row in listed(mine)] == [(0, 0)]


def test_what_is_still_to_be_delivered_stays_however_old_and_in_its_order(
    mine: Scene, receiver: Receiver
) -> None:
    hook = register(mine, mine.center, receiver)
    tell(mine, 1, 2)
    send_all(mine)
    receiver.status = 503
    tell(mine, 3, 4)
    send_all(mine)
    assert forget(mine, 400) == 2
    assert states(mine, hook) == ["pending", "pending"]
    tell(mine, 5)
    receiver.status = 204
    send_all(mine, 400 * DAY)
    assert numbers(receiver) == [1, 2, 3, 3, 4, 5]
    assert states(mine, hook) == ["delivered"] * 3
    assert forget(mine, 400) == 0, "that was a moment ago"


def test_what_the_chain_told_is_told_once_though_it_is_looked_at_again(
    scene: Callable[..., Scene], receiver: Receiver
) -> None:
    ours = scene(quota=5)
    hook = register(ours, ours.center, receiver, "token.redeemed")
    ours.redeem(ours.ticket())
    while send_all(ours):
        pass
    assert forget(ours, DAYS + 1) == 1
    assert (send_all(ours, (DAYS + 1) * DAY), receiver.kinds()) == (0, ["token.redeemed"])
    assert deliveries(ours, ours.center, hook) == []


def test_what_the_chain_told_while_nobody_looked_is_told_however_old(
    scene: Callable[..., Scene], receiver: Receiver
) -> None:
    ours = scene(quota=5)
    register(ours, ours.center, receiver, "token.redeemed")
    ours.redeem(ours.ticket())
    assert send_all(ours, 2 * DAYS * DAY) == 1
    assert receiver.kinds() == ["token.redeemed"]


def test_a_webhook_that_ended_goes_with_the_last_of_its_deliveries(
    mine: Scene, receiver: Receiver
) -> None:
    kept, ended = (register(mine, mine.center, receiver) for _ in range(2))
    tell(mine, 1)
    body = ask(mine, mine.center, HookAction.REMOVE, webhook=Digest.parse(ended["id"]))
    mine.center.ok("POST", "/webhooks/removal", json=body)
    send_all(mine)
    forget(mine, DAYS - 1)
    assert {row["id"] for row in listed(mine)} == {kept["id"], ended["id"]}
    forget(mine, DAYS + 1)
    forget(mine, DAYS + 1)
    assert [row["id"] for row in listed(mine)] == [kept["id"]]
    body = ask(mine, mine.center, HookAction.DELIVERIES, webhook=Digest.parse(ended["id"]))
    mine.center.refused("WebhookNotFound", "POST", "/webhooks/deliveries", json=body)


# ------------------------------------------------------------------------ the law


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Tables without a service."""
    found = Database(f"sqlite:///{tmp_path_factory.mktemp('memory') / 'hooks.db'}")
    found.migrate()
    yield found
    found.close()


_TIMES = st.integers(0, 20)
_ROWS = st.lists(st.tuples(st.sampled_from(DeliveryState), _TIMES, _TIMES), max_size=12)


@settings(max_examples=40)
@given(rows=_ROWS, before=_TIMES, limit=st.integers(1, 5))
def test_nothing_else_is_forgotten_and_no_place_is_given_twice(
    database: Database, rows: list[tuple[DeliveryState, int, int]], before: int, limit: int
) -> None:
    with database.write() as session:
        for table in (DeliveryRow, WebhookRow):
            session.execute(delete(table))
        for number, (state, due_at, created_at) in enumerate(rows):
            name = f"{number:02}"
            row = hooks.put(session, "hook", hooks.Event.TEST, name, {"n": number}, created_at)
            row.state, row.due_at = state.value, due_at
    old = [n for n, (s, d, c) in enumerate(rows) if s in hooks.AT_REST and max(d, c) < before]
    steps = []
    with database.write() as session:
        while found := hooks.at_rest(session, before, limit):
            steps.append(hooks.forget(session, found))
        assert steps[:-1] == [limit] * (len(steps) - 1)
        assert sum(steps) == len(old)
        left = session.exec(select(DeliveryRow).order_by(DeliveryRow.place)).all()  # type: ignore[arg-type]
        assert [row.place for row in left] == [n + 1 for n in range(len(rows)) if n not in old]
        newest = hooks.put(session, "hook", hooks.Event.TEST, "new", {}, 0)
        assert all(row.place < newest.place for row in left)
