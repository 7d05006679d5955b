"""Money: what a payment needs, purchases by signature, earnings, royalties, settlements."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from api.answers import currency_json, earnings_json, mined_json, transaction_json
from api.dependencies import Account, DesignId, LicenseNumber, Service
from api.moneyrequests import (
    MoneyCancellationIn,
    PaymentIn,
    RoyaltyIn,
    SettlementsIn,
    SignedGrantIn,
    SignedPurchaseIn,
    SignedRevocationIn,
    WithdrawalIn,
)
from ledger.models import Address, Digest
from ledger.services import buying, granting, money, registration
from ledger.signing import parse_signature

router = APIRouter(tags=["money"])


@router.get("/currencies/{address}", summary="A currency as people read it")
def currency(account: Account, ledger: Service) -> dict[str, Any]:
    """`symbol` and `decimals` are what it says of itself; null where that cannot be used."""
    return currency_json(ledger.chain.currencies.about(account))


@router.post("/payments", summary="What a payer must do to buy in the offer's currency")
def payment(body: PaymentIn, ledger: Service) -> dict[str, Any]:
    """In an ERC-20: a permit to sign, or a transaction that allows the amount.

    Amounts are in the currency's smallest unit. Where enough is allowed, both are null.
    """
    needed = buying.payment(ledger, Digest.parse(body.offer), Address(body.payer), body.quota)
    return {
        "currency": currency_json(needed.currency),
        "total": str(needed.total),
        "balance": str(needed.balance),
        "allowed": str(needed.allowed),
        "permit": needed.permit.as_json() if needed.permit else None,
        "approval": transaction_json(needed.approval) if needed.approval else None,
    }


@router.post(
    "/licenses/purchase/signed",
    status_code=201,
    summary="Buy a license in an ERC-20 by the buyer's signature; the service pays the gas",
)
def buy_signed(body: SignedPurchaseIn, ledger: Service) -> dict[str, Any]:
    """With a permit, buying takes no transaction of the buyer's at all."""
    permit = body.permit.permit() if body.permit else None
    signature = parse_signature(body.signature)
    return mined_json(buying.buy_signed(ledger, body.message(), signature, permit))


@router.post(
    "/licenses/grant/signed",
    status_code=201,
    summary="Give a license by the signature of who may; the service pays the gas",
)
def grant_signed(body: SignedGrantIn, ledger: Service) -> dict[str, Any]:
    """For an owner or issuer without gas of their own."""
    signature = parse_signature(body.signature)
    return mined_json(granting.grant_signed(ledger, body.message(), signature))


@router.post(
    "/licenses/{number}/revocation/signed",
    status_code=201,
    summary="End a license by its design's owner's signature; the service pays the gas",
)
def revoke_signed(
    number: LicenseNumber, body: SignedRevocationIn, ledger: Service
) -> dict[str, Any]:
    """The reason is pinned; the signed message has its SHA-256, or zero for none."""
    signature = parse_signature(body.signature)
    return mined_json(granting.revoke_signed(ledger, number, body.reason, body.deadline, signature))


@router.post("/licenses/cancellation", summary="The transaction that takes a message back")
def cancel(body: MoneyCancellationIn, ledger: Service) -> dict[str, Any]:
    """For the signer of a purchase, grant, revocation or void that was not used yet."""
    digest = Digest.parse(body.digest)
    return transaction_json(granting.cancellation(ledger, Address(body.signer), digest))


@router.post("/licenses/settlements", summary="The transaction that settles many licenses")
def settle_many(body: SettlementsIn, ledger: Service) -> dict[str, Any]:
    """Anyone may sign it; `slices` are the words of each license that it counts."""
    slices, to_sign = money.settlements(
        ledger, body.licenses, Address(body.sender), all_or_nothing=body.all_or_nothing
    )
    rows = [
        {"license": part.license, "first_word": part.first_word, "words": part.words}
        for part in slices
    ]
    return {"slices": rows, **transaction_json(to_sign)}


@router.get("/designs/{design}/earnings", summary="What a design has had, by currency")
def earnings(design: DesignId, ledger: Service) -> dict[str, Any]:
    """Sums since the beginning, in each currency's smallest unit."""
    registration.find(ledger, design)
    return {"items": [earnings_json(row) for row in money.earnings(ledger, design)]}


@router.post("/designs/{design}/royalties", summary="The transaction that passes royalties up")
def pass_up(design: DesignId, body: RoyaltyIn, ledger: Service) -> dict[str, Any]:
    """Anyone may sign it; settlements and withdrawals do it for their own design."""
    currency, sender = Address(body.currency), Address(body.sender)
    return transaction_json(money.royalty(ledger, design, currency, sender))


@router.post("/designs/{design}/withdrawal", summary="The transaction that takes out the earnings")
def withdraw(design: DesignId, body: WithdrawalIn, ledger: Service) -> dict[str, Any]:
    """For the design's owner to sign."""
    owner, to, currency = Address(body.owner), Address(body.to), Address(body.currency)
    return transaction_json(money.withdrawal(ledger, design, owner, to, currency))
