"""Commit and reveal, issuers by signature, and batches of registrations on the real node."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ledger import artifacts
from ledger.chain import Chain, deploy
from ledger.devchain import dev_account
from ledger.errors import (
    BadSignature,
    BatchFailed,
    CommitmentExists,
    CommitmentMissing,
    CommitmentTooYoung,
    DesignAlreadyRegistered,
    ExpiryInPast,
    InvalidIssuer,
    MetadataMissing,
    SignatureExpired,
    SignatureSpent,
)
from ledger.models import NOBODY, ZERO_DIGEST, ContentHash, IssuerAuthorization
from ledger.signing import Signer
from tests.contracts.scene import Scene, event_in, fresh_digest, same_values

AGE = 60


@pytest.fixture(scope="module")
def slow(scene: Scene) -> Scene:
    """A deployment whose registry asks for commitments of a minute's age."""
    compiled = artifacts.load()
    deployment = deploy(scene.node.url, dev_account(0), compiled, AGE)
    return Scene(scene.node, Chain(scene.node.url, deployment, compiled))


# ------------------------------------------------------------ commit and reveal


def test_a_registry_says_whether_it_asks_for_commitments(scene: Scene, slow: Scene) -> None:
    assert scene.chain.minimum_age == 0
    assert slow.chain.minimum_age == AGE


def test_a_design_is_registered_after_its_commitment_came_of_age(
    slow: Scene, owner: Signer, stranger: Signer
) -> None:
    chain, design, salt, metadata = (
        slow.chain,
        ContentHash(fresh_digest()),
        fresh_digest(),
        fresh_digest(),
    )
    register = chain.register(design, metadata)
    slow.refused(CommitmentMissing, register, owner, design=design, owner=owner.address)
    reveal = chain.reveal(design, owner.address, salt)
    slow.refused(CommitmentMissing, reveal, owner, design=design, owner=owner.address)
    commitment = chain.commitment_of(design, owner.address, salt)
    mined = slow.send(chain.commit(commitment), stranger)
    since = chain.committed_at(commitment)
    assert event_in(mined, "Committed").arguments["commitment"] == str(commitment)
    slow.refused(CommitmentExists, chain.commit(commitment), owner, commitment=commitment)
    slow.refused(CommitmentTooYoung, reveal, owner, at=since + AGE - 1, ready=since + AGE)
    both = chain.batch([reveal, register], all_or_nothing=True)
    mined = slow.send(both, owner, at=since + AGE)
    revealed = event_in(mined, "Revealed").arguments
    assert same_values(revealed) == same_values({"design": design, "owner": owner.address})
    assert chain.design_owner(design) == owner.address
    assert chain.is_revealed(design, owner.address)
    assert chain.committed_at(commitment) == 0


def test_whoever_sees_a_revelation_cannot_use_it(
    slow: Scene, owner: Signer, stranger: Signer
) -> None:
    chain, design, salt = slow.chain, ContentHash(fresh_digest()), fresh_digest()
    slow.send(chain.commit(chain.commitment_of(design, owner.address, salt)), owner)
    slow.pass_to(slow.now() + AGE)
    theirs = chain.batch(
        [
            chain.reveal(design, owner.address, salt),
            chain.register(design, fresh_digest()),
        ],
        all_or_nothing=False,
    )
    mined = slow.send(theirs, stranger)
    failed = event_in(mined, "BatchItemFailed").arguments
    assert type(chain.explain(failed["reason"])) is CommitmentMissing
    slow.send(chain.register(design, fresh_digest()), owner)
    assert chain.design_owner(design) == owner.address


# ------------------------------------------------------- issuers by signature


def wish_of(scene: Scene, designer: Signer, issuer: Signer, expiry: int) -> IssuerAuthorization:
    return IssuerAuthorization(
        designer.address, issuer.address, expiry, fresh_digest(), scene.now() + 1_000
    )


def test_an_issuer_is_authorized_and_removed_by_signature(
    scene: Scene, owner: Signer, buyer: Signer, stranger: Signer
) -> None:
    expiry = scene.now() + 5_000
    wish = wish_of(scene, owner, buyer, expiry)
    message = scene.domain.issuer_authorization(wish)
    assert scene.chain.hash_authorization(wish) == message.digest()
    call = scene.chain.authorize_issuer_by_sig(wish, owner.sign(message))
    scene.send(call, stranger)
    assert scene.chain.issuer_expiry(owner.address, buyer.address) == expiry
    scene.refused(SignatureSpent, call, stranger, signer=owner.address, digest=message.digest())
    removal = wish_of(scene, owner, buyer, 0)
    signature = owner.sign(scene.domain.issuer_authorization(removal))
    mined = scene.send(scene.chain.authorize_issuer_by_sig(removal, signature), stranger)
    assert event_in(mined, "IssuerAuthorized").arguments["expiry"] == 0
    assert scene.chain.issuer_expiry(owner.address, buyer.address) == 0


