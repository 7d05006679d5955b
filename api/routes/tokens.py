"""Print tokens: issue, look up, redeem; and the key that comes with a redemption."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from api.dependencies import Paged, Service, TokenDigest
from api.fields import AddressText, Number
from api.requests import KeyIn, RedemptionIn, TokensIn
from ledger import tickets
from ledger.models import RedemptionRequest
from ledger.services import issuing, printing
from ledger.services.context import Ledger
from ledger.signing import parse_signature
from ledger.store import records
from ledger.store.tables import TokenRow

router = APIRouter(tags=["tokens"])


@router.post("/tokens", status_code=201, summary="Answer a signed print request with tokens")
def issue(body: TokensIn, ledger: Service) -> dict[str, Any]:
    """One ticket for each word of 256 serials that the prints lie in."""
    issued = issuing.issue(ledger, body.request.message(), parse_signature(body.signature))
    return {"tickets": [tickets.as_json(ticket) for ticket in issued]}


@router.get("/tokens", summary="Issued tokens, the oldest first")
def list_tokens(
    ledger: Service,
    page: Paged,
    license: Number | None = None,
    printer: AddressText | None = None,
) -> dict[str, Any]:
    """A token is no secret: only its printer or its signer can redeem it."""
    with ledger.database.read() as session:
        rows = records.tokens(session, page.number(), page.limit, license=license, printer=printer)
    return page.answer(rows, lambda row: _show(ledger, row), lambda row: (row.place,))


@router.get("/tokens/{digest}", summary="One token")
def show(digest: TokenDigest, ledger: Service) -> dict[str, Any]:
    """By its EIP-712 digest."""
    return _show(ledger, issuing.find_token(ledger, digest))


@router.post("/redemptions", status_code=201, summary="Spend serials of a token on chain")
def redeem(body: RedemptionIn, ledger: Service) -> dict[str, Any]:
    """The service's issuer sends and pays; a repeat answers the same transaction."""
    token = body.token.token()
    digest = ledger.domain.print_token(token).digest()
    request = RedemptionRequest(digest, int(body.take), token.printer, body.deadline)
    transaction = printing.redeem(
        ledger,
        token,
        parse_signature(body.signature),
        request,
        parse_signature(body.printer_signature),
    )
    return {"transaction": str(transaction)}


@router.post("/keys", summary="The content key of a redeemed print, for one printer only")
def release(body: KeyIn, ledger: Service) -> dict[str, Any]:
    """Wrapped to the printer's KEM key (HPKE); signed for by the printer."""
    wrapped, cid, size = printing.release_key(
        ledger, body.request.message(), parse_signature(body.signature)
    )
    return {"wrapped": "0x" + wrapped.hex(), "cid": cid, "sealed_size": size}


def _show(ledger: Ledger, row: TokenRow) -> dict[str, Any]:
    ticket = issuing.ticket(ledger, row)
    return {**tickets.as_json(ticket), "issued_at": row.issued_at}
