"""The owner's own files: the choice is signed, written down and told; designs never pass so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import cast

import pytest

from ledger.errors import ChainUnavailable, HostUnavailable, ServiceUnavailable
from ledger.gate.bench import Bench
from ledger.gate.book import Book
from ledger.gate.hosts.own import Wanted
from ledger.gate.journal import Journal, Record, State, read
from ledger.gate.making import change
from ledger.gate.owner import BEAT_SECONDS, Owner
from ledger.gate.ports import Host, Service
from ledger.models import Digest, OwnFiles
from ledger.signing import require_signer
from tests.gate.fakes import DOMAIN, ISSUER, KEYS, FakeClock
from tests.gate.world import World

MINE = Wanted("vase.gcode", Digest(b"\x31" * 32))


@dataclass
class Listening:
    """A host, as far as it listens."""

    waits: list[Wanted] = field(default_factory=list)
    beats: list[bool] = field(default_factory=list)
    printed: list[Wanted] = field(default_factory=list)
    down: bool = False
    allowed: bool = False

    def allow_own_files(self, *, allowed: bool) -> None:
        self.allowed = allowed

    def beat(self) -> Sequence[Wanted]:
        if self.down:
            raise HostUnavailable("Nothing answers.")
        self.beats.append(self.allowed)
        return list(self.waits)

    def print_own(self, job: str, wanted: Wanted) -> None:
        self.printed.append(wanted)
        self.waits.remove(wanted)


@dataclass
class Reports:
    """The service, as far as it is told of the choice."""

    told: list[OwnFiles] = field(default_factory=list)
    down: bool = False

    def report_own_files(self, choice: OwnFiles, signature: bytes) -> None:
        if self.down:
            raise ServiceUnavailable("Nothing answers.")
        require_signer(DOMAIN.typed(choice), signature, KEYS.printer)
        self.told.append(choice)


@dataclass
class Table:
    world: World
    host: Listening
    reports: Reports
    journal: Journal

    @property
    def bench(self) -> Bench:
        world, book = self.world, Book(self.journal.records)
        service = cast(Service, self.reports)
        host = cast(Host, self.host)
        neighbours = world.chain, service, world.store, host
        return Bench(world.config, KEYS, *neighbours, world.clock, self.journal, book)

    @property
    def clock(self) -> FakeClock:
        return self.world.clock

    def beat(self, owner: Owner) -> bool:
        self.clock.time += BEAT_SECONDS
        return owner.beat()

    def switch(self, *, on: bool) -> None:
        change(self.world.config.folder, own_files=on)

    def states(self) -> list[State]:
        return [record.state for record in self.records]

    @property
    def records(self) -> tuple[Record, ...]:
        return tuple(read(self.world.config.folder / "own.jsonl"))

    def restart(self) -> Owner:
        self.journal.close()
        self.journal = Journal(self.world.config.folder / "own.jsonl")
        return Owner(self.bench)


@pytest.fixture
def table(world: World) -> Table:
    config = world.config
    text = "\n".join(
        (
            'name = "P"',
            f'center = "{config.center}"',
            'service_url = "http://s"',
            'rpc_url = "http://r"',
            'deployment = "d.json"',
            'inbox = "inbox"',
            'hot = "hot"',
            'ipfs_folder = "blocks"',
            'host = "moonraker"  # by the window',
            'host_url = "http://m"',
        )
    )
    (config.folder / "gate.toml").write_text(text + "\n")
    journal = Journal(config.folder / "own.jsonl")
    return Table(world, Listening(), Reports(), journal)


def test_the_host_hears_every_few_seconds_that_the_gate_runs(table: Table) -> None:
    owner = Owner(table.bench)
    for _ in range(3 * BEAT_SECONDS):
        owner.beat()
        table.clock.time += 1
    assert table.host.beats == [False] * 3


def test_a_host_that_does_not_answer_is_tried_again_at_once(table: Table) -> None:
    owner = Owner(table.bench)
    table.host.down = True
    for _ in range(50):
        assert not table.beat(owner)
    table.host.down = False
    table.beat(owner)
    assert table.host.beats == [False]


def test_the_choice_is_signed_written_down_and_told_once(table: Table) -> None:
    owner = Owner(table.bench)
    table.beat(owner)
    assert not owner.report()
    table.switch(on=True)
    table.reports.down = True
    table.beat(owner)
    assert table.host.beats == [False, True]
    with pytest.raises(ServiceUnavailable):
        owner.report()
    owner = table.restart()  # a crash loses nothing of it
    table.reports.down = False
    assert owner.report()
    assert not owner.report()
    table.beat(owner)
    assert [choice.allowed for choice in table.reports.told] == [True]
    table.switch(on=False)
    table.beat(owner)
    assert owner.report()
    assert [choice.allowed for choice in table.reports.told] == [True, False]
    assert table.states() == [State.OWN_FILES, State.OWN_FILES_REPORTED] * 2
    assert "# by the window" in (table.world.config.folder / "gate.toml").read_text()


def test_an_own_file_is_released_and_written_down(table: Table) -> None:
    table.switch(on=True)
    owner = Owner(table.bench)
    table.host.waits = [MINE]
    assert table.beat(owner)
    assert table.host.printed == [MINE]
    last = table.records[-1]
    assert (last.state, last.data["name"]) == (State.OWN_FILE, "vase.gcode")
    assert (last.data["released"], last.data["checked"]) == (True, True)


def test_of_several_that_wait_one_is_released_at_a_time(table: Table) -> None:
    """The host forgets the others, so the journal must not say that they were released."""
    table.switch(on=True)
    owner = Owner(table.bench)
    table.host.waits = [MINE, replace(MINE, sha256=Digest(b"\x07" * 32))]
    assert table.beat(owner)
    assert table.host.printed == [MINE]
    assert table.states().count(State.OWN_FILE) == 1


def test_without_the_chain_it_is_released_and_the_journal_says_so(table: Table) -> None:
    table.switch(on=True)
    table.world.chain.down = ChainUnavailable("Nothing answers.")
    table.host.waits = [MINE]
    table.beat(Owner(table.bench))
    assert table.host.printed == [MINE]
    assert table.records[-1].data["checked"] is False


@pytest.mark.parametrize("recalled", [False, True])
def test_a_registered_design_is_no_own_file(table: Table, recalled: bool) -> None:
    table.switch(on=True)
    chain = table.world.chain
    design = next(iter(chain.issuers))
    assert ISSUER.address in chain.issuers[design]
    if recalled:
        chain.recalled[design] = design
    owner = Owner(table.bench)
    table.host.waits = [replace(MINE, sha256=Digest(bytes(design)))]
    table.beat(owner)
    table.beat(owner)
    assert table.host.printed == []
    assert [each.data["error"] for each in table.records[1:]] == ["JobWithoutToken"]


def test_settings_that_cannot_be_read_change_nothing(table: Table) -> None:
    table.switch(on=True)
    owner = Owner(table.bench)
    table.beat(owner)
    (table.world.config.folder / "gate.toml").write_text("own_files = ")
    table.beat(owner)
    assert table.host.beats == [True, True]


def test_a_host_that_asks_while_they_are_off_gets_nothing(table: Table) -> None:
    owner = Owner(table.bench)
    table.host.waits = [MINE]
    table.beat(owner)
    assert table.host.printed == []
    assert table.records[-1].data["error"] == "OwnFilesOff"
    table.switch(on=True)
    table.beat(owner)
    assert table.host.printed == [MINE]
