"""Webhooks: registered by signature, delivered to a real receiver, whatever it does."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.client import hooksender
from ledger.client.hooksender import HookSender
from ledger.models import Digest, HookAction
from ledger.services.deliveries import Parcel
from ledger.store import Database, hooks
from tests.api.failing import failed
from tests.api.hooking import (
    LOOPBACK,
    Receiver,
    ask,
    deliveries,
    register,
    round_of,
    send_all,
    until,
    verified,
)
from tests.api.queueing import add as order, next_job, print_it
from tests.scene import Scene

pytestmark = pytest.mark.usefixtures("only_tests_deliver")


def test_every_event_of_a_print_is_told_and_signed(
    scene: Callable[..., Scene], receiver: Receiver
) -> None:
    ours = scene(quota=5)
    hook = register(ours, ours.center, receiver)
    order(ours, sign_off=True)
    print_it(ours, next_job(ours)["ticket"])
    while send_all(ours):
        pass
    assert sorted(receiver.kinds()) == [
        "order.sign-off-wanted",
        "order.state",
        "order.state",
        "receipt.done",
        "token.issued",
        "token.redeemed",
    ]
    assert all(verified(hook["secret"], *one) for one in receiver.got)
    assert not verified(hook["secret"], receiver.got[0][0], b"{}")
    assert {row["state"] for row in deliveries(ours, ours.center, hook)} == {"delivered"}
    assert send_all(ours, 10) == 0


def test_an_owner_hears_of_their_designs_and_nobody_of_others(
    scene: Callable[..., Scene], receiver: Receiver
) -> None:
    ours, theirs = scene(quota=5), scene(quota=5)
    register(ours, ours.designer, receiver, "receipt.failed,void.waiting")
    failed(ours)
    failed(theirs)
    send_all(ours)
    assert sorted(receiver.kinds()) == ["receipt.failed", "void.waiting"]
    data = json.loads(receiver.got[0][1])["data"]
    assert (data["license"], data["design"]) == (ours.license, str(ours.design))


@pytest.mark.parametrize("status", [500, 302, 404])
def test_what_fails_is_tried_again_with_the_same_id_and_given_up_in_the_end(
    scene: Callable[..., Scene], receiver: Receiver, status: int
) -> None:
    ours = scene(quota=5)
    hook = register(ours, ours.center, receiver, "receipt.done")
    ticket = ours.ticket()
    ours.redeem(ticket)
    ours.center.ok("POST", "/receipts", json=ours.receipt(ticket))
    receiver.status = status
    now = ours.now
    assert send_all(ours, 0, now) == 0
    assert send_all(ours, 0, now) == 0
    assert len(receiver.got) == 1  # no redirect was followed, and it is not due yet
    (row,) = deliveries(ours, ours.center, hook)
    assert (row["state"], row["attempts"], row["last_result"]) == ("pending", 1, str(status))
    assert send_all(ours, 60) == 0
    receiver.status = 200
    if status == 404:
        receiver.status = 404
        send_all(ours, 4 * 86_400)
        assert deliveries(ours, ours.center, hook)[0]["state"] == "given-up"
        return
    assert send_all(ours, 200) == 1
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1


def test_a_receiver_that_is_gone_or_removed_gets_nothing_more(
    scene: Callable[..., Scene], receiver: Receiver
) -> None:
    ours = scene(quota=5)
    gone, removed = (register(ours, ours.center, receiver, "token.issued") for _ in range(2))
    body = ask(ours, ours.center, HookAction.REMOVE, webhook=Digest.parse(removed["id"]))
    assert ours.center.ok("POST", "/webhooks/removal", json=body)["state"] == "removed"
    ours.tickets(count=1)
    ours.tickets(count=1)
    receiver.status = 410
    send_all(ours)
    assert len(receiver.got) == 1
    states = [row["state"] for row in deliveries(ours, ours.center, gone)]
    assert states == ["ended", "ended"]
    assert deliveries(ours, ours.center, removed) == []
    body = ask(ours, ours.center, HookAction.LIST)
    found = ours.center.ok("POST", "/webhooks/list", json=body)["items"]
    assert sorted(row["state"] for row in found) == ["gone", "removed"]


def test_a_receiver_that_hangs_costs_its_own_time_only(
    scene: Callable[..., Scene], receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = scene(quota=5)
    hook = register(ours, ours.center, receiver, "token.issued")
    ours.tickets(count=1)
    ours.tickets(count=1)
    monkeypatch.setattr(hooksender, "READ_SECONDS", 1)
    receiver.open.clear()
    started = time.monotonic()
    assert send_all(ours) == 0
    assert time.monotonic() - started < 20, "its answer would have come after 30"
    until(lambda: len(receiver.got) == 1)
    rows = deliveries(ours, ours.center, hook)
    assert sorted(row["last_result"] for row in rows) == ["", "it did not answer in time"]


def test_a_secret_is_told_once_and_kept_encrypted(
    scene: Callable[..., Scene], receiver: Receiver
) -> None:
    ours = scene(quota=5)
    body = ask(ours, ours.center, HookAction.ADD, url=receiver.url)
    headers = {"Idempotency-Key": "a" * 32}
    row = ours.center.ok("POST", "/webhooks", json=body, headers=headers)
    ours.center.refused("RequestReplayed", "POST", "/webhooks", json=body, headers=headers)
    secret = base64.b64decode(row["secret"].removeprefix("whsec_"))
    with ours.ledger.database.read() as session:
        kept = hooks.webhook(session, row["id"])
    assert kept is not None
    assert secret not in kept.wrapped_secret
    database = Path(str(ours.ledger.database.url.database))
    stored = b"".join(path.read_bytes() for path in database.parent.glob(database.name + "*"))
    assert secret not in stored
    assert row["secret"].encode() not in stored


def test_only_its_owner_asks_about_a_webhook(
    scene: Callable[..., Scene], receiver: Receiver
) -> None:
    ours = scene()
    hook = register(ours, ours.center, receiver)
    named = Digest.parse(hook["id"])
    theirs = ask(ours, ours.designer, HookAction.REMOVE, webhook=named)
    ours.center.refused("WebhookNotFound", "POST", "/webhooks/removal", json=theirs)
    forged = ask(ours, ours.designer, HookAction.TEST, webhook=named, owner=ours.center.address)
    ours.center.refused("BadSignature", "POST", "/webhooks/test", json=forged)
    body = ask(ours, ours.center, HookAction.TEST, webhook=named)
    ours.center.refused("MalformedRequest", "POST", "/webhooks/removal", json=body)
    ours.center.ok("POST", "/webhooks/test", json=body)
    assert send_all(ours) == 1
    assert receiver.kinds() == ["webhook.test"]


def test_the_connection_goes_to_the_address_that_was_checked(receiver: Receiver) -> None:
    asked: list[str] = []

    def once(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    url = f"http://nowhere.invalid:{receiver.server.server_port}/hook"
    assert HookSender(LOOPBACK, once)(Parcel(url, {}, b"{}")).status == 204
    assert asked == ["nowhere.invalid"]
    assert receiver.got[0][0]["host"].startswith("nowhere.invalid:")


def test_a_service_killed_between_event_and_delivery_loses_nothing(
    scene: Callable[..., Scene], receiver: Receiver
) -> None:
    ours = scene(quota=5)
    hook = register(ours, ours.center, receiver, "order.state")
    program = (
        "import os, signal, sys\n"
        "from ledger.store import Database, hooks\n"
        "database = Database(sys.argv[1])\n"
        "for n in range(3):\n"
        "    with database.write() as session:\n"
        "        hooks.emit(session, hooks.Event.ORDER_STATE, str(n), [sys.argv[2]],"
        " {'n': n}, int(sys.argv[3]))\n"
        "        if n == 2:\n"
        "            os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    url = ours.ledger.database.url.render_as_string(hide_password=False)
    done = subprocess.run(
        [sys.executable, "-c", program, url, ours.center.address, str(ours.now + 1)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        timeout=60,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    again = replace(ours.ledger, database=Database(url), clock=lambda: ours.now + 60)
    assert round_of(again) == 2  # the third never happened
    again.database.close()
    assert [json.loads(body)["data"]["n"] for _, body in receiver.got] == [0, 1]
    assert {row["state"] for row in deliveries(ours, ours.center, hook)} == {"delivered"}
