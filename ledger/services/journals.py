"""Printers' journals: what was spent of leases, handed in, kept as evidence, and redeemed.

A journal is one chain of signed entries for each printer. What is handed in is stored and
logged before anything is made of it; an entry that contradicts a known one is kept as well,
since both together are proof (docs/leases.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.errors import EntryNotFound, JournalForked, JournalGap, MalformedRequest
from ledger.models import ZERO_DIGEST, Address, Digest, JournalEntry, JournalKind, bit_of
from ledger.services import leasegathering, standing, telling
from ledger.services.context import Ledger
from ledger.services.findings import Finding
from ledger.signing import TypedData, require_signer
from ledger.store import Session, leases, log, records
from ledger.store.leasetables import DueSpendRow, DueState, JournalEntryRow
from ledger.store.tables import TokenRow

MOST_ENTRIES = 1_000
"""Entries in one request: more are handed in by several."""

Signed = tuple[JournalEntry, bytes]


@dataclass(frozen=True, slots=True)
class Known:
    """How far a printer's journal is known, and what came of it.

    `sequence` and `head` are those of the last entry (0 and zero before the first);
    `redeemed` and `due` count its spends that are on chain, and that are on their way.
    """

    sequence: int
    head: Digest
    redeemed: int
    due: int
    findings: Sequence[Finding]


def known(ledger: Ledger, printer: Address) -> Known:
    """How far a printer's journal is known here. Raises PrinterNotEnrolled, PrinterRevoked."""
    standing.require_printer(ledger, printer, even_rotated=True)
    with ledger.database.read() as session:
        return _known(session, printer)


def find(ledger: Ledger, digest: Digest) -> JournalEntryRow:
    """An entry that was handed in. Raises EntryNotFound."""
    with ledger.database.read() as session:
        row = leases.entry(session, str(digest))
    if row is None:
        raise EntryNotFound(f"No journal entry {digest} was handed in here.", entry=str(digest))
    return row


def hand_in(ledger: Ledger, printer: Address, entries: Sequence[Signed]) -> Known:
    """Store and log a printer's entries, in the order of their numbers.

    Entries that are known already change nothing. What was spent is redeemed soon
    (`services.pooled`); a lease that is given back has its unspent serials free at once.
    Raises PrinterNotEnrolled, PrinterRevoked, BadSignature, MalformedRequest, JournalGap, or,
    after all of them are kept, JournalForked for entries that contradict known ones.
    """
    if not 0 < len(entries) <= MOST_ENTRIES:
        raise MalformedRequest(f"A request has 1 to {MOST_ENTRIES} entries, not {len(entries)}.")
    numbers = [entry.sequence for entry, _ in entries]
    if numbers != list(range(numbers[0], numbers[0] + len(numbers))) or numbers[0] < 1:
        raise MalformedRequest("The entries of a request are numbered one after the other.")
    signed = [(entry, _checked(ledger, printer, entry, its), its) for entry, its in entries]
    forked: list[str] = []
    now = ledger.now()  # once, and not while everybody waits for the log: it asks the chain
    with ledger.database.write() as session:
        log.lock(session)
        standing.require_printer(session, printer, even_rotated=True)
        _require_no_gap(session, entries[0][0])
        for entry, message, signature in signed:
            row = _store(session, entry, message, signature, now)
            if row is not None and row.forked:
                forked.append(row.digest)
    with ledger.database.read() as session:  # a long journal is judged while nobody waits
        answer = _known(session, printer)
    if forked:
        raise JournalForked(
            f"{len(forked)} entries of {printer} contradict those that were handed in before: "
            f"{forked[0]} is the first.",
            printer=printer,
            entry=forked[0],
            sequence=answer.sequence,
            head=str(answer.head),
        )
    return answer


def _checked(ledger: Ledger, printer: Address, entry: JournalEntry, signature: bytes) -> TypedData:
    if entry.printer != printer:
        raise MalformedRequest(f"An entry is of another printer, {entry.printer}.")
    message = ledger.domain.typed(entry)
    require_signer(message, signature, printer)
    return message


