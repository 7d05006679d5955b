"""`platemark gate run --once` ends when nothing moves, and not before it has looked."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import cast

import pytest

from ledger.cli.gates import _until_still
from ledger.gate import Gate
from ledger.stopping import StopRequest

STILL = 3.0


@dataclass
class Machine:
    """A machine with one processor, and with a file in the inbox that ripens in two seconds.

    `pauses` is how long each wait really takes, `steps` how long each step does; then 0.1 and 0.
    """

    pauses: list[float] = field(default_factory=list)
    steps: list[float] = field(default_factory=list)
    now: float = 100.0
    seen: float | None = None
    claimed: bool = False

    def step(self) -> bool:
        self.now += self.steps.pop(0) if self.steps else 0
        self.seen = self.now if self.seen is None else self.seen
        if self.claimed or self.now - self.seen < 2:
            return False
        self.claimed = True
        return True

    def is_set(self) -> bool:
        return False

    def wait(self, timeout: float) -> bool:
        self.now += self.pauses.pop(0) if self.pauses else timeout
        return False


@pytest.mark.parametrize(
    ("pauses", "steps"),
    [([], []), ([1.9, 1.2], []), ([0.1, 60.0], []), ([], [10.0]), ([], [0.0, 10.0])],
    ids=["quick", "halts", "halts long", "begins slowly", "looks slowly"],
)
def test_what_ripens_within_the_time_is_seen_however_slow_the_machine_is(
    pauses: list[float], steps: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Machine([*pauses], [*steps])
    monkeypatch.setattr(time, "monotonic", lambda: slow.now)
    _until_still(cast(Gate, slow), cast(StopRequest, slow), STILL)
    assert slow.claimed


def test_it_ends_soon_after_nothing_moved_for_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = Machine(claimed=True)
    monkeypatch.setattr(time, "monotonic", lambda: quick.now)
    _until_still(cast(Gate, quick), cast(StopRequest, quick), STILL)
    assert STILL <= quick.now - 100 < STILL + 0.3


def test_it_ends_at_once_where_the_end_was_asked_for() -> None:
    stop = StopRequest()
    stop.set()
    _until_still(cast(Gate, Machine()), stop, STILL)
