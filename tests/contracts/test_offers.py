"""Offers: opening and closing."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import pytest

from ledger.errors import (
    CurrencyNotSupported,
    DesignNotFound,
    DurationZero,
    NotDesignOwner,
    OfferNotOpen,
    QuotaLimitsInvalid,
    UnknownRevert,
    WindowInvalid,
)
from ledger.models import Address, ContentHash
from ledger.signing import Signer
from tests.contracts.scene import DAY, Scene, event_in, fresh_digest, same_values

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
