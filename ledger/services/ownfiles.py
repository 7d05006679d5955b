"""The owner's choice about own files, as a printer signed it: kept in the log."""

from __future__ import annotations

from ledger.errors import MalformedRequest
from ledger.models import OwnFiles
from ledger.services import standing
from ledger.services.context import Ledger
from ledger.signing import require_signer
from ledger.store import log

CLOCK_SECONDS = 300
"""How far a printer's clock may be ahead of ours."""


def accept(ledger: Ledger, choice: OwnFiles, signature: bytes) -> int:
    """Log the choice; its index there. The same again is no error, and changes nothing.

    Raises BadSignature, MalformedRequest for one of the future, PrinterNotEnrolled,
    PrinterRevoked.
    """
    message = ledger.domain.typed(choice)
    require_signer(message, signature, choice.printer)
    if choice.since > ledger.now() + CLOCK_SECONDS:
        raise MalformedRequest("Nobody chose in the future.")
    digest = str(message.digest())
    with ledger.database.write() as session:
        log.lock(session)
        standing.require_printer(session, choice.printer, even_rotated=True)
        present = log.indices(session, [digest]).get(digest)
        return log.append(session, message, signature) if present is None else present
