"""What becomes an event for webhooks, and for whom: the license's holder, the design's owner.

Each is put into the outbox in the transaction of what it tells of; what the chain tells is
put there by `follow_chain`, behind a cursor that is kept.
"""

from __future__ import annotations

from ledger.errors import JsonScalar
from ledger.models import Outcome
from ledger.services.context import Ledger
from ledger.services.evidence import Failed
from ledger.store import Session, catalog, hooks, records
from ledger.store.hooks import Event
from ledger.store.lifetables import VoidRow
from ledger.store.tables import PrinterRow, ReceiptRow, RedemptionRow, StartRow, TokenRow

Facts = dict[str, JsonScalar]
REREAD_BLOCKS = 64
"""Blocks that are looked at once more, in case that the chain was reorganized."""
DAY_SECONDS = 86_400
_BY_OUTCOME = {
    Outcome.DONE.value: Event.RECEIPT_DONE,
    Outcome.FAILED.value: Event.RECEIPT_FAILED,
    Outcome.CANCELLED.value: Event.RECEIPT_CANCELLED,
    Outcome.INTERRUPTED.value: Event.RECEIPT_INTERRUPTED,
}


def token_issued(session: Session, row: TokenRow, licensee: str) -> None:
    """A print token was signed."""
    facts: Facts = {
        "token": row.digest,
        "design": row.design,
        "license": row.license,
        "printer": row.printer,
        "word": row.word,
        "serials": row.serials,
        "deadline": row.deadline,
    }
    parties = {licensee, *_owners(session, row.design)}
    hooks.emit(session, Event.TOKEN_ISSUED, row.digest, parties, facts, row.issued_at)


def print_started(session: Session, row: StartRow, design: str) -> None:
    """A printer said that its machine began."""
    facts: Facts = {
        "token": row.token,
        "design": design,
        "license": row.license,
        "serial": row.serial,
        "printer": row.printer,
        "started": row.started,
    }
    parties = {*_licensees(session, row.license), *_owners(session, design)}
    subject = f"{row.token} {row.serial}"
    hooks.emit(session, Event.PRINT_STARTED, subject, parties, facts, row.received_at)


def receipt_kept(session: Session, row: ReceiptRow) -> None:
    """A printer told how a print went."""
    facts: Facts = {
        "receipt": row.digest,
        "token": row.token,
        "design": row.design,
        "license": row.license,
        "serial": row.serial,
        "printer": row.printer,
        "outcome": row.outcome,
        "started": row.started,
        "ended": row.ended,
    }
    parties = {*_licensees(session, row.license), *_owners(session, row.design)}
    kind = _BY_OUTCOME[row.outcome]
    hooks.emit(session, kind, row.digest, parties, facts, row.received_at)


def void_waiting(session: Session, failed: Failed, now: int) -> None:
    """A failed print is not voided without being told to: somebody has to decide."""
    row = failed.receipt
    facts: Facts = {
        "receipt": row.digest,
        "evidence": failed.evidence,
        "design": row.design,
        "license": row.license,
        "serial": row.serial,
        "outcome": row.outcome,
    }
    parties = {*_licensees(session, row.license), *_owners(session, row.design)}
    hooks.emit(session, Event.VOID_WAITING, failed.evidence, parties, facts, now)


def printer_revoked(session: Session, row: PrinterRow, now: int) -> None:
    """A center ended one of its printers."""
    facts: Facts = {"printer": row.printer, "center": row.center, "reason": row.revoked_reason}
    hooks.emit(session, Event.PRINTER_REVOKED, row.printer, [row.center], facts, now)


def journal_entry(
    session: Session, printer: str, digest: str, kind: str, now: int, *, finding: bool
) -> None:
    """An offline printer's entry came in; a finding where it contradicts what was known."""
    row = records.printer(session, printer)
    facts: Facts = {"printer": printer, "entry": digest, "kind": kind}
    event = Event.JOURNAL_FINDING if finding else Event.JOURNAL_HANDED_IN
    hooks.emit(session, event, digest, [row.center] if row else [], facts, now)


def follow_chain(ledger: Ledger) -> None:
    """Put what the chain has told since the last time into the outbox.

    Each event has one name for ever, so that looking twice tells nobody twice. What was looked
    at before and may be forgotten by now (`remembered_since`) is not told again.
    """
    with ledger.database.read() as session:
        if not hooks.listening(session):
            return
    with ledger.database.write() as session:
        cursor = hooks.cursor(session)
        first = max(cursor.block - REREAD_BLOCKS, 0)
        told, last = cursor.block, cursor.block
        since = remembered_since(ledger)
        for redeemed in catalog.since(session, RedemptionRow, first):
            if redeemed.block > told or redeemed.redeemed_at >= since:
                _redeemed(session, redeemed)
            last = max(last, redeemed.block)
        for voided in catalog.since(session, VoidRow, first):
            if voided.block > told or voided.voided_at >= since:
                _voided(session, voided)
            last = max(last, voided.block)
        cursor.block = last
        session.add(cursor)


def remembered_since(ledger: Ledger) -> int:
    """Deliveries that came to rest before that may be forgotten (Unix seconds)."""
    return ledger.clock() - ledger.webhook_days * DAY_SECONDS


def _redeemed(session: Session, row: RedemptionRow) -> None:
    facts: Facts = {
        "token": row.token,
        "design": row.design,
        "license": row.license,
        "printer": row.printer,
        "word": row.word,
        "serials": row.take,
        "transaction": row.transaction,
    }
    parties = {*_licensees(session, row.license), *_owners(session, row.design)}
    subject = f"{row.token} {row.take}"
    hooks.emit(session, Event.TOKEN_REDEEMED, subject, parties, facts, row.redeemed_at)


def _voided(session: Session, row: VoidRow) -> None:
    facts: Facts = {
        "design": row.design,
        "license": row.license,
        "word": row.word,
        "serials": row.serials,
        "evidence": row.evidence,
        "transaction": row.transaction,
    }
    parties = {*_licensees(session, row.license), *_owners(session, row.design)}
    subject = f"{row.license} {row.word} {row.serials}"
    hooks.emit(session, Event.VOID_DONE, subject, parties, facts, row.voided_at)


def _licensees(session: Session, license: int) -> list[str]:
    row = catalog.license(session, license)
    return [row.licensee] if row is not None else []


def _owners(session: Session, design: str) -> list[str]:
    row = catalog.design(session, design)
    return [row.owner] if row is not None else []
