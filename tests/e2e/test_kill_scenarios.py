"""Twenty random kill scenarios: whatever dies whenever, the laws hold afterwards.

Gate, machine, service and chain run as processes of their own, a center prints, and a
seeded throw of dice kills them with signal 9 and starts them again. Each scenario prints
its seed and what it killed when; `SEED` in the environment plays one again.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.laws import laws, prepare, reported, request, request_lease
from tests.e2e.town import NAMES, Town

pytestmark = [pytest.mark.chain, pytest.mark.slow]

SEEDS = [int(os.environ["SEED"])] if "SEED" in os.environ else list(range(1, 21))
PRINTS = 3
LEASED = 4
"""Every fourth scenario prints from a lease; its serials are redeemed some time afterwards."""
SETTLED_SECONDS = 120
LONGEST_BREATH_SECONDS = 1.2
LONGEST_ABSENCE_SECONDS = 0.6


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    if shutil.which("node") is None:
        pytest.skip("Ganache needs Node")
    made = Town(tmp_path_factory.mktemp("town"))
    try:
        made.start("service")
        made.service.wait()
        prepare(made)
        for name in ("machine", "gate"):
            made.start(name)
        yield made
    finally:
        made.close()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.timeout(300)
def test_whatever_is_killed_the_laws_hold(
    town: Town, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    dice = random.Random(seed)
    leased = seed % LEASED == 0
    wanted = request_lease(town, PRINTS) if leased else request(town, PRINTS)
    kills = [strike(town, dice) for _ in range(dice.randint(2, 4))]
    town.settle(lambda: reported(town, wanted), SETTLED_SECONDS)
    outcomes = laws(town, wanted)
    with capsys.disabled():
        print(json.dumps({"seed": seed, "leased": leased, "kills": kills, "outcomes": outcomes}))  # noqa: T201


def strike(town: Town, dice: random.Random) -> dict[str, Any]:
    """Let things go on for a moment, then kill one or two of them for a while."""
    breath = dice.uniform(0, LONGEST_BREATH_SECONDS)
    victims = dice.sample(NAMES, dice.choice((1, 1, 2)))
    time.sleep(breath)
    for name in victims:
        town.kill(name)
    time.sleep(dice.uniform(0, LONGEST_ABSENCE_SECONDS))
    for name in sorted(victims, key=NAMES.index, reverse=True):
        town.start(name)
    return {"after": round(breath, 2), "killed": victims}
