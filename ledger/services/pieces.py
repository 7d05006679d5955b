"""Pieces of print orders: how they end, and what their order becomes by that."""

from __future__ import annotations

from ledger.errors import JsonScalar
from ledger.models import Outcome
from ledger.services.dispatch import OUT, OrderState, PieceState, settled, told
from ledger.store import Session, hooks, queue
from ledger.store.hooks import Event
from ledger.store.tables import OrderRow, PieceRow, ReceiptRow

_OPEN = (PieceState.GIVEN, PieceState.REFUSED, PieceState.LAPSED)
"""Pieces that a receipt can end. LAPSED: the chain's clock may be behind the service's, so a token
can be redeemed when its piece has gone back; what was made is made, and counts.
"""


def hear(session: Session, receipt: ReceiptRow, now: int) -> None:
    """A receipt came: the piece that it is about, if it is the queue's, is not out any more.

    In the transaction that keeps the receipt.
    """
    piece = queue.piece(session, receipt.token)
    if piece is None or piece.printer != receipt.printer or piece.serial != receipt.serial:
        return
    if piece.receipt is not None or piece.state not in _OPEN:
        return
    row = session.get_one(OrderRow, piece.order)
    good = receipt.outcome == Outcome.DONE
    piece.receipt, piece.state = receipt.digest, told(good=good, sign_off=row.sign_off).value
    session.add(piece)
    if not good:
        row.failed += 1
    elif not row.sign_off:
        row.done += 1
    if piece.state == PieceState.HELD:
        facts = {**_facts(row), "token": piece.token, "printer": piece.printer}
        hooks.emit(session, Event.SIGN_OFF_WANTED, piece.token, [row.center], facts, now)
    settle(session, row, receipt.digest, now)


def lapse(session: Session, piece: PieceRow, now: int) -> None:
    """A token died unprinted: its piece goes back. What was refused counts as failed."""
    row = session.get_one(OrderRow, piece.order)
    if piece.state == PieceState.REFUSED:
        piece.state = PieceState.FAILED.value
        row.failed += 1
    else:
        piece.state = PieceState.LAPSED.value
    session.add(piece)
    settle(session, row, f"{piece.token} lapsed", now)


def out(session: Session, row: OrderRow) -> int:
    """How many pieces of an order are out."""
    return len(queue.pieces_in(session, [state.value for state in OUT], order=row.digest))


def settle(session: Session, row: OrderRow, cause: str, now: int) -> None:
    """Give the order the state that follows from its counts, and tell if it is another."""
    counts = (row.quantity, row.retries, row.done, row.failed)
    row.state = settled(OrderState(row.state), *counts).value
    session.add(row)
    session.flush()
    tell(session, row, cause, now)


def tell(session: Session, row: OrderRow, cause: str, now: int) -> None:
    """Tell its center how an order stands, because of `cause`."""
    subject = f"{row.digest} {cause}"
    hooks.emit(session, Event.ORDER_STATE, subject, [row.center], _facts(row), now)


def _facts(row: OrderRow) -> dict[str, JsonScalar]:
    names = ("design", "license", "center", "state", "quantity", "done", "failed", "retries")
    return {"order": row.digest, **{name: getattr(row, name) for name in names}}


def receipt_of(session: Session, piece: PieceRow) -> ReceiptRow | None:
    """What the printer said of a piece."""
    return session.get(ReceiptRow, piece.receipt) if piece.receipt else None
