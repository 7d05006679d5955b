"""The tables of webhooks and of what is still to be delivered to them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Text
from sqlmodel import Field, SQLModel


def _big(*, nullable: bool = False, index: bool = False) -> Column[int]:
    return Column(BigInteger, nullable=nullable, index=index, autoincrement=False)


class WebhookRow(SQLModel, table=True):
    """A URL that somebody wants events at; `id` is the digest of their request.

    `events` are the wanted kinds, separated by commas; empty: all. The secret is encrypted
    under the service's key.
    """

    __tablename__ = "webhook"
    __table_args__ = (Index("webhook_active", "state", "owner"),)
    id: str = Field(primary_key=True)
    owner: str = Field(index=True)
    url: str
    events: str
    wrapped_secret: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    signature: str
    state: str
    added_at: int = Field(sa_column=_big())
    ended_at: int | None = Field(default=None, sa_column=_big(nullable=True))


class DeliveryRow(SQLModel, table=True):
    """One event for one webhook: the outbox. `event` names it, whoever gets it.

    `due_at` is when it may be sent; once nothing becomes of it any more, since when that is so.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        Index("delivery_due", "state", "due_at"),
        Index("delivery_order", "webhook", "place"),
        Index("delivery_waiting", "webhook", "state", "place"),
    )
    webhook: str = Field(primary_key=True)
    event: str = Field(primary_key=True)
    place: int = Field(sa_column=_big(index=True))
    kind: str
    body: str = Field(sa_column=Column(Text, nullable=False))
    state: str
    created_at: int = Field(sa_column=_big())
    due_at: int = Field(sa_column=_big())
    attempts: int = 0
    last_at: int | None = Field(default=None, sa_column=_big(nullable=True))
    last_result: str = ""


class HookCursorRow(SQLModel, table=True):
    """How far the chain's events were put into the outbox: one row."""

    __tablename__ = "webhook_cursor"
    id: int = Field(default=1, primary_key=True)
    block: int = Field(sa_column=_big())
