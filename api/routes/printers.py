"""Printers: enrolment by their print center, refusals of their gates."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Query

from api.answers import printer_json
from api.dependencies import Account, AddressCursor, Service
from api.fields import AddressText
from api.printerrequests import KeyRotationIn, OwnFilesIn, PrinterRevocationIn
from api.requests import EnrolmentIn, RefusalIn
from ledger.services import ownfiles, printers, printing
from ledger.signing import parse_signature
from ledger.store import records

router = APIRouter(tags=["printers"])


@router.post("/printers", status_code=201, summary="Enrol a printer")
def enrol(body: EnrolmentIn, ledger: Service) -> dict[str, Any]:
    """Signed by the print center and by the printer's own key."""
    row = printing.enrol(
        ledger,
        body.enrolment(),
        parse_signature(body.center_signature),
        parse_signature(body.printer_signature),
    )
    return printer_json(row)


@router.get("/printers", summary="Enrolled printers, by address")
def list_printers(
    ledger: Service,
    cursor: AddressCursor,
    center: AddressText | None = None,
    limit: int = Query(50, ge=1, le=200),
) -> dict[str, Any]:
    """One page of printers, of one center if named; the cursor is the last address."""
    with ledger.database.read() as session:
        rows = records.printers(session, center, cursor, limit)
    full = len(rows) == limit
    return {
        "items": [printer_json(row) for row in rows],
        "next_cursor": rows[-1].printer if full and rows else None,
    }


@router.get("/printers/{address}", summary="One printer")
def show(address: Account, ledger: Service) -> dict[str, Any]:
    """Its center, its keys, what became of them, and all signatures."""
    return printer_json(printing.find_printer(ledger, address))


@router.post("/printers/{address}/revocation", summary="A center ends a printer")
def revoke(address: Account, body: PrinterRevocationIn, ledger: Service) -> dict[str, Any]:
    """Stolen, lost or sold: from now on every path refuses it. Signed by its center."""
    row = printers.revoke(ledger, body.message(address), parse_signature(body.signature))
    return printer_json(row)


@router.post("/printers/{address}/rotation", summary="A printer's key is replaced")
def rotate(address: Account, body: KeyRotationIn, ledger: Service) -> dict[str, Any]:
    """Signed by the old key and the new one, whose address is a printer of the same center."""
    row = printers.rotate(
        ledger,
        body.message(address),
        parse_signature(body.signature),
        parse_signature(body.successor_signature),
    )
    return printer_json(row)


@router.post("/printers/{address}/own-files", summary="A printer tells of its owner's choice")
def own_files(address: Account, body: OwnFilesIn, ledger: Service) -> dict[str, Any]:
    """Whether files that are no registered designs print on it. Signed by it, kept in the log."""
    index = ownfiles.accept(ledger, body.message(address), parse_signature(body.signature))
    return {"index": index}


@router.post("/refusals", status_code=201, summary="A gate reports that it refused a file")
def refuse(body: RefusalIn, ledger: Service) -> dict[str, Any]:
    """Signed by the printer; shown in the audit of the file and of the printer."""
    row = printing.accept_refusal(ledger, body.refusal.message(), parse_signature(body.signature))
    return row.model_dump()
