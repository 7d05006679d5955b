"""The steps of the service that nobody asks for: they go on whatever one round meets."""

from __future__ import annotations

import threading
from dataclasses import replace
from types import ModuleType

import pytest
from structlog.testing import capture_logs

from api import app, redeemer, voider
from ledger.errors import ChainUnavailable
from ledger.indexer import Indexer
from ledger.models import Digest
from ledger.services import pooled
from ledger.services.context import Ledger
from tests.service import chain_of

WAIT_SECONDS = 30


@pytest.mark.parametrize(
    ("step", "of", "name"),
    [(redeemer, pooled, "settle"), (voider, voider, "void_what_is_due")],
    ids=["redeemer", "voider"],
)
def test_a_step_goes_on_after_a_round_that_failed(
    ledger: Ledger,
    monkeypatch: pytest.MonkeyPatch,
    step: ModuleType,
    of: ModuleType,
    name: str,
) -> None:
    stop, went_on, rounds = threading.Event(), threading.Event(), list[None]()
    mine = replace(ledger)

    def work(whose: Ledger) -> None:
        if whose is not mine:  # a service of other tests has these steps too
            return
        rounds.append(None)
        if len(rounds) == 1:
            raise ValueError("A fault of ours.")
        if len(rounds) == 2:
            raise ChainUnavailable("It does not answer.")
        went_on.set()

    monkeypatch.setattr(of, name, work)
    monkeypatch.setattr(step, "ROUND_SECONDS", 0.01)
    with capture_logs() as told:
        thread = step.start(mine, stop)
        done = went_on.wait(WAIT_SECONDS)
        stop.set()
        thread.join(WAIT_SECONDS)
    assert done
    name = f"{thread.name}.round_failed"
    levels = [line["log_level"] for line in told if line["event"] == name]
    assert levels == ["error", "warning"]


class Stop(threading.Event):
    """Counts how often it was waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.pauses.append(timeout)
        return super().wait(timeout)


class Blocks:
    """The chain's headers; of the questions for the newest, the first two fail."""

    def __init__(self, ledger: Ledger, stop: Stop) -> None:
        self._rpc, self._stop = chain_of(ledger).rpc, stop
        self.pauses: list[int] = []
        self.went_on = threading.Event()

    def head(self) -> tuple[int, Digest, int]:
        self.pauses.append(len(self._stop.pauses))
        if len(self.pauses) == 1:
            raise ValueError("A fault of ours.")
        if len(self.pauses) == 2:
            raise ChainUnavailable("It does not answer.")
        self.went_on.set()
        return self._rpc.head()

    def hash_of(self, number: int) -> Digest | None:
        return self._rpc.hash_of(number)


def test_the_indexer_goes_on_after_a_round_that_failed_and_pauses_before_each(
    ledger: Ledger,
) -> None:
    stop, chain = Stop(), chain_of(ledger)
    blocks = Blocks(ledger, stop)
    indexer = Indexer(ledger.database, chain.events, blocks, chain.deployment.block)
    with capture_logs() as told:
        thread = threading.Thread(target=indexer.follow, args=(stop, 0.01, app._note), daemon=True)
        thread.start()
        done = blocks.went_on.wait(WAIT_SECONDS)
        stop.set()
        thread.join(WAIT_SECONDS)
    assert done
    assert not thread.is_alive()
    assert blocks.pauses[:3] == [1, 2, 3]
    assert set(stop.pauses) == {0.01}
    mine = [line for line in told if line["event"] == "indexer.round_failed"]
    assert [line["log_level"] for line in mine] == ["error", "warning"]
    assert isinstance(mine[0]["exc_info"], ValueError)
