"""Print tokens: issue, look up, redeem; and the key that comes with a redemption."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Discriminator, Tag

from api.dependencies import Paged, Service, TokenDigest
from api.fields import AddressText, Number
from api.liferequests import RedemptionsIn
from api.requests import KeyIn, RedemptionIn, TokensIn
from ledger import tickets
from ledger.models import RedemptionRequest
from ledger.services import issuing, redeeming, releasing
from ledger.services.context import Ledger
from ledger.services.redeeming import Spent, Wanted
from ledger.signing import parse_signature
from ledger.store import records
from ledger.store.tables import TokenRow

router = APIRouter(tags=["tokens"])


def _form(body: Any) -> str:
    """Which of the two forms a request for redemptions has."""
    return "several" if isinstance(body, dict) and "items" in body else "one"


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


@router.post("/redemptions", status_code=201, summary="Spend serials of tokens on chain")
def redeem(
    body: Annotated[
        Annotated[RedemptionIn, Tag("one")] | Annotated[RedemptionsIn, Tag("several")],
        Discriminator(_form),
    ],
    ledger: Service,
) -> dict[str, Any]:
    """Of one token (`RedemptionIn`), or of several of one license (`RedemptionsIn`). The
    service's issuer sends and pays; a repeat answers the same transaction.
    """
    if isinstance(body, RedemptionIn):
        return {"transaction": str(redeeming.redeem(ledger, _wanted(ledger, body)))}
    spent = redeeming.redeem_several(
        ledger, [_wanted(ledger, one) for one in body.items], all_or_nothing=body.all_or_nothing
    )
    return {"items": [_spent(one) for one in spent]}


@router.post("/keys", summary="The content key of what a token is for, for its printer only")
def release(body: KeyIn, ledger: Service) -> dict[str, Any]:
    """Wrapped to the printer's KEM key (HPKE); signed for by the printer. It may come before
    the redemption, so that a file that cannot be printed costs no serial; it is recorded.
    """
    wrapped, cid, size = releasing.release_key(
        ledger, body.request.message(), parse_signature(body.signature)
    )
    return {"wrapped": "0x" + wrapped.hex(), "cid": cid, "sealed_size": size}


def _wanted(ledger: Ledger, body: RedemptionIn) -> Wanted:
    token = body.token.token()
    digest = ledger.domain.print_token(token).digest()
    return Wanted(
        token,
        parse_signature(body.signature),
        RedemptionRequest(digest, int(body.take), token.printer, body.deadline),
        parse_signature(body.printer_signature),
    )


def _spent(one: Spent) -> dict[str, Any]:
    error = one.error
    return {
        "token": str(one.token),
        "transaction": str(one.transaction) if one.transaction else None,
        "error": type(error).__name__ if error else None,
        "detail": error.detail if error else None,
    }


def _show(ledger: Ledger, row: TokenRow) -> dict[str, Any]:
    ticket = issuing.ticket(ledger, row)
    return {**tickets.as_json(ticket), "issued_at": row.issued_at}
