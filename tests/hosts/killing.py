"""A gate in a process of its own before a real host, where either can be killed at any step.

Around a chosen line of its journal the gate stands still and says so. Then whoever watches
kills with signal 9 what the dice chose, gate or host, and starts it again: so each kill
falls exactly where it is meant to, however slow the machine is.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Protocol

import structlog

from ledger import artifacts
from ledger.chain import Chain, Deployment
from ledger.cli.assembly import SystemClock
from ledger.client import ServiceClient
from ledger.gate import Config, Gate, Keys, bench
from ledger.gate.hosts.moonraker import MoonrakerHost
from ledger.gate.hosts.octoprint import OctoPrintHost
from ledger.gate.hosts.rest import Rest
from ledger.gate.journal import Journal, Record, State, read
from ledger.gate.statements import Statements
from ledger.ipfs import EmbeddedIpfs
from ledger.signing import Signer
from ledger.vault import HostKey, KemPrivateKey
from tests.hosts.moonraker_bed import Printer
from tests.hosts.octoprint_bed import API_KEY, OURS, OctoPrint

LIFE_SECONDS = 150
"""No life of a gate takes longer, or something hangs."""
GATE = "gate"
TORN = b'{"at":1,"data":{"torn'

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.hosts.killing"])


@dataclass(frozen=True)
class Stop:
    """Around which line the gate stands still, and who is killed there.

    `moment` is before, during or after; during a line only a gate can be killed.
    """

    state: State
    moment: str
    victims: tuple[str, ...]

    def __str__(self) -> str:
        return f"{' and '.join(self.victims)} {self.moment} {self.state.value}"


class Bench(Protocol):
    """A real host, whose programs can be killed."""

    @property
    def programs(self) -> tuple[str, ...]:
        """Their names."""
        ...

    def kill(self, program: str) -> None:
        """kill -9, and wait until it is gone."""
        ...

    def start(self, program: str) -> None:
        """Start it, and wait until it answers."""
        ...

    def begun(self) -> int:
        """How many prints the machine ever began."""
        ...


class MoonrakerBench:
    """Moonraker, and the stand-in for Klippy behind it."""

    programs = ("klippy", "moonraker")

    def __init__(self, printer: Printer) -> None:
        self._printer = printer

    def kill(self, program: str) -> None:
        """See `Bench.kill`."""
        self._printer.kill(program)

    def start(self, program: str) -> None:
        """See `Bench.start`."""
        if program == "klippy":
            self._printer.start_klippy()
        else:
            self._printer.start_moonraker()

    def begun(self) -> int:
        """See `Bench.begun`."""
        return sum(each.get("position") == 0 for each in self._printer.printed())


class OctoPrintBench:
    """OctoPrint with its virtual printer, which is a part of the same program."""

    programs = ("octoprint",)

    def __init__(self, octoprint: OctoPrint) -> None:
        self._octoprint = octoprint

    def kill(self, program: str) -> None:
        """See `Bench.kill`."""
        self._octoprint.kill()

    def start(self, program: str) -> None:
        """See `Bench.start`."""
        self._octoprint.start()

    def begun(self) -> int:
        """See `Bench.begun`: each print begins with a line that is sent but once."""
        return self._octoprint.received().count(OURS)


@dataclass(frozen=True)
class Life:
    """All that a gate's process is told."""

    config: Config
    secret: bytes
    kem: bytes
    host_key: bytes
    host_name: str
    deployment: Deployment


class StillJournal(Journal):
    """Stands still around some of its lines until it is told to go on."""

    def __init__(self, path: Path, stops: Sequence[Stop], line: Connection[Any, Any]) -> None:
        super().__init__(path)
        self._stops, self._line = list(stops), line

    def append(self, at: int, key: str, state: State, data: Mapping[str, Any]) -> Record:
        stop = next((stop for stop in self._stops if stop.state is state), None)
        if stop is None:
            return super().append(at, key, state, data)
        self._stops.remove(stop)
        if stop.moment == "after":
            record = super().append(at, key, state, data)
            self._stand_still(stop)
            return record
        if stop.moment == "during":
            os.write(self._file, TORN)
        self._stand_still(stop)
        return super().append(at, key, state, data)

    def _stand_still(self, stop: Stop) -> None:
        self._line.send(stop)
        self._line.recv()


