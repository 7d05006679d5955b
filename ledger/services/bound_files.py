"""The files that tokens bind: what the ledger knows of them, and what does not fit.

A `job` that is neither zero nor the design is a variant of one license, or something
that only the token's signer can explain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ledger.errors import BadSignature, LicenseNotFound, MalformedRequest
from ledger.models import (
    ZERO_DIGEST,
    Address,
    Cid,
    ContentHash,
    Digest,
    Rights,
    Variant,
    serials_of,
)
from ledger.services.context import Ledger
from ledger.services.findings import Finding, Severity
from ledger.services.gathering import MOST_ROWS, Gathered
from ledger.services.subjects import Kind, Subject
from ledger.signing import parse_signature, require_signer
from ledger.store import Session, catalog, records
from ledger.store.tables import ReceiptRow, RedemptionRow, TokenRow, VariantRow


def variants_about(session: Session, subject: Subject, gathered: Gathered) -> list[VariantRow]:
    """Variants of the subject itself, or those that its prints are bound to."""
    if subject.kind is Kind.VARIANT:
        return list(records.variants(session, MOST_ROWS, job=subject.id))
    if subject.kind is Kind.DESIGN:
        return list(records.variants(session, MOST_ROWS, design=subject.id))
    if subject.kind is Kind.LICENSE and subject.license is not None:
        return list(records.variants(session, MOST_ROWS, license=subject.license))
    prints: list[RedemptionRow | TokenRow] = [*gathered.redemptions, *gathered.tokens]
    bound = {(row.license, row.job) for row in prints}
    found = records.variants_named(session, {job for _, job in bound})
    return [row for row in found if (row.license, row.job) in bound]


def bound_findings(
    ledger: Ledger,
    session: Session,
    subject: Subject,
    about: Sequence[VariantRow],
    whole: Gathered,
) -> list[Finding]:
    """Everything that does not fit with the files that prints were bound to.

    Whether a sealed variant is still pinned is asked for one that is itself the subject.
    """
    prints: list[RedemptionRow | ReceiptRow] = [*whole.redemptions, *whole.receipts]
    known = records.variants_named(session, {row.job for row in prints})
    variants = {row.job for row in known}
    licenses = {row.license for row in prints if row.job in variants}
    return [
        *judge(whole.redemptions, whole.receipts, known, _rights(ledger, session, licenses)),
        *(finding for row in about for finding in _forged(ledger, row)),
        *(_missing(row) for row in about if subject.kind is Kind.VARIANT and _is_gone(ledger, row)),
    ]


def judge(
    redemptions: Sequence[RedemptionRow],
    receipts: Sequence[ReceiptRow],
    variants: Sequence[VariantRow],
    rights: Mapping[int, Rights],
) -> Iterator[Finding]:
    """Prints of files that their license does not explain, or does not allow.

    `variants` are all that have the hashes in question, under whatever license; `rights`
    are those of the licenses that were printed under.
    """
    own = {(row.license, row.job) for row in variants}
    anywhere = {row.job for row in variants}
    bound: set[tuple[int, int, str]] = set()
    for redemption in redemptions:
        number, job = redemption.license, redemption.job
        serials = list(serials_of(redemption.word, int(redemption.take, 16)))
        bound.update((number, serial, job) for serial in serials)
        if job in (str(ZERO_DIGEST), redemption.design):
            continue
        if job in anywhere and Rights.VARIANTS not in rights.get(number, Rights.NONE):
            yield Finding(
                "variant-not-allowed",
                Severity.ERROR,
                f"Serials {serials} were redeemed for the variant {job}, but license {number} "
                f"allows none.",
                f"transaction {redemption.transaction}",
            )
        elif (number, job) not in own:
            yield Finding(
                "job-unknown",
                Severity.WARNING,
                f"Serials {serials} were redeemed for the file {job}, which is neither the "
                f"design of license {number} nor a variant that was uploaded under it.",
                f"transaction {redemption.transaction}",
            )
    for receipt in receipts:
        if (
            receipt.job in anywhere
            and Rights.VARIANTS not in rights.get(receipt.license, Rights.NONE)
            and (receipt.license, receipt.serial, receipt.job) not in bound
        ):
            yield Finding(
                "variant-not-allowed",
                Severity.ERROR,
                f"Printer {receipt.printer} says that it printed serial {receipt.serial} from "
                f"the variant {receipt.job}, but license {receipt.license} allows none.",
                f"receipt {receipt.digest}",
            )


def _rights(ledger: Ledger, session: Session, numbers: Iterable[int]) -> dict[int, Rights]:
    """What these licenses allow, by the chain's word."""
    found: dict[int, Rights] = {}
    for number in numbers:
        row = catalog.license(session, number)
        if row is None:  # a receipt may name a license that never was
            continue
        try:
            found[number] = ledger.chain.license(ContentHash.parse(row.design), number).rights
        except LicenseNotFound:
            found[number] = Rights.NONE
    return found


def _is_gone(ledger: Ledger, row: VariantRow) -> bool:
    try:
        return not ledger.ipfs.has(Cid(row.cid))
    except MalformedRequest:  # a changed row may hold anything
        return True


def _missing(row: VariantRow) -> Finding:
    return Finding(
        "sealed-file-missing",
        Severity.ERROR,
        f"The sealed file of the variant {row.job} is not pinned here.",
        row.cid,
    )


def _forged(ledger: Ledger, row: VariantRow) -> Iterator[Finding]:
    """Did the licensee sign for it?"""
    try:
        message = ledger.domain.variant(variant_of(row))
        require_signer(message, parse_signature(row.signature), Address(row.licensee))
    except (BadSignature, MalformedRequest, ValueError):
        yield Finding(
            "variant-signature-invalid",
            Severity.ERROR,
            f"The variant {row.job} of license {row.license} does not carry a signature of "
            f"{row.licensee}.",
            f"variant {row.job}",
        )


def variant_of(row: VariantRow) -> Variant:
    """The message that a row tells of."""
    return Variant(
        design=ContentHash.parse(row.design),
        license=row.license,
        job=Digest.parse(row.job),
        reference=Digest.parse(row.reference),
        deadline=row.deadline,
    )
