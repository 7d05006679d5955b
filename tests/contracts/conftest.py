"""Fixtures of the contract tests: two chains of their own, whose clocks they move by years.

Whatever uses a chain runs twice: on Anvil, and then on Ganache, an implementation of
the EVM that shares no code with it. What needs no chain runs once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest

from ledger import artifacts
from ledger.anvil import Anvil
from ledger.chain import Chain, deploy
from ledger.devchain import DevChain, dev_account
from ledger.ganache import Ganache
from ledger.signing import Signer
from tests.conftest import ROOT
from tests.contracts.scene import Job, Scene

NODES: dict[str, Callable[[], DevChain]] = {
    "anvil": lambda: Anvil(ROOT),
    "ganache": lambda: Ganache(ROOT, step=1),
}


@pytest.fixture(scope="session")
def started() -> Iterator[Callable[[str], DevChain]]:
    """One chain of each kind for all of tests/contracts, so that no other test sees its clock.

    Each starts where it is first asked for, and runs to the end: the files may come in any order.
    """
    with ExitStack() as running:
        yield cache(lambda name: running.enter_context(NODES[name]()))


@pytest.fixture(scope="session", params=NODES)
def node(request: pytest.FixtureRequest, started: Callable[[str], DevChain]) -> DevChain:
    """The chain that a test runs on."""
    return started(request.param)


@pytest.fixture(scope="module")
def chain(node: DevChain) -> Chain:
    """A fresh deployment for each test module."""
    compiled = artifacts.load()
    return Chain(node.url, deploy(node.url, dev_account(0), compiled), compiled)


@pytest.fixture(scope="module")
def scene(node: DevChain, chain: Chain) -> Scene:
    """The module's deployment, with short words for what tests do."""
    return Scene(node, chain)


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
