"""A center's queue: orders, what is said about them, and what a printer does next."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, BackgroundTasks, Response

from api import voider
from api.answers import receipt_json
from api.dependencies import Paged, Service, TokenDigest
from api.fields import AddressText, Number
from api.orderrequests import ChangeIn, NextIn, OrderIn, SignOffIn, StartIn
from ledger import tickets
from ledger.services import orders, queueing, starts
from ledger.services.dispatch import OrderState
from ledger.signing import parse_signature
from ledger.store import queue
from ledger.store.tables import OrderRow, PieceRow

router = APIRouter(tags=["queue"])


@router.post("/orders", status_code=201, summary="Put a signed print order into the queue")
def add(body: OrderIn, ledger: Service, response: Response) -> dict[str, Any]:
    """Behind the other orders of its center; 200 for the same one again."""
    row, new = orders.add(ledger, body.order.message(), parse_signature(body.signature))
    response.status_code = 201 if new else 200
    return _show(row)


@router.get("/queue", summary="Print orders as they arrived")
def list_orders(
    ledger: Service,
    page: Paged,
    center: AddressText | None = None,
    printer: AddressText | None = None,
    license: Number | None = None,
    state: OrderState | None = None,
) -> dict[str, Any]:
    """Of one center, license or state if named; or those of which a printer got a piece."""
    wanted = state.value if state else None
    with ledger.database.read() as session:
        if printer is not None:
            rows = queue.orders_of_printer(session, printer, page.number(), page.limit, wanted)
        else:
            rows = queue.orders(
                session, page.number(), page.limit, center=center, license=license, state=wanted
            )
    return page.answer(rows, _show, lambda row: (row.place,))


@router.get("/orders/{digest}", summary="One order, with its pieces and what was signed")
def show(digest: TokenDigest, ledger: Service) -> dict[str, Any]:
    """Each piece with when its print began, the printer's receipt and the center's word.

    The newest 500 of both; `older` pieces are left out.
    """
    whole = orders.find(ledger, digest)
    said = [
        {
            "digest": row.digest,
            "kind": row.kind,
            "message": json.loads(row.message),
            "signature": row.signature,
            "received_at": row.received_at,
        }
        for row in whole.statements
    ]
    pieces = [
        _piece(row)
        | {
            "receipt": receipt_json(whole.receipts[row.token]) if row.receipt else None,
            "started": whole.started.get(row.token),
        }
        for row in whole.pieces
    ]
    return _show(whole.order) | {"pieces": pieces, "older": whole.older, "statements": said}


@router.post("/orders/{digest}/changes", status_code=201, summary="A center's decision")
def change(digest: TokenDigest, body: ChangeIn, ledger: Service) -> dict[str, Any]:
    """Retry, cancel, pause, resume, up, down, or another quantity. A repeat changes nothing."""
    orders.require_named(digest, body.change.message().order)
    return _show(orders.change(ledger, body.change.message(), parse_signature(body.signature)))


@router.post("/orders/{digest}/signoffs", status_code=201, summary="A center looked at a piece")
def sign_off(
    digest: TokenDigest, body: SignOffIn, ledger: Service, later: BackgroundTasks
) -> dict[str, Any]:
    """The plate is clear, and the piece good or bad. Its printer gets the next job then.

    A piece that is called bad may be voided afterwards.
    """
    orders.require_named(digest, body.sign_off.message().order)
    row = orders.sign_off(ledger, body.sign_off.message(), parse_signature(body.signature))
    if row.accepted is False:
        later.add_task(voider.void, ledger, row.license)
    return _piece(row)


@router.post("/queue/next", summary="What a printer prints next")
def next_job(body: NextIn, ledger: Service) -> dict[str, Any]:
    """A ticket for one serial; or null, and why. The same again while a piece is open."""
    answer = queueing.next_job(ledger, body.request.message(), parse_signature(body.signature))
    return {
        "ticket": tickets.as_json(answer.ticket) if answer.ticket else None,
        "order": answer.order,
        "why": answer.why,
    }


@router.post("/starts", status_code=201, summary="A printer began a print")
def started(body: StartIn, ledger: Service, response: Response) -> dict[str, Any]:
    """A notice, beside the piece of the queue and for webhooks; 200 if it was told before."""
    row, new = starts.accept(ledger, body.start.message(), parse_signature(body.signature))
    response.status_code = 201 if new else 200
    return row.model_dump()


def _show(row: OrderRow) -> dict[str, Any]:
    return row.model_dump(exclude={"signed"}) | {"order": json.loads(row.signed)}


def _piece(row: PieceRow) -> dict[str, Any]:
    return row.model_dump()
