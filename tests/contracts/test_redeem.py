"""Redemption: who may send, which serials, and what is recorded."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ledger.errors import (
    NotIssuer,
    PrinterNotNamed,
    QuotaExhausted,
    SerialAlreadySpent,
    TakeOutsideToken,
)
from ledger.models import bit_of
from ledger.signing import Signer
from tests.contracts.scene import DAY, Job, Scene, event_in, fresh_digest, same_values

FULL = 2**256 - 1


# --------------------------------------------------------------- the good way


def test_the_named_printer_redeems_and_the_event_says_everything(
    scene: Scene, owner: Signer, printer: Signer, job: Job
) -> None:
    token = scene.token(
        job.design, job.number, printer.address, word=1, serials=0b1110, job=fresh_digest()
    )
    mined = scene.send(scene.redeem(token, owner, take=0b0110), printer)
    assert scene.chain.spent(job.number, 1) == 0b0110
    assert scene.chain.spent(job.number, 0) == 0
    assert same_values(event_in(mined, "SerialsRedeemed").arguments) == same_values(
        {
            "design": job.design,
            "license": job.number,
            "printer": printer.address,
            "word": 1,
            "take": 0b0110,
            "job": token.job,
            "token": scene.domain.print_token(token).digest(),
            "signer": owner.address,
        }
    )


def test_the_digest_in_the_event_is_the_contracts_own(
    scene: Scene, printer: Signer, job: Job
) -> None:
    token = scene.token(job.design, job.number, printer.address, serials=FULL, word=2**32 - 1)
    assert scene.chain.token_digest(token) == scene.domain.print_token(token).digest()


def test_the_signer_may_send_for_a_printer_without_gas(
    scene: Scene, owner: Signer, printer: Signer, job: Job
) -> None:
    token = scene.token(job.design, job.number, printer.address)
    mined = scene.send(scene.redeem(token, owner), owner)
    assert event_in(mined, "SerialsRedeemed").arguments["printer"] == printer.address


def test_an_issuer_signs_in_the_owners_place_until_its_own_end(
    scene: Scene, owner: Signer, printer: Signer, stranger: Signer, job: Job
) -> None:
    end = scene.now() + 100
    scene.send(scene.chain.authorize_issuer(stranger.address, end), owner)
    token = scene.token(job.design, job.number, printer.address, serials=0b111)
    mined = scene.send(scene.redeem(token, stranger, take=1), printer, at=end - 2)
    assert event_in(mined, "SerialsRedeemed").arguments["signer"] == stranger.address
    scene.send(scene.redeem(token, stranger, take=2), stranger, at=end - 1)
    scene.refused(
        NotIssuer,
        scene.redeem(token, stranger, take=4),
        printer,
        at=end,
        design=job.design,
        signer=stranger.address,
    )


def test_a_removed_issuers_tokens_stop_at_once(
    scene: Scene, owner: Signer, printer: Signer, stranger: Signer, job: Job
) -> None:
    scene.send(scene.chain.authorize_issuer(stranger.address, scene.now() + DAY), owner)
    token = scene.token(job.design, job.number, printer.address)
    scene.send(scene.chain.remove_issuer(stranger.address), owner)
    call = scene.redeem(token, stranger)
    scene.refused(NotIssuer, call, printer, design=job.design, signer=stranger.address)


def test_nobody_else_may_send_it(
    scene: Scene, owner: Signer, buyer: Signer, printer: Signer, stranger: Signer, job: Job
) -> None:
    scene.send(scene.chain.authorize_issuer(stranger.address, scene.now() + DAY), owner)
    call = scene.redeem(scene.token(job.design, job.number, printer.address), stranger)
    # Neither the licensee nor the owner, where an issuer has signed.
    for other in (buyer, owner):
        scene.refused(PrinterNotNamed, call, other, printer=printer.address, caller=other.address)


def test_a_signer_can_use_up_prints_that_nobody_asked_for_but_not_hide_it(
    scene: Scene, owner: Signer, job: Job
) -> None:
    """A limit of the format, told in docs/token-format.md: a token is the designer's word alone."""
    token = scene.token(job.design, job.number, owner.address)
    event = event_in(scene.send(scene.redeem(token, owner), owner), "SerialsRedeemed")
    assert event.arguments["printer"] == event.arguments["signer"] == owner.address


# ---------------------------------------------------------------- the serials


def test_a_lease_is_spent_print_by_print_or_all_at_once(
    scene: Scene, owner: Signer, printer: Signer, job: Job
) -> None:
    token = scene.token(job.design, job.number, printer.address, serials=0xFF)
    for take in (0x01, 0x80, 0x7E):
        scene.send(scene.redeem(token, owner, take=take), printer)
    assert scene.chain.spent(job.number, 0) == 0xFF


