"""Registering in the name of somebody who signed for it; the sender pays."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ledger.chain import Call
from ledger.errors import (
    BadSignature,
    MetadataMissing,
    SignatureExpired,
    SignatureSpent,
)
from ledger.models import NATIVE_CURRENCY, ZERO_DIGEST, Address, ContentHash, Digest
from ledger.signing import Signer
from tests.contracts.scene import Scene, event_in, fresh_digest, same_values

HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def signed(
    scene: Scene,
    design: ContentHash,
    metadata: Digest,
    owner: Address,
    signer: Signer,
    deadline: int,
) -> Call:
    signature = signer.sign(scene.domain.register(design, metadata, owner, deadline))
    return scene.chain.register_by_sig(design, metadata, owner, deadline, signature)


def test_a_relayer_pays_and_the_signer_owns(scene: Scene, owner: Signer, stranger: Signer) -> None:
    design, metadata = ContentHash(fresh_digest()), fresh_digest()
    before = scene.chain.balance(owner.address)
    call = signed(scene, design, metadata, owner.address, owner, scene.now() + 100)
    mined = scene.send(call, stranger)
    assert scene.chain.design_owner(design) == owner.address
    assert scene.chain.metadata_of(design) == metadata
    assert scene.chain.balance(owner.address) == before
    assert same_values(event_in(mined, "DesignRegistered").arguments) == same_values(
        {"design": design, "designer": owner.address, "metadata": metadata}
    )


def test_the_message_is_good_until_just_before_its_deadline(
    scene: Scene, owner: Signer, stranger: Signer
) -> None:
    deadline = scene.now() + 100
    first, second = ContentHash(fresh_digest()), ContentHash(fresh_digest())
    metadata = fresh_digest()
    scene.send(
        signed(scene, first, metadata, owner.address, owner, deadline),
        stranger,
        at=deadline - 1,
    )
    scene.refused(
        SignatureExpired,
        signed(scene, second, metadata, owner.address, owner, deadline),
        stranger,
        at=deadline,
        deadline=deadline,
    )


def test_a_message_signed_by_somebody_else_is_refused(
    scene: Scene, owner: Signer, stranger: Signer
) -> None:
    call = signed(
        scene,
        ContentHash(fresh_digest()),
        fresh_digest(),
        owner.address,
        stranger,
        scene.now() + 100,
    )
    scene.refused(BadSignature, call, stranger, signer=owner.address)


@pytest.mark.parametrize("changed", ["design", "metadata", "owner", "deadline"])
def test_a_message_with_any_other_content_is_refused(
    scene: Scene, owner: Signer, stranger: Signer, changed: str
) -> None:
    values: dict[str, object] = {
        "design": ContentHash(fresh_digest()),
        "metadata": fresh_digest(),
        "owner": owner.address,
        "deadline": scene.now() + 100,
    }
    signature = owner.sign(scene.domain.register(**values))  # type: ignore[arg-type]
    others: dict[str, object] = {
        "design": ContentHash(fresh_digest()),
        "metadata": fresh_digest(),
        "owner": stranger.address,
        "deadline": scene.now() + 101,
    }
    values[changed] = others[changed]
    call = scene.chain.register_by_sig(**values, signature=signature)  # type: ignore[arg-type]
    scene.refused(BadSignature, call, stranger, signer=values["owner"])


def test_a_replay_is_refused_because_the_message_is_spent(
    scene: Scene, owner: Signer, stranger: Signer
) -> None:
    design, metadata, deadline = ContentHash(fresh_digest()), fresh_digest(), scene.now() + 1000
    call = signed(scene, design, metadata, owner.address, owner, deadline)
    digest = scene.chain.hash_register(design, metadata, owner.address, deadline)
    scene.send(call, stranger)
    scene.refused(SignatureSpent, call, stranger, signer=owner.address, digest=digest)


def test_a_signature_for_the_other_contract_or_chain_is_refused(
    scene: Scene, owner: Signer, stranger: Signer
) -> None:
    design, metadata, deadline = ContentHash(fresh_digest()), fresh_digest(), scene.now() + 100
    for domain in (
        replace(scene.domain, registry=scene.domain.licenses),
        replace(scene.domain, chain_id=1),
    ):
        signature = owner.sign(domain.register(design, metadata, owner.address, deadline))
        call = scene.chain.register_by_sig(design, metadata, owner.address, deadline, signature)
        scene.refused(BadSignature, call, stranger, signer=owner.address)


def test_the_second_signature_that_anyone_can_make_from_a_first_is_refused(
    scene: Scene, owner: Signer, stranger: Signer
) -> None:
    design, metadata, deadline = ContentHash(fresh_digest()), fresh_digest(), scene.now() + 100
    signature = owner.sign(scene.domain.register(design, metadata, owner.address, deadline))
    s = ORDER - int.from_bytes(signature[32:64], "big")
    twin = signature[:32] + s.to_bytes(32, "big") + bytes([55 - signature[64]])
    assert s > HALF_ORDER
    for other in (twin, signature[:64], signature + b"\0", b"", bytes(65)):
        call = scene.chain.register_by_sig(design, metadata, owner.address, deadline, other)
        scene.refused(BadSignature, call, stranger, signer=owner.address)


def test_nobody_signs_for_the_zero_address(scene: Scene, stranger: Signer) -> None:
    deadline = scene.now() + 100
    for signature in (b"", bytes(65), bytes(64) + b"\x1b"):
        call = scene.chain.register_by_sig(
            ContentHash(fresh_digest()), fresh_digest(), NATIVE_CURRENCY, deadline, signature
        )
        scene.refused(BadSignature, call, stranger, signer=NATIVE_CURRENCY)


def test_a_signed_design_needs_metadata_too(scene: Scene, owner: Signer, stranger: Signer) -> None:
    design = ContentHash(fresh_digest())
    call = signed(scene, design, ZERO_DIGEST, owner.address, owner, scene.now() + 100)
    scene.refused(MetadataMissing, call, stranger, design=design)


def test_a_contract_wallet_signs_by_erc1271(scene: Scene, owner: Signer, stranger: Signer) -> None:
    wallet = scene.actor("TestWallet", owner, 0)
    design = ContentHash(fresh_digest())
    call = signed(scene, design, fresh_digest(), wallet.address, owner, scene.now() + 100)
    scene.send(call, stranger)
    assert scene.chain.design_owner(design) == wallet.address


def test_a_contract_wallet_refuses_what_its_owner_did_not_sign(
    scene: Scene, owner: Signer, stranger: Signer
) -> None:
    wallet = scene.actor("TestWallet", owner, 0)
    call = signed(
        scene,
        ContentHash(fresh_digest()),
        fresh_digest(),
        wallet.address,
        stranger,
        scene.now() + 100,
    )
    scene.refused(BadSignature, call, stranger, signer=wallet.address)


@pytest.mark.parametrize("answer", range(1, 6), ids=["magic", "dirt", "short", "revert", "gas"])
def test_a_wallet_that_answers_wrongly_owns_nothing(
    scene: Scene, owner: Signer, stranger: Signer, answer: int
) -> None:
    wallet = scene.actor("TestWallet", owner, answer)
    call = signed(
        scene,
        ContentHash(fresh_digest()),
        fresh_digest(),
        wallet.address,
        owner,
        scene.now() + 100,
    )
    scene.refused(BadSignature, call, stranger, signer=wallet.address)
