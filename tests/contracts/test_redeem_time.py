"""When a print can be redeemed: each boundary to the second."""

from __future__ import annotations

import pytest

from ledger.errors import LicenseExpired, LicenseRevoked, TokenExpired, TokenNotYetValid
from ledger.models import ZERO_DIGEST, ContentHash
from ledger.signing import Signer
from tests.contracts.scene import DAY, HOUR, Scene


@pytest.fixture
def design(scene: Scene, owner: Signer) -> ContentHash:
    return scene.design(owner)


def test_a_token_is_valid_from_its_first_second(
    scene: Scene, owner: Signer, buyer: Signer, printer: Signer, design: ContentHash
) -> None:
    number = scene.granted(owner, design, buyer.address, 1)
    start = scene.now() + 100
    call = scene.redeem(scene.token(design, number, printer.address, not_before=start), owner)
    scene.refused(TokenNotYetValid, call, printer, at=start - 1, not_before=start)
    scene.send(call, printer, at=start)


@pytest.mark.parametrize("grace", [0, 1, 24])
def test_a_token_is_redeemable_until_its_deadline_and_the_grace(
    scene: Scene, owner: Signer, buyer: Signer, printer: Signer, design: ContentHash, grace: int
) -> None:
    number = scene.granted(owner, design, buyer.address, 2, grace=grace)
    deadline = scene.now() + 100
    token = scene.token(design, number, printer.address, serials=3, deadline=deadline)
    end = deadline + grace * HOUR
    scene.send(scene.redeem(token, owner, take=1), printer, at=end - 1)
    call = scene.redeem(token, owner, take=2)
    scene.refused(TokenExpired, call, printer, at=end, deadline=deadline)


@pytest.mark.parametrize("grace", [0, 1, 24])
def test_a_license_is_redeemable_until_its_expiry_and_the_grace(
    scene: Scene, owner: Signer, buyer: Signer, printer: Signer, design: ContentHash, grace: int
) -> None:
    expiry = scene.now() + 100
    number = scene.granted(owner, design, buyer.address, 2, expiry=expiry, grace=grace)
    token = scene.token(design, number, printer.address, serials=3, deadline=expiry + DAY)
    end = expiry + grace * HOUR
    scene.send(scene.redeem(token, owner, take=1), printer, at=end - 1)
    scene.refused(
        LicenseExpired,
        scene.redeem(token, owner, take=2),
        printer,
        at=end,
        design=design,
        license=number,
        expiry=expiry,
    )


@pytest.mark.parametrize("grace", [1, 24])
def test_after_a_revocation_only_the_grace_is_left(
    scene: Scene, owner: Signer, buyer: Signer, printer: Signer, design: ContentHash, grace: int
) -> None:
    number = scene.granted(owner, design, buyer.address, 2, grace=grace)
    token = scene.token(design, number, printer.address, serials=3)
    revoked = scene.now() + 10
    end = revoked + grace * HOUR
    scene.send(scene.chain.revoke(design, number, ZERO_DIGEST), owner, at=revoked)
    scene.send(scene.redeem(token, owner, take=1), printer, at=end - 1)
    scene.refused(
        LicenseRevoked,
        scene.redeem(token, owner, take=2),
        printer,
        at=end,
        design=design,
        license=number,
        revoked_at=revoked,
    )


def test_without_grace_a_revocation_holds_in_the_same_second(
    scene: Scene, owner: Signer, buyer: Signer, printer: Signer, design: ContentHash
) -> None:
    number = scene.granted(owner, design, buyer.address, 1, grace=0)
    token = scene.token(design, number, printer.address)
    revoked = scene.now() + 10
    with scene.node.held():
        scene.node.next_block_at(revoked)
        calls = (
            (scene.chain.revoke(design, number, ZERO_DIGEST), owner),
            (scene.redeem(token, owner), printer),
        )
        hashes = [scene.submit(call, signer) for call, signer in calls]
        scene.node.mine()
    mined = scene.chain.rpc.wait(hashes[0])
    with pytest.raises(LicenseRevoked):
        scene.chain.rpc.wait(hashes[1])
    block = scene.chain.rpc.block(mined["blockNumber"])
    assert (block["timestamp"], len(block["transactions"])) == (revoked, 2)
    assert scene.chain.spent(number, 0) == 0


def test_the_earlier_of_deadline_and_expiry_counts(
    scene: Scene, owner: Signer, buyer: Signer, printer: Signer, design: ContentHash
) -> None:
    now = scene.now()
    number = scene.granted(owner, design, buyer.address, 4, expiry=now + 200, grace=1)
    early = scene.token(design, number, printer.address, serials=1, deadline=now + 100)
    late = scene.token(design, number, printer.address, serials=2, deadline=now + 300)
    call = scene.redeem(early, owner)
    scene.refused(TokenExpired, call, printer, at=now + 100 + HOUR, deadline=now + 100)
    scene.send(scene.redeem(late, owner), printer, at=now + 199 + HOUR)
    # Where both are over, the token's own end is named first.
    scene.refused(TokenExpired, call, printer, at=now + 200 + HOUR, deadline=now + 100)


def test_the_largest_grace_does_not_overflow(
    scene: Scene, owner: Signer, buyer: Signer, printer: Signer, design: ContentHash
) -> None:
    for_ever = 2**40 - 1
    number = scene.granted(owner, design, buyer.address, 1, expiry=for_ever, grace=2**16 - 1)
    token = scene.token(design, number, printer.address, deadline=for_ever)
    scene.send(scene.redeem(token, owner), printer)
