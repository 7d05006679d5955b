"""Receipts that contradict one that came before: where the log has them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import BigInteger, Column
from sqlmodel import Field, Session, SQLModel, col, select

_NAMES_PER_QUERY = 500


class ContradictionRow(SQLModel, table=True):
    """Another receipt of the same printer for the same print; the first such is enough.

    `receipt` is the digest of the one that counts, `digest` that of the other, whose message
    and signature are the log's entry at index `entry`. Only this service knows it; it is never
    dropped.
    """

    __tablename__ = "receipt_contradiction"
    receipt: str = Field(primary_key=True)
    digest: str
    entry: int = Field(sa_column=Column(BigInteger, nullable=False, autoincrement=False))
    received_at: int = Field(sa_column=Column(BigInteger, nullable=False, autoincrement=False))


def contradiction(session: Session, receipt: str) -> ContradictionRow | None:
    """What contradicts a receipt, if anything came that does."""
    return session.get(ContradictionRow, receipt)


def contradictions(session: Session, receipts: Iterable[str]) -> Sequence[ContradictionRow]:
    """What contradicts some of these receipts."""
    wanted, found = sorted(set(receipts)), list[ContradictionRow]()
    for start in range(0, len(wanted), _NAMES_PER_QUERY):
        part = wanted[start : start + _NAMES_PER_QUERY]
        found += session.exec(
            select(ContradictionRow).where(col(ContradictionRow.receipt).in_(part))
        )
    return found
