"""The API on a real chain: one service for each module, fresh users for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from ledger.anvil import Anvil
from ledger.services.context import Ledger
from ledger.signing import Signer
from tests.service import Party, new_ledger


@pytest.fixture(scope="module")
def ledger(anvil: Anvil, tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """A service with its database and keys in a folder of its own."""
    return new_ledger(anvil, Path(tmp_path_factory.mktemp("service")))


@pytest.fixture(scope="module")
def http(ledger: Ledger) -> Iterator[TestClient]:
    """The API, as a client sees it."""
    with TestClient(create_app(ledger=ledger)) as client:
        yield client


@pytest.fixture
def party(ledger: Ledger, http: TestClient, funded: Callable[[], Signer]) -> Callable[[], Party]:
    """Makes users with 1,000 test ether."""
    return lambda: Party(funded(), http, ledger.domain)
