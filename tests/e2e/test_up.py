"""`platemark up` as a program of its own: it starts, answers, ends, and keeps its state."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ledger.devchain import rpc
from ledger.errors import ChainUnavailable

START_SECONDS = 60
STOP_SECONDS = 60


class Up:
    """One run of `platemark up` on free ports."""

    def __init__(self, home: Path) -> None:
        # Not in $PLATEMARK_HOME/dev: the program must work from any folder.
        environment = {**os.environ, "PLATEMARK_HOME": str(home)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ledger.cli", "up", "--port", "0", "--chain-port", "0"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=home.parent,
            text=True,
            start_new_session=True,
        )
        self.parts: dict[str, str] = {}
        self.said = ""

    def start(self) -> None:
        assert self._process.stdout is not None
        deadline = time.monotonic() + START_SECONDS
        for line in self._process.stdout:
            self.said += line
            name, _, where = line.strip().partition(" ")
            self.parts[name] = where.strip()
            if line.startswith("Ready") or time.monotonic() > deadline:
                break
        assert "Ready" in self.said, self.said

    @property
    def api(self) -> str:
        return self.parts["api"].split(" ")[0]

    @property
    def chain(self) -> str:
        return self.parts["chain"]

    def press_ctrl_c(self) -> int:
        """As an impatient user does it, until it has ended: the whole group gets each signal."""
        deadline = time.monotonic() + STOP_SECONDS
        while self._process.poll() is None and time.monotonic() < deadline:
            for _ in range(3):
                os.killpg(self._process.pid, signal.SIGINT)
            time.sleep(0.005)
        return self.stop()

    def stop(self) -> int:
        if self._process.poll() is None:
            self._process.terminate()
        rest, _ = self._process.communicate(timeout=STOP_SECONDS)
        self.said += rest
        return self._process.returncode


@pytest.fixture
def start_up(tmp_path: Path) -> Iterator[Callable[[], Up]]:
    runs: list[Up] = []

    def make() -> Up:
        runs.append(Up(tmp_path / "home"))
        runs[-1].start()
        return runs[-1]

    yield make
    for run in runs:
        run.stop()


def get(url: str) -> dict[str, object]:
    with urllib.request.urlopen(url, timeout=10) as answer:
        body: dict[str, object] = json.load(answer)
        return body


def is_running(session: int) -> list[int]:
    """Processes that belong to a session, zombies not counted."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, _, _, owner = (folder / "stat").read_text().rsplit(")", 1)[1].split()[:4]
        except (OSError, ValueError):
            continue
        if int(owner) == session and state != "Z":
            found.append(int(folder.name))
    return found


@pytest.mark.chain
def test_the_second_start_goes_on_where_the_first_ended(
    start_up: Callable[[], Up], tmp_path: Path
) -> None:
    first = start_up()
    assert get(f"{first.api}/readyz")["status"] == "ready"
    block = int(str(rpc(first.chain, "eth_blockNumber")), 16)
    before = get(f"{first.api}/deployment")
    assert block >= 2, "the contracts were deployed"
    assert first.stop() == 0
    with pytest.raises(ChainUnavailable):
        rpc(first.chain, "eth_blockNumber")
    if Path("/proc/self/stat").exists():
        assert is_running(first._process.pid) == []

    second = start_up()
    assert int(str(rpc(second.chain, "eth_blockNumber")), 16) == block
    assert "kept" in second.parts["contracts"]
    after = get(f"{second.api}/deployment")
    for member in ("chain_id", "registry", "licenses", "issuer"):
        assert after[member] == before[member]
    assert second.press_ctrl_c() == 0
    assert "Traceback" not in second.said
    kept = json.loads((tmp_path / "home" / "dev" / "chain.json").read_text())
    assert int(str(kept["best_block_number"]), 0) >= block


@pytest.mark.chain
def test_a_home_runs_one_stack_at_a_time(start_up: Callable[[], Up], tmp_path: Path) -> None:
    start_up()
    other = Up(tmp_path / "home")
    with pytest.raises(AssertionError, match="SetupError"):
        other.start()
    assert other.stop() == 9


@pytest.mark.chain
def test_contracts_are_deployed_anew_where_the_chain_has_none(
    start_up: Callable[[], Up], tmp_path: Path
) -> None:
    assert start_up().stop() == 0
    (tmp_path / "home" / "dev" / "chain.json").unlink()
    assert "deployed" in start_up().parts["contracts"]
