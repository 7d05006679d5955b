"""Licenses that pass on, and redemption of several tokens at once, on chain."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ledger.chain import Call
from ledger.chain.life_calls import compact
from ledger.errors import (
    BadSignature,
    LicenseExpired,
    LicenseNotTransferable,
    LicenseRevoked,
    NotLicensee,
    QuotaExhausted,
    QuotaOutOfRange,
    SerialAlreadySpent,
    SerialNotFree,
    TakeOutsideToken,
)
from ledger.models import NATIVE_CURRENCY, ZERO_DIGEST, PrintToken, Rights
from ledger.signing import Signer
from tests.contracts.scene import (
    DAY,
    ETHER,
    PRICE,
    Job,
    Scene,
    event_in,
    license_in,
    same_values,
)

FULL = 2**256 - 1


def given(
    scene: Scene, owner: Signer, holder: Signer, quota: int, rights: Rights = Rights.TRANSFERABLE
) -> Job:
    job = Job(scene, owner, holder)
    expiry = scene.now() + 90 * DAY
    call = scene.chain.grant(job.design, holder.address, quota, expiry, 0, rights)
    job.number = license_in(scene.send(call, owner))
    return job


def test_a_license_has_another_holder_with_all_that_is_left_of_it(
    scene: Scene, owner: Signer, buyer: Signer, stranger: Signer
) -> None:
    job = given(scene, owner, buyer, 3)
    call = scene.chain.transfer_license(job.design, job.number, stranger.address)
    event = event_in(scene.send(call, buyer), "LicenseTransferred")
    assert same_values(event.arguments) == same_values(
        {
            "design": job.design,
            "license": job.number,
            "from": buyer.address,
            "to": stranger.address,
        }
    )
    held = scene.chain.license(job.design, job.number)
    assert (held.licensee, held.quota) == (stranger.address, 3)
    names: Any = {"design": job.design, "license": job.number}
    scene.refused(NotLicensee, call, buyer, **names, caller=buyer.address)


def test_the_last_serials_become_a_license_of_their_own_on_the_same_terms(
    scene: Scene, owner: Signer, buyer: Signer, stranger: Signer
) -> None:
    job = given(scene, owner, buyer, 600, Rights.TRANSFERABLE | Rights.VARIANTS)
    before = scene.chain.license(job.design, job.number)
    call = scene.chain.sublicense(job.design, job.number, stranger.address, 300)
    event = event_in(scene.send(call, buyer), "LicenseSplit")
    number = int(event.arguments["sublicense"])
    assert scene.chain.license(job.design, job.number) == replace(before, quota=300)
    assert scene.chain.license(job.design, number) == replace(
        before, number=number, licensee=stranger.address, quota=300
    )
    late = scene.token(job.design, job.number, owner.address, word=1, serials=1 << 44)
    scene.refused(
        QuotaExhausted,
        scene.redeem(late, owner),
        owner,
        design=job.design,
        license=job.number,
        serial=300,
        quota=300,
    )
    theirs = scene.token(job.design, number, owner.address, word=1, serials=1 << 43)
    scene.send(scene.redeem(theirs, owner), owner)


def test_each_part_settles_and_refunds_its_own_serials(
    scene: Scene, owner: Signer, buyer: Signer, stranger: Signer
) -> None:
    design = scene.design(owner)
    rights = Rights.TRANSFERABLE
    offer = scene.open(owner, design, rights=rights, duration=DAY, grace=0)
    number = license_in(scene.send(scene.chain.buy(offer, 10), buyer))
    call = scene.chain.sublicense(design, number, stranger.address, 4)
    part = int(event_in(scene.send(call, buyer), "LicenseSplit").arguments["sublicense"])
    for one, serials in ((number, 0b111), (part, 0b1)):
        scene.send(
            scene.redeem(scene.token(design, one, owner.address, serials=serials), owner), owner
        )
        scene.send(scene.chain.settle(design, one, 0, 1), owner)
    assert scene.chain.earnings(design, NATIVE_CURRENCY) == 4 * PRICE
    scene.pass_to(scene.now() + 2 * DAY)
    for one, holder in ((number, buyer), (part, stranger)):
        before = scene.chain.balance(holder.address)
        scene.send(scene.chain.refund(design, one, 0, 1), holder)
        gained = scene.chain.balance(holder.address) - before
        assert 3 * PRICE - ETHER // 10 < gained <= 3 * PRICE
    assert (scene.chain.tally(number), scene.chain.tally(part)) == ((3, 3, 0), (1, 3, 0))


def test_what_is_spent_or_bound_or_over_is_not_passed_on(
    scene: Scene, owner: Signer, buyer: Signer, stranger: Signer
) -> None:
    job = given(scene, owner, buyer, 10)
    names: Any = {"design": job.design, "license": job.number}
    token = scene.token(job.design, job.number, owner.address, serials=1 << 7)
    scene.send(scene.redeem(token, owner), owner)

    def part(quota: int) -> Call:
        return scene.chain.sublicense(job.design, job.number, stranger.address, quota)

    scene.refused(SerialNotFree, part(3), buyer, **names, serial=7)
    for quota in (0, 10, 2**32 - 1):
        scene.refused(
            QuotaOutOfRange,
            part(quota),
            buyer,
            quota=quota,
            min_quota=1,
            max_quota=9,
        )
    scene.send(part(2), buyer)
    whole = scene.chain.transfer_license(job.design, job.number, stranger.address)
    scene.send(scene.chain.revoke(job.design, job.number, ZERO_DIGEST), owner)
    ended = scene.chain.license(job.design, job.number).expiry
    scene.refused(LicenseRevoked, whole, buyer, **names, revoked_at=ended)

    bound = given(scene, owner, buyer, 3, Rights.IRREVOCABLE)
    call = scene.chain.transfer_license(bound.design, bound.number, stranger.address)
    scene.refused(LicenseNotTransferable, call, buyer, design=bound.design, license=bound.number)

    over = given(scene, owner, buyer, 3)
    end = scene.chain.license(over.design, over.number).expiry
    scene.refused(
        LicenseExpired,
        scene.chain.transfer_license(over.design, over.number, stranger.address),
        buyer,
        at=end,
        design=over.design,
        license=over.number,
        expiry=end,
    )


# --- several tokens at once --------------------------------------------------


def tokens(scene: Scene, job: Job, printer: Signer, *serials: int) -> list[PrintToken]:
    first = scene.token(job.design, job.number, printer.address)
    return [replace(first, word=word, serials=mask) for word, mask in enumerate(serials)]


def signed(scene: Scene, owner: Signer, token: PrintToken) -> tuple[PrintToken, bytes, int]:
    return token, owner.sign(scene.domain.print_token(token)), token.serials


def test_the_words_of_several_tokens_are_spent_at_once_and_each_is_named(
    scene: Scene, owner: Signer, printer: Signer, job: Job
) -> None:
    several = tokens(scene, job, printer, FULL, 0b110, 1 << 80)
    call = scene.chain.redeem_tokens([signed(scene, owner, token) for token in several])
    mined = scene.send(call, printer)
    event = event_in(mined, "WordsRedeemed")
    assert event.arguments["signer"] == owner.address
    for token, told in zip(several, event.arguments["words"], strict=True):
        digest = scene.domain.print_token(token).digest()
        assert same_values(told) == same_values(
            {
                "printer": printer.address,
                "word": token.word,
                "take": token.serials,
                "token": digest,
            }
        )
        assert scene.chain.spent(job.number, token.word) == token.serials
        serial = token.word * 256 + (token.serials & -token.serials).bit_length() - 1
        assert scene.chain.redeemed_as(token, digest, serial) == mined.transaction
        assert scene.chain.redeemed_as(token, digest, 599) is None


def test_one_token_that_cannot_be_spent_keeps_the_others_unspent(
    scene: Scene, owner: Signer, printer: Signer, stranger: Signer, job: Job
) -> None:
    one, two = tokens(scene, job, printer, 0b1, 0b1)
    names: Any = {"design": job.design, "license": job.number}
    scene.send(scene.redeem(two, owner), printer)
    both = [signed(scene, owner, one), signed(scene, owner, two)]
    scene.refused(SerialAlreadySpent, scene.chain.redeem_tokens(both), printer, **names, serial=256)
    three = replace(two, word=2)
    mixed = [signed(scene, owner, one), signed(scene, stranger, three)]
    scene.refused(BadSignature, scene.chain.redeem_tokens(mixed), printer, signer=owner.address)
    wide = [signed(scene, owner, one), (three, owner.sign(scene.domain.print_token(three)), 2)]
    scene.refused(TakeOutsideToken, scene.chain.redeem_tokens(wide), printer, take=2, serials=1)
    assert scene.chain.spent(job.number, 0) == 0


@pytest.mark.parametrize("v", [27, 28])
def test_a_signature_of_65_bytes_and_its_64_say_the_same(v: int) -> None:
    signature = bytes(range(32)) + b"\x7f" * 32 + bytes([v])
    r, vs = compact(signature)
    assert r == bytes(range(32))
    assert (vs[0] >> 7, vs[0] & 0x7F, vs[1:]) == (v - 27, 0x7F, b"\x7f" * 31)
