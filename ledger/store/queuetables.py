"""The tables of print orders, of their pieces, and of choices about voids.

Only this service knows them; they are never dropped.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Text
from sqlmodel import Field, SQLModel


def _big(*, primary_key: bool = False, nullable: bool = False, index: bool = False) -> Column[int]:
    return Column(
        BigInteger, nullable=nullable, primary_key=primary_key, index=index, autoincrement=False
    )


class OrderRow(SQLModel, table=True):
    """A print order as it was signed, and where it stands.

    `place` is the order of arrival, `rank` the present one among its center's; `quantity` and
    `retries` are as the last change has them, and `signed` the message as JSON. `reason` is
    the error by which nothing could be issued when it was last looked at.
    """

    __tablename__ = "print_order"
    __table_args__ = (Index("order_state", "center", "state", "rank"),)
    digest: str = Field(primary_key=True)
    place: int = Field(sa_column=_big(index=True))
    rank: int = Field(sa_column=_big())
    center: str
    design: str = Field(index=True)
    license: int = Field(sa_column=_big(index=True))
    quantity: int = Field(sa_column=_big())
    retries: int = Field(sa_column=_big())
    until: int = Field(sa_column=_big())
    sign_off: bool
    state: str
    reason: str = ""
    done: int = Field(default=0, sa_column=_big())
    failed: int = Field(default=0, sa_column=_big())
    signed: str = Field(sa_column=Column(Text, nullable=False))
    signature: str
    received_at: int = Field(sa_column=_big())


class PieceRow(SQLModel, table=True):
    """One serial that the queue gave to a printer, with what was asked, and what became of it.

    `request` is the digest of the `NextJob` that it answers, whose nonce, refused token,
    deadline and signature stand here too. `until` is when its token is dead. `receipt` and
    `accepted` come later: the printer's word, and the center's. `unfit`: the printer's gate
    would not print it.
    """

    __tablename__ = "order_piece"
    __table_args__ = (
        Index("piece_printer", "printer", "state"),
        Index("piece_order", "order", "state"),
        Index("piece_due", "state", "until"),
    )
    token: str = Field(primary_key=True)
    place: int = Field(sa_column=_big(index=True))
    order: str
    printer: str
    license: int = Field(sa_column=_big())
    serial: int = Field(sa_column=_big())
    state: str
    request: str = Field(index=True)
    nonce: str
    refused: str
    deadline: int = Field(sa_column=_big())
    signature: str
    given_at: int = Field(sa_column=_big())
    until: int = Field(sa_column=_big())
    receipt: str | None = Field(default=None, index=True)
    accepted: bool | None = None
    unfit: bool = False


class StatementRow(SQLModel, table=True):
    """What a center signed about an order: `OrderChange` or `SignOff`, as JSON."""

    __tablename__ = "order_statement"
    digest: str = Field(primary_key=True)
    place: int = Field(sa_column=_big(index=True))
    order: str = Field(index=True)
    kind: str
    message: str = Field(sa_column=Column(Text, nullable=False))
    signature: str
    received_at: int = Field(sa_column=_big())


class VoidClaimRow(SQLModel, table=True):
    """A receipt whose void is being sent, until `until` at most: by one process only."""

    __tablename__ = "void_claim"
    receipt: str = Field(primary_key=True)
    license: int = Field(sa_column=_big(index=True))
    until: int = Field(sa_column=_big())


class VoidDueRow(SQLModel, table=True):
    """A license of which a failed print came that nobody has looked at for its void yet.

    Written with what tells of the failure; `due_at` is when the background step looks.
    """

    __tablename__ = "void_due"
    license: int = Field(sa_column=_big(primary_key=True))
    due_at: int = Field(sa_column=_big(index=True))
    attempts: int = 0


class VoidShareRow(SQLModel, table=True):
    """The operator's choice for one design or license: basis points voided without asking.

    `subject` is a design's id, or a license's number in decimal digits.
    """

    __tablename__ = "void_share"
    subject: str = Field(primary_key=True)
    share: int
    chosen_at: int = Field(sa_column=_big())
