"""Orders and tokens whose time is over, and orders of more pieces than one answer tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from ledger.models import ZERO_DIGEST, Digest, NextJob
from ledger.services import queueing
from ledger.services.queueing import Answer
from ledger.store import queue
from tests.api.queueing import add, next_job, nonce, order_body, print_it, shown, sign_off
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


def later(ours: Scene, seconds: int, refused: Digest = ZERO_DIGEST) -> Answer:
    """What the queue answers to the printer so many seconds from now."""
    time = ours.now + seconds
    ledger = replace(ours.ledger, clock=lambda: time)
    asked = NextJob(ours.printer.address, refused, nonce(), time + 600)
    return queueing.next_job(ledger, asked, ours.printer.signer.sign(ledger.domain.typed(asked)))


@pytest.mark.parametrize("refuses", [False, True])
def test_a_printer_that_let_its_token_run_out_gets_another_piece_of_the_order(
    scene: Callable[..., Scene], *, refuses: bool
) -> None:
    """It was off for the night: that is no word against the order."""
    ours = scene(quota=5, grace=24)
    order = add(ours, quantity=2)
    ticket = next_job(ours)["ticket"]
    refused = Digest.parse(ticket["digest"]) if refuses else ZERO_DIGEST
    answer = later(ours, queueing.TOKEN_SECONDS, refused)
    assert answer.order == order
    assert answer.ticket is not None
    assert answer.ticket.token.serials != int(ticket["token"]["serials"])
    whole = shown(ours, order)
    assert ([piece["state"] for piece in whole["pieces"]], whole["failed"]) == (["given"] * 2, 0)
