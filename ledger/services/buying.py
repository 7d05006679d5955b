"""Purchases: in the chain's own currency or an ERC-20, for oneself, another, or by signature."""

from __future__ import annotations

from dataclasses import dataclass

from ledger import permits, rules
from ledger.errors import (
    AllowanceTooLow,
    BalanceTooLow,
    BatchFailed,
    InvalidTerms,
    PaymentFailed,
    TransactionMismatch,
    UnknownRevert,
)
from ledger.models import NATIVE_CURRENCY, Address, Currency, Digest, Offer, Permit, Purchase
from ledger.services.context import Call, Ledger, Mined
from ledger.services.terms import ToSign, find_offer, offer_of
from ledger.signing import TypedData

_OF_A_CURRENCY = (UnknownRevert, PaymentFailed, BatchFailed, AllowanceTooLow, BalanceTooLow)
PERMIT_SECONDS = 1_800
"""How long a permit can be handed in: long enough to sign and send, and no longer."""


@dataclass(frozen=True, slots=True)
class Payment:
    """What a purchase costs its payer, and how they can make it possible in an ERC-20.

    `allowed` is what the licenses' contract may take already, `balance` what the payer
    has. Where less is allowed than the total, `permit` is what can be signed instead of
    a transaction (None: the currency has no permits), and `approval` the transaction.
    """

    currency: Currency
    total: int
    balance: int
    allowed: int
    permit: TypedData | None = None
    approval: ToSign | None = None


def payment(ledger: Ledger, offer: Digest, payer: Address, quota: int) -> Payment:
    """What `payer` must do to pay for `quota` prints. Raises OfferNotFound."""
    terms = offer_of(find_offer(ledger, offer))
    chain, total = ledger.chain, terms.price * quota
    about = chain.currencies.about(terms.currency)
    if terms.currency == NATIVE_CURRENCY:
        return Payment(about, total, chain.balance(payer), total)
    spender = ledger.domain.licenses
    allowed = chain.currencies.allowance(terms.currency, payer, spender)
    balance = chain.currencies.balance(terms.currency, payer)
    if allowed >= total:
        return Payment(about, total, balance, allowed)
    wanted = chain.currencies.permit_terms(terms.currency, payer)
    typed = (
        None
        if wanted is None
        else permits.permit(
            wanted,
            ledger.domain.chain_id,
            terms.currency,
            owner=payer,
            spender=spender,
            value=total,
            deadline=ledger.now() + PERMIT_SECONDS,
        )
    )
    summary = f"Let the licenses' contract take {about.show(total)}."
    call = chain.approve(terms.currency, total)
    approval = ToSign(chain.complete(call, payer), summary)
    return Payment(about, total, balance, allowed, typed, approval)


def purchase(
    ledger: Ledger,
    offer: Digest,
    licensee: Address,
    quota: int,
    payer: Address | None = None,
    permit: Permit | None = None,
) -> tuple[Offer, ToSign]:
    """The offer, and what the payer signs to buy for the licensee.

    With a permit, one transaction hands it in and buys. Raises OfferNotFound,
    BalanceTooLow, AllowanceTooLow and what the contract refuses with.
    """
    terms = offer_of(find_offer(ledger, offer))
    sender = payer or licensee
    call = (
        ledger.chain.buy(terms, quota)
        if sender == licensee
        else ledger.chain.buy_for(terms, quota, licensee)
    )
    about = ledger.chain.currencies.about(terms.currency)
    summary = f"Buy {quota} prints of {terms.design} for {about.show(terms.price * quota)} in all."
    whole = _with_permit(ledger, terms, call, permit)
    try:
        return terms, ToSign(ledger.chain.complete(whole, sender), summary)
    except _OF_A_CURRENCY:
        _require_payable(ledger, terms, sender, quota, permit)
        raise


def buy_signed(
    ledger: Ledger, wish: Purchase, signature: bytes, permit: Permit | None = None
) -> Mined:
    """Buy for a buyer who signed `Purchase`; the service sends it and pays the gas.

    The price is the buyer's, so it must be an ERC-20's: InvalidTerms in the chain's own
    currency. Raises OfferNotFound, SignatureExpired, MalformedRequest, BalanceTooLow,
    AllowanceTooLow and whatever the contract refuses with.
    """
    terms = offer_of(find_offer(ledger, wish.offer))
    rules.require_fresh(wish.deadline, ledger.now(), "purchase")
    if terms.currency == NATIVE_CURRENCY and terms.price:
        raise InvalidTerms(
            "The service pays for gas, not for prints: in the chain's own currency the buyer "
            "sends the purchase."
        )
    call = ledger.chain.buy_by_sig(terms, wish, signature)
    try:
        mined = ledger.send(_with_permit(ledger, terms, call, permit))
    except _OF_A_CURRENCY:
        _require_payable(ledger, terms, wish.buyer, wish.quota, permit)
        raise
    ledger.indexer.catch_up()
    return mined


def _require_payable(
    ledger: Ledger, terms: Offer, payer: Address, quota: int, permit: Permit | None
) -> None:
    """Say what a currency that refused may have meant: it reverts in words of its own."""
    total, currency = terms.price * quota, terms.currency
    if currency == NATIVE_CURRENCY or total == 0:
        return
    chain = ledger.chain.currencies
    about = chain.about(currency)
    if (balance := chain.balance(currency, payer)) < total:
        raise BalanceTooLow(
            f"{payer} has {about.show(balance)}; {about.show(total)} are needed.",
            sender=payer,
            balance=str(balance),
            needed=str(total),
        )
    allowed = chain.allowance(currency, payer, ledger.domain.licenses)
    if permit is None and allowed < total:
        raise AllowanceTooLow(
            f"The licenses' contract may take {about.show(allowed)} of {payer}; "
            f"{about.show(total)} are needed.",
            spender=ledger.domain.licenses,
            allowance=str(allowed),
            needed=str(total),
        )


def _with_permit(ledger: Ledger, terms: Offer, call: Call, permit: Permit | None) -> Call:
    if permit is None:
        return call
    if permit.currency != terms.currency:
        raise TransactionMismatch("The permit is for another currency than the offer's.")
    return ledger.chain.batch([ledger.chain.permit(permit), call], all_or_nothing=True)
