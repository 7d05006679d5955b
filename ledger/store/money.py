"""Earnings in the projection: what the events of money make, and questions to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlmodel import Session, col, select

from ledger.store.moneytables import EarningRow, RoyaltyRow
from ledger.store.tables import LicenseRow

if TYPE_CHECKING:
    from ledger.store.projection import Event


# --- from events -------------------------------------------------------------


def _settled(session: Session, event: Event) -> None:
    said = event.arguments
    license = session.get_one(LicenseRow, int(said["license"]))
    license.earned += said["prints"]
    _add(session, said["design"], license.currency, "settled", int(said["amount"]))


def _refunded(session: Session, event: Event) -> None:
    said = event.arguments
    session.get_one(LicenseRow, int(said["license"])).refunded += said["prints"]


def _passed(session: Session, event: Event) -> None:
    said = event.arguments
    design, parent, currency = said["design"], said["parent"], said["currency"]
    amount = int(said["amount"])
    _add(session, design, currency, "passed", amount)
    _add(session, parent, currency, "received", amount)
    key = (design, parent, currency)
    row = session.get(RoyaltyRow, key) or RoyaltyRow(
        design=design, parent=parent, currency=currency
    )
    row.amount = str(int(row.amount) + amount)
    session.add(row)


def _withdrawn(session: Session, event: Event) -> None:
    said = event.arguments
    _add(session, said["design"], said["currency"], "withdrawn", int(said["amount"]))


def _add(session: Session, design: str, currency: str, what: str, amount: int) -> None:
    row = session.get(EarningRow, (design, currency))
    row = row or EarningRow(design=design, currency=currency)
    setattr(row, what, str(int(getattr(row, what)) + amount))
    session.add(row)
    session.flush()


HANDLERS: Mapping[str, Callable[[Session, Any], None]] = {
    "LicenseSettled": _settled,
    "LicenseRefunded": _refunded,
    "RoyaltyPassed": _passed,
    "EarningsWithdrawn": _withdrawn,
}
"""What each event changes, by its name."""


# --- questions ---------------------------------------------------------------


def earnings(session: Session, design: str) -> Sequence[EarningRow]:
    """What a design has had, a row for each currency, by its address."""
    query = select(EarningRow).where(col(EarningRow.design) == design)
    return session.exec(query.order_by(col(EarningRow.currency))).all()


def royalties(session: Session, design: str) -> Sequence[RoyaltyRow]:
    """What a design has passed up and was passed, by who paid and who received."""
    query = select(RoyaltyRow).where(
        (col(RoyaltyRow.design) == design) | (col(RoyaltyRow.parent) == design)
    )
    order = (col(RoyaltyRow.currency), col(RoyaltyRow.design), col(RoyaltyRow.parent))
    return session.exec(query.order_by(*order)).all()
