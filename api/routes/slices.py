"""Approved slices of designs: G-code that print tokens may bind."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Query

from api.dependencies import DesignId, DigestCursor, Service
from api.slicerequests import SliceIn
from ledger.models import Address
from ledger.services import registered, slices
from ledger.signing import parse_signature
from ledger.store import slices as rows

router = APIRouter(prefix="/designs/{design}/slices", tags=["slices"])


@router.post("", status_code=201, summary="Approve a slice of a design")
def approve(design: DesignId, body: SliceIn, ledger: Service) -> dict[str, Any]:
    """Signed by the design's owner or an issuer of theirs; a print request may then bind it."""
    wanted = body.message(design)
    row = slices.approve(ledger, wanted, Address(body.signer), parse_signature(body.signature))
    return row.model_dump()


@router.get("", summary="Approved slices of a design, by the hash of their G-code")
def list_slices(
    design: DesignId,
    ledger: Service,
    cursor: DigestCursor,
    limit: int = Query(50, ge=1, le=200),
) -> dict[str, Any]:
    """One page; the cursor is the last hash."""
    registered.find(ledger, design)
    with ledger.database.read() as session:
        found = rows.of_design(session, str(design), cursor, limit)
    return {
        "items": [row.model_dump() for row in found],
        "next_cursor": found[-1].job if len(found) == limit else None,
    }
