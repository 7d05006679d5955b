"""What an audit of leases is judged by: journals, spends and redemptions, as they are kept here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ledger.models import JournalKind, serials_of
from ledger.services.findings import Finding, Severity
from ledger.services.leaseaudit import CLOCK_SECONDS, LeaseEvidence, judge
from ledger.store import Session, catalog, leases
from ledger.store.leasetables import DueSpendRow, DueState, JournalEntryRow
from ledger.store.tables import ReceiptRow, RedemptionRow

MOST_ROWS = 5_000
"""Entries of one journal, or about one lease, that are judged spend by spend: the newest."""


def of_printer(session: Session, printer: str) -> list[Finding]:
    """What a printer's journal shows by itself."""
    entries = _journal(session, printer)
    dues = leases.dues(session, MOST_ROWS, printer=printer, state=DueState.REFUSED.value)
    return [*judge(_evidence(session, entries, dues)), *_not_read(entries, printer)]


def lease_findings(
    session: Session,
    printer: str | None,
    redemptions: Sequence[RedemptionRow],
    receipts: Sequence[ReceiptRow],
    issued: Iterable[str],
    now: int,
) -> list[Finding]:
    """The same for an audit at `now`: of a printer, or of the prints under some tokens.

    And what became of leases that are over.
    """
    named = {row.token for row in redemptions} | {row.token for row in receipts} | {*issued}
    tokens = leases.leased_tokens(session, named)
    if printer is None and not tokens:
        return []
    rows: dict[str, JournalEntryRow] = {}
    for lease in sorted(set(tokens.values())):
        rows |= {row.digest: row for row in leases.entries(session, MOST_ROWS, lease=lease)}
    for one in {row.printer for row in rows.values()} | ({printer} if printer else set()):
        entries = _journal(session, one)
        # A journal that is forked, or moved, speaks against every lease of its printer.
        rows |= {
            row.digest: row
            for row in entries
            if printer == one or row.forked or row.kind != JournalKind.SPEND
        }
    dues = [
        row
        for lease in sorted({row.lease for row in rows.values()})
        for row in leases.dues(session, MOST_ROWS, lease=lease, state=DueState.REFUSED.value)
    ]
    ordered = sorted(rows.values(), key=lambda row: (row.printer, row.sequence, row.received_at))
    evidence = _evidence(session, ordered, dues, redemptions, receipts, tokens)
    found = judge(replace(evidence, untold=_untold(session, evidence.leases, now)))
    mine = [row for row in ordered if row.printer == printer]
    return [*found, *(_not_read(mine, printer) if printer else ())]


def waiting_serials(session: Session, receipts: Iterable[ReceiptRow]) -> set[tuple[int, int]]:
    """Of these receipts' serials, those whose redemption is on its way."""
    found, rows = set(), list(receipts)
    leased = leases.leased_tokens(session, (row.token for row in rows))
    for row in (row for row in rows if row.token in leased):
        due = leases.due(session, row.license, row.serial)
        if due is not None and due.state == DueState.DUE.value:
            found.add((row.license, row.serial))
    return found


def _journal(session: Session, printer: str) -> list[JournalEntryRow]:
    """A printer's newest entries, and all that speak against it however old they are."""
    newest = leases.newest_entries(session, MOST_ROWS, printer)
    odd = leases.odd_entries(session, MOST_ROWS, printer, CLOCK_SECONDS)
    rows = {row.digest: row for row in (*odd, *newest)}
    return sorted(rows.values(), key=lambda row: (row.sequence, row.received_at))


def _untold(session: Session, known: Iterable[str], now: int) -> dict[str, int]:
    """Of leases that can be redeemed no more: the prints that nobody has told of, if any."""
    found: dict[str, int] = {}
    for lease in known:
        row, tokens = leases.lease(session, lease), leases.tokens_of(session, lease)
        over = all(token.redeemable_until <= now for token in tokens)
        if row is None or row.returned_at is not None or not over:
            continue
        told = {one.serial for one in leases.entries(session, MOST_ROWS, lease)}
        for token in tokens:
            for one in catalog.redemptions(session, token=token.digest):
                told |= set(serials_of(one.word, int(one.take, 16)))
        named = {s for token in tokens for s in serials_of(token.word, int(token.serials, 16))}
        if named - told:
            found[lease] = len(named - told)
    return found


def _not_read(entries: Sequence[JournalEntryRow], printer: str) -> list[Finding]:
    """Say so if not all of a journal was judged: silence must not pass for a clean one."""
    if len(entries) < MOST_ROWS:
        return []
    return [
        Finding(
            "journal-not-read-whole",
            Severity.NOTE,
            f"The journal of {printer} is long: of its spends only the last {MOST_ROWS} entries "
            f"were judged. An audit of a lease's prints judges all of that lease.",
            f"printer {printer}",
        )
    ]


def _evidence(
    session: Session,
    entries: Sequence[JournalEntryRow],
    dues: Sequence[DueSpendRow],
    redemptions: Sequence[RedemptionRow] = (),
    receipts: Sequence[ReceiptRow] = (),
    tokens: Mapping[str, str] | None = None,
) -> LeaseEvidence:
    named = {row.lease for row in entries} | {*(tokens or {}).values()}
    rows = (leases.lease(session, one) for one in sorted(named))
    known = {row.digest: row for row in rows if row is not None}
    serials = {
        one: {token.word: int(token.serials, 16) for token in leases.tokens_of(session, one)}
        for one in known
    }
    paid: list[DueSpendRow] = []
    for number in sorted({row.license for row in known.values()}):
        of_it = {one for one, row in known.items() if row.license == number}
        told = {row.serial for row in entries if row.lease in of_it}
        paid += leases.dues_of(session, number, told)
    return LeaseEvidence(entries, known, serials, dues, redemptions, receipts, tokens or {}, paid)
