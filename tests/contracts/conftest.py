"""Fixtures of the contract tests: a chain of their own, because they move its clock by years."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger.anvil import Anvil
from ledger.chain import Chain
from ledger.signing import Signer
from tests.conftest import ROOT
from tests.contracts.scene import Job, Scene


@pytest.fixture(scope="session")
def anvil() -> Iterator[Anvil]:
    """One chain for all of tests/contracts, so that no other test sees the clock run ahead."""
    with pytest.MonkeyPatch.context() as patch:
        # A block takes Anvil a few milliseconds; thousands of them are not to wait 50 each.
        patch.setattr("ledger.chain.rpc._POLL_SECONDS", 0.002)
        with Anvil(ROOT) as chain:
            yield chain


@pytest.fixture(scope="module")
def scene(anvil: Anvil, chain: Chain) -> Scene:
    """The module's deployment, with short words for what tests do."""
    return Scene(anvil, chain)


@pytest.fixture
def owner(scene: Scene) -> Signer:
    """A designer."""
    return scene.account()


@pytest.fixture
def buyer(scene: Scene) -> Signer:
    """A print center."""
    return scene.account()


@pytest.fixture
def printer(scene: Scene) -> Signer:
    """A printer with gas of its own."""
    return scene.account()


@pytest.fixture
def stranger(scene: Scene) -> Signer:
    """Somebody with no rights at all."""
    return scene.account()


@pytest.fixture
def job(scene: Scene, owner: Signer, buyer: Signer) -> Job:
    """A design of the owner, and the buyer's license to print it."""
    return Job(scene, owner, buyer)
