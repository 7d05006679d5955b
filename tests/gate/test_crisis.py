"""Crisis licenses at the gate: the signer that the council named counts, and only there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.models import Address, Rights
from tests.gate.fakes import ISSUER
from tests.gate.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """The owner has authorized nobody: they cannot be reached."""
    found = World(tmp_path)
    found.chain.issuers[found.design] = set()
    yield found
    found.stop()


def test_a_token_of_the_crisis_signer_prints(world: World) -> None:
    world.chain.change(world.design, 1, rights=Rights.CRISIS | Rights.IRREVOCABLE)
    world.chain.crisis_signers[1] = ISSUER.address
    world.drop(world.ticket())
    world.settle()
    assert world.refused() == {}
    assert len(world.waiting()) == 1


def test_a_token_of_another_is_refused(world: World) -> None:
    world.chain.change(world.design, 1, rights=Rights.CRISIS | Rights.IRREVOCABLE)
    world.chain.crisis_signers[1] = Address("0x" + "77" * 20)
    world.drop(world.ticket())
    world.settle()
    assert list(world.refused().values()) == ["NotIssuer"]
    assert world.waiting() == []


def test_the_crisis_signer_may_not_sign_for_a_license_of_no_crisis(world: World) -> None:
    world.chain.crisis_signers[1] = ISSUER.address
    world.drop(world.ticket())
    world.settle()
    assert list(world.refused().values()) == ["NotIssuer"]
