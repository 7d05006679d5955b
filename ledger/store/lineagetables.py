"""What designs are made from, and what their owners said of them since.

`AncestorRow` and `StandingRow` are part of the projection; `CommitmentRow` is known to this
service alone.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column
from sqlmodel import Field, SQLModel


class AncestorRow(SQLModel, table=True):
    """One design above another: its parents first, in their order, then theirs, each once.

    `share` is what a parent gets, in basis points; empty for those further up.
    """

    __tablename__ = "ancestor"
    design: str = Field(primary_key=True)
    place: int = Field(primary_key=True)
    ancestor: str = Field(index=True)
    share: int | None = None


class StandingRow(SQLModel, table=True):
    """What an owner said of a design after its registration; none if nothing was said.

    `notice` and `recalled_at` are those of the last recall, be it lifted or not. Shares are
    in basis points.
    """

    __tablename__ = "standing"
    design: str = Field(primary_key=True)
    recalled: bool = False
    notice: str | None = None
    recalled_at: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    on_sale: bool = True
    policy_open: bool = False
    policy_share: int = 0
    resale_receiver: str | None = None
    resale_share: int = 0


class CommitmentRow(SQLModel, table=True):
    """A commitment that this service made to a registration, and the secret that opens it."""

    __tablename__ = "commitment"
    design: str = Field(primary_key=True)
    owner: str = Field(primary_key=True)
    salt: str
    commitment: str