def live(life: Life, stops: Sequence[Stop], line: Connection[Any, Any]) -> None:
    """Be a gate until all that was dropped is printed and told of."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    # A second between two tries, not up to five minutes: what is killed here is back soon.
    bench._LONGEST_WAIT_SECONDS = 1
    config, clock = life.config, SystemClock()
    host_key = HostKey(life.host_key)
    statements = Statements(host_key, life.host_name, clock)
    host: OctoPrintHost | MoonrakerHost
    assert config.host_url is not None
    if config.host == "octoprint":
        rest = Rest(config.host_url, {"X-Api-Key": API_KEY})
        host = OctoPrintHost(rest, statements, config.held, clock)
    else:
        host = MoonrakerHost(Rest(config.host_url), statements, config.held, clock)
    keys = Keys(Signer.from_secret(life.secret), KemPrivateKey(life.kem), host_key)
    chain = Chain(config.rpc_url, life.deployment, artifacts.load())
    service = ServiceClient(config.service_url)
    assert config.ipfs_folder is not None
    content = EmbeddedIpfs(config.ipfs_folder)
    journal = StillJournal(config.journal, stops, line)
    end = time.monotonic() + LIFE_SECONDS
    with Gate(config, keys, chain, service, content, host, clock, journal, leases=service) as gate:
        while not gate.idle:
            if not gate.step():
                time.sleep(0.01)
            if time.monotonic() > end:
                last = read(config.journal)[-1]
                raise TimeoutError(f"{last.state.value}: {last.data}"[:2_000])


class Played:
    """Runs gates one after the other, and kills as the stops and the dice say."""

    def __init__(self, life: Life, host: Bench, dice: random.Random) -> None:
        self._life, self._host, self._dice = life, host, dice
        self._process: BaseProcess | None = None
        self._line: Connection[Any, Any] | None = None

    def play(self, stops: Sequence[Stop]) -> list[str]:
        """Live until all is done; what was killed where, in order."""
        left, struck = list(stops), list[str]()
        self._begin(left)
        while (stop := self._next()) is not None:
            left.remove(stop)
            struck.append(str(stop))
            self._strike(stop, left)
        return struck

    def close(self) -> None:
        """End the gate that runs, if one does."""
        if self._process is not None and self._process.is_alive():
            self._process.kill()
            self._process.join(10)
        if self._line is not None:
            self._line.close()

    def _begin(self, stops: Sequence[Stop]) -> None:
        self.close()
        self._line, theirs = _processes.Pipe()
        self._process = _processes.Process(target=live, args=(self._life, tuple(stops), theirs))
        self._process.start()
        theirs.close()

    def _next(self) -> Stop | None:
        """The stop at which the gate stands; None when it ended, as it should."""
        assert self._process is not None
        assert self._line is not None
        if not self._line.poll(LIFE_SECONDS + 10):
            raise TimeoutError("The gate neither stands still nor ends.")
        try:
            stop: Stop = self._line.recv()
        except EOFError:
            self._process.join(20)
            assert self._process.exitcode == 0
            return None
        return stop

    def _strike(self, stop: Stop, left: Sequence[Stop]) -> None:
        assert self._process is not None
        assert self._line is not None
        down = [name for name in self._host.programs if name in stop.victims]
        for name in down:
            self._host.kill(name)
        gate_first = self._dice.random() < 0.5
        if not gate_first:
            self._raise_up(down)
        if GATE in stop.victims:
            self._begin(left)  # which kills the one that stands there
        else:
            self._line.send("go on")
        if gate_first:
            time.sleep(self._dice.uniform(0, 0.5))
            self._raise_up(down)

    def _raise_up(self, down: Sequence[str]) -> None:
        for name in down:
            self._host.start(name)
