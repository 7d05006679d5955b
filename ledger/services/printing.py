"""What the printer's gate asks of the service: enrolment, key, receipt, refusal."""

from __future__ import annotations

from typing import Any

from ledger import rules
from ledger.errors import (
    Conflict,
    MalformedRequest,
    PrinterNotFound,
    ReceiptContradicts,
    TooManyEnrolments,
)
from ledger.models import (
    Address,
    Enrolment,
    Outcome,
    Receipt,
    Refusal,
)
from ledger.services import contradictions, pieces, receipts, standing, telling, voidpolicy
from ledger.services.context import Ledger
from ledger.signing import require_signer
from ledger.store import Session, log, records
from ledger.store.tables import EnrolmentRow, PrinterRow, ReceiptRow, RefusalRow

KEM_KEY_BYTES = 32
MAX_NAME_LENGTH = 100
DAY_SECONDS = 86_400


def enrol(
    ledger: Ledger, enrolment: Enrolment, center_signature: bytes, printer_signature: bytes
) -> PrinterRow:
    """Take a printer into service for a center; both have signed the same enrolment.

    A printer that is enrolled already may be enrolled again by the same center
    (with another KEM key, say); Conflict if it is another center's. The same enrolment
    again changes nothing. A printer that was revoked, or has another key, is never enrolled
    again. Raises PrinterRevoked, PrinterRotated, SignatureExpired, BadSignature,
    MalformedRequest, or TooManyEnrolments, which names the time from which on it is taken.
    """
    now = ledger.now()
    rules.require_fresh(enrolment.deadline, now, "enrolment")
    if len(enrolment.kem_key) != KEM_KEY_BYTES:
        raise MalformedRequest(f"An X25519 public key has {KEM_KEY_BYTES} bytes.")
    if not 0 < len(enrolment.name) <= MAX_NAME_LENGTH:
        raise MalformedRequest(f"A printer's name has 1 to {MAX_NAME_LENGTH} characters.")
    message = ledger.domain.enrolment(enrolment)
    require_signer(message, center_signature, enrolment.center)
    require_signer(message, printer_signature, enrolment.printer)
    told: dict[str, Any] = {
        "printer": enrolment.printer,
        "center": enrolment.center,
        "kem_key": "0x" + enrolment.kem_key.hex(),
        "name": enrolment.name,
        "center_signature": "0x" + center_signature.hex(),
        "printer_signature": "0x" + printer_signature.hex(),
    }
    row, digest = PrinterRow(**told, enrolled_at=now), str(message.digest())
    with ledger.database.write() as session:
        log.lock(session)
        present = records.printer(session, row.printer)
        if present is not None and present.center != row.center:
            raise Conflict(
                f"The printer {row.printer} is enrolled by {present.center}.",
                printer=row.printer,
                center=present.center,
            )
        if present is not None:
            standing.require_not_ended(present)
            if records.enrolment(session, digest) is not None:  # or an old one would come back
                return present
            row.predecessor = present.predecessor
        _require_room(ledger, session, row.center, now)
        log.append(session, message, center_signature)
        session.add(
            EnrolmentRow(**told, digest=digest, deadline=enrolment.deadline, received_at=now)
        )
        return records.put(session, row)


def _require_room(ledger: Ledger, session: Session, center: str, now: int) -> None:
    """Raises TooManyEnrolments: each is an entry, and nothing ever leaves the log."""
    oldest = records.enrolled_at(session, center, ledger.enrolments_a_day - 1)
    if oldest is not None and oldest + DAY_SECONDS > now:
        again_at = oldest + DAY_SECONDS
        raise TooManyEnrolments(
            f"{center} has enrolled {ledger.enrolments_a_day} printers within a day, which is as "
            f"many as this service takes. The next is taken from {again_at} on; it is {now}.",
            center=center,
            limit=ledger.enrolments_a_day,
            again_at=again_at,
            retry_after=again_at - now,
        )


def find_printer(ledger: Ledger, address: Address) -> PrinterRow:
    """An enrolled printer. Raises PrinterNotFound."""
    with ledger.database.read() as session:
        row = records.printer(session, address)
    if row is None:
        raise PrinterNotFound(f"No printer {address} is enrolled here.", printer=address)
    return row


def accept_receipt(ledger: Ledger, receipt: Receipt, signature: bytes) -> tuple[ReceiptRow, bool]:
    """Log what a printer says of a serial; the row, and whether it is new.

    The same receipt again is no error; another one of this printer for the same serial
    and token raises ReceiptContradicts, when the first such is logged as evidence. Raises
    BadSignature, PrinterNotEnrolled, PrinterRevoked, MalformedRequest. A receipt for a serial
    that was never redeemed is kept all the same: the audit shows it.
    """
    message, form = receipts.require_signed(ledger.domain, receipt, signature)
    receipts.require_sound(receipt)
    row = receipts.row_of(receipt, message, form, signature, ledger.now())
    with ledger.database.write() as session:
        log.lock(session)
        standing.require_printer(session, receipt.printer, even_rotated=True)
        present = records.receipt(session, row)
        if present is None:
            log.append(session, message, signature)
            records.add_in_order(session, row)
            pieces.hear(session, row, row.received_at)
            if row.outcome != Outcome.DONE:
                voidpolicy.note_failure(session, row.license, row.received_at)
            telling.receipt_kept(session, row)
            return row, True
        if present.digest == row.digest or receipts.receipt_of(present) == receipt:
            return present, False  # the same, be it signed in another form
        contradictions.keep(session, present, row, message, signature)
    raise ReceiptContradicts(
        f"Serial {row.serial} of license {row.license} has another receipt already.",
        receipt=present.digest,
    )


def accept_refusal(ledger: Ledger, refusal: Refusal, signature: bytes) -> RefusalRow:
    """Log that a gate refused a file. Raises BadSignature, PrinterNotEnrolled.

    The same refusal again is no error, and changes nothing, however it was signed.
    """
    message = ledger.domain.refusal(refusal)
    require_signer(message, signature, refusal.printer)
    row = RefusalRow(
        digest=str(message.digest()),
        printer=refusal.printer,
        file=str(refusal.file),
        error=refusal.error,
        refused_at=refusal.refused_at,
        signature="0x" + signature.hex(),
    )
    with ledger.database.write() as session:
        log.lock(session)
        standing.require_printer(session, refusal.printer, even_rotated=True)
        present = records.refusal(session, row.digest)
        if present is not None:
            return present
        log.append(session, message, signature)
        return records.put(session, row)
