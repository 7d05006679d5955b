"""Designs that are registered as derived from others."""

from __future__ import annotations

from ledger.models import ContentHash, Parent
from ledger.signing import Signer
from tests.contracts.scene import Scene, fresh_digest


def derived(scene: Scene, owner: Signer, *parents: Parent) -> ContentHash:
    """A design that was just registered as derived from these."""
    child = ContentHash(fresh_digest())
    scene.send(scene.chain.register_derived(child, fresh_digest(), parents), owner)
    return child
