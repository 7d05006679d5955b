"""Redemption: what a signature is worth over any other content, domain or bytes."""

from __future__ import annotations

from dataclasses import astuple, replace
from typing import Any

import pytest
from eth_keys.datatypes import PrivateKey
from eth_utils.crypto import keccak

from ledger.chain import Call
from ledger.errors import BadSignature, LicenseNotFound, NotIssuer, UnknownRevert
from ledger.models import ContentHash, PrintToken
from ledger.signing import Signer
from ledger.tokens import PRINT_TOKEN
from tests.contracts import eip712
from tests.contracts.scene import Job, Scene, fresh_digest

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""Of the curve secp256k1."""


def changed(token: PrintToken, name: str) -> PrintToken:
    """The token with one field changed so that nothing but the signature speaks against it."""
    others: dict[str, Any] = {
        "word": token.word + 1,
        "serials": token.serials | 2,
        "not_before": token.not_before - 1,
        "deadline": token.deadline + 1,
        "job": fresh_digest(),
    }
    return replace(token, **{name: others[name]})


@pytest.mark.parametrize("name", ["word", "serials", "not_before", "deadline", "job"])
def test_a_changed_token_is_signed_by_nobody(
    scene: Scene, owner: Signer, printer: Signer, job: Job, name: str
) -> None:
    token = scene.token(job.design, job.number, printer.address)
    signature = owner.sign(scene.domain.print_token(token))
    call = scene.chain.redeem(changed(token, name), signature, 1)
    with pytest.raises(NotIssuer) as caught:
        scene.send(call, printer)
    # A signature over other content recovers to some key that has no rights.
    assert int(str(caught.value.facts["signer"]), 16) not in (0, int(owner.address, 16))


def test_a_token_of_another_license_design_or_printer_is_refused(
    scene: Scene, owner: Signer, buyer: Signer, printer: Signer, stranger: Signer, job: Job
) -> None:
    other = Job(scene, owner, buyer)
    token = scene.token(job.design, job.number, printer.address)
    signature = owner.sign(scene.domain.print_token(token))
    moved = replace(token, design=other.design, license=other.number)
    taken = replace(token, printer=stranger.address)
    for wrong, sender in ((moved, printer), (taken, stranger)):
        with pytest.raises(NotIssuer):
            scene.send(scene.chain.redeem(wrong, signature, 1), sender)
    crossed = replace(token, design=other.design)
    scene.refused(
        LicenseNotFound,
        scene.chain.redeem(crossed, signature, 1),
        printer,
        design=other.design,
        license=job.number,
    )


def test_a_token_for_another_chain_or_contract_is_refused(
    scene: Scene, owner: Signer, printer: Signer, job: Job
) -> None:
    token = scene.token(job.design, job.number, printer.address)
    for domain in (
        replace(scene.domain, chain_id=1),
        replace(scene.domain, licenses=scene.domain.registry),
    ):
        signature = owner.sign(domain.print_token(token))
        with pytest.raises(NotIssuer):
            scene.send(scene.chain.redeem(token, signature, 1), printer)


def test_what_is_no_signature_is_refused(
    scene: Scene, owner: Signer, printer: Signer, job: Job
) -> None:
    token = scene.token(job.design, job.number, printer.address)
    good = owner.sign(scene.domain.print_token(token))
    twin_s = (ORDER - int.from_bytes(good[32:64], "big")).to_bytes(32, "big")
    for bad in (
        b"",
        b"\1" * 19,
        bytes(65),
        good[:64] + b"\0",  # v is 27 or 28, and no other way of writing it
        good[:32] + twin_s + bytes([55 - good[64]]),  # high s
    ):
        scene.refused(BadSignature, scene.chain.redeem(token, bad, 1), printer, signer=0)


@pytest.mark.parametrize("member", [2, 3, 5, 6], ids=["printer", "word", "notBefore", "deadline"])
def test_a_token_wider_than_its_types_is_refused_even_if_it_was_signed_so(
    scene: Scene, buyer: Signer, printer: Signer, member: int
) -> None:
    """The contract hashes the words as they came, so each must be clean."""
    key = PrivateKey(bytes(fresh_digest()))
    owner = Signer.from_secret(key.to_bytes())
    scene.node.set_balance(owner.address, 10**21)
    job = Job(scene, owner, buyer)
    token = scene.token(job.design, job.number, printer.address)

    def as_signed(first_byte: int) -> Call:
        words = bytearray().join(
            value if isinstance(value, bytes) else int(str(value), 0).to_bytes(32, "big")
            for value in astuple(token)
        )
        words[32 * member] = first_byte
        typed = scene.domain.print_token(token)
        type_hash = keccak(text=f"PrintToken({PRINT_TOKEN})")
        digest = eip712.digest(eip712.separator(typed.domain), keccak(type_hash + words))
        signature = bytearray(key.sign_msg_hash(digest).to_bytes())
        signature[64] += 27
        clean = scene.chain.redeem(token, bytes(signature), 1)
        data = bytes.fromhex(clean.data.removeprefix("0x"))
        return Call(clean.to, "0x" + (data[:4] + words + data[4 + len(words) :]).hex())

    scene.refused(UnknownRevert, as_signed(1), printer, data="0x")
    scene.send(as_signed(0), printer)


def test_a_license_that_does_not_exist_redeems_nothing(
    scene: Scene, owner: Signer, printer: Signer, job: Job
) -> None:
    unknown = ContentHash(fresh_digest())
    for design, number in ((unknown, job.number), (job.design, 10**9)):
        call = scene.redeem(scene.token(design, number, printer.address), owner)
        scene.refused(LicenseNotFound, call, printer, design=design, license=number)