def _require_no_gap(session: Session, first: JournalEntry) -> None:
    """Raise JournalGap unless what comes before `first` is known, if only as a contradiction.

    A journal that was set back may have grown longer than the one that is known here.
    """
    printer = first.printer
    head = leases.head(session, printer)
    last = 0 if head is None else head.sequence
    before = leases.entry(session, str(first.previous))
    goes_on = before is not None and (before.printer, before.sequence) == (
        printer,
        first.sequence - 1,
    )
    if first.sequence > last + 1 and not goes_on:
        raise JournalGap(
            f"The journal of {printer} is known up to {last}; what is handed in begins "
            f"with {first.sequence}.",
            printer=printer,
            sequence=last,
            head=str(ZERO_DIGEST) if head is None else head.digest,
        )


def _store(
    session: Session, entry: JournalEntry, message: TypedData, signature: bytes, now: int
) -> JournalEntryRow | None:
    """Keep an entry and what follows from it; None if it is known already."""
    digest = str(message.digest())
    present = leases.entry(session, digest)
    if present is not None:
        return present if present.forked else None
    head = leases.head(session, entry.printer)
    last = (0, str(ZERO_DIGEST)) if head is None else (head.sequence, head.digest)
    row = JournalEntryRow(
        digest=digest,
        printer=entry.printer,
        sequence=entry.sequence,
        previous=str(entry.previous),
        machine=str(entry.machine),
        kind=entry.kind.value,
        lease=str(entry.lease),
        serial=entry.serial,
        at=entry.at,
        seen=entry.seen,
        signature="0x" + signature.hex(),
        forked=(entry.sequence - 1, str(entry.previous)) != last,
        received_at=now,
    )
    session.add(row)
    session.flush()
    log.append(session, message, signature)
    odd = row.forked or entry.kind in (JournalKind.CLOCK, JournalKind.MACHINE)
    telling.journal_entry(session, row.printer, digest, row.kind, row.received_at, finding=odd)
    if entry.kind is JournalKind.SPEND:
        _owe(session, row)
    elif entry.kind is JournalKind.RETURN and not row.forked:
        _take_back(session, row)
    return row


def _owe(session: Session, row: JournalEntryRow) -> None:
    """Have a spend redeemed, if it is one of a lease of this printer, and not of one that is free.

    Free is what was given back before: its serial may be another's by now.
    """
    lease = leases.lease(session, row.lease)
    if lease is None or lease.printer != row.printer:
        return
    word, bit = bit_of(row.serial)
    named = (
        token
        for token in leases.tokens_of(session, lease.digest)
        if token.word == word and int(token.serials, 16) & bit
    )
    token = next(named, None)
    if token is None:
        return
    if lease.returned_at is not None and token.redeemable_until <= lease.returned_at:
        return
    before = leases.due(session, lease.license, row.serial)
    if before is not None and not _overtakes(session, token, before, row.received_at):
        return
    session.merge(
        DueSpendRow(
            license=lease.license,
            serial=row.serial,
            lease=lease.digest,
            token=token.digest,
            printer=row.printer,
            entry=row.digest,
            stored_at=row.received_at,
            next_try=0,
        )
    )
    session.flush()


def _overtakes(session: Session, token: TokenRow, before: DueSpendRow, now: int) -> bool:
    """Whether a spend can be redeemed where an earlier one of its serial cannot be any more.

    A printer that came back too late has lost the serial to another; that it tells of it
    must not keep the other's print from being paid for.
    """
    if before.token == token.digest or token.redeemable_until <= now:
        return False
    if before.state == DueState.DUE.value:
        other = records.token(session, before.token)
        return other is not None and other.redeemable_until <= now
    return before.state == DueState.REFUSED.value


def _take_back(session: Session, row: JournalEntryRow) -> None:
    """Give the unspent serials of a lease free; all that was spent came before, in the chain.

    Where the journal was found on two machines, or contradicts itself, nobody knows that:
    then the serials stay reserved until they cannot be redeemed any more.
    """
    lease = leases.lease(session, row.lease)
    if lease is None or lease.printer != row.printer or lease.returned_at is not None:
        return
    lease.returned_at = row.received_at
    session.add(lease)
    if leases.is_doubtful(session, row.printer):
        session.flush()
        return
    for token in leases.tokens_of(session, lease.digest):
        token.redeemable_until = min(token.redeemable_until, row.received_at)
        session.add(token)
    session.flush()


def _known(session: Session, printer: Address) -> Known:
    head = leases.head(session, printer)
    return Known(
        0 if head is None else head.sequence,
        ZERO_DIGEST if head is None else Digest.parse(head.digest),
        leases.count_dues(session, DueState.REDEEMED, printer=printer),
        leases.count_dues(session, DueState.DUE, printer=printer),
        leasegathering.of_printer(session, printer),
    )
