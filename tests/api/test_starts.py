"""What printers say of prints that began: kept once, shown beside the piece, and no evidence."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ledger.models import Digest, PrinterRevocation
from ledger.store.hooks import Event
from tests.api.hooking import Receiver, deliveries, register
from tests.api.queueing import add, next_job, print_it, shown
from tests.api.saying import start
from tests.api.unchanged import nothing_changes
from tests.scene import Scene
from tests.service import Printer

pytestmark = pytest.mark.usefixtures("only_tests_deliver")


def test_the_queue_shows_when_a_piece_began_and_webhooks_hear_of_it_once(
    scene: Callable[..., Scene], receiver: Receiver
) -> None:
    ours = scene(quota=5)
    hook = register(ours, ours.center, receiver, "print.started")
    order = add(ours)
    ticket = next_job(ours)["ticket"]
    assert shown(ours, order)["pieces"][0]["started"] is None
    body = start(ours, ticket)
    first = ours.center.ok("POST", "/starts", json=body)
    with nothing_changes(ours.ledger):
        assert ours.center.ok("POST", "/starts", json=body) == first
        later = start(ours, ticket, started=ours.now)
        assert ours.center.ok("POST", "/starts", json=later) == first
    (piece,) = shown(ours, order)["pieces"]
    assert (piece["state"], piece["started"]) == ("given", body["start"]["started"])
    assert [row["kind"] for row in deliveries(ours, ours.center, hook)] == [
        Event.PRINT_STARTED.value
    ]
    print_it(ours, ticket)
    assert shown(ours, order)["state"] == "done"
    assert ours.findings(ours.license) == []


def test_only_the_printer_of_a_token_says_that_its_print_began(
    scene: Callable[..., Scene],
) -> None:
    ours = scene(quota=5)
    other, stranger = ours.enrolled(), Printer.new()
    ticket = ours.ticket()
    refused = ours.center.refused
    path = "/starts"
    body = start(ours, ticket)
    refused("PrinterNotEnrolled", "POST", path, json=start(ours, ticket, by=stranger))
    refused("TokenNotFound", "POST", path, json=start(ours, ticket, by=other))
    forged = {**start(ours, ticket, by=other), "start": body["start"]}
    refused("BadSignature", "POST", path, json=forged)
    refused("TakeOutsideToken", "POST", path, json=start(ours, ticket, serial=4))
    refused("TakeOutsideToken", "POST", path, json=start(ours, ticket, serial=2**32 - 1))
    refused("TokenNotFound", "POST", path, json=start(ours, ticket, token=Digest(b"\x01" * 32)))
    refused("MalformedRequest", "POST", path, json=start(ours, ticket, started=ours.now + 3_600))
    refused(
        "MalformedRequest", "POST", path, json={**body, "start": {**body["start"], "serial": -1}}
    )


def test_a_print_that_is_over_does_not_begin(scene: Callable[..., Scene]) -> None:
    ours = scene(quota=5)
    ticket = ours.ticket()
    print_it(ours, ticket)
    ours.center.refused("Conflict", "POST", "/starts", json=start(ours, ticket))


def test_a_revoked_printer_says_nothing_any_more(scene: Callable[..., Scene]) -> None:
    ours = scene(quota=5)
    ticket = ours.ticket()
    printer = ours.printer.address
    said = PrinterRevocation(printer, ours.center.address, "stolen", ours.now, ours.now + 600)
    signature = ours.center.signer.sign(ours.ledger.domain.typed(said))
    body = {
        "center": said.center,
        "reason": said.reason,
        "since": said.since,
        "deadline": said.deadline,
        "signature": "0x" + signature.hex(),
    }
    ours.center.ok("POST", f"/printers/{printer}/revocation", json=body)
    ours.center.refused("PrinterRevoked", "POST", "/starts", json=start(ours, ticket))
