"""The chain turns: the projection goes with it, and never mixes two forks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from ledger.anvil import Anvil
from ledger.devchain import free_port
from ledger.errors import ChainUnavailable
from ledger.indexer import Indexer
from ledger.models import Digest
from ledger.services.context import Ledger
from ledger.store import projection
from ledger.store.projection import Event
from tests.conftest import ROOT
from tests.scene import Scene, new_scene
from tests.service import Party, chain_of

pytestmark = pytest.mark.usefixtures("only_tests_index")


@pytest.fixture(scope="module")
def anvil() -> Iterator[Anvil]:
    """A chain of this module's own: nobody else should see it turn."""
    with Anvil(ROOT) as chain:
        yield chain


@pytest.fixture(scope="module")
def ours(
    ledger: Ledger, party: Callable[[], Party], tmp_path_factory: pytest.TempPathFactory
) -> Scene:
    return new_scene(ledger, party, tmp_path_factory.mktemp("files"), quota=50)


def fingerprint(ledger: Ledger) -> str:
    with ledger.database.read() as session:
        return projection.fingerprint(session)


def rebuilt(ledger: Ledger) -> str:
    ledger.indexer.rebuild()
    return fingerprint(ledger)


def spent(ours: Scene) -> int:
    return int(ours.center.ok("GET", f"/licenses/{ours.license}")["spent"])


def test_the_projection_follows_a_chain_that_goes_back_and_forth(ours: Scene, anvil: Anvil) -> None:
    ledger = ours.ledger
    ledger.indexer.catch_up()
    before, count = fingerprint(ledger), spent(ours)
    here = anvil.rpc("evm_snapshot")
    ours.redeem(ours.ticket(count=2))
    assert spent(ours) == count + 2
    one = fingerprint(ledger)

    anvil.rpc("evm_revert", here)
    ledger.indexer.catch_up()
    assert (fingerprint(ledger), spent(ours)) == (before, count)
    assert ledger.indexer.catch_up() == 0

    here = anvil.rpc("evm_snapshot")
    anvil.rpc("anvil_mine")
    ours.redeem(ours.ticket())
    ours.redeem(ours.ticket())
    assert spent(ours) == count + 2
    assert fingerprint(ledger) not in (before, one)
    assert fingerprint(ledger) == rebuilt(ledger)
    anvil.rpc("evm_revert", here)


def test_a_fork_of_the_same_length_is_noticed(ours: Scene, anvil: Anvil) -> None:
    ledger = ours.ledger
    ledger.indexer.catch_up()
    count = spent(ours)
    ticket = ours.ticket()
    here = anvil.rpc("evm_snapshot")
    ours.redeem(ticket)
    height = chain_of(ledger).rpc.head()[0]
    anvil.rpc("evm_revert", here)
    anvil.rpc("evm_increaseTime", 7)
    anvil.rpc("anvil_mine")
    assert chain_of(ledger).rpc.head()[0] == height
    ledger.indexer.catch_up()
    assert spent(ours) == count
    ours.redeem(ticket)
    assert spent(ours) == count + 1


@pytest.mark.parametrize("depth", [1, 3])
def test_a_reorganization_takes_its_events_out(ours: Scene, anvil: Anvil, depth: int) -> None:
    ledger = ours.ledger
    for _ in range(4):
        anvil.rpc("anvil_mine")
    count = spent(ours)
    for _ in range(depth):
        ours.redeem(ours.ticket())
    assert spent(ours) == count + depth
    anvil.rpc("anvil_reorg", depth, [])
    ledger.indexer.catch_up()
    assert spent(ours) == count
    assert fingerprint(ledger) == rebuilt(ledger)


class Turning:
    """A chain that turns while it is read, so many times."""

    def __init__(self, ledger: Ledger, times: int) -> None:
        self._chain, self.left = chain_of(ledger), times

    def head(self) -> tuple[int, Digest, int]:
        return self._chain.rpc.head()

    def hash_of(self, number: int) -> Digest | None:
        return self._chain.rpc.hash_of(number)

    def read(self, first: int, last: int) -> Iterable[Event]:
        events = list(self._chain.events.read(first, last))
        if self.left:
            self.left -= 1
            self._chain.rpc.w3.provider.make_request("anvil_reorg", [1, []])  # type: ignore[arg-type]
        return events


def test_what_was_read_while_the_chain_turned_is_not_used(ours: Scene, anvil: Anvil) -> None:
    ledger = ours.ledger
    for _ in range(8):
        anvil.rpc("anvil_mine")
    ledger.indexer.catch_up()
    place = chain_of(ledger).deployment.block
    for times in (1, 4):
        anvil.rpc("anvil_mine")
        turning = Turning(ledger, times)
        indexer = Indexer(ledger.database, turning, turning, place)
        indexer.catch_up()
        assert turning.left == 0
        assert fingerprint(ledger) == rebuilt(ledger)
    before = fingerprint(ledger)
    anvil.rpc("anvil_mine")
    turning = Turning(ledger, 99)
    indexer = Indexer(ledger.database, turning, turning, place)
    with pytest.raises(ChainUnavailable):
        indexer.catch_up()
    with pytest.raises(ChainUnavailable):
        indexer.rebuild()
    assert fingerprint(ledger) == before


def test_two_processes_that_index_at_once_end_with_one_projection(ours: Scene) -> None:
    ledger, chain = ours.ledger, chain_of(ours.ledger)
    ours.redeem(ours.ticket())
    with ledger.database.write() as session:
        projection.drop(session)
    indexers = [
        Indexer(ledger.database, chain.events, chain.rpc, chain.deployment.block) for _ in range(4)
    ]
    threads = [threading.Thread(target=indexer.catch_up) for indexer in indexers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert fingerprint(ledger) == rebuilt(ledger)


def test_the_follower_outlives_a_chain_that_is_away(ours: Scene, tmp_path: Path) -> None:
    port = free_port()
    ledger, chain = ours.ledger, chain_of(ours.ledger)
    errors: list[Exception] = []

    class Away:
        """Answers only after a while."""

        def __init__(self) -> None:
            self.calls = 0

        def head(self) -> tuple[int, Digest, int]:
            self.calls += 1
            if self.calls < 3:
                raise ChainUnavailable(f"nobody listens on {port}")
            return chain.rpc.head()

        def hash_of(self, number: int) -> Digest | None:
            return chain.rpc.hash_of(number)

    away, stop = Away(), threading.Event()
    indexer = Indexer(ledger.database, chain.events, away, chain.deployment.block)
    with ledger.database.write() as session:
        projection.drop(session)
    follower = threading.Thread(target=indexer.follow, args=(stop, 0.01, errors.append))
    follower.start()
    deadline = time.monotonic() + 60
    while away.calls < 4 and time.monotonic() < deadline:
        time.sleep(0.01)
    stop.set()
    follower.join(60)
    assert [type(error) for error in errors] == [ChainUnavailable] * 2
    assert fingerprint(ledger) == rebuilt(ledger)
