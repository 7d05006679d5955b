"""Signed messages to the registry: relayed for who has no gas, and taken back."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from api.answers import transaction_json
from api.dependencies import Service
from api.registryrequests import AuthorizationIn, CancellationIn
from ledger.models import Address, Digest
from ledger.services import authorizing
from ledger.signing import parse_signature

router = APIRouter(tags=["issuers"])


@router.post(
    "/issuers/signed",
    status_code=201,
    summary="Authorize or remove this service's issuer by a designer's signature",
)
def authorize(body: AuthorizationIn, ledger: Service) -> dict[str, Any]:
    """The service sends it and pays; `expiry` 0 removes the issuer."""
    mined = authorizing.relay_authorization(ledger, body.message(), parse_signature(body.signature))
    return {
        "transaction": str(mined.transaction),
        "block": mined.block,
        "gas_used": mined.gas_used,
        "events": [{"name": event.name, "arguments": event.arguments} for event in mined.events],
    }


@router.post("/signatures/cancellation", summary="The transaction that takes a message back")
def cancel(body: CancellationIn, ledger: Service) -> dict[str, Any]:
    """For the signer of a message to the registry to sign: it is void then, used by nobody."""
    digest = Digest.parse(body.digest)
    return transaction_json(authorizing.cancellation(ledger, Address(body.signer), digest))
