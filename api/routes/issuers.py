"""Issuers: which designers let this service sign print tokens."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from api.answers import transaction_json
from api.dependencies import Account, Service
from api.requests import DesignerIn, IssuerIn
from ledger.models import Address
from ledger.services import terms

router = APIRouter(prefix="/issuers", tags=["issuers"])


@router.post("", status_code=201, summary="The transaction that authorizes this service's issuer")
def authorize(body: IssuerIn, ledger: Service) -> dict[str, Any]:
    """For the designer to sign; it covers all designs that they own."""
    to_sign = terms.issuer_authorization(ledger, Address(body.designer), body.expiry)
    return {
        "issuer": ledger.issuer.address,
        "expiry": body.expiry,
        **transaction_json(to_sign),
    }


@router.post("/removal", summary="The transaction that takes the right back")
def remove(body: DesignerIn, ledger: Service) -> dict[str, Any]:
    """For the designer to sign."""
    return transaction_json(terms.issuer_removal(ledger, Address(body.designer)))


@router.get("/{address}", summary="Whether a designer has authorized this service")
def show(address: Account, ledger: Service) -> dict[str, Any]:
    """`expiry` is the first second without the right; 0 if there never was one."""
    expiry = ledger.chain.issuer_expiry(address, ledger.issuer.address)
    return {
        "designer": address,
        "issuer": ledger.issuer.address,
        "expiry": expiry,
        "authorized": ledger.now() < expiry,
    }
