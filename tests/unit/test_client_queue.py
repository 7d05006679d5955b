"""What a client sends about queues, starts and webhooks is what the service reads."""

from __future__ import annotations

import json

import httpx
import pytest

from api.orderrequests import ChangeIn, NextIn, OrderIn, SignOffIn, StartIn, WebhookIn
from ledger.client import ServiceClient
from ledger.client.transport import Transport
from ledger.errors import ServiceUnavailable
from ledger.models import (
    ZERO_DIGEST,
    Address,
    ContentHash,
    Digest,
    HookAction,
    NextJob,
    OrderAction,
    OrderChange,
    PrintOrder,
    PrintStart,
    SignOff,
    WebhookRequest,
)

ANY = Digest(b"\x17" * 32)
SOMEBODY = Address("0x" + "66" * 20)
SIGNATURE = bytes(65)


def test_every_message_arrives_as_it_was_meant() -> None:
    sent: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.read())
        return httpx.Response(200, json=None)

    url = "http://service.test"
    client = ServiceClient(url, transport=Transport(url, inner=httpx.MockTransport(answer)))
    order = PrintOrder(ContentHash(ANY), 4, 2, (SOMEBODY,), ZERO_DIGEST, 1, True, ANY, 20, 10)
    asked = NextJob(SOMEBODY, ANY, ANY, 10)
    change = OrderChange(ANY, OrderAction.QUANTITY, 3, ANY, 10)
    word = SignOff(ANY, ANY, False, "warped", 10)
    hook = WebhookRequest(SOMEBODY, HookAction.ADD, ZERO_DIGEST, "https://x/", "a,b", ANY, 10)
    start = PrintStart(ANY, 300, SOMEBODY, 9)
    for call in (
        lambda: client.add_order(order, SIGNATURE),
        lambda: client.next_job(asked, SIGNATURE),
        lambda: client.change_order(change, SIGNATURE),
        lambda: client.sign_off(word, SIGNATURE),
    ):
        with pytest.raises(ServiceUnavailable):  # the answer is none
            call()
    client.about_webhooks(hook, SIGNATURE)
    client.report_start(start, SIGNATURE)
    bodies = [json.loads(body) for body in sent]
    assert OrderIn.model_validate(bodies[0]).order.message() == order
    assert NextIn.model_validate(bodies[1]).request.message() == asked
    assert ChangeIn.model_validate(bodies[2]).change.message() == change
    assert SignOffIn.model_validate(bodies[3]).sign_off.message() == word
    assert WebhookIn.model_validate(bodies[4]).request.message() == hook
    assert StartIn.model_validate(bodies[5]).start.message() == start
