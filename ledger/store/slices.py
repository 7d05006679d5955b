"""Approved slices, and which keys were released."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlmodel import Session, col, select

from ledger.store.slicetables import KeyReleaseRow, SliceRow

_NAMES_PER_QUERY = 500


def find(session: Session, design: str, job: str) -> SliceRow | None:
    """An approved slice of a design."""
    return session.get(SliceRow, (design, job))


def of_design(session: Session, design: str, after: str, limit: int) -> Sequence[SliceRow]:
    """A design's approved slices by the hash of their G-code, those behind `after`."""
    query = select(SliceRow).where(col(SliceRow.design) == design, col(SliceRow.job) > after)
    return session.exec(query.order_by(col(SliceRow.job)).limit(limit)).all()


def note_release(session: Session, token: str, printer: str, now: int) -> None:
    """Remember that a key was released; the first time counts."""
    if session.get(KeyReleaseRow, (token, printer)) is None:
        session.add(KeyReleaseRow(token=token, printer=printer, released_at=now))


def releases(session: Session, tokens: Iterable[str]) -> Sequence[KeyReleaseRow]:
    """The releases for these tokens, by token."""
    wanted, found = sorted(set(tokens)), list[KeyReleaseRow]()
    for start in range(0, len(wanted), _NAMES_PER_QUERY):
        some = wanted[start : start + _NAMES_PER_QUERY]
        found += session.exec(
            select(KeyReleaseRow)
            .where(col(KeyReleaseRow.token).in_(some))
            .order_by(col(KeyReleaseRow.token), col(KeyReleaseRow.printer))
        )
    return found
