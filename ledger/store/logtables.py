"""The tables of the log, and of the checkpoints that the chain has of it.

The log's rows are only ever added: no code changes or removes one.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel


def _big(*, primary_key: bool = False) -> Column[int]:
    return Column(BigInteger, nullable=False, primary_key=primary_key, autoincrement=False)


class LogEntryRow(SQLModel, table=True):
    """One entry: its index from 0, and the bytes that its leaf is the hash of.

    `type` and `digest` name the signed message in it (`ledger.entries`).
    """

    __tablename__ = "log_entry"
    __table_args__ = (UniqueConstraint("digest"),)
    index: int = Field(sa_column=_big(primary_key=True))
    type: str
    digest: str
    entry: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class LogNodeRow(SQLModel, table=True):
    """The hash of a complete subtree; level 0 has the leaves (`ledger.merkle.Nodes`)."""

    __tablename__ = "log_node"
    level: int = Field(primary_key=True)
    index: int = Field(sa_column=_big(primary_key=True))
    hash: str


class LogHeadRow(SQLModel, table=True):
    """How many entries there are: one row, which who appends holds locked."""

    __tablename__ = "log_head"
    id: int = Field(default=1, primary_key=True)
    size: int = Field(sa_column=_big())


class CheckpointRow(SQLModel, table=True):
    """A checkpoint of some log as the chain has it; part of the projection.

    `log` is the account that anchored it. `size` has 20 decimal digits, so that text sorts
    as numbers do: a uint64 is wider than a database integer. `verdict` holds it against
    those before (`ledger.checkpoints.Verdict`).
    """

    __tablename__ = "checkpoint"
    __table_args__ = (Index("checkpoint_size", "log", "size"),)
    block: int = Field(sa_column=_big(primary_key=True))
    log_index: int = Field(primary_key=True)
    log: str
    size: str
    root: str
    verdict: str
    transaction: str
    anchored_at: int = Field(sa_column=_big())


def as_text(size: int) -> str:
    """A size as `CheckpointRow.size` has it."""
    return f"{size:020d}"
