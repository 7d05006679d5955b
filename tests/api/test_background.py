"""The steps of the service that nobody asks for: they go on whatever one round meets."""

from __future__ import annotations

import threading
from dataclasses import replace
from types import ModuleType

import pytest
from structlog.testing import capture_logs

from api import redeemer, voider
from ledger.errors import ChainUnavailable
from ledger.services import pooled
from ledger.services.context import Ledger

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
