"""Leases in the audit: what journals, receipts and redemptions say against one another.

Pure decisions over `LeaseEvidence`; `leasegathering` finds it. Each finding names the signed
entry that proves it; what no entry can show is said in docs/leases.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ledger.models import JournalKind, bit_of, serials_of
from ledger.services.findings import Finding, Severity
from ledger.store.leasetables import DueSpendRow, DueState, JournalEntryRow, LeaseRow
from ledger.store.tables import ReceiptRow, RedemptionRow

CLOCK_SECONDS = 120
"""By how much a clock may be behind what was seen before."""


@dataclass(frozen=True, slots=True)
class LeaseEvidence:
    """What is known of some leases and of their printers.

    `serials` are masks by lease and word; `redemptions` those under tokens of leases, with the
    lease by the token in `tokens`. `paid` are the spends that count for the serials of the
    entries, be they of these or of another lease. `untold` are the leases whose time and grace
    are over, with the number of prints of which nobody has told anything.
    """

    entries: Sequence[JournalEntryRow] = ()
    leases: Mapping[str, LeaseRow] = field(default_factory=dict)
    serials: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    dues: Sequence[DueSpendRow] = ()
    redemptions: Sequence[RedemptionRow] = ()
    receipts: Sequence[ReceiptRow] = ()
    tokens: Mapping[str, str] = field(default_factory=dict)
    paid: Sequence[DueSpendRow] = ()
    untold: Mapping[str, int] = field(default_factory=dict)


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
        leases_untold,
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
    """A clock that was behind a time that it had already seen, by this entry or by one before."""
    latest: dict[str, int] = {}
    for row in evidence.entries:
        seen = row.seen
        if not row.forked:
            # A memory that went back, which is told once: a clock that ran ahead, or a lie.
            seen = max(seen, latest.get(row.printer, 0))
            latest[row.printer] = row.seen
        if row.kind == JournalKind.CLOCK or min(row.at, row.seen) + CLOCK_SECONDS < seen:
            yield Finding(
                "clock-set-back",
                Severity.WARNING,
                f"The clock of {row.printer} said {row.at} when it had seen {seen}.",
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
    first: dict[tuple[int, int], JournalEntryRow] = {}
    paid = {(due.license, due.serial): due for due in evidence.paid}
    own = {row.digest for row in evidence.entries}
    for row in _spends(evidence):
        number = _license_of(row, evidence)
        if number is None:
            continue
        other = first.setdefault((number, row.serial), row)
        due = paid.get((number, row.serial))
        if other is not row:
            by = f"{other.printer} had" if other.printer != row.printer else "it had"
            yield _of_spend(row, "printed-twice", f"as {by} at {other.digest} already")
        elif due is not None and due.entry not in own:
            yield _of_spend(row, "printed-twice", f"as {due.printer} did at {due.entry}")
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


def leases_untold(evidence: LeaseEvidence) -> Iterator[Finding]:
    """A lease that lapsed, and neither spends nor a return account for all of its prints."""
    for digest, count in sorted(evidence.untold.items()):
        lease = evidence.leases[digest]
        yield Finding(
            "lease-untold",
            Severity.NOTE,
            f"The lease for {lease.count} prints on {lease.printer} is over, and of {count} it was "
            f"neither told that they were spent nor that they were given back.",
            f"lease {digest}",
        )


def _license_of(row: JournalEntryRow, evidence: LeaseEvidence) -> int | None:
    """The license whose serial an entry spent; None if its lease does not name that serial."""
    lease = evidence.leases.get(row.lease)
    word, bit = bit_of(row.serial)
    if lease is None or lease.printer != row.printer:
        return None
    return lease.license if evidence.serials.get(row.lease, {}).get(word, 0) & bit else None


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
