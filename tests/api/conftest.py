"""The API on a real chain: one service for each module, fresh users for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from ledger.anvil import Anvil
from ledger.services import pooled
from ledger.services.context import Ledger
from ledger.signing import Signer
from tests.api.hooking import Receiver, receiving
from tests.scene import Scene, new_scene
from tests.service import ETHER, Party, new_ledger


@pytest.fixture(scope="module")
def ledger(anvil: Anvil, tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """A service with its database and keys in a folder of its own."""
    return new_ledger(anvil, Path(tmp_path_factory.mktemp("service")))


@pytest.fixture(scope="module")
def http(ledger: Ledger) -> Iterator[TestClient]:
    """The API, as a client sees it."""
    with TestClient(create_app(ledger=ledger)) as client:
        yield client


@pytest.fixture(scope="module")
def party(anvil: Anvil, ledger: Ledger, http: TestClient) -> Callable[[], Party]:
    """Makes users with 1,000 test ether."""

    def make() -> Party:
        signer = Signer.generate()
        anvil.rpc("anvil_setBalance", signer.address, hex(1_000 * ETHER))
        return Party(signer, http, ledger.domain)

    return make


@pytest.fixture(scope="module")
def scene(
    ledger: Ledger, party: Callable[[], Party], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Scene]:
    """Makes scenes; see `new_scene` for what can be chosen."""
    folder = tmp_path_factory.mktemp("files")
    return lambda **options: new_scene(ledger, party, folder, **options)


@pytest.fixture(scope="module")
def ours(scene: Callable[..., Scene]) -> Scene:
    """A scene that the tests of a module share: a license of 10,000 prints."""
    return scene(quota=10_000, max_quota=10_000)


@pytest.fixture
def mine(ours: Scene, party: Callable[[], Party]) -> Scene:
    """A center of this test's own."""
    return replace(ours, center=party())


@pytest.fixture(scope="module")
def only_tests_deliver() -> Iterator[None]:
    """The service's own background step sends no webhook. To be named before the API starts."""
    patch = pytest.MonkeyPatch()
    patch.setattr("api.outbox._run", lambda *_: None)
    yield
    patch.undo()


@pytest.fixture(scope="module")
def only_tests_index() -> Iterator[None]:
    """The service's own follower looks at nothing. To be named before the API starts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("api.app.FOLLOW_SECONDS", 10**6)
        yield


@pytest.fixture
def redeemed_only_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The service's own round redeems nothing of a journal before the test does."""
    monkeypatch.setattr(pooled, "POOL_SECONDS", 10**6)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver of webhooks of the test's own."""
    with receiving() as found:
        yield found
