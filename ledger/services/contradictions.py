"""Two receipts of one printer for one print: the first counts, and both are evidence.

A printer prints a serial once and signs one receipt for it. Who signs two has printed it twice,
or had its journal set back: its folder was copied, or put back from an image. The second is
logged and answered with ReceiptContradicts; no void and no order goes by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ledger.services.findings import Finding, Severity
from ledger.signing import TypedData
from ledger.store import Session, contradictions, log
from ledger.store.contradictions import ContradictionRow
from ledger.store.tables import ReceiptRow


def keep(
    session: Session, first: ReceiptRow, other: ReceiptRow, message: TypedData, signature: bytes
) -> None:
    """Log `other`, which is signed as `message`, beside `first`. One for each print: two are proof.

    The caller holds the log's lock.
    """
    if contradictions.contradiction(session, first.digest) is not None:
        return
    session.add(
        ContradictionRow(
            receipt=first.digest,
            digest=other.digest,
            entry=log.append(session, message, signature),
            received_at=other.received_at,
        )
    )


def contradiction_findings(session: Session, receipts: Sequence[ReceiptRow]) -> Iterator[Finding]:
    """What contradicts one of these receipts."""
    known = {row.digest: row for row in receipts}
    for row in contradictions.contradictions(session, known):
        first = known[row.receipt]
        yield Finding(
            "receipts-contradict",
            Severity.ERROR,
            f"The printer {first.printer} signed two receipts for serial {first.serial} of license "
            f"{first.license}, {first.digest} and {row.digest}: it printed twice, or its journal "
            f"was copied or set back.",
            f"log entry {row.entry}",
        )
