"""Failed prints on chain: who voids, what is replaced, and what a void never does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ledger.errors import (
    BadSignature,
    EvidenceMissing,
    LicenseNotFound,
    NotIssuer,
    NotVoidable,
    QuotaExhausted,
    SerialAlreadySpent,
    SignatureExpired,
    SignatureSpent,
)
from ledger.models import NATIVE_CURRENCY, ZERO_DIGEST, Void
from ledger.signing import Signer
from tests.contracts.scene import (
    DAY,
    PRICE,
    Job,
    Scene,
    event_in,
    fresh_digest,
    license_in,
    same_values,
)


def printed(scene: Scene, owner: Signer, job: Job, serials: int, word: int = 0) -> None:
    token = scene.token(job.design, job.number, owner.address, word=word, serials=serials)
    scene.send(scene.redeem(token, owner), owner)


def message(scene: Scene, owner: Signer, job: Job, serials: int = 1) -> Void:
    return Void(
        job.design, job.number, 0, serials, fresh_digest(), owner.address, scene.now() + DAY
    )


def test_a_void_keeps_the_spent_bit_and_gives_another_serial(
    scene: Scene, owner: Signer, buyer: Signer
) -> None:
    number = scene.granted(owner, design := scene.design(owner), buyer.address, 2)
    token = scene.token(design, number, owner.address, serials=0b11)
    scene.send(scene.redeem(token, owner), owner)
    evidence = fresh_digest()
    mined = scene.send(scene.chain.void_prints(design, number, 0, 0b10, evidence), owner)
    assert same_values(event_in(mined, "PrintsVoided").arguments) == same_values(
        {
            "design": design,
            "license": number,
            "word": 0,
            "serials": 0b10,
            "quota": 3,
            "evidence": evidence,
            "by": owner.address,
        }
    )
    assert scene.chain.spent(number, 0) == 0b11
    assert scene.chain.license(design, number).quota == 3
    assert scene.chain.tally(number) == (0, 0, 1)
    assert scene.view(scene.licenses, "serialsVoided", number, 0) == 0b10
    scene.refused(
        SerialAlreadySpent,
        scene.redeem(token, owner, take=0b10),
        owner,
        design=design,
        license=number,
        serial=1,
    )
    last = replace(token, serials=0b1100)
    scene.send(scene.redeem(last, owner, take=0b100), owner)
    scene.refused(
        QuotaExhausted,
        scene.redeem(last, owner, take=0b1000),
        owner,
        design=design,
        license=number,
        serial=3,
        quota=3,
    )


def test_an_issuer_voids_and_a_stranger_does_not(
    scene: Scene, owner: Signer, stranger: Signer, job: Job
) -> None:
    printed(scene, owner, job, 1)
    call = scene.chain.void_prints(job.design, job.number, 0, 1, fresh_digest())
    scene.refused(NotIssuer, call, stranger, design=job.design, signer=stranger.address)
    scene.send(scene.chain.authorize_issuer(stranger.address, scene.now() + DAY), owner)
    assert event_in(scene.send(call, stranger), "PrintsVoided").arguments["by"] == stranger.address


@pytest.mark.parametrize(
    ("serials", "first"), [(0, 0), (0b1000, 3), (0b1001, 3), (1 << 255, 255), (2**256 - 1, 1)]
)
def test_only_spent_serials_are_voided(
    scene: Scene, owner: Signer, job: Job, serials: int, first: int
) -> None:
    printed(scene, owner, job, 1)
    call = scene.chain.void_prints(job.design, job.number, 0, serials, fresh_digest())
    names: Any = {"design": job.design, "license": job.number}
    scene.refused(NotVoidable, call, owner, **names, serial=first)


def test_a_serial_is_voided_once_and_only_on_evidence(
    scene: Scene, owner: Signer, job: Job
) -> None:
    printed(scene, owner, job, 1)
    bare = scene.chain.void_prints(job.design, job.number, 0, 1, ZERO_DIGEST)
    scene.refused(EvidenceMissing, bare, owner)
    scene.send(scene.chain.void_prints(job.design, job.number, 0, 1, fresh_digest()), owner)
    again = scene.chain.void_prints(job.design, job.number, 0, 1, fresh_digest())
    names: Any = {"design": job.design, "license": job.number}
    scene.refused(NotVoidable, again, owner, **names, serial=0)
    nowhere = scene.chain.void_prints(job.design, 0, 0, 1, fresh_digest())
    scene.refused(LicenseNotFound, nowhere, owner, design=job.design, license=0)


def test_anybody_sends_a_void_that_its_issuer_signed_once_and_in_time(
    scene: Scene, owner: Signer, stranger: Signer, job: Job
) -> None:
    printed(scene, owner, job, 0b11)
    void = message(scene, owner, job)
    signature = owner.sign(scene.domain.void(void))
    call = scene.chain.void_prints_by_sig(void, signature)
    scene.refused(SignatureExpired, call, stranger, at=void.deadline, deadline=void.deadline)
    void = message(scene, owner, job)
    call = scene.chain.void_prints_by_sig(void, owner.sign(scene.domain.void(void)))
    assert event_in(scene.send(call, stranger), "PrintsVoided").arguments["by"] == owner.address
    digest = scene.domain.void(void).digest()
    scene.refused(SignatureSpent, call, stranger, signer=owner.address, digest=digest)


def test_a_void_that_was_changed_after_it_was_signed_is_refused(
    scene: Scene, owner: Signer, stranger: Signer, job: Job
) -> None:
    printed(scene, owner, job, 0b11)
    void = message(scene, owner, job)
    signature = owner.sign(scene.domain.void(void))
    for changed in (
        replace(void, serials=0b10),
        replace(void, serials=0b11),
        replace(void, evidence=fresh_digest()),
        replace(void, deadline=void.deadline + 1),
    ):
        call = scene.chain.void_prints_by_sig(changed, signature)
        scene.refused(BadSignature, call, stranger, signer=owner.address)
    theirs = replace(void, issuer=stranger.address)
    call = scene.chain.void_prints_by_sig(theirs, stranger.sign(scene.domain.void(theirs)))
    scene.refused(NotIssuer, call, stranger, design=job.design, signer=stranger.address)


@pytest.mark.parametrize("settled_first", [False, True])
def test_one_price_is_earned_for_one_good_print(
    scene: Scene, owner: Signer, buyer: Signer, settled_first: bool
) -> None:
    design = scene.design(owner)
    offer = scene.open(owner, design)
    number = license_in(scene.send(scene.chain.buy(offer, 2), buyer))
    token = scene.token(design, number, owner.address, serials=0b111)
    scene.send(scene.redeem(token, owner, take=0b01), owner)
    settle = scene.chain.settle(design, number, 0, 1)
    if settled_first:
        scene.send(settle, buyer)
    scene.send(scene.chain.void_prints(design, number, 0, 1, fresh_digest()), owner)
    scene.send(scene.redeem(token, owner, take=0b110), owner)
    scene.send(settle, buyer)
    assert scene.chain.tally(number) == (2, 0, 1)
    assert scene.chain.earnings(design, NATIVE_CURRENCY) == 2 * PRICE


@pytest.mark.parametrize(("settled_first", "refunded"), [(False, 2), (True, 1)])
def test_a_price_stays_with_the_design_only_where_it_was_settled_before_the_void(
    scene: Scene, owner: Signer, buyer: Signer, settled_first: bool, refunded: int
) -> None:
    design = scene.design(owner)
    offer = scene.open(owner, design, duration=DAY, grace=0)
    number = license_in(scene.send(scene.chain.buy(offer, 2), buyer))
    scene.send(scene.redeem(scene.token(design, number, owner.address), owner), owner)
    if settled_first:
        scene.send(scene.chain.settle(design, number, 0, 1), buyer)
    scene.send(scene.chain.void_prints(design, number, 0, 1, fresh_digest()), owner)
    scene.pass_to(scene.now() + 2 * DAY)
    scene.send(scene.chain.refund(design, number, 0, 1), buyer)
    assert scene.chain.tally(number) == (2 - refunded, refunded, 1)


def test_many_voids_go_in_one_batch_all_or_nothing(scene: Scene, owner: Signer, job: Job) -> None:
    printed(scene, owner, job, 0b111)
    calls = [
        scene.chain.void_prints(job.design, job.number, 0, 1 << bit, fresh_digest())
        for bit in range(3)
    ]
    scene.send(scene.chain.batch(calls, all_or_nothing=True), owner)
    assert scene.chain.tally(job.number) == (0, 0, 3)
    printed(scene, owner, job, 1, word=1)
    mixed = [calls[0], scene.chain.void_prints(job.design, job.number, 1, 1, fresh_digest())]
    mined = scene.send(scene.chain.batch(mixed, all_or_nothing=False), owner)
    event = event_in(mined, "BatchItemFailed")
    assert event.arguments["index"] == 0
    assert type(scene.chain.explain(event.arguments["reason"])) is NotVoidable
    assert scene.chain.tally(job.number) == (0, 0, 4)
