"""The tables of leases, of what printers' journals tell of them, and of what is to be redeemed.

Only this service knows them; they are never dropped.
"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import BigInteger, Column, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel


def _big(*, primary_key: bool = False, nullable: bool = False, index: bool = False) -> Column[int]:
    return Column(
        BigInteger,
        primary_key=primary_key,
        nullable=nullable,
        index=index,
        autoincrement=False,
    )


class LeaseRow(SQLModel, table=True):
    """A lease that was issued; `file` is the whole file of it, the same bytes for ever.

    `returned_at` is when the printer's RETURN entry came here: since then its unspent serials
    are free again.
    """

    __tablename__ = "lease"
    __table_args__ = (Index("lease_open", "returned_at", "deadline"), UniqueConstraint("request"))
    digest: str = Field(primary_key=True)
    place: int = Field(sa_column=_big(index=True))
    request: str
    design: str = Field(index=True)
    license: int = Field(sa_column=_big(index=True))
    printer: str = Field(index=True)
    count: int = Field(sa_column=_big())
    not_before: int = Field(sa_column=_big())
    deadline: int = Field(sa_column=_big())
    silence: int = Field(sa_column=_big())
    issued_at: int = Field(sa_column=_big())
    returned_at: int | None = Field(default=None, sa_column=_big(nullable=True))
    file: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class LeaseTokenRow(SQLModel, table=True):
    """Which print tokens a lease has."""

    __tablename__ = "lease_token"
    token: str = Field(primary_key=True)
    lease: str = Field(index=True)


class JournalEntryRow(SQLModel, table=True):
    """An entry of a printer's journal as it signed it; never changed, and none taken away.

    A `forked` one contradicts an entry that came before it: both are evidence.
    """

    __tablename__ = "journal_entry"
    __table_args__ = (
        Index("journal_chain", "printer", "forked", "sequence"),
        Index("journal_serial", "lease", "serial"),
    )
    digest: str = Field(primary_key=True)
    printer: str
    sequence: int = Field(sa_column=_big())
    previous: str
    machine: str
    kind: str
    lease: str
    serial: int = Field(sa_column=_big())
    at: int = Field(sa_column=_big())
    seen: int = Field(sa_column=_big())
    signature: str
    forked: bool
    received_at: int = Field(sa_column=_big())


class DueState(StrEnum):
    """What became of a spend that a printer told of."""

    DUE = "due"
    REDEEMED = "redeemed"
    REFUSED = "refused"


class DueSpendRow(SQLModel, table=True):
    """A serial that was spent at a printer and is to be redeemed on chain, or was.

    `next_try` is from when on it may be sent (again): who sends it moves it on first, so
    that what was lost between sending and noting is looked up on chain, not sent twice. Once
    it is redeemed, it is when to look whether the chain has kept it; 0 after that.
    """

    __tablename__ = "due_spend"
    __table_args__ = (
        Index("due_license", "state", "license", "next_try"),
        Index("due_next", "state", "next_try"),
    )
    license: int = Field(sa_column=_big(primary_key=True))
    serial: int = Field(sa_column=_big(primary_key=True))
    lease: str = Field(index=True)
    token: str = Field(index=True)
    printer: str = Field(index=True)
    entry: str
    state: str = DueState.DUE.value
    error: str = ""
    transaction: str | None = None
    stored_at: int = Field(sa_column=_big())
    next_try: int = Field(sa_column=_big())


class NewsRow(SQLModel, table=True):
    """The newest edition of the news, as it was signed: one row."""

    __tablename__ = "news"
    id: int = Field(default=1, primary_key=True)
    number: int = Field(sa_column=_big())
    issued_at: int = Field(sa_column=_big())
    file: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
