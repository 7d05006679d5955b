"""What designs have had, by currency. Part of the projection.

Sums are decimal text in the currency's smallest unit and count from the beginning.
"""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class EarningRow(SQLModel, table=True):
    """What one design has had in one currency.

    `settled` came from its own prints, `received` from designs that derive from it,
    `passed` went to its parents and `withdrawn` to its owners.
    """

    __tablename__ = "earning"
    design: str = Field(primary_key=True)
    currency: str = Field(primary_key=True)
    settled: str = "0"
    received: str = "0"
    passed: str = "0"
    withdrawn: str = "0"


class RoyaltyRow(SQLModel, table=True):
    """What one design has passed up to one of its parents, in one currency."""

    __tablename__ = "royalty"
    design: str = Field(primary_key=True)
    parent: str = Field(primary_key=True, index=True)
    currency: str = Field(primary_key=True)
    amount: str = "0"


MONEY: tuple[type[SQLModel], ...] = (EarningRow, RoyaltyRow)
