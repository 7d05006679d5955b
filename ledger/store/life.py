"""The later life of licenses in the projection: what its events make, and questions to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlmodel import Session, col, select

from ledger.models import Outcome
from ledger.store.lifetables import PassingRow, VoidRow
from ledger.store.places import Place, in_order, place_of
from ledger.store.tables import LicenseRow, ReceiptRow

if TYPE_CHECKING:
    from ledger.store.projection import Event

_AT_ONCE = 500
"""Serials in one query: databases have a limit."""

# --- from events -------------------------------------------------------------


def _voided(session: Session, event: Event) -> None:
    said = event.arguments
    serials = int(said["serials"])
    row = session.get_one(LicenseRow, int(said["license"]))
    row.quota, row.voided = said["quota"], row.voided + serials.bit_count()
    session.add(
        VoidRow(
            design=said["design"],
            license=row.license,
            word=said["word"],
            serials=hex(serials),
            quota=said["quota"],
            evidence=said["evidence"],
            by=said["by"],
            voided_at=event.block_time,
            **place_of(event),
        )
    )


def _transferred(session: Session, event: Event) -> None:
    said = event.arguments
    row = session.get_one(LicenseRow, int(said["license"]))
    row.licensee = said["to"]
    session.add(
        PassingRow(
            design=row.design,
            license=row.license,
            giver=said["from"],
            receiver=said["to"],
            quota=row.quota,
            passed_at=event.block_time,
            **place_of(event),
        )
    )


def _split(session: Session, event: Event) -> None:
    """The new license is on the same terms; what it is apart from its number stands here."""
    said = event.arguments
    row = session.get_one(LicenseRow, int(said["license"]))
    number, quota = int(said["sublicense"]), said["quota"]
    row.quota -= quota
    own = {
        "license": number,
        "licensee": said["to"],
        "quota": quota,
        "parent": row.license,
        "spent": 0,
        "earned": 0,
        "refunded": 0,
        "voided": 0,
        "issued_at": event.block_time,
        **place_of(event),
    }
    session.add(LicenseRow(**row.model_dump() | own))
    session.add(
        PassingRow(
            design=row.design,
            license=row.license,
            sublicense=number,
            giver=row.licensee,
            receiver=said["to"],
            quota=quota,
            passed_at=event.block_time,
            **place_of(event),
        )
    )


HANDLERS: Mapping[str, Callable[[Session, Any], None]] = {
    "PrintsVoided": _voided,
    "LicenseTransferred": _transferred,
    "LicenseSplit": _split,
}
"""What each event changes, by its name."""


# --- questions ---------------------------------------------------------------


def voids(
    session: Session, after: Place | None, limit: int | None, **wanted: str | int | None
) -> Sequence[VoidRow]:
    """Voids in the chain's order, those whose columns have these values."""
    return in_order(session, VoidRow, wanted, after, limit)


def voided_words(session: Session, license: int) -> dict[int, int]:
    """The voided serials of a license: mask by word."""
    query = select(VoidRow.word, VoidRow.serials).where(col(VoidRow.license) == license)
    words: dict[int, int] = {}
    for word, serials in session.exec(query):
        words[word] = words.get(word, 0) | int(serials, 16)
    return words


def passings(session: Session, license: int) -> Sequence[PassingRow]:
    """What was passed on of a license, and what made it, in the chain's order."""
    query = (
        select(PassingRow)
        .where((col(PassingRow.license) == license) | (col(PassingRow.sublicense) == license))
        .order_by(col(PassingRow.block), col(PassingRow.log_index))
    )
    return session.exec(query).all()


def failed_receipts(session: Session, license: int) -> Sequence[ReceiptRow]:
    """Receipts of a license's prints that did not end well, in their order."""
    query = (
        select(ReceiptRow)
        .where(col(ReceiptRow.license) == license, col(ReceiptRow.outcome) != Outcome.DONE.value)
        .order_by(col(ReceiptRow.place))
    )
    return session.exec(query).all()


def some_failed(session: Session, license: int, serials: Iterable[int]) -> bool:
    """Whether a receipt says of one of these prints that it did not end well."""
    wanted = sorted(set(serials))
    for start in range(0, len(wanted), _AT_ONCE):
        query = select(ReceiptRow.digest).where(
            col(ReceiptRow.license) == license,
            col(ReceiptRow.serial).in_(wanted[start : start + _AT_ONCE]),
            col(ReceiptRow.outcome) != Outcome.DONE.value,
        )
        if session.exec(query.limit(1)).first() is not None:
            return True
    return False


def receipts_named(session: Session, digests: Iterable[str]) -> dict[str, ReceiptRow]:
    """The receipts with these digests, by digest."""
    found = (session.get(ReceiptRow, digest) for digest in sorted(set(digests)))
    return {row.digest: row for row in found if row is not None}
