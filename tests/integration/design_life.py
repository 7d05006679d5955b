"""What can happen to a design after its registration, each once: for histories in tests."""

from __future__ import annotations

import secrets

from ledger.models import (
    NATIVE_CURRENCY,
    ZERO_DIGEST,
    ContentHash,
    Digest,
    Offer,
    Parent,
    Policy,
    PrintToken,
    ResaleRoyalty,
)
from tests.scene import Scene
from tests.service import chain_of


def fresh() -> Digest:
    """A digest that occurs nowhere else."""
    return Digest(secrets.token_bytes(32))


def speak_of(ours: Scene) -> list[ContentHash]:
    """Derive, recall, lift, withdraw, return, open, price, commit, reveal, cancel, batch.

    The designs that were derived, the last below the first; the first is recalled.
    """
    chain, owner = chain_of(ours.ledger), ours.designer
    sender = chain.sender(owner.signer)
    child, grandchild = ContentHash(fresh()), ContentHash(fresh())
    salt = fresh()
    commitment = chain.commitment_of(child, owner.address, salt)
    for call in (
        chain.set_policy(ours.design, Policy(open=True, share=900)),
        chain.commit(commitment),
        chain.reveal(child, owner.address, salt),
        chain.register_derived(child, fresh(), [Parent(ours.design, 900)]),
        chain.register_derived(grandchild, fresh(), [Parent(child, 10), Parent(ours.design, 20)]),
        chain.set_resale_royalty(child, ResaleRoyalty(owner.address, 500)),
        chain.recall(grandchild, fresh()),
        chain.lift_recall(grandchild, fresh()),
        chain.recall(child, fresh()),
        chain.withdraw_from_sale(child),
        chain.return_to_sale(grandchild),
        chain.cancel_registry_signature(fresh()),
        chain.item_by_item([chain.register(ContentHash(fresh()), ZERO_DIGEST)], owner.address),
    ):
        chain.send(call, sender)
    return [child, grandchild]


def earn_for_the_parent(ours: Scene) -> None:
    """A print of a derived design is sold, made and settled: a part goes to `ours.design`."""
    chain, owner = chain_of(ours.ledger), ours.designer
    sender, now, design = chain.sender(owner.signer), chain.now(), ContentHash(fresh())
    chain.send(chain.register_derived(design, fresh(), [Parent(ours.design, 900)]), sender)
    offer = Offer(
        design=design,
        terms=fresh(),
        currency=NATIVE_CURRENCY,
        price=10_000,
        min_quota=1,
        max_quota=1,
        opens=now,
        closes=now + 3_600,
        duration=3_600,
        grace=0,
    )
    chain.send(chain.open_offer(offer), sender)
    bought = chain.send(chain.buy(offer, 1), sender).events
    (number,) = [int(e.arguments["license"]) for e in bought if e.name == "LicenseBought"]
    token = PrintToken(design, number, owner.address, 0, 1, now, now + 3_600, ZERO_DIGEST)
    signature = owner.signer.sign(ours.ledger.domain.print_token(token))
    chain.send(chain.redeem(token, signature, 1), sender)
    chain.send(chain.settle(design, number, 0, 1), sender)
