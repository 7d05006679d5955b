"""Leases, the journals of printers, and the spends that are to be redeemed: queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import func
from sqlmodel import Session, col, select

from ledger.models import JournalKind
from ledger.store.leasetables import (
    DueSpendRow,
    DueState,
    JournalEntryRow,
    LeaseRow,
    LeaseTokenRow,
    NewsRow,
)
from ledger.store.lineagetables import AncestorRow, StandingRow
from ledger.store.tables import DesignRow, IssuerRow, LicenseRow, PrinterRow, TokenRow

# --------------------------------------------------------------------- leases


def lease(session: Session, digest: str) -> LeaseRow | None:
    """A lease by its digest."""
    return session.get(LeaseRow, digest)


def lease_of_request(session: Session, request: str) -> LeaseRow | None:
    """The lease that answered a request."""
    return session.exec(select(LeaseRow).where(col(LeaseRow.request) == request)).first()


def add_lease(session: Session, row: LeaseRow, tokens: Iterable[str]) -> LeaseRow:
    """Add a lease behind the last; the caller holds the log's lock."""
    row.place = (session.exec(select(func.max(LeaseRow.place))).one() or 0) + 1
    session.add(row)
    session.add_all(LeaseTokenRow(token=token, lease=row.digest) for token in tokens)
    session.flush()
    return row


def leases(
    session: Session, after: int, limit: int, **wanted: str | int | None
) -> Sequence[LeaseRow]:
    """Leases in their order, those whose columns have these values."""
    query = select(LeaseRow).where(col(LeaseRow.place) > after).order_by(col(LeaseRow.place))
    for name, value in wanted.items():
        if value is not None:
            query = query.where(getattr(LeaseRow, name) == value)
    return session.exec(query.limit(limit)).all()


def tokens_of(session: Session, lease: str) -> Sequence[TokenRow]:
    """The print tokens of a lease, by their words."""
    query = (
        select(TokenRow)
        .join(LeaseTokenRow, col(LeaseTokenRow.token) == col(TokenRow.digest))
        .where(col(LeaseTokenRow.lease) == lease)
        .order_by(col(TokenRow.word))
    )
    return session.exec(query).all()


def given_back(session: Session, license: int) -> Sequence[TokenRow]:
    """The print tokens of leases of a license that were given back."""
    query = (
        select(TokenRow)
        .join(LeaseTokenRow, col(LeaseTokenRow.token) == col(TokenRow.digest))
        .join(LeaseRow, col(LeaseRow.digest) == col(LeaseTokenRow.lease))
        .where(col(LeaseRow.license) == license, col(LeaseRow.returned_at).is_not(None))
    )
    return session.exec(query).all()


def leased_tokens(session: Session, tokens: Iterable[str]) -> dict[str, str]:
    """Which of these tokens are of a lease: the lease by the token."""
    wanted, found = sorted(set(tokens)), dict[str, str]()
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        query = select(LeaseTokenRow).where(col(LeaseTokenRow.token).in_(part))
        found |= {row.token: row.lease for row in session.exec(query)}
    return found


# ------------------------------------------------------------------- journals


def head(session: Session, printer: str) -> JournalEntryRow | None:
    """The last entry of a printer's journal as far as it is known."""
    query = select(JournalEntryRow).where(
        col(JournalEntryRow.printer) == printer, col(JournalEntryRow.forked).is_(False)
    )
    return session.exec(query.order_by(col(JournalEntryRow.sequence).desc()).limit(1)).first()


def entry(session: Session, digest: str) -> JournalEntryRow | None:
    """An entry by its digest."""
    return session.get(JournalEntryRow, digest)


def entries(session: Session, limit: int, lease: str) -> Sequence[JournalEntryRow]:
    """Entries about a lease, in their order."""
    query = select(JournalEntryRow).where(col(JournalEntryRow.lease) == lease)
    order = (col(JournalEntryRow.sequence), col(JournalEntryRow.received_at))
    return session.exec(query.order_by(*order).limit(limit)).all()


def newest_entries(session: Session, limit: int, printer: str) -> Sequence[JournalEntryRow]:
    """The last entries of a printer's journal, the newest first."""
    query = select(JournalEntryRow).where(col(JournalEntryRow.printer) == printer)
    order = (col(JournalEntryRow.sequence).desc(), col(JournalEntryRow.received_at).desc())
    return session.exec(query.order_by(*order).limit(limit)).all()


def odd_entries(
    session: Session, limit: int, printer: str, margin: int
) -> Sequence[JournalEntryRow]:
    """The first entries that contradict, or tell of a machine or of a clock behind by `margin`."""
    told = (JournalKind.CLOCK.value, JournalKind.MACHINE.value)
    query = select(JournalEntryRow).where(
        col(JournalEntryRow.printer) == printer,
        col(JournalEntryRow.forked).is_(True)
        | col(JournalEntryRow.kind).in_(told)
        | (col(JournalEntryRow.at) + margin < col(JournalEntryRow.seen)),
    )
    return session.exec(query.order_by(col(JournalEntryRow.sequence)).limit(limit)).all()


def is_doubtful(session: Session, printer: str) -> bool:
    """Whether a journal contradicts itself, or was on more than one machine."""
    mine = select(JournalEntryRow.machine).where(col(JournalEntryRow.printer) == printer)
    odd = col(JournalEntryRow.forked).is_(True) | (
        col(JournalEntryRow.kind) == JournalKind.MACHINE.value
    )
    if session.exec(mine.where(odd).limit(1)).first() is not None:
        return True
    return len(session.exec(mine.distinct().limit(2)).all()) > 1


# -------------------------------------------------------------- what is to be redeemed


def due(session: Session, license: int, serial: int) -> DueSpendRow | None:
    """What is known of a serial's spend."""
    return session.get(DueSpendRow, (license, serial))


