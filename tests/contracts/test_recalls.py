"""Recalls, sales and resale on the real nodes, as Python sees them."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.errors import (
    AlreadyRecalled,
    LedgerError,
    NotDesignOwner,
    NotForSale,
    NoticeMissing,
    NotRecalled,
    Recalled,
    ResaleReceiverInvalid,
    ResaleRoyaltyFixed,
    ResaleRoyaltyTooHigh,
)
from ledger.models import NOBODY, ZERO_DIGEST, ContentHash, Parent, ResaleRoyalty
from ledger.signing import Signer
from tests.contracts.deriving import derived
from tests.contracts.scene import Job, Scene, event_in, fresh_digest, same_values

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
