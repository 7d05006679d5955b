"""What of a license failed and is not voided, and how its void is sent, whoever decided it."""

from __future__ import annotations

from collections.abc import Sequence

from ledger import rules
from ledger.errors import LicenseNotFound
from ledger.models import WORD_BITS, ContentHash, Digest, bit_of
from ledger.services.context import Call, Ledger, Mined
from ledger.services.evidence import Failed, by_serial, waiting, waiting_on_words
from ledger.store import Session, catalog, life, queue
from ledger.store.tables import LicenseRow, ReceiptRow, RedemptionRow

MOST_VOIDS = 100
"""Voids in one transaction: each costs some 60,000 gas, and a block must hold them."""

CLAIM_SECONDS = 600
"""For so long a void that is being sent is left alone by every other process."""


def license_of(session: Session, number: int) -> LicenseRow:
    """The license's row. Raises LicenseNotFound."""
    row = catalog.license(session, number)
    if row is None:
        raise LicenseNotFound(f"There is no license {number}.", license=number)
    return row


def waiting_for_void(session: Session, number: int) -> list[Failed]:
    """The failed prints of a license that are not voided, as the service heard of them."""
    receipts = life.failed_receipts(session, number)
    called = []
    for piece, said in queue.called_bad(session, number):
        receipt = session.get(ReceiptRow, piece.receipt)
        if receipt is not None:
            called.append(Failed(receipt, said))
    redeemed = _redemptions(session, number, [*receipts, *(one.receipt for one in called)])
    voided = life.voided_words(session, number)
    found = [Failed(row) for row in waiting(receipts, redeemed, voided)]
    found += waiting_on_words(called, redeemed, voided)
    return sorted(found, key=lambda one: one.told_at)


def told_before_its_redemption(session: Session, number: int, since: int) -> bool:
    """Whether a print is reported as failed since then whose redemption is not seen yet.

    What was printed from a lease may be redeemed after it is reported.
    """
    receipts = [row for row in life.failed_receipts(session, number) if row.received_at >= since]
    redeemed = by_serial(_redemptions(session, number, receipts))
    return any((row.license, row.serial) not in redeemed for row in receipts)


def left(ledger: Ledger, session: Session, row: LicenseRow) -> int:
    """How many more prints of a license are voided without asking."""
    share = queue.void_share(session, row.license, row.design, ledger.void_share)
    return rules.voids_left(row.quota, row.voided, share)


def send(ledger: Ledger, chosen: Sequence[Failed]) -> Mined:
    """Void these prints in the service's own name; they were claimed before."""
    try:
        mined = ledger.send(call_for(ledger, chosen))
        ledger.indexer.catch_up()
    finally:
        with ledger.database.write() as session:
            queue.unclaim(session, [one.evidence for one in chosen])
    return mined


def call_for(ledger: Ledger, chosen: Sequence[Failed]) -> Call:
    """One void, or a batch of them that does all or nothing."""
    calls = [
        ledger.chain.void_prints(
            ContentHash.parse(one.receipt.design),
            one.receipt.license,
            *bit_of(one.receipt.serial),
            Digest.parse(one.evidence),
        )
        for one in chosen
    ]
    return calls[0] if len(calls) == 1 else ledger.chain.batch(calls, all_or_nothing=True)


def _redemptions(
    session: Session, number: int, receipts: Sequence[ReceiptRow]
) -> list[RedemptionRow]:
    words = {row.serial // WORD_BITS for row in receipts}
    return [
        row for word in words for row in catalog.redemptions(session, license=number, word=word)
    ]
