"""Purchases: what is paid, how much may be bought, when, and by whom."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ledger.chain import Call
from ledger.errors import (
    LicenseeNotNamed,
    OfferNotOpen,
    QuotaOutOfRange,
    RightsUnknown,
    TooManyForLicensee,
    WindowInvalid,
    WrongPayment,
)
from ledger.models import NATIVE_CURRENCY, Offer, Rights
from ledger.signing import Signer
from tests.contracts.scene import GRACE, PRICE, Scene, event_in, license_in, same_values

FOR_EVER = 2**40 - 1


def test_a_purchase_makes_a_license_and_puts_the_payment_into_escrow(
    scene: Scene, owner: Signer, buyer: Signer
) -> None:
    design = scene.design(owner)
    terms = scene.open(owner, design)
    escrow = scene.chain.balance(scene.domain.licenses)
    at = scene.now() + 10
    mined = scene.send(scene.chain.buy(terms, 300), buyer, at=at)
    number = license_in(mined)
    assert same_values(event_in(mined, "LicenseBought").arguments) == same_values(
        {
            "design": design,
            "license": number,
            "licensee": buyer.address,
            "offer": scene.chain.hash_offer(terms),
            "quota": 300,
            "expiry": at + terms.duration,
            "grace": GRACE,
            "price": PRICE,
        }
    )
    held = scene.chain.license(design, number)
    assert (held.licensee, held.quota, held.expiry) == (buyer.address, 300, at + terms.duration)
    assert (held.grace, held.revoked) == (GRACE, False)
    assert scene.chain.payment(number) == (NATIVE_CURRENCY, PRICE)
    assert scene.chain.tally(number) == (0, 0, 0)
    assert scene.chain.earnings(design, NATIVE_CURRENCY) == 0
    assert scene.chain.balance(scene.domain.licenses) == escrow + 300 * PRICE


def test_licenses_are_numbered_one_after_the_other(
    scene: Scene, owner: Signer, buyer: Signer
) -> None:
    terms = scene.open(owner, scene.design(owner))
    first = license_in(scene.send(scene.chain.buy(terms, 1), buyer))
    second = license_in(scene.send(scene.chain.buy(terms, 1), buyer))
    granted = scene.granted(owner, terms.design, buyer.address, 1)
    assert [second - first, granted - second] == [1, 1]


@pytest.mark.parametrize("difference", [-1, 1, -3 * PRICE])
def test_only_the_exact_payment_is_taken(
    scene: Scene, owner: Signer, buyer: Signer, difference: int
) -> None:
    call = scene.chain.buy(scene.open(owner, scene.design(owner)), 3)
    wrong = Call(call.to, call.data, call.value + difference)
    scene.refused(WrongPayment, wrong, buyer, expected=3 * PRICE, sent=3 * PRICE + difference)


def test_the_largest_quota_times_the_largest_price_does_not_wrap(
    scene: Scene, owner: Signer, buyer: Signer
) -> None:
    most, price = 2**32 - 1, 2**96 - 1
    terms = scene.open(owner, scene.design(owner), max_quota=most, price=price)
    call = scene.chain.buy(terms, most)
    scene.refused(WrongPayment, replace(call, value=0), buyer, expected=most * price, sent=0)


def test_a_free_offer_costs_nothing_and_takes_nothing(
    scene: Scene, owner: Signer, buyer: Signer
) -> None:
    terms = scene.open(owner, scene.design(owner), price=0)
    number = license_in(scene.send(scene.chain.buy(terms, 2), buyer))
    assert scene.chain.payment(number) == (NATIVE_CURRENCY, 0)
    gift = replace(scene.chain.buy(terms, 2), value=1)
    scene.refused(WrongPayment, gift, buyer, expected=0, sent=1)


@pytest.mark.parametrize("quota", [0, 4, 11])
def test_the_quota_must_be_within_the_offers_limits(
    scene: Scene, owner: Signer, buyer: Signer, quota: int
) -> None:
    terms = scene.open(owner, scene.design(owner), min_quota=5, max_quota=10)
    scene.refused(
        QuotaOutOfRange,
        scene.chain.buy(terms, quota),
        buyer,
        quota=quota,
        min_quota=5,
        max_quota=10,
    )


@pytest.mark.parametrize("quota", [5, 10])
def test_the_quota_may_be_at_either_limit(
    scene: Scene, owner: Signer, buyer: Signer, quota: int
) -> None:
    design = scene.design(owner)
    number = scene.bought(owner, design, buyer, quota, min_quota=5, max_quota=10)
    assert scene.chain.license(design, number).quota == quota


def test_an_offer_can_be_taken_from_its_first_second_until_just_before_its_last(
    scene: Scene, owner: Signer, buyer: Signer
) -> None:
    opens = scene.now() + 100
    closes = opens + 100
    terms = scene.open(owner, scene.design(owner), opens=opens, closes=closes)
    buy = scene.chain.buy(terms, 1)
    window = {"opens": opens, "closes": closes}
    scene.refused(WindowInvalid, buy, buyer, at=opens - 1, **window)
    scene.send(buy, buyer, at=opens)
    scene.send(buy, buyer, at=closes - 1)
    scene.refused(WindowInvalid, buy, buyer, at=closes, **window)


@pytest.mark.parametrize("change", ["price", "grace", "duration", "max_quota", "closes"])
def test_terms_that_were_never_opened_cannot_be_taken(
    scene: Scene, owner: Signer, buyer: Signer, change: str
) -> None:
    opened: Offer = scene.open(owner, scene.design(owner))
    other = replace(opened, **{change: getattr(opened, change) + 1})
    scene.refused(
        OfferNotOpen, scene.chain.buy(other, 1), buyer, offer=scene.chain.hash_offer(other)
    )


def test_a_duration_past_the_end_of_time_lasts_for_ever(
    scene: Scene, owner: Signer, buyer: Signer
) -> None:
    design = scene.design(owner)
    number = scene.bought(owner, design, buyer, 1, duration=FOR_EVER)
    assert scene.chain.license(design, number).expiry == FOR_EVER


# -------------------------------------------------------- whom an offer is for


def test_an_offer_can_be_for_one_licensee_only(
    scene: Scene, owner: Signer, buyer: Signer, stranger: Signer
) -> None:
    offer = scene.open(owner, scene.design(owner), licensee=buyer.address, price=0)
    scene.refused(
        LicenseeNotNamed,
        scene.chain.buy(offer, 1),
        stranger,
        licensee=buyer.address,
        buyer=stranger.address,
    )
    scene.send(scene.chain.buy_for(offer, 1, buyer.address), stranger)
    scene.send(scene.chain.buy(offer, 1), buyer)


def test_one_licensee_cannot_have_more_than_the_offer_allows_to_one(
    scene: Scene, owner: Signer, buyer: Signer, stranger: Signer
) -> None:
    offer = scene.open(owner, scene.design(owner), max_per_licensee=10, price=0)
    hash_ = scene.chain.hash_offer(offer)
    scene.send(scene.chain.buy(offer, 7), buyer)
    assert scene.chain.bought_under(hash_, buyer.address) == 7
    facts: dict[str, Any] = {"licensee": buyer.address, "bought": 7, "max_per_licensee": 10}
    scene.refused(TooManyForLicensee, scene.chain.buy(offer, 4), buyer, **facts)
    scene.refused(
        TooManyForLicensee, scene.chain.buy_for(offer, 4, buyer.address), stranger, **facts
    )
    scene.send(scene.chain.buy(offer, 3), buyer)
    scene.send(scene.chain.buy(offer, 10), stranger)


def test_a_license_carries_the_rights_of_its_offer(
    scene: Scene, owner: Signer, buyer: Signer
) -> None:
    rights = Rights.IRREVOCABLE | Rights.TRANSFERABLE
    design = scene.design(owner)
    number = scene.bought(owner, design, buyer, 1, rights=rights)
    assert scene.chain.license(design, number).rights == rights
    for unknown in (1, 16, 32):
        call = scene.chain.open_offer(scene.terms(design, rights=Rights(unknown)))
        scene.refused(RightsUnknown, call, owner, rights=unknown)
