"""Lineage, recalls, sales and resale on the real node, as Python sees them."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.errors import (
    AlreadyRecalled,
    BadSignature,
    ConsentMissing,
    DesignNotFound,
    InvalidTerms,
    LedgerError,
    NotDesignOwner,
    NotForSale,
    NoticeMissing,
    NotRecalled,
    ParentCountInvalid,
    ParentRepeated,
    Recalled,
    ResaleReceiverInvalid,
    ResaleRoyaltyFixed,
    ResaleRoyaltyTooHigh,
    SharesTooHigh,
    SignatureExpired,
    SignatureSpent,
    TooManyAncestors,
)
from ledger.models import (
    NOBODY,
    ZERO_DIGEST,
    Address,
    ContentHash,
    Derivation,
    DerivedRegistration,
    Digest,
    Parent,
    Policy,
    ResaleRoyalty,
)
from ledger.signing import Signer
from tests.contracts.scene import Job, Scene, event_in, fresh_digest, same_values


def derived(scene: Scene, owner: Signer, *parents: Parent) -> ContentHash:
    """A design that was just registered as derived from these."""
    child = ContentHash(fresh_digest())
    scene.send(scene.chain.register_derived(child, fresh_digest(), parents), owner)
    return child


def agreed(scene: Scene, giver: Signer, said: Derivation, wallet: Address | None = None) -> Parent:
    """The parent of a derivation with its owner's consent."""
    return Parent(said.parent, said.share, said.deadline, giver.sign(scene.domain.derivation(said)))


# ------------------------------------------------------------------- lineage


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


# ------------------------------------------------------------ recalls and sales


def test_a_recall_of_any_ancestor_stops_redemption_until_it_is_lifted(
    scene: Scene, owner: Signer, buyer: Signer, printer: Signer
) -> None:
    root = scene.design(owner)
    middle = derived(scene, owner, Parent(root, 100))
    design = derived(scene, owner, Parent(middle, 100))
    number = scene.granted(owner, design, buyer.address, 10)
    notice = fresh_digest()
    mined = scene.send(scene.chain.recall(root, notice), owner)
    said = event_in(mined, "DesignRecalled").arguments
    assert same_values(said) == same_values({"design": root, "by": owner.address, "notice": notice})
    call = scene.redeem(scene.token(design, number, printer.address), owner)
    scene.refused(Recalled, call, printer, design=design, recalled=root)
    with pytest.raises(Recalled):
        scene.chain.may_issue(design, owner.address)
    assert scene.chain.is_issuer(design, owner.address)
    assert scene.chain.recalled_by(design) == root
    below = scene.chain.register_derived(
        ContentHash(fresh_digest()), fresh_digest(), [Parent(design, 1)]
    )
    scene.refused(Recalled, below, owner, design=design, recalled=root)
    mined = scene.send(scene.chain.lift_recall(root, notice), owner)
    assert event_in(mined, "RecallLifted").arguments["notice"] == str(notice)
    assert scene.chain.recalled_by(design) is None
    scene.send(call, printer)


def test_a_recall_has_a_notice_and_an_owner_and_an_order(
    scene: Scene, owner: Signer, stranger: Signer
) -> None:
    design, notice = scene.design(owner), fresh_digest()
    chain = scene.chain
    scene.refused(NotRecalled, chain.lift_recall(design, notice), owner, design=design)
    scene.refused(NoticeMissing, chain.recall(design, ZERO_DIGEST), owner, design=design)
    recall = chain.recall(design, notice)
    scene.refused(NotDesignOwner, recall, stranger, design=design, caller=stranger.address)
    scene.send(recall, owner)
    scene.refused(AlreadyRecalled, recall, owner, design=design)
    scene.send(chain.transfer_design(design, owner.address, stranger.address), owner)
    assert chain.recalled_by(design) == design
    scene.refused(
        NotDesignOwner,
        chain.lift_recall(design, notice),
        owner,
        design=design,
        caller=owner.address,
    )
    scene.send(chain.lift_recall(design, notice), stranger)


def test_a_design_that_is_not_sold_can_be_printed(
    scene: Scene, owner: Signer, buyer: Signer, printer: Signer, job: Job
) -> None:
    offer = scene.open(owner, job.design)
    mined = scene.send(scene.chain.withdraw_from_sale(job.design), owner)
    assert event_in(mined, "SaleChanged").arguments["onSale"] is False
    assert not scene.chain.is_on_sale(job.design)
    scene.refused(NotForSale, scene.chain.buy(offer, 1), buyer, design=job.design)
    token = scene.token(job.design, job.number, printer.address)
    scene.send(scene.redeem(token, owner), printer)
    scene.send(scene.chain.return_to_sale(job.design), owner)
    scene.send(scene.chain.buy(offer, 1), buyer)


# ---------------------------------------------------------------------- resale


def test_a_resale_royalty_is_set_once_and_reported_as_erc2981_says(
    scene: Scene, owner: Signer, stranger: Signer
) -> None:
    design = scene.design(owner)
    assert scene.view(scene.registry, "supportsInterface", bytes.fromhex("2a55205a"))
    assert scene.chain.resale_royalty(design) is None
    refusals: list[tuple[type[LedgerError], ResaleRoyalty, dict[str, Any]]] = [
        (ResaleReceiverInvalid, ResaleRoyalty(NOBODY, 100), {"receiver": NOBODY}),
        (ResaleRoyaltyTooHigh, ResaleRoyalty(stranger.address, 1_001), {"share": 1_001}),
    ]
    for kind, royalty, facts in refusals:
        scene.refused(kind, scene.chain.set_resale_royalty(design, royalty), owner, **facts)
    royalty = ResaleRoyalty(stranger.address, 1_000)
    scene.send(scene.chain.set_resale_royalty(design, royalty), owner)
    assert scene.chain.resale_royalty(design) == royalty
    assert scene.view(scene.registry, "royaltyInfo", int(design), 999) == [stranger.address, 99]
    again = scene.chain.set_resale_royalty(design, ResaleRoyalty(owner.address, 0))
    scene.refused(ResaleRoyaltyFixed, again, owner, design=design, receiver=stranger.address)


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
