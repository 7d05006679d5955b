"""Fixtures that every kind of test shares: one real Anvil a session, one deployment a module."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from ledger import artifacts
from ledger.anvil import Anvil
from ledger.chain import Chain, deploy
from ledger.devchain import dev_account
from ledger.signing import Signer

ROOT = Path(__file__).resolve().parents[1]
MODELS = Path(__file__).parent / "data" / "models"

# How long one example takes says more of the machine than of the code.
settings.register_profile("platemark", deadline=None)
settings.load_profile("platemark")


@pytest.fixture(scope="session")
def anvil() -> Iterator[Anvil]:
    """A real chain of this session's own."""
    with Anvil(ROOT) as chain:
        yield chain


@pytest.fixture(scope="module")
def chain(anvil: Anvil) -> Chain:
    """A fresh deployment for each test module."""
    compiled = artifacts.load()
    return Chain(anvil.url, deploy(anvil.url, dev_account(0), compiled), compiled)


@pytest.fixture
def funded(anvil: Anvil) -> Callable[[], Signer]:
    """Makes new keys with 1,000 test ether each."""

    def make() -> Signer:
        signer = Signer.generate()
        anvil.rpc("anvil_setBalance", signer.address, hex(10**21))
        return signer

    return make


@pytest.fixture
def later(anvil: Anvil) -> Callable[[int], None]:
    """Lets the chain's clock run ahead by so many seconds, and mines a block.

    From the newest block on: each has a second of its own, so a chain that mined more blocks
    than seconds went by is ahead of the clock to which Anvil adds.
    """

    def newest() -> int:
        block: Any = anvil.rpc("eth_getBlockByNumber", "latest", False)
        return int(block["timestamp"], 16)

    def advance(seconds: int) -> None:
        until, wanted = newest() + seconds, seconds
        while True:
            anvil.rpc("evm_increaseTime", wanted)
            anvil.rpc("anvil_mine")
            wanted = until - newest()
            if wanted <= 0:
                return

    return advance
