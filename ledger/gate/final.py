"""Which answers to a receipt are final: the service says no, and can never say yes."""

from __future__ import annotations

from ledger.errors import LedgerError, PrinterRevoked, ReceiptContradicts
from ledger.models import Digest


def is_final(error: LedgerError, receipt: Digest) -> bool:
    """Whether the service will never take the receipt with this digest, having said `error`.

    ReceiptContradicts: it has another one of this printer for the same print, and what is in
    its log stays there. PrinterRevoked: no printer comes back from that. All else may pass: a
    service that is down or at fault is mended, a printer is enrolled, and who cannot read the
    receipt (BadSignature, MalformedRequest, a plain Conflict) may be of another version, or
    set up for another deployment.

    The word that there is another receipt counts only if it names one, and not this very one.
    """
    if isinstance(error, ReceiptContradicts):
        return _named(error) not in (None, receipt)
    return isinstance(error, PrinterRevoked)


def _named(error: ReceiptContradicts) -> Digest | None:
    try:
        return Digest.parse(str(error.facts.get("receipt")))
    except LedgerError:
        return None
