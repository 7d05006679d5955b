"""What only this service knows: sealed files, printers, tokens, receipts, refusals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from sqlalchemy import func
from sqlmodel import Session, SQLModel, col, select

from ledger.models import bit_of
from ledger.store.leasetables import DueSpendRow, DueState
from ledger.store.tables import (
    DeploymentRow,
    EnrolmentRow,
    MetadataRow,
    PrinterRow,
    ReceiptRow,
    RefusalRow,
    RequestRow,
    SealedRow,
    TokenRow,
    VariantRow,
)

_NAMES_PER_QUERY = 500
"""SQLite was built with room for 999 parameters in one statement, at the least."""

Row = TypeVar("Row", bound=SQLModel)
Ordered = TypeVar("Ordered", TokenRow, ReceiptRow)


def deployment(session: Session) -> DeploymentRow | None:
    """The deployment that this database belongs to; None before the first start."""
    return session.get(DeploymentRow, 1)


def sealed(session: Session, design: str) -> SealedRow | None:
    """The sealed copy of a design's file, if it was ever sealed here."""
    return session.get(SealedRow, design)


def variant(session: Session, license: int, job: str) -> VariantRow | None:
    """A variant that was uploaded under a license, be it all the way or not."""
    return session.get(VariantRow, (license, job))


def variants(
    session: Session, limit: int | None = None, after: str = "", **wanted: str | int
) -> Sequence[VariantRow]:
    """Accepted variants by hash and license, those whose columns have these values."""
    query = (
        select(VariantRow)
        .where(col(VariantRow.accepted_at).is_not(None), col(VariantRow.job) > after)
        .order_by(col(VariantRow.job), col(VariantRow.license))
        .limit(limit)
    )
    for name, value in wanted.items():
        query = query.where(getattr(VariantRow, name) == value)
    return session.exec(query).all()


def variants_named(session: Session, jobs: Iterable[str]) -> Sequence[VariantRow]:
    """Accepted variants with one of these hashes, under whatever license."""
    wanted = sorted(set(jobs))
    found: list[VariantRow] = []
    for start in range(0, len(wanted), _NAMES_PER_QUERY):
        query = select(VariantRow).where(
            col(VariantRow.accepted_at).is_not(None),
            col(VariantRow.job).in_(wanted[start : start + _NAMES_PER_QUERY]),
        )
        found += session.exec(query.order_by(col(VariantRow.job), col(VariantRow.license))).all()
    return found


def put(session: Session, row: Row) -> Row:
    """Write a row, replacing the one of the same key."""
    return session.merge(row)


def metadata(session: Session, digest: str) -> MetadataRow | None:
    """A metadata document by its digest."""
    return session.get(MetadataRow, digest)


def metadata_for(session: Session, design: str, owner: str) -> Sequence[MetadataRow]:
    """The documents that were prepared for a registration of this design by this owner."""
    query = select(MetadataRow).where(
        col(MetadataRow.design) == design, col(MetadataRow.owner) == owner
    )
    return session.exec(query).all()


def printer(session: Session, address: str) -> PrinterRow | None:
    """An enrolled printer."""
    return session.get(PrinterRow, address)


def printers(session: Session, center: str | None, after: str, limit: int) -> Sequence[PrinterRow]:
    """Enrolled printers by address, of one center if named."""
    query = select(PrinterRow).where(col(PrinterRow.printer) > after)
    if center is not None:
        query = query.where(col(PrinterRow.center) == center)
    return session.exec(query.order_by(col(PrinterRow.printer)).limit(limit)).all()


def enrolment(session: Session, digest: str) -> EnrolmentRow | None:
    """An enrolment that was signed."""
    return session.get(EnrolmentRow, digest)


def enrolments(session: Session, printer_: str, limit: int) -> Sequence[EnrolmentRow]:
    """What was signed to enrol a printer, the oldest first."""
    query = select(EnrolmentRow).where(col(EnrolmentRow.printer) == printer_)
    order = (col(EnrolmentRow.received_at), col(EnrolmentRow.digest))
    return session.exec(query.order_by(*order).limit(limit)).all()


def enrolled_at(session: Session, center: str, back: int) -> int | None:
    """When a center's last enrolment came, or that so many before it; None if it has not as many.

    Unix seconds.
    """
    mine = select(PrinterRow.printer).where(col(PrinterRow.center) == center)
    query = select(EnrolmentRow.received_at).where(
        col(EnrolmentRow.printer).in_(mine), col(EnrolmentRow.center) == center
    )
    return session.exec(
        query.order_by(col(EnrolmentRow.received_at).desc()).offset(back).limit(1)
    ).first()


