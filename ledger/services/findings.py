"""Mismatches between what the chain, the log and the files say: pure decisions.

Evidence in, findings out. Each rule is one function; the audit runs them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from ledger.models import ZERO_DIGEST, Outcome, serials_of
from ledger.store.tables import (
    PrinterRow,
    ReceiptRow,
    RedemptionRow,
    RefusalRow,
    TokenRow,
)


class Severity(StrEnum):
    """How much a finding weighs: a note, something to look into, or a contradiction."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One mismatch: its kind (a fixed word), what it is about, and where to look."""

    kind: str
    severity: Severity
    detail: str
    where: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was gathered about a subject. `bad_signatures` are digests of receipts;
    `licensees` tells who held the license of a redemption then, by its block and log index.

    Where it is not `complete`, nothing can be said of what is missing from it.
    """

    redemptions: Sequence[RedemptionRow] = ()
    receipts: Sequence[ReceiptRow] = ()
    tokens: Sequence[TokenRow] = ()
    printers: Sequence[PrinterRow] = ()
    refusals: Sequence[RefusalRow] = ()
    bad_signatures: frozenset[str] = frozenset()
    licensees: Mapping[tuple[int, int], str] = field(default_factory=dict)
    waiting: frozenset[tuple[int, int]] = frozenset()
    """Licenses and serials that were spent offline, whose redemption is on its way."""
    complete: bool = True
    extra: Sequence[Finding] = field(default_factory=tuple)


def judge(evidence: Evidence) -> list[Finding]:
    """Every finding that the evidence gives, the heaviest first."""
    of_what_is_missing = (
        receipts_without_redemption,
        redemptions_without_receipt,
        foreign_tokens,
        strangers,
        foreign_printers,
    )
    rules = (
        *(of_what_is_missing if evidence.complete else ()),
        wrong_jobs,
        wrong_printers,
        wrong_references,
        invalid_signatures,
        failed_prints,
        refused_files,
        too_much,
    )
    found = [finding for rule in rules for finding in rule(evidence)] + list(evidence.extra)
    order = [Severity.ERROR, Severity.WARNING, Severity.NOTE]
    return sorted(found, key=lambda finding: order.index(finding.severity))


def receipts_without_redemption(evidence: Evidence) -> Iterator[Finding]:
    """A printer says that it printed a serial that was never spent: the print was not paid."""
    redeemed = _by_serial(evidence.redemptions)
    for receipt in evidence.receipts:
        place = (receipt.license, receipt.serial)
        if place not in redeemed and place not in evidence.waiting:
            yield Finding(
                "receipt-without-redemption",
                Severity.ERROR,
                f"Printer {receipt.printer} signed a receipt for serial {receipt.serial} of "
                f"license {receipt.license}, which was never redeemed.",
                _receipt(receipt),
            )


def redemptions_without_receipt(evidence: Evidence) -> Iterator[Finding]:
    """A serial was spent and nothing was heard of the print: running, lost, or kept quiet."""
    told = {(receipt.license, receipt.serial) for receipt in evidence.receipts}
    for redemption in evidence.redemptions:
        for serial in serials_of(redemption.word, int(redemption.take, 16)):
            if (redemption.license, serial) not in told:
                yield Finding(
                    "redemption-without-receipt",
                    Severity.WARNING,
                    f"Serial {serial} of license {redemption.license} was redeemed by "
                    f"{redemption.printer}, and no receipt tells what became of it.",
                    _transaction(redemption),
                )


def foreign_tokens(evidence: Evidence) -> Iterator[Finding]:
    """Redeemed under a token that this service did not issue (the designer's own, perhaps)."""
    issued = {token.digest for token in evidence.tokens}
    for redemption in evidence.redemptions:
        if redemption.token not in issued:
            yield Finding(
                "token-not-issued-here",
                Severity.NOTE,
                f"The token {redemption.token} was signed by {redemption.signer}, not issued here.",
                _transaction(redemption),
            )


def strangers(evidence: Evidence) -> Iterator[Finding]:
    """Redeemed for a printer that nobody has enrolled here."""
    enrolled = {printer.printer for printer in evidence.printers}
    for redemption in evidence.redemptions:
        if redemption.printer not in enrolled:
            yield Finding(
                "printer-not-enrolled",
                Severity.WARNING,
                f"The printer {redemption.printer} is not enrolled here.",
                _transaction(redemption),
            )


def foreign_printers(evidence: Evidence) -> Iterator[Finding]:
    """Redeemed for a printer that is not the licensee's: a signer may have served itself."""
    centers = {printer.printer: printer.center for printer in evidence.printers}
    for redemption in evidence.redemptions:
        licensee = evidence.licensees.get((redemption.block, redemption.log_index))
        center = centers.get(redemption.printer, licensee)
        if licensee is not None and center != licensee:
            yield Finding(
                "printer-of-another-center",
                Severity.ERROR,
                f"License {redemption.license} was held by {licensee}, but its serials were "
                f"redeemed for a printer of {center}, on a token signed by {redemption.signer}.",
                _transaction(redemption),
            )


def wrong_jobs(evidence: Evidence) -> Iterator[Finding]:
    """The token bound one file, and the receipt tells of another."""
    redeemed = _by_serial(evidence.redemptions)
    issued = {token.digest: token.job for token in evidence.tokens}
    for receipt in evidence.receipts:
        redemption = redeemed.get((receipt.license, receipt.serial))
        job = redemption.job if redemption else issued.get(receipt.token, str(ZERO_DIGEST))
        if job not in (str(ZERO_DIGEST), receipt.job):
            yield Finding(
                "job-mismatch",
                Severity.ERROR,
                f"Serial {receipt.serial} was to be printed from {job}, "
                f"but the receipt names {receipt.job}.",
                _receipt(receipt),
            )


def wrong_printers(evidence: Evidence) -> Iterator[Finding]:
    """Redeemed for one printer, reported by another."""
    redeemed = _by_serial(evidence.redemptions)
    for receipt in evidence.receipts:
        redemption = redeemed.get((receipt.license, receipt.serial))
        if redemption and redemption.printer != receipt.printer:
            yield Finding(
                "printer-mismatch",
                Severity.ERROR,
                f"Serial {receipt.serial} was redeemed for {redemption.printer}, "
                f"but {receipt.printer} signed the receipt.",
                _receipt(receipt),
            )


def wrong_references(evidence: Evidence) -> Iterator[Finding]:
    """The receipt names another token or design than the serial was redeemed under."""
    redeemed = _by_serial(evidence.redemptions)
    for receipt in evidence.receipts:
        redemption = redeemed.get((receipt.license, receipt.serial))
        for what in ("token", "design"):
            if redemption and getattr(redemption, what) != getattr(receipt, what):
                yield Finding(
                    f"{what}-mismatch",
                    Severity.ERROR,
                    f"Serial {receipt.serial} of license {receipt.license} was redeemed under the "
                    f"{what} {getattr(redemption, what)}, but the receipt names "
                    f"{getattr(receipt, what)}.",
                    _receipt(receipt),
                )


def invalid_signatures(evidence: Evidence) -> Iterator[Finding]:
    """A receipt in the log that its printer did not sign: the log was changed."""
    for receipt in evidence.receipts:
        if receipt.digest in evidence.bad_signatures:
            yield Finding(
                "receipt-signature-invalid",
                Severity.ERROR,
                f"The receipt {receipt.digest} does not carry a signature of {receipt.printer}.",
                _receipt(receipt),
            )


def failed_prints(evidence: Evidence) -> Iterator[Finding]:
    """Prints that did not end well: candidates for a void."""
    for receipt in evidence.receipts:
        if receipt.outcome != Outcome.DONE:
            yield Finding(
                "print-not-done",
                Severity.NOTE,
                f"Serial {receipt.serial} of license {receipt.license} ended {receipt.outcome}.",
                _receipt(receipt),
            )


def refused_files(evidence: Evidence) -> Iterator[Finding]:
    """A gate refused this: somebody tried to print without the right."""
    for refusal in evidence.refusals:
        yield Finding(
            "refused",
            Severity.WARNING,
            f"The gate of {refusal.printer} refused {refusal.file}: {refusal.error}.",
            f"refusal {refusal.digest}",
        )


def too_much(evidence: Evidence) -> Iterator[Finding]:
    """There is more of the subject than one audit reads."""
    if not evidence.complete:
        yield Finding(
            "not-all-examined",
            Severity.WARNING,
            "There is more than one audit reads: what is missing could not be judged. "
            "Ask for single licenses or serials.",
            "the whole ledger",
        )


def _by_serial(rows: Iterable[RedemptionRow]) -> dict[tuple[int, int], RedemptionRow]:
    return {
        (row.license, serial): row
        for row in rows
        for serial in serials_of(row.word, int(row.take, 16))
    }


def _transaction(row: RedemptionRow) -> str:
    return f"transaction {row.transaction}"


def _receipt(row: ReceiptRow) -> str:
    return f"receipt {row.digest}"
