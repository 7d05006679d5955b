"""Slicing on a real chain: killed in the middle, and by a slicer that means harm."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.gate import Config
from ledger.gate.journal import State, read
from ledger.gate.slicing.limits import Limits
from ledger.gate.slicing.workshop import Settings
from ledger.models import Outcome, bit_of
from ledger.tickets import dump
from tests.gate.child import LIFE_SECONDS, Death, Life, Machine, live
from tests.gate.fakes import FILE, ISSUER
from tests.gate.slicing_world import PROFILE, needs, program
from tests.gate.test_gate_survives_kill import Stage, _processes, _serials, stage as stage
from tests.gate.world import make_config, make_ticket

pytestmark = [pytest.mark.chain, needs("bwrap", "prusa-slicer")]
SLOW = """
shown = sys.argv[-1]
open('/room/started', 'w').close()
time.sleep(90)
open(OUT, 'w').write('G28\\nG1 X1 Y1 Z1\\nG1 X2 E1\\n')
"""


@pytest.fixture
def config(stage: Stage, tmp_path: Path) -> Config:
    made = replace(make_config(tmp_path), ipfs_folder=stage.blocks, settle_seconds=0)
    profile = made.folder / "profile.ini"
    profile.write_text(PROFILE)
    return replace(made, slicing=Settings(profile=profile, limits=Limits(seconds=20)))


@pytest.fixture
def machine(config: Config) -> Iterator[Machine]:
    made = Machine(config.hot)
    yield made
    made.close()


def drop(stage: Stage, config: Config) -> int:
    serial = next(_serials)
    ticket = make_ticket(
        stage.chain.deployment.domain,
        stage.sealed,
        bit_of(serial)[1],
        ISSUER,
        license=stage.license,
        not_before=0,
        deadline=stage.until,
    )
    (config.inbox / "print.token.json").write_bytes(dump(ticket))
    return serial


def begin(stage: Stage, config: Config, death: Death | None = None):  # type: ignore[no-untyped-def]
    life = Life(config, stage.chain.rpc.url, stage.chain.deployment, stage.address, death)
    process = _processes.Process(target=live, args=(life,))
    process.start()
    return process


def plaintext(config: Config) -> list[Path]:
    """Every file of the gate and its machine that holds the model or its G-code."""
    folders = [config.work, config.hot / ".platemark-staging"]
    return [path for folder in folders if folder.is_dir() for path in folder.iterdir()]


def commands() -> list[bytes]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                found.append((entry / "cmdline").read_bytes())
            except OSError:
                continue
    return found


def is_slicing(config: Config) -> bool:
    """Whether a sandbox runs with this gate's slicer as its work."""
    mark = str(config.slicing.slicer.name).encode()
    return any(b"/in/" + mark in command and b"--unshare" in command for command in commands())


def test_killed_in_the_middle_of_slicing(stage: Stage, config: Config, machine: Machine) -> None:
    """The slicer dies with the gate, its folder with it, and the next life begins it again."""
    slow = program(config.folder, SLOW)
    sliced_slowly = replace(config, slicing=replace(config.slicing, slicer=slow))
    serial = drop(stage, config)
    process = begin(stage, sliced_slowly)
    end = time.monotonic() + LIFE_SECONDS
    while not is_slicing(sliced_slowly):
        assert time.monotonic() < end
        time.sleep(0.02)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join(LIFE_SECONDS)
    end = time.monotonic() + LIFE_SECONDS
    while is_slicing(sliced_slowly):
        assert time.monotonic() < end
        time.sleep(0.02)
    states = [record.state for record in read(config.journal)]
    assert states[-1] is State.OPENED
    assert not stage.chain.spent(stage.license, 0) & bit_of(serial)[1]

    second = begin(stage, config)  # with the true slicer
    second.join(LIFE_SECONDS + 10)
    assert second.exitcode == 0
    assert_printed_once(stage, config, machine, serial)


@pytest.mark.parametrize("moment", ["before", "during", "after"])
@pytest.mark.parametrize(
    "state", [State.OPENED, State.SLICED, State.REDEEMING, State.REDEEMED, State.HANDING]
)
def test_killed_around_slicing(
    stage: Stage, config: Config, machine: Machine, state: State, moment: str
) -> None:
    serial = drop(stage, config)
    first = begin(stage, config, Death(state, moment))
    first.join(LIFE_SECONDS)
    assert first.exitcode == -signal.SIGKILL
    second = begin(stage, config)
    second.join(LIFE_SECONDS + 10)
    assert second.exitcode == 0
    assert_printed_once(stage, config, machine, serial)


def test_a_hostile_slicer_spends_nothing_on_the_chain(
    stage: Stage, config: Config, machine: Machine
) -> None:
    bomb = program(config.folder, "while True:\n    try: os.fork()\n    except OSError: pass")
    hostile = replace(config.slicing, slicer=bomb, limits=Limits(seconds=3, processes=32))
    before = stage.chain.spent(stage.license, 0)
    drop(stage, config)
    process = begin(stage, replace(config, slicing=hostile))
    process.join(LIFE_SECONDS)
    assert process.exitcode == 0
    states = [record.state for record in read(config.journal)]
    assert states[-2:] == [State.REFUSED, State.REFUSAL_REPORTED]
    assert stage.chain.spent(stage.license, 0) == before
    assert {refusal.error for refusal in stage.service.refusals} == {"SlicingFailed"}
    assert (machine.printed, plaintext(config)) == ([], [])


def assert_printed_once(stage: Stage, config: Config, machine: Machine, serial: int) -> None:
    ((name, data),) = machine.printed
    assert name.endswith(".gcode")
    assert data != FILE
    assert stage.service.sent.count(serial) == 1
    receipt = stage.service.receipts[stage.license, serial]
    assert receipt.outcome is Outcome.DONE
    assert receipt.profile != bytes(32)
    assert plaintext(config) == []