def request(session: Session, digest: str) -> RequestRow | None:
    """A print request that was answered."""
    return session.get(RequestRow, digest)


def token(session: Session, digest: str) -> TokenRow | None:
    """A print token that was issued here."""
    return session.get(TokenRow, digest)


def reserved_words(session: Session, license: int, now: int) -> dict[int, int]:
    """The serials that issued tokens can still spend, or were spent offline: mask by word."""
    query = select(TokenRow.word, TokenRow.serials).where(
        col(TokenRow.license) == license, col(TokenRow.redeemable_until) > now
    )
    words: dict[int, int] = {}
    for word, serials in session.exec(query):
        words[word] = words.get(word, 0) | int(serials, 16)
    # What the chain refused was printed all the same, and what it took it may yet lose again.
    due = select(DueSpendRow.serial).where(
        col(DueSpendRow.license) == license,
        (col(DueSpendRow.state) != DueState.REDEEMED.value) | (col(DueSpendRow.next_try) > 0),
    )
    for serial in session.exec(due):
        word, bit = bit_of(serial)
        words[word] = words.get(word, 0) | bit
    return words


def outstanding(session: Session, license: int, now: int) -> Sequence[TokenRow]:
    """The issued tokens of a license that can still be redeemed."""
    query = select(TokenRow).where(
        col(TokenRow.license) == license, col(TokenRow.redeemable_until) > now
    )
    return session.exec(query).all()


def add_in_order(session: Session, row: Ordered) -> Ordered:
    """Add a row behind the last of its table; the caller holds the write lock."""
    table = type(row)
    last = session.exec(select(func.max(table.place))).one()
    row.place = (last or 0) + 1
    session.add(row)
    session.flush()
    return row


def tokens(
    session: Session, after: int, limit: int, **wanted: str | int | None
) -> Sequence[TokenRow]:
    """Issued tokens in their order, those whose columns have these values."""
    return _page(session, TokenRow, after, limit, wanted)


def receipts(
    session: Session, after: int, limit: int, **wanted: str | int | None
) -> Sequence[ReceiptRow]:
    """Receipts in their order, those whose columns have these values."""
    return _page(session, ReceiptRow, after, limit, wanted)


def receipt(session: Session, like: ReceiptRow) -> ReceiptRow | None:
    """What the same printer has said already of the same serial and token."""
    query = select(ReceiptRow).where(
        col(ReceiptRow.license) == like.license,
        col(ReceiptRow.serial) == like.serial,
        col(ReceiptRow.token) == like.token,
        col(ReceiptRow.printer) == like.printer,
    )
    return session.exec(query).first()


def reported(session: Session, token: str, serial: int, printer: str) -> bool:
    """Whether a printer told how the print of a token's serial went."""
    query = select(ReceiptRow.digest).where(
        col(ReceiptRow.token) == token,
        col(ReceiptRow.serial) == serial,
        col(ReceiptRow.printer) == printer,
    )
    return session.exec(query).first() is not None


def receipts_of(session: Session, license: int, first: int, count: int) -> Sequence[ReceiptRow]:
    """Receipts for the serials `first` .. `first + count - 1` of a license, in their order."""
    query = (
        select(ReceiptRow)
        .where(
            col(ReceiptRow.license) == license,
            col(ReceiptRow.serial) >= first,
            col(ReceiptRow.serial) < first + count,
        )
        .order_by(col(ReceiptRow.place))
    )
    return session.exec(query).all()


def refusal(session: Session, digest: str) -> RefusalRow | None:
    """A refusal that was told before."""
    return session.get(RefusalRow, digest)


def refusals(session: Session, **wanted: str) -> Sequence[RefusalRow]:
    """Refusals whose columns have these values, the oldest first."""
    query = select(RefusalRow).order_by(col(RefusalRow.refused_at))
    for name, value in wanted.items():
        query = query.where(getattr(RefusalRow, name) == value)
    return session.exec(query).all()


def _page(
    session: Session, table: Any, after: int, limit: int, wanted: dict[str, str | int | None]
) -> Sequence[Any]:
    query = select(table).where(table.place > after).order_by(table.place).limit(limit)
    for name, value in wanted.items():
        if value is not None:
            query = query.where(getattr(table, name) == value)
    return session.exec(query).all()
