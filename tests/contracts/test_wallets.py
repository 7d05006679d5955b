"""Contract accounts: as owner, issuer, printer and licensee; ERC-1271, honest and not."""

from __future__ import annotations

import pytest

from ledger.errors import BadSignature, NotIssuer, PrinterNotNamed
from ledger.models import NATIVE_CURRENCY, ContentHash
from ledger.signing import Signer
from tests.contracts.scene import DAY, PRICE, Job, Scene, event_in, fresh_digest, license_in

HONEST = 0
BURN_GAS = 5


def test_a_wallet_that_owns_a_design_signs_tokens_by_erc1271(
    scene: Scene, owner: Signer, buyer: Signer, printer: Signer
) -> None:
    wallet = scene.actor("TestWallet", owner, HONEST)
    design = ContentHash(fresh_digest())
    scene.send(wallet.does(scene.chain.register(design, fresh_digest())), owner)
    grant = scene.chain.grant(design, buyer.address, 5, scene.now() + DAY, 1)
    number = license_in(scene.send(wallet.does(grant), owner))
    token = scene.token(design, number, printer.address, serials=0b11)
    signature = wallet.signature(scene.domain.print_token(token))
    mined = scene.send(scene.chain.redeem(token, signature, 0b01), printer)
    assert event_in(mined, "SerialsRedeemed").arguments["signer"] == wallet.address
    # The signer may send it: that is the wallet, and not the key behind it.
    by_signer = scene.chain.redeem(token, signature, 0b10)
    scene.refused(PrinterNotNamed, by_signer, owner, printer=printer.address, caller=owner.address)
    scene.send(wallet.does(by_signer), owner)
    assert scene.chain.spent(number, 0) == 0b11


def test_a_wallet_that_is_an_issuer_signs_until_it_is_removed(
    scene: Scene, owner: Signer, printer: Signer, stranger: Signer, job: Job
) -> None:
    wallet = scene.actor("TestWallet", stranger, HONEST)
    token = scene.token(job.design, job.number, printer.address, serials=0b11)
    signature = wallet.signature(scene.domain.print_token(token))
    first, second = (scene.chain.redeem(token, signature, take) for take in (1, 2))
    scene.refused(NotIssuer, first, printer, design=job.design, signer=wallet.address)
    scene.send(scene.chain.authorize_issuer(wallet.address, scene.now() + DAY), owner)
    scene.send(first, printer)
    scene.send(scene.chain.remove_issuer(wallet.address), owner)
    scene.refused(NotIssuer, second, printer, design=job.design, signer=wallet.address)


@pytest.mark.parametrize("answer", range(1, 6), ids=["magic", "dirt", "short", "revert", "gas"])
def test_a_wallet_that_answers_wrongly_signs_nothing(
    scene: Scene, owner: Signer, printer: Signer, job: Job, answer: int
) -> None:
    wallet = scene.actor("TestWallet", owner, answer)
    scene.send(scene.chain.authorize_issuer(wallet.address, scene.now() + DAY), owner)
    token = scene.token(job.design, job.number, printer.address)
    call = scene.chain.redeem(token, wallet.signature(scene.domain.print_token(token)), 1)
    # Burning gas is no way out either: what EIP-150 keeps back is enough to refuse.
    scene.refused(BadSignature, call, printer, signer=wallet.address)
    assert scene.chain.spent(job.number, 0) == 0


def test_a_wallet_refuses_what_its_owner_did_not_sign(
    scene: Scene, owner: Signer, printer: Signer, stranger: Signer, job: Job
) -> None:
    wallet = scene.actor("TestWallet", owner, HONEST)
    scene.send(scene.chain.authorize_issuer(wallet.address, scene.now() + DAY), owner)
    token = scene.token(job.design, job.number, printer.address)
    forged = bytes.fromhex(wallet.address[2:]) + stranger.sign(scene.domain.print_token(token))
    for signature in (forged, forged[:20], forged + b"\0"):
        call = scene.chain.redeem(token, signature, 1)
        scene.refused(BadSignature, call, printer, signer=wallet.address)


def test_an_account_without_code_cannot_be_named_as_a_wallet(
    scene: Scene, owner: Signer, printer: Signer, job: Job
) -> None:
    """Also not a precompile, which answers every call with bytes of some kind."""
    token = scene.token(job.design, job.number, printer.address)
    signed = owner.sign(scene.domain.print_token(token))
    names = [owner.address, NATIVE_CURRENCY, *(f"0x{number:040x}" for number in range(1, 10))]
    for name in names:
        call = scene.chain.redeem(token, bytes.fromhex(name[2:]) + signed, 1)
        scene.refused(BadSignature, call, printer, signer=name)


def test_a_contract_without_erc1271_cannot_be_named_as_a_wallet(
    scene: Scene, owner: Signer, printer: Signer, job: Job
) -> None:
    token = scene.token(job.design, job.number, printer.address)
    signed = owner.sign(scene.domain.print_token(token))
    for name in (scene.domain.registry, scene.domain.licenses):
        call = scene.chain.redeem(token, bytes.fromhex(name[2:]) + signed, 1)
        scene.refused(BadSignature, call, printer, signer=name)


def test_65_bytes_are_always_ecdsa_even_if_they_begin_with_a_wallet(
    scene: Scene, owner: Signer, printer: Signer, job: Job
) -> None:
    """So a wallet whose own signatures have 45 bytes must lengthen them: see the format page."""
    wallet = scene.actor("TestWallet", owner, HONEST)
    token = scene.token(job.design, job.number, printer.address)
    signature = bytes.fromhex(wallet.address[2:]) + bytes(45)
    scene.refused(BadSignature, scene.chain.redeem(token, signature, 1), printer, signer=0)


def test_a_printer_may_be_a_contract(
    scene: Scene, owner: Signer, stranger: Signer, job: Job
) -> None:
    machine = scene.actor("TestWallet", stranger, HONEST)
    token = scene.token(job.design, job.number, machine.address)
    call = scene.redeem(token, owner)
    scene.refused(PrinterNotNamed, call, stranger, printer=machine.address, caller=stranger.address)
    mined = scene.send(machine.does(call), stranger)
    assert event_in(mined, "SerialsRedeemed").arguments["printer"] == machine.address


def test_a_wallet_buys_and_gets_its_refund(scene: Scene, owner: Signer, buyer: Signer) -> None:
    wallet = scene.actor("TestWallet", buyer, HONEST)
    design = scene.design(owner)
    offer = scene.open(owner, design, grace=0, duration=100)
    number = license_in(scene.send(wallet.does(scene.chain.buy(offer, 4)), buyer))
    expiry = scene.chain.license(design, number).expiry
    refund = wallet.does(scene.chain.refund(design, number, 0, 1))
    scene.send(refund, buyer, at=expiry)
    assert scene.chain.balance(wallet.address) == 4 * PRICE


def test_gas_burned_by_a_wallet_is_bounded_by_what_the_sender_gives(
    scene: Scene, owner: Signer, printer: Signer, job: Job
) -> None:
    wallet = scene.actor("TestWallet", owner, BURN_GAS)
    token = scene.token(job.design, job.number, printer.address)
    call = scene.chain.redeem(token, wallet.signature(scene.domain.print_token(token)), 1)
    before = scene.chain.balance(printer.address)
    scene.refused(BadSignature, call, printer, gas=300_000, signer=wallet.address)
    assert before - scene.chain.balance(printer.address) <= 300_000 * 10**11
