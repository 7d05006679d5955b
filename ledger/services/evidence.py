"""What shows that a print failed: the receipt of its printer. Pure decisions.

A void names the digest of one receipt. It is evidence for the one serial that the receipt
is about, if the serial was redeemed under the receipt's token for the printer that signed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ledger.models import Outcome, bit_of, serials_of
from ledger.services.findings import Finding, Severity
from ledger.store.lifetables import VoidRow
from ledger.store.tables import ReceiptRow, RedemptionRow


@dataclass(frozen=True, slots=True)
class Voided:
    """Voids, and what they are held against: receipts of their serials and of their evidence.

    `bad_signatures` are digests of receipts that their printers did not sign.
    """

    voids: Sequence[VoidRow] = ()
    redemptions: Sequence[RedemptionRow] = ()
    receipts: Sequence[ReceiptRow] = ()
    evidence: Mapping[str, ReceiptRow] = field(default_factory=dict)
    bad_signatures: frozenset[str] = frozenset()


def is_evidence(receipt: ReceiptRow, redemption: RedemptionRow | None) -> bool:
    """Whether the receipt shows that its serial, redeemed like this, was printed and failed."""
    if redemption is None or receipt.outcome == Outcome.DONE:
        return False
    said = (receipt.license, receipt.token, receipt.printer, receipt.design)
    return said == (redemption.license, redemption.token, redemption.printer, redemption.design)


def waiting(
    receipts: Iterable[ReceiptRow],
    redemptions: Iterable[RedemptionRow],
    voided: Mapping[int, int],
) -> list[ReceiptRow]:
    """Of a license's receipts those whose prints failed and are not voided yet.

    `voided` is the mask of the license's voided serials, by word.
    """
    redeemed = by_serial(redemptions)
    found: list[ReceiptRow] = []
    for receipt in receipts:
        word, bit = bit_of(receipt.serial)
        redemption = redeemed.get((receipt.license, receipt.serial))
        if is_evidence(receipt, redemption) and not voided.get(word, 0) & bit:
            found.append(receipt)
    return found


def judge(what: Voided) -> list[Finding]:
    """Voids without evidence, and voids of prints that went well."""
    return [*voids_without_evidence(what), *voids_of_good_prints(what)]


def voids_without_evidence(what: Voided) -> Iterator[Finding]:
    """A print was voided, and no receipt of its printer says that it failed."""
    redeemed = by_serial(what.redemptions)
    for void in what.voids:
        receipt = what.evidence.get(void.evidence)
        for serial in _serials(void):
            about = receipt is not None and receipt.license == void.license
            if (
                receipt is not None
                and (about and receipt.serial == serial)
                and receipt.digest not in what.bad_signatures
                and is_evidence(receipt, redeemed.get((void.license, serial)))
            ):
                continue
            yield Finding(
                "void-without-evidence",
                Severity.ERROR,
                f"{void.by} voided serial {serial} of license {void.license}; the evidence "
                f"{void.evidence} "
                + (
                    "is no receipt that is known here."
                    if receipt is None
                    else "is no receipt by which that print failed."
                ),
                f"transaction {void.transaction}",
            )


def voids_of_good_prints(what: Voided) -> Iterator[Finding]:
    """A print was voided that its printer reports as done: the design lost a price."""
    redeemed = by_serial(what.redemptions)
    done = {
        (row.license, row.serial): row
        for row in what.receipts
        if row.outcome == Outcome.DONE and row.digest not in what.bad_signatures
    }
    for void in what.voids:
        for serial in _serials(void):
            receipt = done.get((void.license, serial))
            redemption = redeemed.get((void.license, serial))
            if receipt is None or (redemption and redemption.printer != receipt.printer):
                continue
            yield Finding(
                "void-of-good-print",
                Severity.ERROR,
                f"Serial {serial} of license {void.license} was voided by {void.by}, but "
                f"{receipt.printer} reports it as done (receipt {receipt.digest}).",
                f"transaction {void.transaction}",
            )


def by_serial(redemptions: Iterable[RedemptionRow]) -> dict[tuple[int, int], RedemptionRow]:
    """The redemption of each spent serial, by license and serial."""
    return {
        (row.license, serial): row
        for row in redemptions
        for serial in serials_of(row.word, int(row.take, 16))
    }


def _serials(void: VoidRow) -> Iterator[int]:
    return serials_of(void.word, int(void.serials, 16))
