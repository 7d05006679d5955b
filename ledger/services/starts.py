"""Prints that began: a printer's signed word, so that a queue shows what its machines do.

It is a notice and not evidence: it is kept beside the piece and told to webhooks, and not in
the log. What counts of a print is its redemption and its receipt, which says too when it
began. So a gate sends it when it can, once, and waits for nobody.
"""

from __future__ import annotations

from ledger.errors import Conflict, MalformedRequest, TakeOutsideToken, TokenNotFound
from ledger.models import PrintStart, bit_of
from ledger.services import standing, telling
from ledger.services.context import Ledger
from ledger.signing import require_signer
from ledger.store import Session, log, records
from ledger.store.tables import StartRow, TokenRow

AHEAD_SECONDS = 300
"""How far a printer's clock may be ahead of the service's."""


def accept(ledger: Ledger, start: PrintStart, signature: bytes) -> tuple[StartRow, bool]:
    """Keep that a machine began to print a serial; the row, and whether it is new.

    The first word counts: another one for the same serial and token changes nothing. Raises
    BadSignature, PrinterNotEnrolled, PrinterRevoked, PrinterRotated, TokenNotFound for a token
    that was not issued here for this printer, TakeOutsideToken for one that is not for this
    serial, Conflict if the print is over, MalformedRequest.
    """
    now = ledger.now()
    if start.started > now + AHEAD_SECONDS:
        raise MalformedRequest(f"The print began at {start.started}, and it is {now}.")
    require_signer(ledger.domain.typed(start), signature, start.printer)
    with ledger.database.write() as session:
        log.lock(session)  # no end of its printer, nor its receipt, comes in between
        standing.require_printer(session, start.printer)
        token = _token(session, start)
        present = session.get(StartRow, (token.digest, start.serial))
        if present is not None:
            return present, False
        if records.reported(session, token.digest, start.serial, start.printer):
            raise Conflict(f"The print of serial {start.serial} is over.", serial=start.serial)
        row = StartRow(
            token=token.digest,
            serial=start.serial,
            printer=start.printer,
            license=token.license,
            started=start.started,
            signature="0x" + signature.hex(),
            received_at=now,
        )
        session.add(row)
        telling.print_started(session, row, token.design)
        return row, True


def _token(session: Session, start: PrintStart) -> TokenRow:
    """The token that the printer prints by."""
    row = records.token(session, str(start.token))
    if row is None or row.printer != start.printer:  # nobody learns of another's tokens
        raise TokenNotFound(f"The printer has no token {start.token} of this service.")
    word, bit = bit_of(start.serial)
    if row.word != word or not int(row.serials, 16) & bit:
        raise TakeOutsideToken(f"The token {start.token} is not for serial {start.serial}.")
    return row
