"""Several processes follow one chain into one database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ledger.indexer import Indexer
from ledger.models import Digest
from ledger.store import Database
from ledger.store.projection import Event


class Chain:
    """Without events. It grows by `grows` blocks whenever somebody asks how long it is."""

    def __init__(self, length: int, grows: int = 0) -> None:
        self.length = length
        self._grows = grows

    def head(self) -> tuple[int, Digest, int]:
        self.length += self._grows
        return self.length, Digest.of_int(self.length), self.length

    def hash_of(self, number: int) -> Digest | None:
        return Digest.of_int(number)


class Events:
    """While the events are read, something else is done."""

    def __init__(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        self._meanwhile = meanwhile

    def read(self, first: int, last: int) -> list[Event]:
        self._meanwhile()
        return []


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    found = Database(f"sqlite:///{tmp_path}/ledger.db")
    found.migrate()
    yield found
    found.close()


def position(database: Database, indexer: Indexer) -> int | None:
    with database.read() as session:
        return indexer.position(session)


def test_another_process_that_is_always_quicker_does_our_work(database: Database) -> None:
    chain = Chain(10, grows=1)
    other = Indexer(database, Events(), chain, 1)
    slow = Indexer(database, Events(other.catch_up), chain, 1)
    assert slow.catch_up() == 0
    assert position(database, slow) == 12


def test_where_another_process_knew_less_of_the_chain_we_go_on(database: Database) -> None:
    behind = iter([Chain(8), Chain(9), *[Chain(10)] * 20])
    ours = Indexer(
        database,
        Events(lambda: Indexer(database, Events(), next(behind), 1).catch_up()),
        Chain(10),
        1,
    )
    assert ours.catch_up() == 0
    assert position(database, ours) == 10


def test_one_that_is_quicker_and_behind_time_and_again_does_not_keep_us(
    database: Database,
) -> None:
    behind = iter(range(1, 30))
    ours = Indexer(
        database,
        Events(lambda: Indexer(database, Events(), Chain(next(behind)), 1).catch_up()),
        Chain(20),
        1,
    )
    ours.catch_up()
    assert position(database, ours) == 20