def dues_of(session: Session, license: int, serials: Iterable[int]) -> Sequence[DueSpendRow]:
    """What is known of the spends of these serials."""
    wanted, found = sorted(set(serials)), list[DueSpendRow]()
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        query = select(DueSpendRow).where(
            col(DueSpendRow.license) == license, col(DueSpendRow.serial).in_(part)
        )
        found += session.exec(query)
    return found


def dues(session: Session, limit: int, **wanted: str | int) -> Sequence[DueSpendRow]:
    """Spends whose columns have these values, by license and serial."""
    query = select(DueSpendRow)
    for name, value in wanted.items():
        query = query.where(getattr(DueSpendRow, name) == value)
    order = (col(DueSpendRow.license), col(DueSpendRow.serial))
    return session.exec(query.order_by(*order).limit(limit)).all()


def waiting(session: Session, now: int) -> Sequence[tuple[int, int, int]]:
    """`(license, when the oldest came, how many)` of the spends that may be sent now."""
    query = (
        select(DueSpendRow.license, func.min(DueSpendRow.stored_at), func.count())
        .where(col(DueSpendRow.state) == DueState.DUE.value, col(DueSpendRow.next_try) <= now)
        .group_by(col(DueSpendRow.license))
        .order_by(col(DueSpendRow.license))
    )
    return [(int(a), int(b), int(c)) for a, b, c in session.exec(query)]


def claim(
    session: Session, license: int, now: int, until: int, limit: int
) -> Sequence[DueSpendRow]:
    """Take the spends of a license that may be sent now; nobody else does before `until`."""
    query = (
        select(DueSpendRow)
        .where(
            col(DueSpendRow.state) == DueState.DUE.value,
            col(DueSpendRow.license) == license,
            col(DueSpendRow.next_try) <= now,
        )
        .order_by(col(DueSpendRow.serial))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = session.exec(query).all()
    for row in rows:
        row.next_try = until
        session.add(row)
    return rows


def unsettled(session: Session, now: int, limit: int) -> Sequence[DueSpendRow]:
    """Redeemed spends of which it is time to look whether the chain has kept them."""
    query = select(DueSpendRow).where(
        col(DueSpendRow.state) == DueState.REDEEMED.value,
        col(DueSpendRow.next_try) > 0,
        col(DueSpendRow.next_try) <= now,
    )
    return session.exec(query.order_by(col(DueSpendRow.next_try)).limit(limit)).all()


def count_dues(session: Session, state: DueState, **wanted: str) -> int:
    """How many spends with these values are in a state."""
    query = select(func.count()).where(col(DueSpendRow.state) == state.value)
    for name, value in wanted.items():
        query = query.where(getattr(DueSpendRow, name) == value)
    return int(session.exec(query).one())


# ------------------------------------------------------------------------ news


def news(session: Session) -> NewsRow | None:
    """The newest edition."""
    return session.get(NewsRow, 1)


def open_leases(session: Session, now: int) -> Sequence[LeaseRow]:
    """Leases that may still be printed on, for all that their printers know."""
    query = select(LeaseRow).where(
        col(LeaseRow.returned_at).is_(None), col(LeaseRow.deadline) > now
    )
    return session.exec(query).all()


def ended_licenses(session: Session, now: int) -> set[int]:
    """Licenses with open leases that ended before their time."""
    query = (
        select(LicenseRow.license)
        .join(LeaseRow, col(LeaseRow.license) == col(LicenseRow.license))
        .where(
            col(LeaseRow.returned_at).is_(None),
            col(LeaseRow.deadline) > now,
            col(LicenseRow.expiry) <= now,
        )
    )
    return set(session.exec(query.distinct()))


def recalled_designs(session: Session, now: int) -> set[str]:
    """Designs with open leases that are recalled, or derive from one that is."""
    still_open = (col(LeaseRow.returned_at).is_(None), col(LeaseRow.deadline) > now)
    own = (
        select(LeaseRow.design)
        .join(StandingRow, col(StandingRow.design) == col(LeaseRow.design))
        .where(*still_open, col(StandingRow.recalled).is_(True))
    )
    above = (
        select(LeaseRow.design)
        .join(AncestorRow, col(AncestorRow.design) == col(LeaseRow.design))
        .join(StandingRow, col(StandingRow.design) == col(AncestorRow.ancestor))
        .where(*still_open, col(StandingRow.recalled).is_(True))
    )
    return {*session.exec(own.distinct()), *session.exec(above.distinct())}


def ended_printers(session: Session, now: int) -> set[str]:
    """Printers with open leases that were revoked, or have another key."""
    query = (
        select(PrinterRow.printer)
        .join(LeaseRow, col(LeaseRow.printer) == col(PrinterRow.printer))
        .where(
            col(LeaseRow.returned_at).is_(None),
            col(LeaseRow.deadline) > now,
            col(PrinterRow.revoked_since).is_not(None) | col(PrinterRow.successor).is_not(None),
        )
    )
    return set(session.exec(query.distinct()))


def authorities(session: Session, now: int, issuer: str) -> dict[str, tuple[str, int]]:
    """For designs with open leases: the owner, and until when they let `issuer` sign."""
    query = (
        select(DesignRow.design, DesignRow.owner, IssuerRow.expiry)
        .join(LeaseRow, col(LeaseRow.design) == col(DesignRow.design))
        .outerjoin(
            IssuerRow,
            (col(IssuerRow.designer) == col(DesignRow.owner)) & (col(IssuerRow.issuer) == issuer),
        )
        .where(col(LeaseRow.returned_at).is_(None), col(LeaseRow.deadline) > now)
    )
    return {design: (owner, expiry or 0) for design, owner, expiry in session.exec(query)}
