"""Offers: opening, closing and buying."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import pytest

from ledger.chain import Call
from ledger.errors import (
    CurrencyNotSupported,
    DesignNotFound,
    DurationZero,
    NotDesignOwner,
    OfferNotOpen,
    QuotaLimitsInvalid,
    QuotaOutOfRange,
    UnknownRevert,
    WindowInvalid,
    WrongPayment,
)
from ledger.models import NATIVE_CURRENCY, Address, ContentHash, Offer
from ledger.signing import Signer
from tests.contracts.scene import (
    DAY,
    GRACE,
    PRICE,
    Scene,
    event_in,
    fresh_digest,
    license_in,
    same_values,
)

FOR_EVER = 2**40 - 1


# -------------------------------------------------------------------- opening


def test_an_open_offer_is_known_by_its_hash_and_its_event_says_all_its_terms(
    scene: Scene, owner: Signer
) -> None:
    terms = scene.terms(scene.design(owner))
    hash_ = scene.chain.hash_offer(terms)
    assert not scene.chain.is_open(hash_)
    event = event_in(scene.send(scene.chain.open_offer(terms), owner), "OfferOpened")
    assert scene.chain.is_open(hash_)
    expected = asdict(terms)
    expected["minQuota"] = expected.pop("min_quota")
    expected["maxQuota"] = expected.pop("max_quota")
    expected["maxPerLicensee"] = expected.pop("max_per_licensee")
    assert same_values(event.arguments) == same_values({**expected, "offer": hash_})


def test_the_hash_of_an_offer_is_keccak_of_its_abi_encoding(scene: Scene, owner: Signer) -> None:
    terms = scene.terms(ContentHash(fresh_digest()))
    w3 = scene.chain.rpc.w3
    words = [
        value if isinstance(value, bytes) else int(str(value), 0).to_bytes(32, "big")
        for value in asdict(terms).values()
    ]
    assert bytes(scene.chain.hash_offer(terms)) == bytes(w3.keccak(b"".join(words)))


def test_each_term_changes_the_hash(scene: Scene) -> None:
    terms = scene.terms(ContentHash(fresh_digest()))
    others = replace(
        terms,
        design=ContentHash(fresh_digest()),
        terms=fresh_digest(),
        currency=Address("0x" + "11" * 20),
        licensee=Address("0x" + "22" * 20),
    )
    hashes = {scene.chain.hash_offer(terms)}
    for name, value in asdict(terms).items():
        other: Any = value + 1 if isinstance(value, int) else getattr(others, name)
        hashes.add(scene.chain.hash_offer(replace(terms, **{name: other})))
    assert len(hashes) == 1 + len(asdict(terms))


def test_only_the_owner_opens_an_offer(scene: Scene, owner: Signer, stranger: Signer) -> None:
    design = scene.design(owner)
    call = scene.chain.open_offer(scene.terms(design))
    scene.refused(NotDesignOwner, call, stranger, design=design, caller=stranger.address)
    scene.send(scene.chain.authorize_issuer(stranger.address, scene.now() + DAY), owner)
    scene.refused(NotDesignOwner, call, stranger, design=design, caller=stranger.address)


def test_nothing_can_be_offered_of_an_unknown_design(scene: Scene, owner: Signer) -> None:
    design = ContentHash(fresh_digest())
    scene.refused(DesignNotFound, scene.chain.open_offer(scene.terms(design)), owner, design=design)


def test_a_currency_must_be_a_contract(scene: Scene, owner: Signer) -> None:
    coin = Address("0x" + "11" * 20)
    call = scene.chain.open_offer(scene.terms(scene.design(owner), currency=coin))
    scene.refused(CurrencyNotSupported, call, owner, currency=coin)


@pytest.mark.parametrize(("least", "most"), [(0, 0), (0, 5), (6, 5)])
def test_quota_limits_must_make_sense(scene: Scene, owner: Signer, least: int, most: int) -> None:
    call = scene.chain.open_offer(scene.terms(scene.design(owner), min_quota=least, max_quota=most))
    scene.refused(QuotaLimitsInvalid, call, owner, min_quota=least, max_quota=most)


def test_a_license_must_last(scene: Scene, owner: Signer) -> None:
    call = scene.chain.open_offer(scene.terms(scene.design(owner), duration=0))
    scene.refused(DurationZero, call, owner)


def test_a_window_must_close_after_it_opens(scene: Scene, owner: Signer) -> None:
    design, later = scene.design(owner), scene.now() + DAY
    empty = scene.chain.open_offer(scene.terms(design, opens=later, closes=later))
    scene.refused(WindowInvalid, empty, owner, opens=later, closes=later)
    scene.send(scene.chain.open_offer(scene.terms(design, opens=later, closes=later + 1)), owner)


def test_an_offer_can_be_opened_until_just_before_it_closes(scene: Scene, owner: Signer) -> None:
    design = scene.design(owner)
    opens = scene.now()
    terms = scene.terms(design, opens=opens, closes=opens + 100)
    scene.send(scene.chain.open_offer(terms), owner, at=opens + 99)
    other = replace(terms, price=1)
    scene.refused(
        WindowInvalid,
        scene.chain.open_offer(other),
        owner,
        at=opens + 100,
        opens=opens,
        closes=opens + 100,
    )


@pytest.mark.parametrize("member", range(2, 13))
def test_terms_wider_than_their_types_are_refused(scene: Scene, owner: Signer, member: int) -> None:
    """The contract hashes and announces the words as they came, so each must be clean."""
    terms = scene.terms(scene.design(owner))
    call = scene.chain.open_offer(terms)
    words = bytearray.fromhex(call.data.removeprefix("0x"))
    words[4 + 32 * member] = 1
    scene.refused(UnknownRevert, replace(call, data="0x" + words.hex()), owner, data="0x")


# -------------------------------------------------------------------- closing


def test_a_closed_offer_cannot_be_taken_but_can_be_opened_again(
    scene: Scene, owner: Signer, buyer: Signer
) -> None:
    design = scene.design(owner)
    terms = scene.open(owner, design)
    hash_ = scene.chain.hash_offer(terms)
    event = event_in(scene.send(scene.chain.close_offer(terms), owner), "OfferClosed")
    assert same_values(event.arguments) == same_values({"design": design, "offer": hash_})
    assert not scene.chain.is_open(hash_)
    scene.refused(OfferNotOpen, scene.chain.buy(terms, 1), buyer, offer=hash_)
    scene.refused(OfferNotOpen, scene.chain.close_offer(terms), owner, offer=hash_)
    scene.send(scene.chain.open_offer(terms), owner)
    scene.send(scene.chain.buy(terms, 1), buyer)


def test_only_the_owner_closes_an_offer(scene: Scene, owner: Signer, stranger: Signer) -> None:
    design = scene.design(owner)
    call = scene.chain.close_offer(scene.open(owner, design))
    scene.refused(NotDesignOwner, call, stranger, design=design, caller=stranger.address)


def test_an_offer_that_is_over_can_still_be_closed(scene: Scene, owner: Signer) -> None:
    now = scene.now()
    terms = scene.open(owner, scene.design(owner), opens=now, closes=now + 50)
    scene.send(scene.chain.close_offer(terms), owner, at=now + 60)
    assert not scene.chain.is_open(scene.chain.hash_offer(terms))


# --------------------------------------------------------------------- buying


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
