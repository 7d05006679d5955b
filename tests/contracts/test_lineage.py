"""Lineage on the real nodes, as Python sees it."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.errors import (
    BadSignature,
    ConsentMissing,
    DesignNotFound,
    InvalidTerms,
    NotDesignOwner,
    ParentCountInvalid,
    ParentRepeated,
    SharesTooHigh,
    SignatureExpired,
    SignatureSpent,
    TooManyAncestors,
)
from ledger.models import (
    Address,
    ContentHash,
    Derivation,
    DerivedRegistration,
    Digest,
    Parent,
    Policy,
)
from ledger.signing import Signer
from tests.contracts.deriving import derived
from tests.contracts.scene import Scene, event_in, fresh_digest, same_values


def agreed(scene: Scene, giver: Signer, said: Derivation, wallet: Address | None = None) -> Parent:
    """The parent of a derivation with its owner's consent."""
    return Parent(said.parent, said.share, said.deadline, giver.sign(scene.domain.derivation(said)))


def test_own_parents_ancestors_and_shares_are_kept_in_order(scene: Scene, owner: Signer) -> None:
    first, second = scene.design(owner), scene.design(owner)
    middle = derived(scene, owner, Parent(second, 300), Parent(first, 0))
    child = ContentHash(fresh_digest())
    call = scene.chain.register_derived(
        child, fresh_digest(), [Parent(first, 4_000), Parent(middle, 1_000)]
    )
    mined = scene.send(call, owner)
    assert scene.chain.parents_of(child) == [(first, 4_000), (middle, 1_000)]
    assert scene.chain.ancestors_of(child) == [first, middle, second]
    assert scene.chain.ancestors_of(first) == []
    said = event_in(mined, "DesignDerived").arguments
    assert said["design"] == str(child)
    assert list(said["parents"]) == [str(first), str(middle)]
    assert list(said["shares"]) == [4_000, 1_000]


def test_an_owners_consent_is_for_one_child_owner_and_share(
    scene: Scene, owner: Signer, stranger: Signer
) -> None:
    parent, child = scene.design(owner), ContentHash(fresh_digest())
    metadata, until = fresh_digest(), scene.now() + 1_000
    said = Derivation(child, parent, 500, stranger.address, until)
    digest = scene.domain.derivation(said).digest()
    assert scene.chain.hash_derivation(said) == digest
    consent = agreed(scene, owner, said)
    for wrong in (
        Parent(parent, 501, until, consent.consent),
        Parent(parent, 500, until + 1, consent.consent),
    ):
        call = scene.chain.register_derived(child, metadata, [wrong])
        scene.refused(BadSignature, call, stranger, signer=owner.address)
    call = scene.chain.register_derived(child, metadata, [consent])
    mine = scene.chain.register_derived(child, metadata, [Parent(parent, 500)])
    scene.refused(ConsentMissing, mine, stranger, parent=parent, share=500)
    scene.refused(SignatureExpired, call, stranger, at=until, deadline=until)


def test_a_consent_works_once_and_can_be_cancelled_before(
    scene: Scene, owner: Signer, stranger: Signer
) -> None:
    parent, until = scene.design(owner), scene.now() + 1_000
    for cancelled in (False, True):
        child = ContentHash(fresh_digest())
        said = Derivation(child, parent, 500, stranger.address, until)
        digest = scene.domain.derivation(said).digest()
        call = scene.chain.register_derived(child, fresh_digest(), [agreed(scene, owner, said)])
        if cancelled:
            mined = scene.send(scene.chain.cancel_registry_signature(digest), owner)
            event = event_in(mined, "SignatureCancelled").arguments
            assert same_values(event) == same_values({"signer": owner.address, "digest": digest})
        else:
            scene.send(call, stranger)
        assert scene.chain.registry_signature_spent(owner.address, digest)
        scene.refused(SignatureSpent, call, stranger, signer=owner.address, digest=digest)


