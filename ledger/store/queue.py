"""Print orders, their pieces, and what was said about them: writes and questions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TypeVar

from sqlalchemy import func
from sqlmodel import Session, col, select

from ledger.store.queuetables import (
    OrderRow,
    PieceRow,
    StatementRow,
    VoidClaimRow,
    VoidDueRow,
    VoidShareRow,
)

_AT_ONCE = 500
"""Digests in one query: databases have a limit."""
Placed = TypeVar("Placed", OrderRow, PieceRow, StatementRow)


def add(session: Session, row: Placed) -> Placed:
    """Add a row behind the last of its table; the caller holds the log's lock."""
    table = type(row)
    row.place = (session.exec(select(func.max(table.place))).one() or 0) + 1
    session.add(row)
    session.flush()
    return row


def order(session: Session, digest: str) -> OrderRow | None:
    """One order."""
    return session.get(OrderRow, digest)


def last_rank(session: Session, center: str) -> int:
    """The rank of a center's last order; 0 if it has none."""
    query = select(func.max(OrderRow.rank)).where(col(OrderRow.center) == center)
    return session.exec(query).one() or 0


def standing(
    session: Session, center: str, states: Iterable[str], now: int | None = None
) -> Sequence[OrderRow]:
    """The orders of a center that are in one of these states, by rank.

    With `now`, only those whose time is not over by then.
    """
    query = select(OrderRow).where(
        col(OrderRow.center) == center, col(OrderRow.state).in_(list(states))
    )
    if now is not None:
        query = query.where(col(OrderRow.until) > now)
    return session.exec(query.order_by(col(OrderRow.rank))).all()


def orders(
    session: Session, after: int, limit: int, **wanted: str | int | None
) -> Sequence[OrderRow]:
    """Orders as they arrived, those whose columns have these values."""
    query = select(OrderRow).where(col(OrderRow.place) > after)
    for name, value in wanted.items():
        if value is not None:
            query = query.where(getattr(OrderRow, name) == value)
    return session.exec(query.order_by(col(OrderRow.place)).limit(limit)).all()


def orders_of_printer(
    session: Session, printer: str, after: int, limit: int, state: str | None
) -> Sequence[OrderRow]:
    """Orders of which a printer got a piece, as they arrived."""
    mine = select(PieceRow.order).where(col(PieceRow.printer) == printer)
    query = select(OrderRow).where(col(OrderRow.place) > after, col(OrderRow.digest).in_(mine))
    if state is not None:
        query = query.where(col(OrderRow.state) == state)
    return session.exec(query.order_by(col(OrderRow.place)).limit(limit)).all()


def newest_orders(
    session: Session, limit: int, *, license: int | None = None, printer: str | None = None
) -> tuple[Sequence[OrderRow], int]:
    """The last orders of a license, or of which a printer got a piece; and how many there are."""
    mine = select(PieceRow.order).where(col(PieceRow.printer) == printer)
    about = col(OrderRow.digest).in_(mine) if printer else col(OrderRow.license) == license
    query = select(OrderRow).where(about).order_by(col(OrderRow.place).desc()).limit(limit)
    count = select(func.count()).select_from(OrderRow).where(about)
    return session.exec(query).all()[::-1], int(session.exec(count).one())


def orders_of(session: Session, tokens: Iterable[str]) -> set[str]:
    """The orders that these tokens were given for."""
    wanted, found = sorted(set(tokens)), set[str]()
    for start in range(0, len(wanted), _AT_ONCE):
        part = wanted[start : start + _AT_ONCE]
        found |= set(session.exec(select(PieceRow.order).where(col(PieceRow.token).in_(part))))
    return found


def orders_named(session: Session, digests: Iterable[str]) -> Sequence[OrderRow]:
    """The orders with these digests, as they arrived."""
    found = (session.get(OrderRow, digest) for digest in sorted(set(digests)))
    return sorted((row for row in found if row is not None), key=lambda row: row.place)


def piece(session: Session, token: str) -> PieceRow | None:
    """The piece that a token was given for."""
    return session.get(PieceRow, token)


def answered(session: Session, request: str) -> PieceRow | None:
    """The piece that a `NextJob` of this digest was answered with."""
    return session.exec(select(PieceRow).where(col(PieceRow.request) == request)).first()


def newest_pieces(session: Session, order_: str, limit: int) -> Sequence[PieceRow]:
    """The last pieces of an order, as they were given."""
    query = select(PieceRow).where(col(PieceRow.order) == order_)
    return session.exec(query.order_by(col(PieceRow.place).desc()).limit(limit)).all()[::-1]


def count_pieces(session: Session, order_: str) -> int:
    """How many pieces of an order were ever given."""
    query = select(func.count()).select_from(PieceRow).where(col(PieceRow.order) == order_)
    return int(session.exec(query).one())


def pieces_in(session: Session, states: Iterable[str], **wanted: str) -> Sequence[PieceRow]:
    """Pieces whose columns have these values, in one of these states, as they were given."""
    query = select(PieceRow).where(col(PieceRow.state).in_(list(states)))
    for name, value in wanted.items():
        query = query.where(getattr(PieceRow, name) == value)
    return session.exec(query.order_by(col(PieceRow.place))).all()


