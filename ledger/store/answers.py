"""Answers kept for idempotency keys."""

from __future__ import annotations

from sqlalchemy import delete
from sqlmodel import Session, col, select

from ledger.errors import IdempotencyKeyReused
from ledger.store.engine import Database
from ledger.store.tables import AnswerRow

KEPT_SECONDS = 86_400
PENDING_SECONDS = 600
"""After that a request that never came to an answer is taken for dead."""
FORGOTTEN_AT_ONCE = 100
"""Each request adds one, so that many more go than come, and none waits for a day's worth."""


def begin(database: Database, key: str, fingerprint: str, now: int) -> AnswerRow | None:
    """The kept answer for `key`, or None: then the key is taken by the caller.

    Raises IdempotencyKeyReused if the key came with another request, or if the same
    request is being answered at this moment.
    """
    with database.write() as session:
        _forget(session, now - KEPT_SECONDS)
        row = session.get(AnswerRow, key)
        if row is not None and row.kept_at < now - KEPT_SECONDS:
            session.delete(row)
            session.flush()
            row = None
        if row is not None and row.fingerprint != fingerprint:
            raise IdempotencyKeyReused("This idempotency key came with another request before.")
        if row is not None and row.status is not None:
            return row
        if row is not None and now < row.kept_at + PENDING_SECONDS:
            raise IdempotencyKeyReused("The request with this key is still being answered.")
        session.merge(AnswerRow(key=key, fingerprint=fingerprint, kept_at=now))
        return None


def keep(database: Database, key: str, status: int, headers: str, body: bytes) -> None:
    """Keep an answer for the key that `begin` took.

    Nothing is kept where the key was given back meanwhile: whoever takes longer than
    `PENDING_SECONDS` was taken for dead, and the repeat that had the key since has failed.
    """
    with database.write() as session:
        row = session.get(AnswerRow, key)
        if row is not None:
            row.status, row.headers, row.body = status, headers, body


def forget(database: Database, key: str) -> None:
    """Give the key back: the request failed and may be sent again."""
    with database.write() as session:
        session.execute(delete(AnswerRow).where(col(AnswerRow.key) == key))


def _forget(session: Session, before: int) -> None:
    """Take the oldest answers away that were kept before that time, a few of them."""
    old = select(AnswerRow.key).where(col(AnswerRow.kept_at) < before)
    keys = session.exec(old.order_by(col(AnswerRow.kept_at)).limit(FORGOTTEN_AT_ONCE)).all()
    if keys:
        session.execute(delete(AnswerRow).where(col(AnswerRow.key).in_(keys)))