def test_an_open_policy_stands_for_consent_at_exactly_its_share(
    scene: Scene, owner: Signer, stranger: Signer
) -> None:
    parent = scene.design(owner)
    assert scene.chain.policy_of(parent) == Policy()
    mined = scene.send(scene.chain.set_policy(parent, Policy(open=True, share=800)), owner)
    said = event_in(mined, "DerivativePolicySet").arguments
    assert same_values(said) == same_values({"design": parent, "open": True, "share": 800})
    assert scene.chain.policy_of(parent) == Policy(open=True, share=800)
    call = scene.chain.register_derived(
        ContentHash(fresh_digest()), fresh_digest(), [Parent(parent, 799)]
    )
    scene.refused(ConsentMissing, call, stranger, parent=parent, share=799)
    child = derived(scene, stranger, Parent(parent, 800))
    scene.send(scene.chain.set_policy(parent, Policy()), owner)
    assert scene.chain.parents_of(child) == [(parent, 800)]
    closed = scene.chain.register_derived(
        ContentHash(fresh_digest()), fresh_digest(), [Parent(parent, 800)]
    )
    scene.refused(ConsentMissing, closed, stranger, parent=parent, share=800)
    other = scene.chain.set_policy(parent, Policy(open=True, share=1))
    scene.refused(NotDesignOwner, other, stranger, design=parent, caller=stranger.address)


def test_a_relayer_pays_for_a_derived_design_that_its_owner_signed_for(
    scene: Scene, owner: Signer, stranger: Signer
) -> None:
    parent = scene.design(owner)
    wish = DerivedRegistration(
        ContentHash(fresh_digest()),
        fresh_digest(),
        owner.address,
        [parent],
        [250],
        scene.now() + 1_000,
    )
    message = scene.domain.register_derived(wish)
    assert scene.chain.hash_register_derived(wish) == message.digest()
    signature = owner.sign(message)
    more = scene.chain.register_derived_by_sig(wish, [Parent(parent, 251)], signature)
    scene.refused(BadSignature, more, stranger, signer=owner.address)
    scene.send(
        scene.chain.register_derived_by_sig(wish, [Parent(parent, 250)], signature), stranger
    )
    assert scene.chain.design_owner(wish.design) == owner.address


@pytest.mark.parametrize(
    ("kind", "count", "share", "facts"),
    [
        (ParentCountInvalid, 0, 0, {"count": 0}),
        (ParentCountInvalid, 9, 0, {"count": 9}),
        (SharesTooHigh, 2, 2_501, {"total": 5_002}),
    ],
)
def test_parents_are_bounded_in_number_and_share(
    scene: Scene,
    owner: Signer,
    kind: type[InvalidTerms],
    count: int,
    share: int,
    facts: dict[str, Any],
) -> None:
    parents = [Parent(ContentHash(fresh_digest()), share) for _ in range(count)]
    call = scene.chain.register_derived(ContentHash(fresh_digest()), fresh_digest(), parents)
    scene.refused(kind, call, owner, **facts)


def test_lineage_has_no_cycles_and_no_repetitions(scene: Scene, owner: Signer) -> None:
    parent, child = scene.design(owner), ContentHash(fresh_digest())
    twice = scene.chain.register_derived(
        child, fresh_digest(), [Parent(parent, 1), Parent(parent, 2)]
    )
    scene.refused(ParentRepeated, twice, owner, parent=parent)
    itself = scene.chain.register_derived(child, fresh_digest(), [Parent(child, 1)])
    scene.refused(DesignNotFound, itself, owner, design=child)


def test_a_design_has_at_most_16_above_it(scene: Scene, owner: Signer) -> None:
    line = [scene.design(owner)]
    for _ in range(16):
        line.append(derived(scene, owner, Parent(line[-1], 1)))
    assert scene.chain.ancestors_of(line[-1]) == line[-2::-1]
    child = ContentHash(fresh_digest())
    call = scene.chain.register_derived(child, fresh_digest(), [Parent(line[-1], 1)])
    scene.refused(TooManyAncestors, call, owner, design=child)


def test_what_nobody_registered_has_no_lineage(scene: Scene) -> None:
    nothing = ContentHash(fresh_digest())
    for read in (
        scene.chain.parents_of,
        scene.chain.ancestors_of,
        scene.chain.policy_of,
        scene.chain.recalled_by,
        scene.chain.is_on_sale,
    ):
        with pytest.raises(DesignNotFound):
            read(nothing)
    assert scene.chain.committed_at(Digest(bytes(nothing))) == 0
