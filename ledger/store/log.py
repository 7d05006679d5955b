"""The log: entries in one order without gaps, the tree over them, and its checkpoints.

An append writes the entry and the subtrees that it completes, two on average, and reads one
for each. The root over the first n entries, and every proof, read about 2 log2(n) subtrees and
no entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlmodel import Session, col, select

from ledger import entries, merkle
from ledger.checkpoints import BROKEN, Verdict
from ledger.models import Digest
from ledger.signing import TypedData
from ledger.store.logtables import (
    CheckpointRow,
    LogEntryRow,
    LogHeadRow,
    LogNodeRow,
    as_text,
)

_AT_ONCE = 500
"""Digests that one query names: databases limit the variables of a statement."""


def append(session: Session, message: TypedData, signature: bytes) -> int:
    """Add a signed message behind the last entry and return its index.

    It belongs into the transaction that writes the record which it tells of: both are there
    then, or neither. The head's row is locked, so that two transactions never take one index.
    """
    head = lock(session)
    index, data = head.size, entries.encode(message, signature)
    row = LogEntryRow(
        index=index, type=message.primary_type, digest=str(message.digest()), entry=data
    )
    session.add(row)
    for level, place, hash_ in merkle.completed(index, merkle.leaf_hash(data), nodes(session)):
        session.add(LogNodeRow(level=level, index=place, hash=str(hash_)))
    head.size = index + 1
    session.add(head)
    session.flush()
    return index


def lock(session: Session) -> LogHeadRow:
    """Have the log's head until the transaction ends; who wants it too waits.

    Every decision that ends in a signed message begins with it, so that no two of them are
    taken on the same state, in whatever process.
    """
    query = select(LogHeadRow).with_for_update().execution_options(populate_existing=True)
    return session.exec(query).one()


def size(session: Session) -> int:
    """How many entries the log has."""
    return session.get_one(LogHeadRow, 1).size


def nodes(session: Session) -> merkle.Nodes:
    """The tree as `ledger.merkle` reads it; each subtree is read once."""
    known: dict[tuple[int, int], Digest] = {}

    def node(level: int, index: int) -> Digest:
        if (level, index) not in known:
            row = session.get_one(LogNodeRow, (level, index))
            known[level, index] = Digest.parse(row.hash)
        return known[level, index]

    return node


def entry(session: Session, index: int) -> LogEntryRow | None:
    """One entry by its index."""
    return session.get(LogEntryRow, index)


def page(session: Session, first: int, limit: int) -> Sequence[LogEntryRow]:
    """`limit` entries from `first` on, in their order."""
    query = select(LogEntryRow).where(col(LogEntryRow.index) >= first)
    return session.exec(query.order_by(col(LogEntryRow.index)).limit(limit)).all()


def indices(session: Session, digests: Iterable[str]) -> dict[str, int]:
    """Where the messages with these digests stand; those that the log lacks are left out."""
    wanted, found = sorted(set(digests)), dict[str, int]()
    for start in range(0, len(wanted), _AT_ONCE):
        query = select(LogEntryRow.digest, LogEntryRow.index).where(
            col(LogEntryRow.digest).in_(wanted[start : start + _AT_ONCE])
        )
        found.update(session.exec(query).all())
    return found


# --------------------------------------------------------------- checkpoints


def checkpoints(
    session: Session, log: str, after: tuple[int, int] | None, limit: int
) -> Sequence[CheckpointRow]:
    """What a log anchored, in the chain's order, behind `(block, log index)`."""
    query = select(CheckpointRow).where(col(CheckpointRow.log) == log)
    if after is not None:
        block, log_index = after
        query = query.where(
            (col(CheckpointRow.block) > block)
            | ((col(CheckpointRow.block) == block) & (col(CheckpointRow.log_index) > log_index))
        )
    place = (col(CheckpointRow.block), col(CheckpointRow.log_index))
    return session.exec(query.order_by(*place).limit(limit)).all()


def covering(session: Session, log: str, index: int) -> CheckpointRow | None:
    """The smallest good checkpoint of a log that covers the entry at `index`."""
    query = (
        select(CheckpointRow)
        .where(
            col(CheckpointRow.log) == log,
            col(CheckpointRow.size) > as_text(index),
            col(CheckpointRow.verdict) == Verdict.GOOD.value,
        )
        .order_by(col(CheckpointRow.size))
    )
    return session.exec(query.limit(1)).first()


def newest(session: Session, log: str) -> CheckpointRow | None:
    """The good checkpoint of a log with the greatest size."""
    query = (
        select(CheckpointRow)
        .where(
            col(CheckpointRow.log) == log,
            col(CheckpointRow.verdict) == Verdict.GOOD.value,
        )
        .order_by(col(CheckpointRow.size).desc())
    )
    return session.exec(query.limit(1)).first()


def broken(session: Session, log: str, limit: int) -> Sequence[CheckpointRow]:
    """Checkpoints of a log that shrink it or contradict an earlier one."""
    query = (
        select(CheckpointRow)
        .where(
            col(CheckpointRow.log) == log,
            col(CheckpointRow.verdict).in_([verdict.value for verdict in BROKEN]),
        )
        .order_by(col(CheckpointRow.block), col(CheckpointRow.log_index))
    )
    return session.exec(query.limit(limit)).all()