@pytest.mark.parametrize("changed", ["designer", "issuer", "expiry", "salt", "deadline"])
def test_an_authorization_with_any_other_content_is_refused(
    scene: Scene, owner: Signer, buyer: Signer, stranger: Signer, changed: str
) -> None:
    wish = wish_of(scene, owner, buyer, scene.now() + 5_000)
    signature = owner.sign(scene.domain.issuer_authorization(wish))
    others = {
        "designer": stranger.address,
        "issuer": stranger.address,
        "expiry": wish.expiry + 1,
        "salt": fresh_digest(),
        "deadline": wish.deadline + 1,
    }
    other = replace(wish, **{changed: others[changed]})  # type: ignore[arg-type]
    call = scene.chain.authorize_issuer_by_sig(other, signature)
    scene.refused(BadSignature, call, stranger, signer=other.designer)


def test_a_signed_authorization_keeps_the_rules_of_a_sent_one(
    scene: Scene, owner: Signer, buyer: Signer, stranger: Signer
) -> None:
    past = wish_of(scene, owner, buyer, 1)
    signature = owner.sign(scene.domain.issuer_authorization(past))
    call = scene.chain.authorize_issuer_by_sig(past, signature)
    scene.refused(ExpiryInPast, call, stranger, expiry=1)
    nobody = replace(wish_of(scene, owner, buyer, scene.now() + 5_000), issuer=NOBODY)
    signature = owner.sign(scene.domain.issuer_authorization(nobody))
    call = scene.chain.authorize_issuer_by_sig(nobody, signature)
    scene.refused(InvalidIssuer, call, stranger, issuer=NOBODY)
    late = wish_of(scene, owner, buyer, scene.now() + 5_000)
    signature = owner.sign(scene.domain.issuer_authorization(late))
    call = scene.chain.authorize_issuer_by_sig(late, signature)
    scene.refused(SignatureExpired, call, stranger, at=late.deadline, deadline=late.deadline)


# --------------------------------------------------------------------- batches


def test_many_designs_are_registered_at_once_or_none_is(scene: Scene, owner: Signer) -> None:
    designs = [ContentHash(fresh_digest()) for _ in range(5)]
    calls = [scene.chain.register(design, fresh_digest()) for design in designs]
    bad = scene.chain.register(ContentHash(fresh_digest()), ZERO_DIGEST)
    with pytest.raises(BatchFailed) as caught:
        scene.send(scene.chain.batch([*calls, bad], all_or_nothing=True), owner)
    assert caught.value.facts["index"] == 5
    inner = scene.chain.explain(str(caught.value.facts["reason"]))
    assert type(inner) is MetadataMissing
    assert "MetadataMissing: The design" in caught.value.detail
    mined = scene.send(scene.chain.batch(calls, all_or_nothing=True), owner)
    assert sum(event.name == "DesignRegistered" for event in mined.events) == 5
    assert all(scene.chain.design_owner(design) == owner.address for design in designs)


def test_item_by_item_the_rest_is_done_and_has_gas_for_it(scene: Scene, owner: Signer) -> None:
    old = scene.design(owner)
    designs = [ContentHash(fresh_digest()) for _ in range(20)]
    calls = [scene.chain.register(design, fresh_digest()) for design in designs]
    calls[3:3] = [scene.chain.register(old, fresh_digest())]
    call = scene.chain.item_by_item(calls, owner.address)
    assert call.gas is not None
    mined = scene.chain.send(call, scene.chain.sender(owner))
    failed = event_in(mined, "BatchItemFailed").arguments
    assert failed["index"] == 3
    assert type(scene.chain.explain(failed["reason"])) is DesignAlreadyRegistered
    assert all(scene.chain.design_owner(design) == owner.address for design in designs)


def test_a_batch_does_what_its_sender_may_do_and_no_more(
    scene: Scene, owner: Signer, stranger: Signer
) -> None:
    design = scene.design(owner)
    theft = scene.chain.transfer_design(design, owner.address, stranger.address)
    with pytest.raises(BatchFailed):
        scene.send(scene.chain.batch([theft], all_or_nothing=True), stranger)
    scene.send(scene.chain.batch([theft], all_or_nothing=False), stranger)
    assert scene.chain.design_owner(design) == owner.address