def refusers(session: Session, order_: str) -> frozenset[str]:
    """The printers whose gates would not print a piece of an order."""
    query = select(PieceRow.printer).where(
        col(PieceRow.order) == order_, col(PieceRow.unfit).is_(True)
    )
    return frozenset(session.exec(query).all())


def due(session: Session, states: Iterable[str], now: int, limit: int) -> Sequence[PieceRow]:
    """Pieces in one of these states whose tokens are dead by their time."""
    query = select(PieceRow).where(
        col(PieceRow.state).in_(list(states)), col(PieceRow.until) <= now
    )
    return session.exec(query.order_by(col(PieceRow.until)).limit(limit)).all()


def statement(session: Session, digest: str) -> StatementRow | None:
    """A change or a sign-off that was taken."""
    return session.get(StatementRow, digest)


def statements(session: Session, order_: str, limit: int | None = None) -> Sequence[StatementRow]:
    """What was said about an order, in its order; the last `limit` of it, if named."""
    query = select(StatementRow).where(col(StatementRow.order) == order_)
    return session.exec(query.order_by(col(StatementRow.place).desc()).limit(limit)).all()[::-1]


def newest_statements(
    session: Session, orders: Iterable[str], limit: int
) -> tuple[Sequence[StatementRow], int]:
    """What was said last about these orders, a few hundred at most; and how much there is."""
    about = col(StatementRow.order).in_(sorted(set(orders)))
    query = select(StatementRow).where(about).order_by(col(StatementRow.place).desc()).limit(limit)
    count = select(func.count()).select_from(StatementRow).where(about)
    return session.exec(query).all()[::-1], int(session.exec(count).one())


def sign_offs_of(session: Session, piece: PieceRow) -> Sequence[StatementRow]:
    """What its center said of one piece."""
    query = select(StatementRow).where(
        col(StatementRow.order) == piece.order,
        col(StatementRow.kind) == "SignOff",
        col(StatementRow.message).contains(piece.token),
    )
    return session.exec(query.order_by(col(StatementRow.place))).all()


# --- voids -------------------------------------------------------------------


def called_bad(session: Session, license: int) -> Iterable[tuple[PieceRow, StatementRow]]:
    """The pieces of a license that their centers called bad, each with that word."""
    orders = select(OrderRow.digest).where(col(OrderRow.license) == license)
    query = select(PieceRow).where(
        col(PieceRow.order).in_(orders),
        col(PieceRow.accepted).is_(False),
        col(PieceRow.receipt).is_not(None),
    )
    said: dict[str, dict[str, StatementRow]] = {}
    for piece in session.exec(query.order_by(col(PieceRow.place))).all():
        if piece.order not in said:
            said[piece.order] = _sign_offs(session, piece.order)
        if piece.token in said[piece.order]:
            yield piece, said[piece.order][piece.token]


def _sign_offs(session: Session, order_: str) -> dict[str, StatementRow]:
    """What an order's center said of its pieces, by token."""
    return {
        str(json.loads(row.message)["token"]): row
        for row in statements(session, order_)
        if row.kind == "SignOff"
    }


def void_is_due(session: Session, license: int, due_at: int, attempts: int = 0) -> None:
    """Have somebody look, at `due_at` or after, what is to be voided of a license."""
    session.merge(VoidDueRow(license=license, due_at=due_at, attempts=attempts))


def void_due(session: Session, license: int) -> VoidDueRow | None:
    """Whether anybody is to look at a license's voids, and when."""
    return session.get(VoidDueRow, license)


def voids_due(session: Session, now: int, limit: int) -> Sequence[int]:
    """The licenses whose voids are to be looked at, the longest due first."""
    query = select(VoidDueRow.license).where(col(VoidDueRow.due_at) <= now)
    return session.exec(query.order_by(col(VoidDueRow.due_at)).limit(limit)).all()


def claims(session: Session, license: int, now: int) -> set[str]:
    """The receipts of a license whose voids are being sent."""
    query = select(VoidClaimRow.receipt).where(
        col(VoidClaimRow.license) == license, col(VoidClaimRow.until) > now
    )
    return set(session.exec(query).all())


def claim(session: Session, license: int, receipts: Iterable[str], until: int) -> None:
    """Say that the voids of these receipts are being sent."""
    for receipt in receipts:
        session.merge(VoidClaimRow(receipt=receipt, license=license, until=until))


def unclaim(session: Session, receipts: Iterable[str]) -> None:
    """Say that they are not any more: done, or not to be had."""
    for receipt in receipts:
        row = session.get(VoidClaimRow, receipt)
        if row is not None:
            session.delete(row)


def void_share(session: Session, license: int, design: str, usual: int) -> int:
    """The share that holds for a license: its own, or its design's, or the usual one."""
    for subject in (str(license), design):
        row = session.get(VoidShareRow, subject)
        if row is not None:
            return row.share
    return usual
