"""Licenses that are given, and licenses that are ended."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ledger.errors import (
    DesignNotFound,
    ExpiryInPast,
    InvalidRecipient,
    LicenseExpired,
    LicenseNotFound,
    LicenseRevoked,
    NotDesignOwner,
    NotIssuer,
    QuotaOutOfRange,
    UnknownRevert,
)
from ledger.models import NATIVE_CURRENCY, ZERO_DIGEST, ContentHash
from ledger.signing import Signer
from tests.contracts.scene import (
    DAY,
    HOUR,
    Scene,
    event_in,
    fresh_digest,
    license_in,
    same_values,
)

ZERO = NATIVE_CURRENCY


def test_the_contract_names_its_registry_and_its_domain(scene: Scene) -> None:
    assert scene.view(scene.licenses, "designRegistry") == scene.domain.registry
    fields, name, version, chain_id, contract, salt, extensions = scene.view(
        scene.licenses, "eip712Domain"
    )
    assert (fields, name, version, chain_id) == (b"\x0f", "Platemark", "1", 31337)
    assert (contract, salt, extensions) == (scene.domain.licenses, bytes(32), [])


# ------------------------------------------------------------------- granting


def test_the_owner_gives_a_license_away(scene: Scene, owner: Signer, buyer: Signer) -> None:
    design, expiry = scene.design(owner), scene.now() + DAY
    mined = scene.send(scene.chain.grant(design, buyer.address, 7, expiry, 3), owner)
    number = license_in(mined)
    assert same_values(event_in(mined, "LicenseGranted").arguments) == same_values(
        {
            "design": design,
            "license": number,
            "licensee": buyer.address,
            "quota": 7,
            "expiry": expiry,
            "grace": 3,
            "rights": 0,
        }
    )
    held = scene.chain.license(design, number)
    assert (held.licensee, held.quota, held.expiry) == (buyer.address, 7, expiry)
    assert (held.grace, held.revoked, held.redeemable_until) == (3, False, expiry + 3 * HOUR)
    assert scene.chain.payment(number) == (ZERO, 0)


def test_every_field_of_a_license_can_be_at_its_limit(
    scene: Scene, owner: Signer, buyer: Signer
) -> None:
    design = scene.design(owner)
    number = scene.granted(
        owner, design, buyer.address, 2**32 - 1, expiry=2**40 - 1, grace=2**16 - 1
    )
    held = scene.chain.license(design, number)
    assert (held.licensee, held.quota) == (buyer.address, 2**32 - 1)
    assert (held.expiry, held.grace, held.revoked) == (2**40 - 1, 2**16 - 1, False)


def test_an_issuer_gives_licenses_until_just_before_its_own_end(
    scene: Scene, owner: Signer, buyer: Signer, stranger: Signer
) -> None:
    design, end = scene.design(owner), scene.now() + 100
    scene.send(scene.chain.authorize_issuer(stranger.address, end), owner)
    call = scene.chain.grant(design, buyer.address, 1, end + DAY, 0)
    scene.send(call, stranger, at=end - 1)
    scene.refused(NotIssuer, call, stranger, at=end, design=design, signer=stranger.address)


def test_a_stranger_gives_nothing_away(scene: Scene, owner: Signer, stranger: Signer) -> None:
    design = scene.design(owner)
    call = scene.chain.grant(design, stranger.address, 1, scene.now() + DAY, 0)
    scene.refused(NotIssuer, call, stranger, design=design, signer=stranger.address)


def test_no_license_of_an_unknown_design(scene: Scene, owner: Signer) -> None:
    design = ContentHash(fresh_digest())
    call = scene.chain.grant(design, owner.address, 1, scene.now() + DAY, 0)
    scene.refused(DesignNotFound, call, owner, design=design)


def test_a_license_needs_a_holder_a_print_and_a_future(
    scene: Scene, owner: Signer, buyer: Signer
) -> None:
    design, moment = scene.design(owner), scene.now() + 10
    scene.refused(
        InvalidRecipient,
        scene.chain.grant(design, ZERO, 1, moment + DAY, 0),
        owner,
        recipient=ZERO,
    )
    scene.refused(
        QuotaOutOfRange,
        scene.chain.grant(design, buyer.address, 0, moment + DAY, 0),
        owner,
        quota=0,
        min_quota=1,
        max_quota=2**32 - 1,
    )
    scene.refused(
        ExpiryInPast,
        scene.chain.grant(design, buyer.address, 1, moment, 0),
        owner,
        at=moment,
        expiry=moment,
    )
    scene.send(scene.chain.grant(design, buyer.address, 1, moment + 5, 0), owner, at=moment + 4)


def test_a_gift_takes_no_money(scene: Scene, owner: Signer, buyer: Signer) -> None:
    call = scene.chain.grant(scene.design(owner), buyer.address, 1, scene.now() + DAY, 0)
    scene.refused(UnknownRevert, replace(call, value=1), owner, data="0x")


def test_a_license_is_found_under_its_design_only(
    scene: Scene, owner: Signer, buyer: Signer
) -> None:
    design, other = scene.design(owner), scene.design(owner)
    number = scene.granted(owner, design, buyer.address, 1)
    for wrong_design, wrong_number in ((other, number), (design, number + 1), (design, 0)):
        with pytest.raises(LicenseNotFound) as caught:
            scene.chain.license(wrong_design, wrong_number)
        assert same_values(caught.value.facts) == same_values(
            {"design": wrong_design, "license": wrong_number}
        )


# ------------------------------------------------------------------- revoking


def test_a_revoked_license_ends_at_that_second(scene: Scene, owner: Signer, buyer: Signer) -> None:
    design, reason = scene.design(owner), fresh_digest()
    number = scene.granted(owner, design, buyer.address, 9, grace=5)
    at = scene.now() + 10
    mined = scene.send(scene.chain.revoke(design, number, reason), owner, at=at)
    assert same_values(event_in(mined, "LicenseEnded").arguments) == same_values(
        {"design": design, "license": number, "expiry": at, "reason": reason}
    )
    held = scene.chain.license(design, number)
    assert (held.expiry, held.revoked) == (at, True)
    assert (held.licensee, held.quota, held.grace) == (buyer.address, 9, 5)


def test_only_the_owner_revokes(
    scene: Scene, owner: Signer, buyer: Signer, stranger: Signer
) -> None:
    design = scene.design(owner)
    number = scene.granted(owner, design, buyer.address, 1)
    scene.send(scene.chain.authorize_issuer(stranger.address, scene.now() + DAY), owner)
    call = scene.chain.revoke(design, number, ZERO_DIGEST)
    for other in (buyer, stranger):
        scene.refused(NotDesignOwner, call, other, design=design, caller=other.address)


def test_a_license_is_revoked_once(scene: Scene, owner: Signer, buyer: Signer) -> None:
    design = scene.design(owner)
    number = scene.granted(owner, design, buyer.address, 1)
    call, at = scene.chain.revoke(design, number, ZERO_DIGEST), scene.now() + 10
    scene.send(call, owner, at=at)
    scene.refused(LicenseRevoked, call, owner, design=design, license=number, revoked_at=at)


def test_a_license_can_be_revoked_until_just_before_its_end(
    scene: Scene, owner: Signer, buyer: Signer
) -> None:
    design, expiry = scene.design(owner), scene.now() + 100
    first = scene.granted(owner, design, buyer.address, 1, expiry=expiry)
    second = scene.granted(owner, design, buyer.address, 1, expiry=expiry)
    scene.send(scene.chain.revoke(design, first, ZERO_DIGEST), owner, at=expiry - 1)
    scene.refused(
        LicenseExpired,
        scene.chain.revoke(design, second, ZERO_DIGEST),
        owner,
        at=expiry,
        design=design,
        license=second,
        expiry=expiry,
    )


def test_what_is_no_license_cannot_be_revoked(scene: Scene, owner: Signer, buyer: Signer) -> None:
    design, other = scene.design(owner), scene.design(owner)
    number = scene.granted(owner, design, buyer.address, 1)
    call = scene.chain.revoke(other, number, ZERO_DIGEST)
    scene.refused(LicenseNotFound, call, owner, design=other, license=number)
