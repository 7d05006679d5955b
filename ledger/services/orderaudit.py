"""Print orders in the audit: who asked a queue for what, and what their center said of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from ledger.services.facts import Fact
from ledger.services.subjects import Kind, Subject
from ledger.store import Session, queue
from ledger.store.tables import OrderRow, TokenRow

_MOST_ORDERS = 200
_SAID = {"OrderChange": "OrderChanged", "SignOff": "PieceSignedOff"}


def order_facts(session: Session, subject: Subject, tokens: Sequence[TokenRow]) -> list[Fact]:
    """The orders of a license or printer, or of these tokens, and what was said about them."""
    return [fact for row in _orders(session, subject, tokens) for fact in _told(session, row)]


def _orders(session: Session, subject: Subject, tokens: Sequence[TokenRow]) -> Sequence[OrderRow]:
    if subject.kind is Kind.LICENSE:
        return queue.orders(session, 0, _MOST_ORDERS, license=int(subject.id))
    if subject.kind is Kind.PRINTER:
        return queue.orders_of_printer(session, subject.id, 0, _MOST_ORDERS, None)
    pieces = (queue.piece(session, token.digest) for token in tokens[:_MOST_ORDERS])
    return queue.orders_named(session, (one.order for one in pieces if one is not None))


def _told(session: Session, row: OrderRow) -> Iterator[Fact]:
    name = f"print order {row.digest}"
    yield Fact(
        row.received_at,
        "PrintOrdered",
        f"{name}, signed by {row.center}",
        {
            "order": row.digest,
            "state": row.state,
            "done": row.done,
            "failed": row.failed,
            **json.loads(row.signed),
            "signature": row.signature,
        },
        after=(f"license {row.license}",),
        gives=(name,),
    )
    for said in queue.statements(session, row.digest):
        told = json.loads(said.message)
        yield Fact(
            said.received_at,
            _SAID[said.kind],
            f"statement {said.digest}, signed by {row.center}",
            {**told, "signature": said.signature},
            after=(name, *([f"token {told['token']}"] if "token" in told else ())),
            gives=(f"statement {said.digest}",),
        )
