"""kill -9 of the service and of the chain at each step of a job: the laws hold afterwards.

Four jobs are printed, two of them from a lease. At each step that the journal distinguishes
the service is killed once and the chain once, some of them together with the gate or the
machine; a seeded throw of dice deals the strikes to the jobs. Each job prints its seed, its
kills and its outcome; `SEED` in the environment plays another.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest

from ledger.gate.journal import State
from tests.e2e.laws import laws, prepare, reported, request, request_lease
from tests.e2e.town import NAMES, Town

pytestmark = [pytest.mark.chain, pytest.mark.slow, pytest.mark.timeout(300)]

SEED = int(os.environ.get("SEED", "5"))
ONLINE = (
    State.ADMITTED,
    State.FETCHED,
    State.KEY_RECEIVED,
    State.OPENED,
    State.REDEEMING,
    State.REDEEMED,
    State.HANDING,
    State.HANDED,
    State.ENDED,
    State.RECEIPTED,
)
LEASED = (State.LEASED, State.WANTED, *ONLINE[:4], State.SPENT, *ONLINE[6:])
WAYS = (ONLINE, LEASED, ONLINE, LEASED)
"""The steps of each job, in order."""
TOGETHER = 0.25
"""How often the gate or the machine dies at once."""
STANDS_SECONDS = 60
SETTLED_SECONDS = 120


@dataclass(frozen=True)
class Stop:
    """Beside which line the gate stands still, and who is killed there."""

    state: State
    moment: str
    victims: tuple[str, ...]

    @property
    def file(self) -> str:
        """As `tests.e2e.still` is told."""
        return f"{self.state.value}.{self.moment}"

    def __str__(self) -> str:
        return f"{' and '.join(self.victims)} {self.moment} {self.state.value}"


def deal(seed: int) -> list[list[Stop]]:
    """Each step once with a kill of the service and once with one of the chain."""
    dice = random.Random(seed)
    hands: list[list[Stop]] = [[] for _ in WAYS]
    pairs = [(state, name) for state in {*ONLINE, *LEASED} for name in ("chain", "service")]
    pairs.sort()
    dice.shuffle(pairs)
    # What only some jobs come by is dealt first.
    pairs.sort(key=lambda pair: sum(pair[0] in way for way in WAYS))
    for state, name in pairs:
        fit = [n for n, way in enumerate(WAYS) if state in way]
        free = [n for n in fit if state not in {stop.state for stop in hands[n]}]
        chosen = min(free, key=lambda n: (len(hands[n]), dice.random()))
        others = [other for other in NAMES if other != name]
        also = dice.sample(others, 1) if dice.random() < TOGETHER else []
        victims = tuple(sorted((name, *also)))
        hands[chosen].append(Stop(state, dice.choice(("before", "after")), victims))
    return hands


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    if shutil.which("node") is None:
        pytest.skip("Ganache needs Node")
    made = Town(tmp_path_factory.mktemp("town"), gate="tests.e2e.still")
    try:
        made.start("service")
        made.service.wait()
        prepare(made)
        for name in ("stops", "standing"):
            (made.gate_folder / name).mkdir()
        for name in ("machine", "gate"):
            made.start(name)
        yield made
    finally:
        made.close()


@pytest.mark.parametrize("job", range(len(WAYS)))
def test_service_and_chain_may_die_at_any_step_of_a_job(
    town: Town, job: int, capsys: pytest.CaptureFixture[str]
) -> None:
    dice, stops = random.Random(SEED * 100 + job), deal(SEED)[job]
    town.service.wait()
    for stop in stops:
        (town.gate_folder / "stops" / stop.file).touch()
    wanted = request_lease(town, 1) if WAYS[job] is LEASED else request(town, 1)
    struck = play(town, stops, dice)
    town.settle(lambda: reported(town, wanted), SETTLED_SECONDS)
    outcome = laws(town, wanted)
    with capsys.disabled():
        told = {"seed": SEED, "job": job, "serials": wanted, "kills": struck, "outcome": outcome}
        print("\n" + json.dumps(told))  # noqa: T201


def play(town: Town, stops: Sequence[Stop], dice: random.Random) -> list[str]:
    """Strike wherever the gate stands still, until it stood at each stop; who died where."""
    left, struck = {stop.file: stop for stop in stops}, list[str]()
    while left:
        stop = left.pop(stands(town, left))
        strike(town, stop, dice)
        struck.append(str(stop))
    return struck


def stands(town: Town, left: dict[str, Stop]) -> str:
    """Wait for the gate to stand still at one of these; at which. What ended is started again."""
    end = time.monotonic() + STANDS_SECONDS
    while True:
        found = [path.name for path in (town.gate_folder / "standing").iterdir()]
        if found:
            return found[0]
        for program in (town.gate, town.service, town.machine):
            if program.ended is not None:
                program.start(town.environment)
        assert time.monotonic() < end, f"{list(left)} left; {town.gate.said()}"
        time.sleep(0.02)


def strike(town: Town, stop: Stop, dice: random.Random) -> None:
    """Kill, and let the gate go on before or after all is back."""
    for name in stop.victims:
        town.kill(name)
    back = sorted(stop.victims, key=NAMES.index, reverse=True)
    standing = town.gate_folder / "standing" / stop.file
    if dice.random() < 0.5:
        standing.unlink()
        time.sleep(dice.uniform(0, 0.5))
    for name in back:
        town.start(name)
    standing.unlink(missing_ok=True)
