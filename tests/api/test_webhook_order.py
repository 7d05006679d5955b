"""Several receivers at once: each in its order, none held up by another, none for ever."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from api.outbox import _run as run_outbox
from ledger.client import hooksender
from ledger.client.hooksender import HookSender
from ledger.models import Digest, HookAction
from ledger.services import deliveries as delivering
from ledger.services.context import Ledger
from ledger.store import Database
from tests.api.hooking import (
    LOOPBACK,
    Receiver,
    ask,
    deliveries,
    numbers,
    receiving,
    register,
    send_all,
    states,
    tell,
    until,
)
from tests.scene import Scene

pytestmark = pytest.mark.usefixtures("only_tests_deliver")


@contextmanager
def outbox(ledger: Ledger) -> Iterator[None]:
    """The service's own background step."""
    stop = threading.Event()
    thread = threading.Thread(target=run_outbox, args=(ledger, HookSender(LOOPBACK), stop))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_a_receiver_that_hangs_holds_up_no_other(
    mine: Scene, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooksender, "READ_SECONDS", 60)  # its answer is waited for
    monkeypatch.setattr(hooksender, "WHOLE_SECONDS", 60)
    with receiving() as slow:
        slow.open.clear()
        hanging, _ = (register(mine, mine.center, one) for one in (slow, receiver))
        with outbox(mine.ledger):
            tell(mine, 1, 2, 3)
            until(lambda: numbers(receiver) == [1, 2, 3])
            until(lambda: numbers(slow) == [1])  # and it still waits for its answer
            slow.open.set()
            until(lambda: numbers(slow) == [1, 2, 3])
            until(lambda: states(mine, hanging) == ["delivered"] * 3)


def test_more_receivers_that_hang_than_are_sent_to_at_once_are_all_served(
    mine: Scene, receiver: Receiver
) -> None:
    receiver.pause = 0.2
    for _ in range(12):
        register(mine, mine.center, receiver)
    with outbox(mine.ledger):
        tell(mine, 1, 2)
        until(lambda: sorted(numbers(receiver)) == [1] * 12 + [2] * 12)


def test_what_comes_after_a_failure_waits_for_it(mine: Scene, receiver: Receiver) -> None:
    hook = register(mine, mine.center, receiver)
    receiver.statuses = [500, 503]
    tell(mine, 1, 2)
    now = mine.now
    send_all(mine, 0, now)
    tell(mine, 3)  # due at once, were it alone
    send_all(mine, 1, now)
    assert numbers(receiver) == [1]
    send_all(mine, 10)
    send_all(mine, 60)
    assert numbers(receiver) == [1, 1, 1, 2, 3]
    assert states(mine, hook) == ["delivered"] * 3


def test_an_event_that_its_receiver_does_not_want_is_given_up_and_the_next_is_sent(
    mine: Scene, receiver: Receiver
) -> None:
    hook = register(mine, mine.center, receiver)
    receiver.statuses = [400] * delivering.MOST_REFUSALS
    tell(mine, 1, 2)
    for round_ in range(delivering.MOST_REFUSALS):
        send_all(mine, round_ * 6_000)
    assert states(mine, hook) == ["given-up", "pending"]
    body = ask(mine, mine.center, HookAction.LIST)
    (row,) = mine.center.ok("POST", "/webhooks/list", json=body)["items"]
    assert (row["waiting"], row["given_up"]) == (1, 1)
    send_all(mine, 60_000)
    assert states(mine, hook) == ["given-up", "delivered"]


def test_what_a_dead_receiver_never_took_is_given_up_together(
    mine: Scene, receiver: Receiver
) -> None:
    hook = register(mine, mine.center, receiver)
    receiver.status = 503
    tell(mine, *range(5))
    send_all(mine)
    send_all(mine, 4 * 86_400)
    assert states(mine, hook) == ["given-up"] * 5
    assert numbers(receiver) == [0, 0]
    rows = deliveries(mine, mine.center, hook)
    assert [row["attempts"] for row in reversed(rows)] == [2, 0, 0, 0, 0]
    assert {row["last_result"] for row in rows[:4]} == {delivering._NOT_TRIED}


def test_two_processes_do_not_both_send_to_one_receiver(mine: Scene, receiver: Receiver) -> None:
    register(mine, mine.center, receiver)
    tell(mine, 1)
    url = mine.ledger.database.url.render_as_string(hide_password=False)
    other = replace(mine.ledger, database=Database(url), clock=lambda: mine.now)
    first = replace(mine.ledger, clock=lambda: mine.now)
    (lot,) = delivering.claim(first, 8)
    tell(mine, 2)  # newer than the claim
    assert delivering.claim(other, 8) == []
    dead = replace(other, clock=lambda: mine.now + delivering.CLAIM_SECONDS + 1)
    assert [len(one.rows) for one in delivering.claim(dead, 8)] == [2]
    other.database.close()
    assert [row.event for row in lot.rows] == [row.event for row in lot.rows[:1]]


def test_a_webhook_that_is_removed_in_the_middle_of_a_lot_gets_no_more_of_it(
    mine: Scene, receiver: Receiver
) -> None:
    hook = register(mine, mine.center, receiver)
    tell(mine, 1, 2)
    (lot,) = delivering.claim(replace(mine.ledger, clock=lambda: mine.now), 8)
    body = ask(mine, mine.center, HookAction.REMOVE, webhook=Digest.parse(hook["id"]))
    mine.center.ok("POST", "/webhooks/removal", json=body)
    assert delivering.deliver_lot(mine.ledger, HookSender(LOOPBACK), lot) == 0
    assert receiver.got == []
    assert states(mine, hook) == ["ended", "ended"]


def test_a_name_that_cannot_be_one_does_not_end_the_delivery_to_others(
    mine: Scene, receiver: Receiver
) -> None:
    body = ask(mine, mine.center, HookAction.ADD, url="https://a..b/")
    broken = mine.center.ok("POST", "/webhooks", json=body)
    register(mine, mine.center, receiver)
    with outbox(mine.ledger):
        tell(mine, 1)
        until(lambda: numbers(receiver) == [1])
        until(lambda: bool(deliveries(mine, mine.center, broken)[0]["attempts"]))
        tell(mine, 2)
        until(lambda: numbers(receiver) == [1, 2])


def test_a_test_event_is_on_its_way_once_at_a_time(mine: Scene, receiver: Receiver) -> None:
    hook = register(mine, mine.center, receiver)
    named = Digest.parse(hook["id"])

    def ask_for_one() -> str:
        body = ask(mine, mine.center, HookAction.TEST, webhook=named)
        return str(mine.center.ok("POST", "/webhooks/test", json=body)["event"])

    first = ask_for_one()
    assert ask_for_one() == first
    send_all(mine)
    assert receiver.kinds() == ["webhook.test"]
    assert ask_for_one() != first
