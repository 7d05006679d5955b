"""Leases in the audit: what journals, receipts and redemptions say against one another.

Pure decisions over `LeaseEvidence`, and what gathers it. Each finding names the signed
entry that proves it; what no entry can show is said in docs/leases.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ledger.models import JournalKind, bit_of, serials_of
from ledger.services.findings import Finding, Severity
from ledger.store import Session, leases
from ledger.store.leasetables import DueSpendRow, DueState, JournalEntryRow, LeaseRow
from ledger.store.tables import ReceiptRow, RedemptionRow

MOST_ROWS = 5_000
CLOCK_SECONDS = 120
"""By how much a clock may be behind what was seen before."""


@dataclass(frozen=True, slots=True)
class LeaseEvidence:
    """What is known of some leases and of their printers.

    `serials` are masks by lease and word; `redemptions` those under tokens of leases, with the
    lease by the token in `tokens`.
    """

    entries: Sequence[JournalEntryRow] = ()
    leases: Mapping[str, LeaseRow] = field(default_factory=dict)
    serials: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    dues: Sequence[DueSpendRow] = ()
    redemptions: Sequence[RedemptionRow] = ()
    receipts: Sequence[ReceiptRow] = ()
    tokens: Mapping[str, str] = field(default_factory=dict)


def judge(evidence: LeaseEvidence) -> list[Finding]:
    """Every finding that the evidence gives."""
    rules = (
        forks,
        clocks,
        machines,
        spends_after_return,
        spends_after_end,
        spends_outside,
        spends_refused,
        redemptions_without_spend,
        printed_twice,
    )
    return [finding for rule in rules for finding in rule(evidence)]


def forks(evidence: LeaseEvidence) -> Iterator[Finding]:
    """Two signed entries of one number: a copied journal, a restored disk, or two machines."""
    chain = {(row.printer, row.sequence): row for row in evidence.entries if not row.forked}
    for row in evidence.entries:
        if not row.forked:
            continue
        other = chain.get((row.printer, row.sequence))
        against = f"that {other.digest} contradicts" if other else "that follows no known entry"
        machine = " It was written on another machine." * (
            other is not None and other.machine != row.machine
        )
        yield Finding(
            "journal-forked",
            Severity.ERROR,
            f"The printer {row.printer} signed an entry {row.sequence} {against}: its journal was "
            f"copied or set back, or its key is on two machines.{machine}",
            _entry(row),
        )


def clocks(evidence: LeaseEvidence) -> Iterator[Finding]:
    """A clock that was behind a time that it had already seen."""
    for row in evidence.entries:
        if row.kind == JournalKind.CLOCK or row.at + CLOCK_SECONDS < row.seen:
            yield Finding(
                "clock-set-back",
                Severity.WARNING,
                f"The clock of {row.printer} said {row.at} when it had seen {row.seen}.",
                _entry(row),
            )


def machines(evidence: LeaseEvidence) -> Iterator[Finding]:
    """A journal that went on on another machine."""
    chain = {row.digest: row for row in evidence.entries}
    for row in evidence.entries:
        before = chain.get(row.previous)
        moved = before is not None and before.machine != row.machine
        if row.kind == JournalKind.MACHINE or moved:
            yield Finding(
                "machine-changed",
                Severity.ERROR,
                f"The journal of {row.printer} was found on another machine at entry "
                f"{row.sequence}: {row.machine}.",
                _entry(row),
            )


def spends_after_return(evidence: LeaseEvidence) -> Iterator[Finding]:
    """A serial of a lease that the printer had given back before."""
    returned = {
        (row.printer, row.lease): row.sequence
        for row in reversed(evidence.entries)
        if row.kind == JournalKind.RETURN and not row.forked
    }
    for row in _spends(evidence):
        if row.sequence > returned.get((row.printer, row.lease), row.sequence):
            yield _of_spend(row, "spend-after-return", "although the lease was given back")


def spends_after_end(evidence: LeaseEvidence) -> Iterator[Finding]:
    """A serial that was spent when its lease was over, or had not begun, by the printer's word."""
    for row in _spends(evidence):
        lease = evidence.leases.get(row.lease)
        if lease is not None and max(row.at, row.seen) >= lease.deadline:
            yield _of_spend(row, "spend-after-lease", f"after the lease's end at {lease.deadline}")


def spends_outside(evidence: LeaseEvidence) -> Iterator[Finding]:
    """A serial that the lease has not, or a lease that is none of this printer."""
    for row in _spends(evidence):
        lease = evidence.leases.get(row.lease)
        word, bit = bit_of(row.serial)
        if lease is None or lease.printer != row.printer:
            yield _of_spend(row, "spend-outside-lease", "on a lease that it has not")
        elif not evidence.serials.get(row.lease, {}).get(word, 0) & bit:
            yield _of_spend(row, "spend-outside-lease", "which the lease does not name")


