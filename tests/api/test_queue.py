"""A center's queue: what a printer gets next, and what becomes of what went wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from api.orderrequests import NextIn
from ledger.models import Digest, OrderAction, OrderChange, Outcome
from ledger.services import pieces, queueing
from ledger.signing import parse_signature
from ledger.store import queue
from tests.api.failing import draft
from tests.api.queueing import (
    add,
    ask,
    change,
    next_job,
    nonce,
    order_body,
    print_it,
    serial_of,
    shown,
    sign_off,
    signed,
)
from tests.api.unchanged import nothing_changes
from tests.scene import Scene
from tests.service import Printer


def test_a_printer_prints_an_order_piece_by_piece_until_it_is_done(
    scene: Callable[..., Scene],
) -> None:
    ours = scene(quota=10)
    order = add(ours, quantity=3)
    serials = []
    for _ in range(3):
        ticket = next_job(ours)["ticket"]
        serials.append(serial_of(ticket))
        print_it(ours, ticket)
    assert serials == [0, 1, 2]
    assert next_job(ours) == {"ticket": None, "order": None, "why": "nothing"}
    whole = shown(ours, order)
    assert (whole["state"], whole["done"], whole["failed"]) == ("done", 3, 0)
    assert [piece["receipt"]["outcome"] for piece in whole["pieces"]] == ["done"] * 3
    assert ours.findings(ours.license) == []
    rows = ours.center.ok("GET", "/queue", params={"printer": ours.printer.address})["items"]
    assert [row["digest"] for row in rows] == [order]


def test_a_lost_answer_asked_for_again_is_the_same_ticket(scene: Callable[..., Scene]) -> None:
    ours = scene(quota=10)
    add(ours, quantity=5)
    body = ask(ours)
    first = ours.center.ok("POST", "/queue/next", json=body)
    with nothing_changes(ours.ledger):
        assert ours.center.ok("POST", "/queue/next", json=body) == first
    assert next_job(ours)["ticket"] == first["ticket"]
    print_it(ours, first["ticket"])
    assert ours.center.ok("POST", "/queue/next", json=body) == first
    assert serial_of(next_job(ours)["ticket"]) == 1


@pytest.mark.parametrize("quantity", [10, 16])
def test_printers_that_ask_at_once_share_no_serial_and_exceed_no_quantity(
    scene: Callable[..., Scene], quantity: int
) -> None:
    ours = scene(quota=12)
    printers = [ours.enrolled() for _ in range(16)]
    add(ours, quantity=quantity)
    bodies = [ask(ours, printer) for printer in printers for _ in range(2)]

    def send(body: dict[str, object]) -> tuple[str, int] | None:
        read = NextIn.model_validate(body)
        said = read.request.message()
        answer = queueing.next_job(ours.ledger, said, parse_signature(read.signature))
        if answer.ticket is None:
            return None
        token = answer.ticket.token
        return said.printer, token.serials.bit_length() - 1

    with ThreadPoolExecutor(16) as pool:
        got = set(filter(None, pool.map(send, bodies)))
    assert len(got) == min(quantity, 12)
    assert max(Counter(serial for _, serial in got).values()) == 1
    assert max(Counter(printer for printer, _ in got).values()) == 1


def test_a_failed_piece_is_printed_again_while_retries_are_left(
    scene: Callable[..., Scene],
) -> None:
    ours = scene(quota=10)
    order = add(ours, quantity=1, retries=1)
    print_it(ours, next_job(ours)["ticket"], Outcome.FAILED)
    assert shown(ours, order)["state"] == "open"
    print_it(ours, next_job(ours)["ticket"], Outcome.CANCELLED)
    assert shown(ours, order)["state"] == "waiting"
    assert next_job(ours)["why"] == "nothing"
    assert change(ours, order, OrderAction.RETRY, 1)["state"] == "open"
    ticket = next_job(ours)["ticket"]
    assert serial_of(ticket) == 2
    print_it(ours, ticket)
    assert shown(ours, order)["state"] == "done"


def test_a_replaced_serial_is_printed_by_the_queue(scene: Callable[..., Scene]) -> None:
    ours = scene(quota=1)
    order = add(ours, quantity=1, retries=1)
    receipt = print_it(ours, next_job(ours)["ticket"], Outcome.FAILED)
    assert next_job(ours)["ticket"] is None
    assert shown(ours, order)["reason"] == "QuotaExhausted"
    path = f"/licenses/{ours.license}/voids"
    (waits,) = ours.center.ok("GET", f"/licenses/{ours.license}/failures")["items"]
    assert waits["order"] == order
    ours.designer.send(ours.designer.ok("POST", path, json=draft(ours, receipt)))
    ticket = next_job(ours)["ticket"]
    assert serial_of(ticket) == 1
    print_it(ours, ticket)
    assert shown(ours, order)["state"] == "done"


def test_a_plate_that_nobody_cleared_holds_its_printer_and_no_other(
    scene: Callable[..., Scene],
) -> None:
    ours = scene(quota=10)
    other = ours.enrolled()
    order = add(ours, quantity=2, retries=1, sign_off=True)
    ticket = next_job(ours)["ticket"]
    print_it(ours, ticket)
    assert next_job(ours)["why"] == "sign-off"
    second = next_job(ours, other)["ticket"]
    print_it(ours, second, by=other)
    assert sign_off(ours, order, ticket, accepted=False)["state"] == "failed"
    assert sign_off(ours, order, second, accepted=True)["state"] == "done"
    whole = shown(ours, order)
    assert (whole["state"], whole["done"], whole["failed"]) == ("open", 1, 1)
    assert [piece["accepted"] for piece in whole["pieces"]] == [False, True]
    assert [said["kind"] for said in whole["statements"]] == ["SignOff", "SignOff"]
    third = next_job(ours)["ticket"]
    print_it(ours, third, Outcome.FAILED)
    assert shown(ours, order)["failed"] == 2
    sign_off(ours, order, third, accepted=True)
    whole = shown(ours, order)
    assert (whole["state"], whole["done"], whole["failed"]) == ("waiting", 1, 2)


def test_a_center_orders_its_queue(scene: Callable[..., Scene]) -> None:
    ours = scene(quota=10)
    first, second, third = (add(ours) for _ in range(3))
    change(ours, third, OrderAction.UP)
    change(ours, third, OrderAction.UP)
    change(ours, third, OrderAction.UP)
    change(ours, first, OrderAction.PAUSE)
    change(ours, second, OrderAction.CANCEL)
    answer = next_job(ours)
    assert answer["order"] == third
    print_it(ours, answer["ticket"])
    assert next_job(ours)["why"] == "nothing"
    change(ours, first, OrderAction.RESUME)
    change(ours, first, OrderAction.QUANTITY, 2)
    for _ in range(2):
        answer = next_job(ours)
        assert answer["order"] == first
        print_it(ours, answer["ticket"])
    assert shown(ours, first)["state"] == "done"
    assert change(ours, first, OrderAction.QUANTITY, 3)["state"] == "open"


def test_only_named_printers_of_the_center_get_a_piece(scene: Callable[..., Scene]) -> None:
    ours, theirs = scene(quota=10), scene(quota=10)
    named = ours.enrolled()
    order = add(ours, printers=(named.address,))
    assert next_job(ours)["why"] == "nothing"
    assert next_job(theirs)["why"] == "nothing"
    assert next_job(ours, named)["order"] == order
    stranger = Printer.new()
    ours.center.refused("PrinterNotEnrolled", "POST", "/queue/next", json=ask(ours, stranger))
    body = order_body(ours, printers=(theirs.printer.address,))
    ours.center.refused("PrinterNotEnrolled", "POST", "/orders", json=body)


def test_a_token_that_dies_unprinted_goes_back(
    scene: Callable[..., Scene], later: Callable[[int], None]
) -> None:
    ours = scene(quota=1)
    order = add(ours)
    ticket = next_job(ours)["ticket"]
    later(3_600 + 300)
    again = next_job(ours)["ticket"]
    assert again["digest"] != ticket["digest"]
    assert serial_of(again) == 0
    assert [piece["state"] for piece in shown(ours, order)["pieces"]] == ["lapsed", "given"]


def test_what_a_gate_refuses_goes_to_another_printer_once_its_token_is_dead(
    scene: Callable[..., Scene], later: Callable[[int], None]
) -> None:
    ours = scene(quota=5)
    order, other = add(ours, retries=1), ours.enrolled()
    ticket = next_job(ours)["ticket"]
    refused = Digest.parse(ticket["digest"])
    assert next_job(ours, refused=refused)["why"] == "nothing"
    assert next_job(ours, other)["why"] == "nothing"
    later(3_600 + 300)
    assert next_job(ours)["why"] == "nothing"
    assert next_job(ours, other)["order"] == order
    assert shown(ours, order)["failed"] == 1


def test_what_was_made_counts_though_its_piece_had_gone_back(
    scene: Callable[..., Scene],
) -> None:
    ours = scene(quota=5)
    order = add(ours, quantity=2)
    ticket = next_job(ours)["ticket"]
    with ours.ledger.database.write() as session:  # as if the service's clock were ahead
        piece = queue.piece(session, ticket["digest"])
        assert piece is not None
        pieces.lapse(session, piece, ours.now)
    second = next_job(ours)["ticket"]
    print_it(ours, second)
    print_it(ours, ticket)
    whole = shown(ours, order)
    assert (whole["state"], whole["done"], whole["failed"]) == ("done", 2, 0)


def test_a_center_has_only_so_many_orders_that_are_not_over(
    scene: Callable[..., Scene], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.services.orders.MOST_STANDING", 2)
    ours = scene(quota=5)
    first, _ = add(ours), add(ours)
    ours.center.refused("Conflict", "POST", "/orders", json=order_body(ours))
    change(ours, first, OrderAction.CANCEL)
    add(ours)


def test_a_signed_order_or_change_does_nothing_when_its_time_is_over_or_elsewhere(
    scene: Callable[..., Scene],
) -> None:
    ours = scene(quota=5)
    late = order_body(ours, deadline=ours.now)
    ours.center.refused("SignatureExpired", "POST", "/orders", json=late)
    ours.center.refused("SignatureExpired", "POST", "/queue/next", json=ask(ours, deadline=1))
    first, second = add(ours), add(ours)
    said = OrderChange(Digest.parse(first), OrderAction.PAUSE, 0, nonce(), ours.now + 600)
    body = signed(ours.center, "change", said, ours)
    path = f"/orders/{second}/changes"
    ours.center.refused("MalformedRequest", "POST", path, json=body)
    ours.center.ok("POST", f"/orders/{first}/changes", json=body)
    change(ours, first, OrderAction.RESUME)
    ours.center.ok("POST", f"/orders/{first}/changes", json=body)  # a replay
    assert shown(ours, first)["state"] == "open"


def test_only_its_center_decides_about_an_order(scene: Callable[..., Scene]) -> None:
    ours, theirs = scene(quota=5), scene(quota=5)
    theirs.ledger.indexer.catch_up()
    foreign = order_body(ours, by=theirs.center)
    ours.center.refused("BadSignature", "POST", "/orders", json=foreign)
    body = order_body(ours, until=ours.now)
    ours.center.refused("MalformedRequest", "POST", "/orders", json=body)
    order = add(ours)
    for action in (OrderAction.PAUSE, OrderAction.CANCEL):
        with pytest.raises(AssertionError, match="BadSignature"):
            change(_as(ours, theirs), order, action)
    ours.center.refused("OrderNotFound", "GET", f"/orders/0x{'11' * 32}")
    change(ours, order, OrderAction.CANCEL)
    with pytest.raises(AssertionError, match="Conflict"):
        change(ours, order, OrderAction.RESUME)


def test_the_same_order_twice_stands_in_the_queue_once(scene: Callable[..., Scene]) -> None:
    ours = scene(quota=5)
    body = order_body(ours)
    first = ours.center.ok("POST", "/orders", json=body)
    with nothing_changes(ours.ledger):
        assert ours.center.ok("POST", "/orders", json=body) == first
    kinds = [fact["what"] for fact in ours.dossier(ours.license)["facts"]]
    assert kinds.count("PrintOrdered") == 1


def test_an_order_whose_license_cannot_be_printed_is_passed_over(
    scene: Callable[..., Scene],
) -> None:
    ours = scene(quota=1)
    blocked = add(ours, quantity=2)
    print_it(ours, next_job(ours)["ticket"])
    assert next_job(ours)["why"] == "nothing"
    assert shown(ours, blocked)["reason"] == "QuotaExhausted"


def _as(ours: Scene, theirs: Scene) -> Scene:
    return replace(ours, center=theirs.center)
