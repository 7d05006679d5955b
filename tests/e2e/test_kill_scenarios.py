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
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.models import Address
from tests.conftest import MODELS
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


def prepare(town: Town) -> None:
    """A designer with a design, a center with a license and a printer with its gate."""
    for key in ("designer", "center"):
        town.run("key", "new", key, "--fund")
    town.run("issuer", "authorize", "--key", "designer")
    model = ("--key", "designer", "--title", "A box", "--description", "A box.")
    design = town.run("design", "register", MODELS / "box.3mf", *model)["design"]
    terms = ("--to", "center", "--quota", 2_000, "--expires", "+30d", "--grace", 48)
    town.run("license", "grant", design, *terms, "--key", "designer")
    town.run("gate", "init", town.gate_folder, "--name", "Press 1", "--key", "center")
    settings = town.gate_folder / "gate.toml"
    settings.write_text(settings.read_text() + "settle_seconds = 0\n")


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.timeout(300)
def test_whatever_is_killed_the_laws_hold(
    town: Town, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    dice = random.Random(seed)
    leased = seed % LEASED == 0
    wanted = request_lease(town) if leased else request(town)
    kills = [strike(town, dice) for _ in range(dice.randint(2, 4))]
    town.settle(lambda: reported(town, wanted), SETTLED_SECONDS)
    outcomes = laws(town, wanted)
    with capsys.disabled():
        print(json.dumps({"seed": seed, "leased": leased, "kills": kills, "outcomes": outcomes}))  # noqa: T201


def request(town: Town) -> list[int]:
    """Ask for tokens and drop them at the gate; their serials."""
    printer = town.run("gate", "status", town.gate_folder)["printer"]
    asked = ("--license", 1, "--printer", printer, "--count", PRINTS, "--lifetime", "1d")
    out = ("--key", "center", "--out", town.gate_folder / "inbox")
    files = town.run("token", "request", *asked, *out)["files"]
    token = json.loads(Path(files[0]).read_text())["token"] if Path(files[0]).exists() else None
    if token is None:  # the gate was quicker than we are
        token = town.get(f"/tokens?printer={Address(printer)}&limit=100")["items"][-1]["token"]
    mask = int(token["serials"])
    return [token["word"] * 256 + bit for bit in range(256) if mask >> bit & 1]


def request_lease(town: Town) -> list[int]:
    """Ask for a lease, drop it at the gate and order its prints; its serials."""
    printer = town.run("gate", "status", town.gate_folder)["printer"]
    asked = ("--license", 1, "--printer", printer, "--count", PRINTS, "--lifetime", "1d")
    made = town.run("lease", "request", *asked, "--key", "center", "--out", town.folder)
    path = Path(made["file"])
    document = json.loads(path.read_text())
    path.rename(town.gate_folder / "inbox" / path.name)
    town.run("gate", "print", town.gate_folder, "--lease", document["digest"], "--count", PRINTS)
    tokens = [ticket["token"] for ticket in document["tickets"]]
    return [
        token["word"] * 256 + bit
        for token in tokens
        for bit in range(256)
        if int(token["serials"]) >> bit & 1
    ]


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


def reported(town: Town, serials: list[int]) -> bool:
    """Whether the service has a receipt for each serial, and the chain its redemption."""
    try:
        told = {serial for serial, _ in receipts(town)}
    except OSError:
        return False
    return set(serials) <= told and set(serials) <= spent(town)


def receipts(town: Town) -> list[tuple[int, str]]:
    """Serial and outcome of every receipt."""
    found: list[tuple[int, str]] = []
    cursor = ""
    while True:
        page = town.get(f"/receipts?license=1&limit=100{cursor}")
        found += [(row["serial"], row["outcome"]) for row in page["items"]]
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


def laws(town: Town, serials: list[int]) -> dict[str, int]:
    """One print, one redemption, one receipt for each serial; and nothing else anywhere."""
    names = Counter(name.split("-S")[1].split("-")[0] for name in town.printed())
    assert all(count == 1 for count in names.values()), names
    told = receipts(town)
    found = dict(told)
    assert len(found) == len(told), told
    # What a machine began to print was told of, and what was told of was redeemed.
    assert {int(serial) for serial in names} <= set(found)
    assert spent(town) == set(found)
    findings = town.run("audit", 1)["findings"]
    assert [finding for finding in findings if finding["severity"] == "error"] == []
    return dict(Counter(found[serial] for serial in serials))


def spent(town: Town) -> set[int]:
    """The serials that the chain has as spent."""
    words = [town.ledger.spent(1, word) for word in range(8)]
    return {serial for serial in range(2_048) if words[serial // 256] >> serial % 256 & 1}
