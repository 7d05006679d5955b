"""Receipts as messages and as rows: what they may say, and in which form it was signed.

A printer signs `Receipt` as docs/token-format.md has it. What was signed in the first form,
which told less, stays good for ever: the row keeps which of the two it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ledger.errors import BadSignature, MalformedRequest
from ledger.models import (
    UNKNOWN_SHARE,
    ZERO_DIGEST,
    Address,
    ContentHash,
    Digest,
    Outcome,
    Receipt,
)
from ledger.signing import TypedData, require_signer
from ledger.store.tables import ReceiptRow
from ledger.tokens import FIRST_RECEIPT, RECEIPT, Domain

FIRST, NEWEST = 1, 2
FORMS: Mapping[int, str] = {FIRST: FIRST_RECEIPT, NEWEST: RECEIPT}
"""The members of each form, by the number that rows and JSON know it by."""

MOST_MATERIAL = 64
"""Characters in the name of a material."""
WHOLE = 10_000
"""All of it, in basis points."""


def require_sound(receipt: Receipt) -> None:
    """Raise MalformedRequest for what no printer can mean.

    What is only unlikely (a print that took longer than from its start to its end) is kept,
    and the audit shows it.
    """
    if receipt.ended < receipt.started:
        raise MalformedRequest("A print cannot end before it started.")
    if len(receipt.material) > MOST_MATERIAL or not receipt.material.isprintable():
        raise MalformedRequest(f"A material has at most {MOST_MATERIAL} printable characters.")
    if receipt.recycled != UNKNOWN_SHARE and not 0 <= receipt.recycled <= WHOLE:
        raise MalformedRequest(f"A recycled share is 0 to {WHOLE} basis points, or not known.")


def require_signed(domain: Domain, receipt: Receipt, signature: bytes) -> tuple[TypedData, int]:
    """The message that the printer signed, and its form. Raises BadSignature.

    The first form is taken for what says nothing that came later: a gate may have signed
    it before it was brought up to date.
    """
    message = domain.receipt(receipt)
    try:
        require_signer(message, signature, receipt.printer)
    except BadSignature:
        if not _says_nothing_new(receipt):
            raise
        first = domain.receipt(receipt, FIRST_RECEIPT)
        require_signer(first, signature, receipt.printer)
        return first, FIRST
    return message, NEWEST


def row_of(
    receipt: Receipt, message: TypedData, form: int, signature: bytes, now: int
) -> ReceiptRow:
    """The row for a receipt that was signed as `message`; its place is given later."""
    return ReceiptRow(
        digest=str(message.digest()),
        place=0,
        form=form,
        token=str(receipt.token),
        design=str(receipt.design),
        license=receipt.license,
        serial=receipt.serial,
        printer=receipt.printer,
        job=str(receipt.job),
        profile=str(receipt.profile),
        started=receipt.started,
        ended=receipt.ended,
        duration=receipt.duration,
        outcome=receipt.outcome.value,
        material=receipt.material,
        material_mg=receipt.material_mg,
        recycled=receipt.recycled,
        energy_joule=receipt.energy_joule,
        photo=str(receipt.photo),
        signature="0x" + signature.hex(),
        received_at=now,
    )


def receipt_of(row: ReceiptRow) -> Receipt:
    """The receipt that a row tells of. Raises MalformedRequest, ValueError for a changed row."""
    return Receipt(
        token=Digest.parse(row.token),
        design=ContentHash.parse(row.design),
        license=row.license,
        serial=row.serial,
        printer=Address(row.printer),
        job=Digest.parse(row.job),
        started=row.started,
        ended=row.ended,
        outcome=Outcome(row.outcome),
        material_mg=row.material_mg,
        energy_joule=row.energy_joule,
        profile=Digest.parse(row.profile),
        duration=row.duration,
        material=row.material,
        recycled=row.recycled,
        photo=Digest.parse(row.photo),
    )


def message_of(domain: Domain, row: ReceiptRow) -> TypedData:
    """The message in the form in which it was signed. Raises as `receipt_of` does."""
    if row.form not in FORMS:
        raise MalformedRequest(f"There is no form {row.form} of a receipt.")
    receipt = receipt_of(row)
    if row.form == FIRST and not _says_nothing_new(receipt):
        raise MalformedRequest("A receipt of the first form says nothing of what came later.")
    return domain.receipt(receipt, FORMS[row.form])


def as_told(row: ReceiptRow) -> dict[str, Any]:
    """A receipt as JSON, with its signature; a recycled share that nobody knows is null."""
    told = row.model_dump(exclude={"place"})
    if row.recycled == UNKNOWN_SHARE:
        told["recycled"] = None
    return told


def _says_nothing_new(receipt: Receipt) -> bool:
    said = (receipt.profile, receipt.duration, receipt.material, receipt.recycled, receipt.photo)
    return said == (ZERO_DIGEST, 0, "", UNKNOWN_SHARE, ZERO_DIGEST)
