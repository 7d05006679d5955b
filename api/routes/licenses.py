"""Licenses: buy, grant, revoke, settle, refund, look up."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from api.answers import license_json, transaction_json
from api.dependencies import LicenseNumber, Paged, Service
from api.fields import AddressText, DigestText
from api.moneyrequests import GrantIn, PurchaseIn, RevocationIn
from api.requests import RefundIn, SenderIn
from ledger.models import Address, ContentHash, Digest, Rights, word_mask
from ledger.services import buying, granting, money, terms
from ledger.services.context import Ledger
from ledger.store import catalog, records
from ledger.store.tables import LicenseRow

router = APIRouter(prefix="/licenses", tags=["licenses"])


@router.post("/purchase", status_code=201, summary="The transaction that buys a license")
def purchase(body: PurchaseIn, ledger: Service) -> dict[str, Any]:
    """For the payer to sign; `total` is quota times price in `currency`, paid into escrow."""
    offer, to_sign = buying.purchase(
        ledger,
        Digest.parse(body.offer),
        Address(body.licensee),
        body.quota,
        Address(body.payer) if body.payer else None,
        body.permit.permit() if body.permit else None,
    )
    total = str(offer.price * body.quota)
    return {"total": total, "currency": offer.currency, **transaction_json(to_sign)}


@router.post("/grant", status_code=201, summary="The transaction that gives a license")
def grant(body: GrantIn, ledger: Service) -> dict[str, Any]:
    """For the design's owner or an issuer of theirs to sign."""
    to_sign = granting.grant(
        ledger,
        Address(body.sender),
        ContentHash.parse(body.design),
        Address(body.licensee),
        body.quota,
        body.expiry,
        body.grace,
        Rights.named(body.rights),
    )
    return transaction_json(to_sign)


@router.get("", summary="Licenses, the oldest first")
def list_licenses(
    ledger: Service,
    page: Paged,
    design: DigestText | None = None,
    licensee: AddressText | None = None,
) -> dict[str, Any]:
    """One page of licenses, of one design or licensee if named."""
    with ledger.database.read() as session:
        rows = catalog.licenses(session, design, licensee, page.place(), page.limit)
    now = ledger.now()
    return page.answer(
        rows, lambda row: _show(ledger, row, now), lambda row: (row.block, row.log_index)
    )


@router.get("/{number}", summary="One license")
def show(number: LicenseNumber, ledger: Service) -> dict[str, Any]:
    """Its terms and what became of its prints."""
    return _show(ledger, terms.find_license(ledger, number), ledger.now())


@router.post("/{number}/revocation", summary="The transaction that ends a license")
def revoke(number: LicenseNumber, body: RevocationIn, ledger: Service) -> dict[str, Any]:
    """For the design's owner to sign; what was not printed becomes refundable."""
    return transaction_json(granting.revocation(ledger, number, Address(body.sender), body.reason))


@router.post("/{number}/settlement", summary="The transaction that credits prints to the design")
def settle(number: LicenseNumber, body: SenderIn, ledger: Service) -> dict[str, Any]:
    """Anyone may sign it."""
    return transaction_json(money.settlement(ledger, number, Address(body.sender)))


@router.post("/{number}/refund", summary="The transaction that pays back what was not printed")
def refund(number: LicenseNumber, body: RefundIn, ledger: Service) -> dict[str, Any]:
    """For the licensee to sign, once the license and its grace are over."""
    return transaction_json(money.refund(ledger, number, Address(body.licensee)))


def _show(ledger: Ledger, row: LicenseRow, now: int) -> dict[str, Any]:
    with ledger.database.read() as session:
        reserved = records.reserved_words(session, row.license, now)
        spent = catalog.spent_words(session, row.license)
    promised = sum(
        (mask & word_mask(row.quota, word) & ~spent.get(word, 0)).bit_count()
        for word, mask in reserved.items()
    )
    return license_json(row, promised)
