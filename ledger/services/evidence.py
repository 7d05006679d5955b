"""What shows that a print failed: its printer's receipt, or its center's word. Pure decisions.

A void names the digest of one receipt. It is evidence for the one serial that the receipt
is about, if the serial was redeemed under the receipt's token for the printer that signed.
Where the printer says that all went well, it names the `SignOff` by which the center of the
print order called the piece bad: the word of who gains by it, and so no more than a word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ledger.models import Outcome, bit_of, serials_of
from ledger.services.findings import Finding, Severity
from ledger.store.lifetables import VoidRow
from ledger.store.tables import ReceiptRow, RedemptionRow, StatementRow


@dataclass(frozen=True, slots=True)
class Failed:
    """A failed print: its receipt, and the center's `SignOff` where only that says so."""

    receipt: ReceiptRow
    sign_off: StatementRow | None = None

    @property
    def evidence(self) -> str:
        """The digest that a void of it names."""
        return self.receipt.digest if self.sign_off is None else self.sign_off.digest

    @property
    def told_at(self) -> int:
        """When the service heard of it."""
        said = self.receipt if self.sign_off is None else self.sign_off
        return said.received_at


@dataclass(frozen=True, slots=True)
class CalledBad:
    """What a sign-off says, once its signature was checked: the piece of a token is bad."""

    license: int
    serial: int
    token: str
    center: str


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
    words: Mapping[str, CalledBad] = field(default_factory=dict)
    """The centers' words among the voids' evidence, by digest."""


def is_evidence(receipt: ReceiptRow, redemption: RedemptionRow | None) -> bool:
    """Whether the receipt shows that its serial, redeemed like this, was printed and failed."""
    return receipt.outcome != Outcome.DONE and is_about(receipt, redemption)


def is_about(receipt: ReceiptRow, redemption: RedemptionRow | None) -> bool:
    """Whether the receipt is that of the printer, token and design of this redemption."""
    if redemption is None:
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


def waiting_on_words(
    called_bad: Iterable[Failed],
    redemptions: Iterable[RedemptionRow],
    voided: Mapping[int, int],
) -> list[Failed]:
    """Of the pieces that a center calls bad, and their printers do not, those not voided yet."""
    redeemed = by_serial(redemptions)
    found: list[Failed] = []
    for one in called_bad:
        word, bit = bit_of(one.receipt.serial)
        redemption = redeemed.get((one.receipt.license, one.receipt.serial))
        done = one.receipt.outcome == Outcome.DONE
        if done and is_about(one.receipt, redemption) and not voided.get(word, 0) & bit:
            found.append(one)
    return found


def judge(what: Voided) -> list[Finding]:
    """Voids without evidence, of prints that went well, and on a center's word alone."""
    rules = (voids_without_evidence, voids_of_good_prints, voids_on_a_centers_word)
    return [finding for rule in rules for finding in rule(what)]


def voids_without_evidence(what: Voided) -> Iterator[Finding]:
    """A print was voided, and no receipt of its printer says that it failed."""
    redeemed = by_serial(what.redemptions)
    for void in what.voids:
        receipt = what.evidence.get(void.evidence)
        for serial in _serials(void):
            if _word(what, redeemed, void, serial) is not None:
                continue
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
                    "is no receipt, and no center's word, that is known here."
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
            if _word(what, redeemed, void, serial) is not None:
                continue
            yield Finding(
                "void-of-good-print",
                Severity.ERROR,
                f"Serial {serial} of license {void.license} was voided by {void.by}, but "
                f"{receipt.printer} reports it as done (receipt {receipt.digest}).",
                f"transaction {void.transaction}",
            )


def voids_on_a_centers_word(what: Voided) -> Iterator[Finding]:
    """A print was voided because its center, which gained a serial by it, called it bad."""
    redeemed = by_serial(what.redemptions)
    for void in what.voids:
        for serial in _serials(void):
            word = _word(what, redeemed, void, serial)
            if word is not None:
                yield Finding(
                    "void-on-a-centers-word",
                    Severity.NOTE,
                    f"Serial {serial} of license {void.license} was voided by {void.by} because "
                    f"{word.center} called the piece bad; its printer did not.",
                    f"transaction {void.transaction}",
                )


def by_serial(redemptions: Iterable[RedemptionRow]) -> dict[tuple[int, int], RedemptionRow]:
    """The redemption of each spent serial, by license and serial."""
    return {
        (row.license, serial): row
        for row in redemptions
        for serial in serials_of(row.word, int(row.take, 16))
    }


def _word(
    what: Voided,
    redeemed: Mapping[tuple[int, int], RedemptionRow],
    void: VoidRow,
    serial: int,
) -> CalledBad | None:
    """The center's word that the void of this serial rests on, if it does on one that fits."""
    word, redemption = what.words.get(void.evidence), redeemed.get((void.license, serial))
    if word is None or redemption is None:
        return None
    fits = (word.license, word.serial, word.token) == (void.license, serial, redemption.token)
    return word if fits else None


def _serials(void: VoidRow) -> Iterator[int]:
    return serials_of(void.word, int(void.serials, 16))
