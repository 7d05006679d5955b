"""Checkpoints as they are deployed: refused where they say nothing, and cheap at any size."""

from __future__ import annotations

import pytest

from ledger.chain import Chain
from ledger.errors import CheckpointEmpty, RootMissing
from ledger.models import Digest
from ledger.signing import Signer

MOST_GAS = 24_000
DEAREST_ROOT = Digest(b"\xff" * 32)
"""Calldata costs four times as much for a byte that is not zero."""


@pytest.mark.parametrize("size", [1, 255, *(2**bits - 1 for bits in range(16, 65, 8)), 2**63])
def test_a_checkpoint_of_any_size_costs_at_most_24000_gas(
    chain: Chain, owner: Signer, size: int
) -> None:
    mined = chain.send(chain.checkpoints.anchor(size, DEAREST_ROOT), chain.sender(owner))
    assert mined.gas_used <= MOST_GAS
    (event,) = mined.events
    assert event.name == "Anchored"
    assert event.arguments["log"] == owner.address
    assert int(event.arguments["size"]) == size
    assert event.arguments["root"] == str(DEAREST_ROOT)
    (anchored,) = chain.checkpoints.anchored(owner.address)
    assert (anchored.size, anchored.root) == (size, DEAREST_ROOT)
    assert (anchored.transaction, anchored.block) == (mined.transaction, mined.block)


def test_what_could_be_no_checkpoint_is_refused(chain: Chain, owner: Signer) -> None:
    sender = chain.sender(owner)
    with pytest.raises(CheckpointEmpty):
        chain.send(chain.checkpoints.anchor(0, DEAREST_ROOT), sender)
    with pytest.raises(RootMissing) as refused:
        chain.send(chain.checkpoints.anchor(7, Digest(bytes(32))), sender)
    assert refused.value.facts == {"size": 7}
    assert chain.checkpoints.anchored(owner.address) == []


def test_the_checkpoints_of_a_log_are_its_own_and_in_order(
    chain: Chain, owner: Signer, stranger: Signer
) -> None:
    for signer, size in ((owner, 5), (stranger, 9), (owner, 3)):
        chain.send(chain.checkpoints.anchor(size, DEAREST_ROOT), chain.sender(signer))
    assert [row.size for row in chain.checkpoints.anchored(owner.address)] == [5, 3]
    assert [row.size for row in chain.checkpoints.anchored(stranger.address)] == [9]
