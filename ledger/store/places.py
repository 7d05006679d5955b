"""Where on the chain a row has its place: `(block, log index)`, the order of every list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import tuple_
from sqlmodel import Session, col, select

from ledger.store.crisistables import CrisisRow, PledgeRow
from ledger.store.lifetables import VoidRow
from ledger.store.tables import DesignRow, LicenseRow, OfferRow

if TYPE_CHECKING:
    from ledger.store.projection import Event

Placed = TypeVar("Placed", DesignRow, OfferRow, LicenseRow, PledgeRow, CrisisRow, VoidRow)
Place = tuple[int, int]
"""`(block, log index)`: where a list stands, and what its cursor holds."""


def place_of(event: Event) -> dict[str, Any]:
    """What a row that an event makes says of its place, by column."""
    return {
        "block": event.block,
        "log_index": event.log_index,
        "transaction": str(event.transaction),
    }


def in_order(
    session: Session,
    table: type[Placed],
    wanted: Mapping[str, str | int | None],
    after: Place | None,
    limit: int | None,
) -> Sequence[Placed]:
    """Rows in the chain's order that come after a place; of `wanted` columns, those not None."""
    place = (col(table.block), col(table.log_index))
    query = select(table).order_by(*place).limit(limit)
    for name, value in wanted.items():
        if value is not None:
            query = query.where(getattr(table, name) == value)
    if after is not None:
        query = query.where(tuple_(*place) > after)
    return session.exec(query).all()
