"""Who held a license when: the chain of custody of a license and of its serials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.errors import LicenseNotFound
from ledger.services.context import Ledger
from ledger.store import Session, catalog, life
from ledger.store.lifetables import PassingRow
from ledger.store.tables import LicenseRow

Place = tuple[int, int]
"""`(block, log index)` of an event."""


@dataclass(frozen=True, slots=True)
class Holding:
    """Somebody who holds, or held, a license: from which event on, and since when (seconds)."""

    holder: str
    place: Place
    since: int
    transaction: str


@dataclass(frozen=True, slots=True)
class Custody:
    """A license's holders, the first one first; where it came from; what was split off it.

    `ancestors` are the licenses that it was split from, the nearest first, each with its
    present holder; `parts` those that were split off, in the chain's order.
    """

    license: LicenseRow
    holders: list[Holding]
    ancestors: list[LicenseRow]
    parts: list[PassingRow]


def custody(ledger: Ledger, number: int) -> Custody:
    """Who held a license, up to the chain's newest block. Raises LicenseNotFound."""
    ledger.indexer.catch_up()
    with ledger.database.read() as session:
        row = catalog.license(session, number)
        if row is None:
            raise LicenseNotFound(f"There is no license {number}.", license=number)
        parts = [
            passing
            for passing in life.passings(session, number)
            if passing.license == number and passing.sublicense is not None
        ]
        return Custody(row, holders(session, row), list(ancestors(session, row)), parts)


def holders(session: Session, license: LicenseRow) -> list[Holding]:
    """Everybody who held a license, in the order in which they did."""
    moves = [
        row
        for row in life.passings(session, license.license)
        if row.license == license.license and row.sublicense is None
    ]
    first = moves[0].giver if moves else license.licensee
    place = (license.block, license.log_index)
    return [
        Holding(first, place, license.issued_at, license.transaction),
        *(
            Holding(row.receiver, (row.block, row.log_index), row.passed_at, row.transaction)
            for row in moves
        ),
    ]


def ancestors(session: Session, license: LicenseRow) -> list[LicenseRow]:
    """The licenses that this one was split from, the nearest first."""
    found: list[LicenseRow] = []
    parent = license.parent
    while parent is not None:
        row = catalog.license(session, parent)
        if row is None:
            break
        found.append(row)
        parent = row.parent
    return found


def holder_at(holdings: Sequence[Holding], place: Place) -> str | None:
    """Who held the license when the event at `place` took place; None before it was issued."""
    before = [holding.holder for holding in holdings if holding.place <= place]
    return before[-1] if before else None
