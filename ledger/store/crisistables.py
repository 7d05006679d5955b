"""The tables of pledges and crises: part of the projection, dropped and rebuilt with it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index
from sqlmodel import Field, SQLModel


def _big(*, primary_key: bool = False, index: bool = False) -> Column[int]:
    return Column(
        BigInteger, nullable=False, primary_key=primary_key, index=index, autoincrement=False
    )


class PledgeRow(SQLModel, table=True):
    """A design that is pledged to a council, by its newest terms; `by` pledged it so.

    `taken` are the prints of the licenses that were taken under it.
    """

    __tablename__ = "pledge"
    __table_args__ = (Index("pledge_place", "block", "log_index"),)
    design: str = Field(primary_key=True)
    council: str = Field(primary_key=True, index=True)
    by: str
    until: int = Field(sa_column=_big())
    max_duration: int = Field(sa_column=_big())
    quota_per_license: int = Field(sa_column=_big())
    quota_in_all: int = Field(sa_column=_big())
    taken: int = Field(default=0, sa_column=_big())
    document: str
    block: int = Field(sa_column=_big())
    log_index: int
    transaction: str
    pledged_at: int = Field(sa_column=_big())


class CrisisRow(SQLModel, table=True):
    """A declared crisis. `ended` and the place of that event are empty until its council ends it.

    `region` is the code that was declared, or 32 bytes in hexadecimal that are none.
    """

    __tablename__ = "crisis"
    __table_args__ = (Index("crisis_place", "block", "log_index"),)
    crisis: int = Field(sa_column=_big(primary_key=True))
    council: str = Field(index=True)
    region: str = Field(index=True)
    until: int = Field(sa_column=_big())
    ended: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    evidence: str
    signer: str
    block: int = Field(sa_column=_big())
    log_index: int
    transaction: str
    declared_at: int = Field(sa_column=_big())
    ended_block: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    ended_log_index: int | None = None

    @property
    def over_from(self) -> int:
        """First second at which no license can be taken any more."""
        return self.until if self.ended is None else self.ended


class CrisisLicenseRow(SQLModel, table=True):
    """That a license was taken in a crisis; the license itself is in `license`."""

    __tablename__ = "crisis_license"
    license: int = Field(sa_column=_big(primary_key=True))
    crisis: int = Field(sa_column=_big(index=True))
    design: str = Field(index=True)
    taker: str = Field(index=True)
    quota: int = Field(sa_column=_big())
    taken_at: int = Field(sa_column=_big())


class CenterRow(SQLModel, table=True):
    """A center that a council names, or named once."""

    __tablename__ = "named_center"
    council: str = Field(primary_key=True)
    center: str = Field(primary_key=True)
    named: bool
