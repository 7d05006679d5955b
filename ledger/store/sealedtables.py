"""The tables of sealed files: designs and variants, and what is said of a design.

Only this service knows them; they are never dropped.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, LargeBinary, Text
from sqlmodel import Field, SQLModel


def _big(*, primary_key: bool = False) -> Column[int]:
    return Column(BigInteger, nullable=False, primary_key=primary_key, autoincrement=False)


class SealedRow(SQLModel, table=True):
    """A sealed file: written before it is pinned, so that a retry seals nothing anew."""

    __tablename__ = "sealed"
    design: str = Field(primary_key=True)
    cid: str = Field(index=True)
    format: str
    measures: str = Field(sa_column=Column(Text, nullable=False))
    plain_size: int = Field(sa_column=_big())
    sealed_size: int = Field(sa_column=_big())
    wrapped_key: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    preview_cid: str | None = None
    sealed_at: int = Field(sa_column=_big())


class VariantRow(SQLModel, table=True):
    """A variant of a design, sealed for the tokens of one license.

    Written before it is pinned, like a design's; `accepted_at` is empty until it is.
    `signature` is the licensee's over the `Variant` message with `reference` and `deadline`.
    """

    __tablename__ = "variant"
    license: int = Field(sa_column=_big(primary_key=True))
    job: str = Field(primary_key=True, index=True)
    design: str = Field(index=True)
    licensee: str
    reference: str
    deadline: int = Field(sa_column=_big())
    signature: str
    cid: str
    format: str
    measures: str = Field(sa_column=Column(Text, nullable=False))
    plain_size: int = Field(sa_column=_big())
    sealed_size: int = Field(sa_column=_big())
    wrapped_key: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    sealed_at: int = Field(sa_column=_big())
    accepted_at: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))


class MetadataRow(SQLModel, table=True):
    """The metadata JSON of a design that was, or is to be, registered."""

    __tablename__ = "metadata"
    digest: str = Field(primary_key=True)
    design: str = Field(index=True)
    owner: str
    title: str
    document: str = Field(sa_column=Column(Text, nullable=False))
