"""What becomes of licenses after they were issued: voids and passing on.

Part of the projection.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index
from sqlmodel import Field, SQLModel


def _big(*, primary_key: bool = False, index: bool = False, nullable: bool = False) -> Column[int]:
    return Column(
        BigInteger, nullable=nullable, primary_key=primary_key, index=index, autoincrement=False
    )


class VoidRow(SQLModel, table=True):
    """Serials of one word that were voided in one call; `quota` is the license's from then on."""

    __tablename__ = "void"
    __table_args__ = (Index("void_word", "license", "word"),)
    block: int = Field(sa_column=_big(primary_key=True))
    log_index: int = Field(primary_key=True)
    design: str = Field(index=True)
    license: int = Field(sa_column=_big())
    word: int = Field(sa_column=_big())
    serials: str
    quota: int = Field(sa_column=_big())
    evidence: str = Field(index=True)
    by: str
    transaction: str
    voided_at: int = Field(sa_column=_big())


class PassingRow(SQLModel, table=True):
    """A license that was passed on.

    As a whole: `sublicense` is empty. Or its last `quota` serials, which are a license of
    their own since, of number `sublicense`.
    """

    __tablename__ = "passing"
    block: int = Field(sa_column=_big(primary_key=True))
    log_index: int = Field(primary_key=True)
    design: str = Field(index=True)
    license: int = Field(sa_column=_big(index=True))
    sublicense: int | None = Field(default=None, sa_column=_big(index=True, nullable=True))
    giver: str
    receiver: str
    quota: int = Field(sa_column=_big())
    transaction: str
    passed_at: int = Field(sa_column=_big())
