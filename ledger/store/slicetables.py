"""The tables of approved slices and of content keys that were released.

Only this service knows them; they are never dropped.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column
from sqlmodel import Field, SQLModel


def _big(*, primary_key: bool = False) -> Column[int]:
    return Column(BigInteger, nullable=False, primary_key=primary_key, autoincrement=False)


class SliceRow(SQLModel, table=True):
    """A slice of a design that its owner or an issuer approved.

    `signature` is `signer`'s over the `Slice` message; the newest approval of the same
    G-code stands in the place of the one before.
    """

    __tablename__ = "slice"
    design: str = Field(primary_key=True)
    job: str = Field(primary_key=True, index=True)
    profile: str
    slicer: str
    deadline: int = Field(sa_column=_big())
    signer: str
    signature: str
    approved_at: int = Field(sa_column=_big())


class KeyReleaseRow(SQLModel, table=True):
    """That a printer was given the content key which a token is for, and when first."""

    __tablename__ = "key_release"
    token: str = Field(primary_key=True)
    printer: str = Field(primary_key=True)
    released_at: int = Field(sa_column=_big())
