"""Purchases in an ERC-20: by allowance, by permit, by signature."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ledger import permits
from ledger.errors import (
    AllowanceTooLow,
    BalanceTooLow,
    BatchFailed,
    OfferNotOpen,
    PermitFailed,
    SignatureSpent,
    WrongPayment,
)
from ledger.models import Digest, Offer, Permit, Purchase
from ledger.signing import Signer
from tests.contracts.currency import PRICE, Currency, dollars
from tests.contracts.scene import DAY, Scene, fresh_digest, license_in


@pytest.fixture
def dollar(scene: Scene, buyer: Signer) -> Currency:
    return dollars(scene, buyer.address)


@pytest.fixture
def terms(scene: Scene, owner: Signer, dollar: Currency) -> Offer:
    return scene.open(owner, scene.design(owner), currency=dollar.address, price=PRICE)


def permit_of(
    scene: Scene, currency: Currency, owner: Signer, value: int, deadline: int | None = None
) -> Permit:
    """A permit for the licenses' contract, signed as the currency says."""
    terms = scene.chain.currencies.permit_terms(currency.address, owner.address)
    assert terms is not None
    until = scene.now() + DAY if deadline is None else deadline
    typed = permits.permit(
        terms,
        scene.domain.chain_id,
        currency.address,
        owner=owner.address,
        spender=scene.domain.licenses,
        value=value,
        deadline=until,
    )
    return Permit(currency.address, owner.address, value, until, owner.sign(typed))


def test_an_allowance_buys_prints_in_an_erc20(
    scene: Scene, buyer: Signer, dollar: Currency, terms: Offer
) -> None:
    dollar.approve(buyer, 3 * PRICE)
    number = license_in(scene.send(scene.chain.buy(terms, 3), buyer))
    assert scene.chain.payment(number) == (dollar.address, PRICE)
    assert dollar.balance(scene.domain.licenses) == 3 * PRICE
    assert dollar.balance(buyer.address) == 997 * PRICE


def test_a_permit_and_the_purchase_are_one_transaction(
    scene: Scene, buyer: Signer, dollar: Currency, terms: Offer
) -> None:
    permit = permit_of(scene, dollar, buyer, 4 * PRICE)
    calls = [scene.chain.permit(permit), scene.chain.buy(terms, 4)]
    mined = scene.send(scene.chain.batch(calls, all_or_nothing=True), buyer)
    assert scene.chain.license(terms.design, license_in(mined)).licensee == buyer.address
    assert dollar.balance(scene.domain.licenses) == 4 * PRICE


def test_a_permit_that_somebody_handed_in_already_does_no_harm(
    scene: Scene, buyer: Signer, stranger: Signer, dollar: Currency, terms: Offer
) -> None:
    permit = scene.chain.permit(permit_of(scene, dollar, buyer, PRICE))
    scene.send(permit, stranger)
    calls = [permit, scene.chain.buy(terms, 1)]
    scene.send(scene.chain.batch(calls, all_or_nothing=True), buyer)
    assert dollar.balance(scene.domain.licenses) == PRICE


def test_a_permit_of_another_signer_or_of_yesterday_is_refused(
    scene: Scene, buyer: Signer, stranger: Signer, dollar: Currency
) -> None:
    good = permit_of(scene, dollar, buyer, PRICE)
    forged = replace(good, signature=permit_of(scene, dollar, stranger, PRICE).signature)
    late = permit_of(scene, dollar, buyer, PRICE, deadline=scene.now() - 1)
    for permit in (forged, late, replace(good, value=2 * PRICE)):
        scene.refused(
            PermitFailed,
            scene.chain.permit(permit),
            buyer,
            currency=dollar.address,
            owner=buyer.address,
        )


def test_no_more_is_taken_than_is_allowed(
    scene: Scene, buyer: Signer, dollar: Currency, terms: Offer
) -> None:
    dollar.approve(buyer, 3 * PRICE - 1)
    licenses = scene.domain.licenses
    facts: dict[str, Any] = {"spender": licenses, "allowance": 3 * PRICE - 1, "needed": 3 * PRICE}
    scene.refused(AllowanceTooLow, scene.chain.buy(terms, 3), buyer, **facts)
    dollar.approve(buyer, 2_000 * PRICE)
    facts = {"sender": buyer.address, "balance": 1_000 * PRICE, "needed": 1_001 * PRICE}
    scene.refused(BalanceTooLow, scene.chain.buy(terms, 1_001), buyer, **facts)
    assert dollar.balance(scene.domain.licenses) == 0


def test_the_chains_own_currency_is_refused_where_an_erc20_is_asked_for(
    scene: Scene, buyer: Signer, dollar: Currency, terms: Offer
) -> None:
    dollar.approve(buyer, PRICE)
    call = replace(scene.chain.buy(terms, 1), value=PRICE)
    scene.refused(WrongPayment, call, buyer, expected=0, sent=PRICE)


def test_somebody_else_can_pay(
    scene: Scene, buyer: Signer, stranger: Signer, dollar: Currency, terms: Offer
) -> None:
    dollar.approve(buyer, 2 * PRICE)
    mined = scene.send(scene.chain.buy_for(terms, 2, stranger.address), buyer)
    assert scene.chain.license(terms.design, license_in(mined)).licensee == stranger.address
    assert dollar.balance(buyer.address) == 998 * PRICE


def test_a_signed_purchase_is_paid_by_its_buyer_and_holds_once(
    scene: Scene, buyer: Signer, stranger: Signer, dollar: Currency, terms: Offer
) -> None:
    dollar.approve(buyer, 10 * PRICE)
    offer = scene.chain.hash_offer(terms)
    wish = Purchase(offer, buyer.address, 5, fresh_digest(), scene.now() + DAY)
    typed = scene.domain.purchase(wish)
    call = scene.chain.buy_by_sig(terms, wish, buyer.sign(typed))
    mined = scene.send(call, stranger)
    assert scene.chain.license(terms.design, license_in(mined)).licensee == buyer.address
    assert dollar.balance(buyer.address) == 995 * PRICE
    scene.refused(
        SignatureSpent, call, stranger, signer=buyer.address, digest=Digest(typed.digest())
    )


def test_a_changed_price_is_another_offer_which_nobody_agreed_to(
    scene: Scene, owner: Signer, buyer: Signer, dollar: Currency, terms: Offer
) -> None:
    """The owner reopens at ten times the price between the buyer's look and purchase."""
    dollar.approve(buyer, 100 * PRICE)
    dearer = replace(terms, price=10 * PRICE)
    scene.send(scene.chain.close_offer(terms), owner)
    scene.send(scene.chain.open_offer(dearer), owner)
    scene.refused(
        OfferNotOpen, scene.chain.buy(terms, 1), buyer, offer=scene.chain.hash_offer(terms)
    )
    assert dollar.balance(buyer.address) == 1_000 * PRICE


def test_a_batch_says_which_call_failed_and_why(
    scene: Scene, buyer: Signer, dollar: Currency, terms: Offer
) -> None:
    permit = permit_of(scene, dollar, buyer, PRICE)
    calls = [scene.chain.permit(permit), scene.chain.buy(replace(terms, price=1), 1)]
    with pytest.raises(BatchFailed) as caught:
        scene.send(scene.chain.batch(calls, all_or_nothing=True), buyer)
    assert caught.value.facts["index"] == 1
    assert "OfferNotOpen" in caught.value.detail
    assert (
        scene.chain.currencies.allowance(dollar.address, buyer.address, scene.domain.licenses) == 0
    )