def test_255_prints_go_with_one_signature(
    scene: Scene, owner: Signer, printer: Signer, job: Job
) -> None:
    token = scene.token(job.design, job.number, printer.address, serials=FULL)
    scene.send(scene.redeem(token, owner, take=1), printer)
    mined = scene.send(scene.redeem(token, owner, take=FULL - 1), printer)
    assert scene.chain.spent(job.number, 0) == FULL
    assert int(event_in(mined, "SerialsRedeemed").arguments["take"]) == FULL - 1


def test_a_spent_serial_makes_the_whole_call_fail(
    scene: Scene, owner: Signer, printer: Signer, job: Job
) -> None:
    token = scene.token(job.design, job.number, printer.address, word=1, serials=FULL)
    scene.send(scene.redeem(token, owner, take=0b101000), printer)
    scene.refused(
        SerialAlreadySpent,
        scene.redeem(token, owner, take=0b111110),
        printer,
        design=job.design,
        license=job.number,
        serial=256 + 3,
    )
    assert scene.chain.spent(job.number, 1) == 0b101000


def test_another_token_for_a_spent_serial_is_refused_too(
    scene: Scene, owner: Signer, printer: Signer, stranger: Signer, job: Job
) -> None:
    serials = 1 << 255
    first = scene.token(job.design, job.number, printer.address, serials=serials)
    second = scene.token(job.design, job.number, stranger.address, serials=serials)
    scene.send(scene.redeem(first, owner), printer)
    scene.refused(
        SerialAlreadySpent,
        scene.redeem(second, owner),
        stranger,
        design=job.design,
        license=job.number,
        serial=255,
    )


@pytest.mark.parametrize(
    ("serials", "take"), [(1, 0), (0, 0), (0b110, 0b001), (0b110, 0b111), (1, FULL)]
)
def test_what_is_taken_is_some_of_the_tokens_serials(
    scene: Scene, owner: Signer, printer: Signer, job: Job, serials: int, take: int
) -> None:
    token = scene.token(job.design, job.number, printer.address, serials=serials)
    call = scene.redeem(token, owner, take=take)
    scene.refused(TakeOutsideToken, call, printer, take=take, serials=serials)


@pytest.mark.parametrize("quota", [1, 255, 256, 257, 512, 600])
def test_the_last_serial_can_be_printed_and_the_next_cannot(
    scene: Scene, owner: Signer, buyer: Signer, printer: Signer, quota: int
) -> None:
    job = Job(scene, owner, buyer, quota)
    for serial, good in ((quota - 1, True), (quota, False), (quota + 256, False)):
        word, bit = bit_of(serial)
        token = scene.token(job.design, job.number, printer.address, word=word, serials=bit)
        if good:
            scene.send(scene.redeem(token, owner), printer)
            assert scene.chain.spent(job.number, word) == bit
        else:
            scene.refused(
                QuotaExhausted,
                scene.redeem(token, owner),
                printer,
                design=job.design,
                license=job.number,
                serial=serial,
                quota=quota,
            )


def test_the_first_serial_past_the_quota_is_named(
    scene: Scene, owner: Signer, printer: Signer, job: Job
) -> None:
    token = scene.token(job.design, job.number, printer.address, word=2, serials=FULL)
    held = (1 << 88) - 1
    scene.refused(
        QuotaExhausted,
        scene.redeem(token, owner, take=FULL ^ (1 << 88)),
        printer,
        design=job.design,
        license=job.number,
        serial=2 * 256 + 89,
        quota=600,
    )
    # What the token holds past the quota does no harm to what is below it.
    scene.send(scene.redeem(token, owner, take=held), printer)
    assert scene.chain.spent(job.number, 2) == held


def test_the_farthest_word_of_the_largest_license(
    scene: Scene, owner: Signer, buyer: Signer, printer: Signer
) -> None:
    job = Job(scene, owner, buyer, 2**32 - 1)
    word, bit = bit_of(2**32 - 2)
    token = scene.token(job.design, job.number, printer.address, word=word, serials=FULL)
    scene.send(scene.redeem(token, owner, take=bit), printer)
    scene.refused(
        QuotaExhausted,
        scene.redeem(token, owner, take=1 << 255),
        printer,
        design=job.design,
        license=job.number,
        serial=2**32 - 1,
        quota=2**32 - 1,
    )


def test_licenses_do_not_share_serials(
    scene: Scene, owner: Signer, buyer: Signer, printer: Signer, job: Job
) -> None:
    other = scene.granted(owner, job.design, buyer.address, 600)
    token = scene.token(job.design, job.number, printer.address)
    scene.send(scene.redeem(token, owner), printer)
    assert scene.chain.spent(other, 0) == 0
    scene.send(scene.redeem(replace(token, license=other), owner), printer)
