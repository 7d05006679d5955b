"""Questions to the projection: designs, offers, licenses, redemptions, events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import and_
from sqlmodel import Session, col, select

from ledger.store.lifetables import VoidRow
from ledger.store.places import Place, in_order
from ledger.store.tables import (
    DesignRow,
    EventRow,
    LicenseRow,
    OfferRow,
    PartyRow,
    RedemptionRow,
    SpentRow,
)

Told = TypeVar("Told", RedemptionRow, VoidRow)


def design(session: Session, id_: str) -> DesignRow | None:
    """One design by its id."""
    return session.get(DesignRow, id_)


def designs(
    session: Session, owner: str | None, after: Place | None, limit: int
) -> Sequence[DesignRow]:
    """Designs in the order of registration, of one owner if named."""
    return in_order(session, DesignRow, {"owner": owner}, after, limit)


def offer(session: Session, hash_: str) -> OfferRow | None:
    """One offer by its hash."""
    return session.get(OfferRow, hash_)


def offers(
    session: Session, design_: str | None, after: Place | None, limit: int
) -> Sequence[OfferRow]:
    """Offers in the order of opening, of one design if named."""
    return in_order(session, OfferRow, {"design": design_}, after, limit)


def license(session: Session, number: int) -> LicenseRow | None:
    """One license by its number."""
    return session.get(LicenseRow, number)


def licenses(
    session: Session,
    design_: str | None,
    licensee: str | None,
    after: Place | None,
    limit: int,
) -> Sequence[LicenseRow]:
    """Licenses in the order of issue, of one design or licensee if named."""
    return in_order(session, LicenseRow, {"design": design_, "licensee": licensee}, after, limit)


def spent_words(session: Session, number: int) -> dict[int, int]:
    """The spent serials of a license: mask by word."""
    rows = session.exec(select(SpentRow).where(col(SpentRow.license) == number))
    return {row.word: int(row.serials, 16) for row in rows}


def redemptions(
    session: Session, limit: int | None = None, **wanted: str | int
) -> Sequence[RedemptionRow]:
    """Redemptions whose columns have these values, in the chain's order."""
    return _matching(session, RedemptionRow, wanted, limit, RedemptionRow.item)


def events(session: Session, limit: int | None = None, **wanted: str | int) -> Sequence[EventRow]:
    """Events whose columns have these values, in the chain's order."""
    return _matching(session, EventRow, wanted, limit)


def events_naming(session: Session, limit: int, account: str) -> Sequence[EventRow]:
    """Events in which an account is a party: in whatever role."""
    query = (
        select(EventRow)
        .join(
            PartyRow,
            and_(
                col(PartyRow.block) == col(EventRow.block),
                col(PartyRow.log_index) == col(EventRow.log_index),
            ),
        )
        .where(col(PartyRow.account) == account)
        .order_by(col(EventRow.block), col(EventRow.log_index))
        .limit(limit)
    )
    return session.exec(query).all()


def since(session: Session, table: type[Told], block: int) -> Sequence[Told]:
    """Redemptions or voids from a block on, in the chain's order."""
    query = select(table).where(col(table.block) >= block)
    return session.exec(query.order_by(col(table.block), col(table.log_index))).all()


def _matching(
    session: Session, table: Any, wanted: dict[str, str | int], limit: int | None, *within: Any
) -> Sequence[Any]:
    query = select(table).order_by(table.block, table.log_index, *within).limit(limit)
    for name, value in wanted.items():
        query = query.where(getattr(table, name) == value)
    return session.exec(query).all()
