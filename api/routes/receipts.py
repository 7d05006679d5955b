"""Receipts: what printers say of their prints."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, BackgroundTasks, Response

from api import voider
from api.answers import receipt_json
from api.dependencies import Paged, Service
from api.fields import AddressText, DigestText, Number
from api.requests import ReceiptIn
from ledger.models import Outcome
from ledger.services import printing
from ledger.signing import parse_signature
from ledger.store import records

router = APIRouter(prefix="/receipts", tags=["receipts"])


@router.post("", status_code=201, summary="Log a signed receipt")
def accept(
    body: ReceiptIn, ledger: Service, response: Response, later: BackgroundTasks
) -> dict[str, Any]:
    """201 for a new one, 200 for the same one again. A failed print may be voided afterwards."""
    row, new = printing.accept_receipt(
        ledger, body.receipt.message(), parse_signature(body.signature)
    )
    response.status_code = 201 if new else 200
    if row.outcome != Outcome.DONE:
        later.add_task(voider.void, ledger, row.license)
    return receipt_json(row)


@router.get("", summary="Receipts, the oldest first")
def list_receipts(
    ledger: Service,
    page: Paged,
    design: DigestText | None = None,
    license: Number | None = None,
    printer: AddressText | None = None,
) -> dict[str, Any]:
    """One page of receipts, of one design, license or printer if named."""
    with ledger.database.read() as session:
        rows = records.receipts(
            session,
            page.number(),
            page.limit,
            design=design,
            license=license,
            printer=printer,
        )
    return page.answer(rows, receipt_json, lambda row: (row.place,))
