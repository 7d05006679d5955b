"""Lineage, recalls and sales in the projection: what their events make, and questions to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import tuple_
from sqlmodel import Session, col, select

from ledger.store.lineagetables import AncestorRow, CommitmentRow, StandingRow
from ledger.store.tables import DesignRow

if TYPE_CHECKING:
    from ledger.store.projection import Event


# --- from events -------------------------------------------------------------


def _derived(session: Session, event: Event) -> None:
    """The same list as the contract keeps: parents first, then what is above each of them."""
    said = event.arguments
    design, parents = said["design"], list(said["parents"])
    above = dict.fromkeys(parents)
    for parent in parents:
        above.update(dict.fromkeys(row.ancestor for row in ancestors(session, parent)))
    shares = dict(zip(parents, said["shares"], strict=True))
    session.add_all(
        AncestorRow(design=design, place=place, ancestor=ancestor, share=shares.get(ancestor))
        for place, ancestor in enumerate(above)
    )


def _policy_set(session: Session, event: Event) -> None:
    row = _standing(session, event)
    row.policy_open, row.policy_share = event.arguments["open"], event.arguments["share"]


def _recalled(session: Session, event: Event) -> None:
    row = _standing(session, event)
    row.recalled, row.notice = True, event.arguments["notice"]
    row.recalled_at = event.block_time


def _lifted(session: Session, event: Event) -> None:
    _standing(session, event).recalled = False


def _sale_changed(session: Session, event: Event) -> None:
    _standing(session, event).on_sale = event.arguments["onSale"]


def _resale_set(session: Session, event: Event) -> None:
    row = _standing(session, event)
    row.resale_receiver = event.arguments["receiver"]
    row.resale_share = event.arguments["share"]


def _kept(_session: Session, _event: Event) -> None:
    """Kept as an event; nothing is derived from it."""


def _standing(session: Session, event: Event) -> StandingRow:
    design = event.arguments["design"]
    row = session.get(StandingRow, design) or StandingRow(design=design)
    session.add(row)
    return row


HANDLERS: Mapping[str, Callable[[Session, Any], None]] = {
    "DesignDerived": _derived,
    "DerivativePolicySet": _policy_set,
    "DesignRecalled": _recalled,
    "RecallLifted": _lifted,
    "SaleChanged": _sale_changed,
    "ResaleRoyaltySet": _resale_set,
    "Committed": _kept,
    "Revealed": _kept,
    "SignatureCancelled": _kept,
    "BatchItemFailed": _kept,
}
"""What each event changes, by its name."""


# --- questions ---------------------------------------------------------------


def ancestors(session: Session, design: str) -> Sequence[AncestorRow]:
    """All designs above one: the parents first, then theirs, each once."""
    query = select(AncestorRow).where(col(AncestorRow.design) == design)
    return session.exec(query.order_by(col(AncestorRow.place))).all()


def parents(session: Session, design: str) -> Sequence[AncestorRow]:
    """The parents of a design with their shares, in the order of registration."""
    return [row for row in ancestors(session, design) if row.share is not None]


def children(
    session: Session, design: str, after: tuple[int, int] | None, limit: int
) -> Sequence[tuple[DesignRow, int]]:
    """Designs that name this one as a parent, with its share, in the order of registration."""
    place = (col(DesignRow.block), col(DesignRow.log_index))
    query = (
        select(DesignRow, AncestorRow.share)
        .join(AncestorRow, col(AncestorRow.design) == col(DesignRow.design))
        .where(col(AncestorRow.ancestor) == design, col(AncestorRow.share).is_not(None))
        .order_by(*place)
        .limit(limit)
    )
    if after is not None:
        query = query.where(tuple_(*place) > after)
    return [(row, share or 0) for row, share in session.exec(query)]


def child_ids(session: Session, design: str) -> Sequence[str]:
    """The designs that name this one as a parent."""
    query = select(AncestorRow.design).where(
        col(AncestorRow.ancestor) == design, col(AncestorRow.share).is_not(None)
    )
    return session.exec(query.order_by(col(AncestorRow.design))).all()


def standing(session: Session, design: str) -> StandingRow:
    """What an owner said of a design since; one that says nothing where they did not."""
    return session.get(StandingRow, design) or StandingRow(design=design)


def recalled_by(session: Session, design: str) -> StandingRow | None:
    """Why a design may not be printed: itself, or the first recalled one above it."""
    for one in (design, *(row.ancestor for row in ancestors(session, design))):
        row = standing(session, one)
        if row.recalled:
            return row
    return None


def commitment(session: Session, design: str, owner: str) -> CommitmentRow | None:
    """The commitment that this service made to a registration."""
    return session.get(CommitmentRow, (design, owner))
