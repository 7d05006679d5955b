"""A service killed at any step of a hand-in has lost nothing and spends nothing twice."""

from __future__ import annotations

import json
import multiprocessing
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from ledger.anvil import Anvil
from ledger.leasefiles import digest_of
from ledger.services import pooled
from ledger.signing import Signer
from ledger.store import catalog, leases, log
from ledger.store.leasetables import DueState
from tests.integration import handing
from tests.leasing import Book, lease, serials
from tests.scene import Scene, new_scene
from tests.service import ETHER, Party, chain_of, new_ledger

pytestmark = pytest.mark.slow
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.integration.handing"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("service")


@pytest.fixture(scope="module")
def ours(anvil: Anvil, folder: Path) -> Scene:
    """A service that is not running: only its database, its keys and its chain."""
    ledger = new_ledger(anvil, folder)
    http = TestClient(create_app(ledger=ledger))

    def party() -> Party:
        signer = Signer.generate()
        anvil.rpc("anvil_setBalance", signer.address, hex(1_000 * ETHER))
        return Party(signer, http, ledger.domain)

    return new_scene(ledger, party, folder, quota=1_000, grace=24)


@pytest.fixture(scope="module")
def hand_in(anvil: Anvil, folder: Path) -> Callable[..., int]:
    """Hands a book in, in a process of its own; its exit code."""

    def run(book: Book, later: int = 0, kill_at: int | None = None) -> int:
        process = _FORKS.Process(
            target=handing.hand_in,
            args=(folder, anvil.url, book.address, book.entries, later, kill_at),
        )
        process.start()
        process.join(60)
        assert process.exitcode is not None
        return process.exitcode

    return run


def spent_book(ours: Scene) -> Book:
    """A printer that spent three serials of five."""
    book = Book(ours, ours.enrolled())
    file = lease(ours, book.printer)
    book.spend(file, *serials(file)[:3])
    return book


def check(ours: Scene, book: Book) -> None:
    """Every entry is kept and logged once, every spend is on chain once."""
    ours.ledger.indexer.catch_up()
    with ours.ledger.database.read() as session:
        entries = leases.newest_entries(session, 100, book.address)[::-1]
        dues = leases.dues(session, 100, printer=book.address)
        logged = log.indices(session, [row.digest for row in entries])
        redeemed = catalog.redemptions(session, printer=book.address)
    assert [row.sequence for row in entries] == [1, 2, 3]
    assert len(logged) == 3
    assert not any(row.forked for row in entries)
    assert [row.state for row in dues] == [DueState.REDEEMED.value] * 3
    [event] = redeemed
    assert {row.transaction for row in dues} == {event.transaction}
    mask = sum(1 << row.serial % 256 for row in dues)
    assert int(event.take, 16) == mask
    assert chain_of(ours.ledger).spent(ours.license, event.word) & mask == mask
    assert str(dues[0].lease) == entries[0].lease


def test_a_hand_in_that_is_killed_at_any_step_is_finished_by_the_next(
    ours: Scene, hand_in: Callable[..., int], folder: Path
) -> None:
    undisturbed = spent_book(ours)
    assert hand_in(undisturbed) == 0
    check(ours, undisturbed)
    steps: list[str] = json.loads((folder / "steps.json").read_text())
    assert {"before send", "after send", "waiting for a block"} & set(steps)
    for kill_at in range(len(steps)):
        book = spent_book(ours)
        assert hand_in(book, kill_at=kill_at) == -signal.SIGKILL, steps[kill_at]
        assert hand_in(book, later=pooled.CLAIM_SECONDS + 1) == 0
        check(ours, book)


def test_what_was_sent_and_not_noted_is_found_on_chain(
    ours: Scene, hand_in: Callable[..., int], folder: Path
) -> None:
    book = spent_book(ours)
    assert hand_in(book) == 0
    steps: list[str] = json.loads((folder / "steps.json").read_text())
    other = spent_book(ours)
    assert hand_in(other, kill_at=steps.index("after send")) == -signal.SIGKILL
    with ours.ledger.database.read() as session:
        dues = leases.dues(session, 10, printer=other.address)
    assert [row.state for row in dues] == [DueState.DUE.value] * 3, "nothing was noted"
    assert hand_in(other) == 0
    with ours.ledger.database.read() as session:
        assert leases.count_dues(session, DueState.DUE, printer=other.address) == 3, "still taken"
    assert hand_in(other, later=pooled.CLAIM_SECONDS + 1) == 0
    check(ours, other)
    assert digest_of(lease(ours)), "and the next lease gets other serials"