def spends_refused(evidence: LeaseEvidence) -> Iterator[Finding]:
    """Printed, and not to be redeemed any more: nobody was paid for it."""
    for row in evidence.dues:
        if row.state == DueState.REFUSED.value:
            yield Finding(
                "spend-not-redeemed",
                Severity.ERROR,
                f"Serial {row.serial} of license {row.license} was spent offline by "
                f"{row.printer}, and the chain refused it: {row.error}.",
                f"journal entry {row.entry}",
            )


def redemptions_without_spend(evidence: LeaseEvidence) -> Iterator[Finding]:
    """Redeemed under a token of a lease, and the printer's journal does not tell of it."""
    told = {(row.lease, row.serial) for row in _spends(evidence)}
    for row in evidence.redemptions:
        lease = evidence.tokens.get(row.token)
        if lease is None:
            continue
        for serial in serials_of(row.word, int(row.take, 16)):
            if (lease, serial) not in told:
                yield Finding(
                    "redemption-without-spend",
                    Severity.WARNING,
                    f"Serial {serial} of license {row.license} is leased to {row.printer} and "
                    f"was redeemed, but its journal has no entry for it.",
                    f"transaction {row.transaction}",
                )


def printed_twice(evidence: LeaseEvidence) -> Iterator[Finding]:
    """One serial, two prints: two spends of it, or two receipts for it."""
    first: dict[tuple[str, int], JournalEntryRow] = {}
    for row in _spends(evidence):
        other = first.setdefault((row.lease, row.serial), row)
        if other is not row:
            yield _of_spend(row, "printed-twice", f"as it had at {other.digest} already")
    told: dict[tuple[int, int], ReceiptRow] = {}
    for receipt in evidence.receipts:
        before = told.setdefault((receipt.license, receipt.serial), receipt)
        if before is not receipt and receipt.token in evidence.tokens:
            yield Finding(
                "printed-twice",
                Severity.ERROR,
                f"Serial {receipt.serial} of license {receipt.license} has two receipts: "
                f"{before.digest} of {before.printer}, and one of {receipt.printer}.",
                f"receipt {receipt.digest}",
            )


# ------------------------------------------------------------------ gathering


def of_printer(session: Session, printer: str) -> list[Finding]:
    """What a printer's journal shows by itself."""
    entries = leases.entries(session, MOST_ROWS, printer=printer)
    dues = leases.dues(session, MOST_ROWS, printer=printer)
    return judge(_evidence(session, entries, dues))


def lease_findings(
    session: Session,
    printer: str | None,
    redemptions: Sequence[RedemptionRow],
    receipts: Sequence[ReceiptRow],
    issued: Iterable[str],
) -> list[Finding]:
    """The same for an audit: of a printer, or of the prints under some tokens."""
    named = {row.token for row in redemptions} | {row.token for row in receipts} | {*issued}
    tokens = leases.leased_tokens(session, named)
    if printer is None and not tokens:
        return []
    rows: dict[str, JournalEntryRow] = {}
    for lease in sorted(set(tokens.values())):
        rows |= {row.digest: row for row in leases.entries(session, MOST_ROWS, lease=lease)}
    for one in {row.printer for row in rows.values()} | ({printer} if printer else set()):
        entries = leases.entries(session, MOST_ROWS, printer=one)
        # A journal that is forked, or moved, speaks against every lease of its printer.
        rows |= {
            row.digest: row
            for row in entries
            if printer == one or row.forked or row.kind != JournalKind.SPEND
        }
    dues = [
        row
        for lease in sorted({row.lease for row in rows.values()})
        for row in leases.dues(session, MOST_ROWS, lease=lease)
    ]
    ordered = sorted(rows.values(), key=lambda row: (row.printer, row.sequence, row.received_at))
    return judge(_evidence(session, ordered, dues, redemptions, receipts, tokens))


def waiting_serials(session: Session, receipts: Iterable[ReceiptRow]) -> set[tuple[int, int]]:
    """Of these receipts' serials, those whose redemption is on its way."""
    found, rows = set(), list(receipts)
    leased = leases.leased_tokens(session, (row.token for row in rows))
    for row in (row for row in rows if row.token in leased):
        due = leases.due(session, row.license, row.serial)
        if due is not None and due.state == DueState.DUE.value:
            found.add((row.license, row.serial))
    return found


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
    return LeaseEvidence(entries, known, serials, dues, redemptions, receipts, tokens or {})


def _spends(evidence: LeaseEvidence) -> list[JournalEntryRow]:
    return [row for row in evidence.entries if row.kind == JournalKind.SPEND]


def _of_spend(row: JournalEntryRow, kind: str, why: str) -> Finding:
    return Finding(
        kind,
        Severity.ERROR,
        f"The printer {row.printer} spent serial {row.serial} at {row.at}, {why}.",
        _entry(row),
    )


def _entry(row: JournalEntryRow) -> str:
    return f"journal entry {row.digest}"
