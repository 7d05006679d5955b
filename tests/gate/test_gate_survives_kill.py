"""kill -9 at every line of the journal: printed once, redeemed once, one receipt.

The gate runs as a real process with a real chain, real keys and a real block store; it is
killed right before, in the middle of and right after the line of each state that the code
knows, and started again.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import pytest

from ledger.anvil import Anvil
from ledger.chain import Chain
from ledger.gate import Config
from ledger.gate.book import Book
from ledger.gate.journal import State, read
from ledger.ipfs import EmbeddedIpfs
from ledger.models import Digest, Outcome, Receipt, bit_of
from ledger.tickets import dump
from ledger.vault import Sealed
from tests.gate.child import LIFE_SECONDS, ChainService, Death, Life, Machine, Server, live
from tests.gate.fakes import CENTER, FILE, ISSUER, KEYS
from tests.gate.test_runner_crashes import OTHER_WAYS
from tests.gate.world import make_config, make_ticket, seal

pytestmark = pytest.mark.chain

_processes = multiprocessing.get_context("forkserver")
_serials = count()
QUOTA = 200


@dataclass
class Stage:
    """A license on a real chain, with a service that outlives every gate."""

    chain: Chain
    service: ChainService
    address: str
    blocks: Path
    sealed: Sealed
    license: int
    until: int


@pytest.fixture(scope="module")
def stage(anvil: Anvil, chain: Chain, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("stage")
    store = EmbeddedIpfs(folder / "blocks")
    sealed, key = seal(store, FILE)
    anvil.rpc("anvil_setBalance", ISSUER.address, hex(10**21))
    sender = chain.sender(ISSUER)
    chain.send(chain.register(sealed.content_hash, Digest(b"\x01" * 32)), sender)
    until = chain.now() + 10**9
    call = chain.grant(sealed.content_hash, CENTER.address, QUOTA, until, 0)
    (granted,) = chain.send(call, sender).events
    service = ChainService(chain, sender, key)
    # A socket's path must be short, and pytest's folders are not.
    with tempfile.TemporaryDirectory() as short:
        server = Server(Path(short) / "s", service)
        _processes.set_forkserver_preload(["tests.gate.child"])
        number = int(granted.arguments["license"])
        yield Stage(
            chain, service, str(Path(short) / "s"), folder / "blocks", sealed, number, until
        )
        server.close()


@dataclass
class Printer:
    """One gate folder with a machine, and a ticket and a bare file in the inbox."""

    stage: Stage
    config: Config
    machine: Machine
    serial: int

    def live(self, death: Death | None) -> int | None:
        """One life of the gate; its exit code."""
        stage = self.stage
        life = Life(self.config, stage.chain.rpc.url, stage.chain.deployment, stage.address, death)
        process = _processes.Process(target=live, args=(life,))
        process.start()
        process.join(LIFE_SECONDS + 10)
        return process.exitcode

    def assert_all_is_well(self) -> None:
        """One file to the machine, one redemption, one receipt; one refusal."""
        stage, key = self.stage, (self.stage.license, self.serial)
        assert [data for _, data in self.machine.printed] == [FILE]
        assert stage.service.sent.count(self.serial) == 1
        assert stage.chain.spent(stage.license, 0) & bit_of(self.serial)[1]
        receipt = stage.service.receipts[key]
        assert (receipt.outcome, receipt.job) == (Outcome.DONE, stage.sealed.content_hash)
        states = [record.state for record in read(self.config.journal)]
        assert states.count(State.REPORTED) == 1
        assert states.count(State.REFUSED) == states.count(State.REFUSAL_REPORTED) == 1
        assert len([r for r in stage.service.refusals if r.file == self.bare]) == 1
        kept = sorted(path.name.split("-", 2)[2] for path in self.config.refused.iterdir())
        assert kept == ["bare.stl", "bare.stl.reason.json"]
        assert not list((self.config.hot / ".platemark-staging").iterdir())
        assert not list(self.config.sealed.iterdir())

    @property
    def bare(self) -> Digest:
        return Digest(hashlib.sha256(self.bare_bytes).digest())

    @property
    def bare_bytes(self) -> bytes:
        return b"solid %d" % self.serial


@pytest.fixture
def printer(stage: Stage, tmp_path: Path) -> Iterator[Printer]:
    config = replace(make_config(tmp_path), ipfs_folder=stage.blocks, settle_seconds=0)
    machine = Machine(config.hot)
    serial = next(_serials)
    made = Printer(stage, config, machine, serial)
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
    (config.inbox / "bare.stl").write_bytes(made.bare_bytes)
    yield made
    machine.close()


def test_without_any_death(printer: Printer) -> None:
    assert printer.live(None) == 0
    printer.assert_all_is_well()


@pytest.mark.parametrize("moment", ["before", "during", "after"])
@pytest.mark.parametrize("state", [s for s in State if s not in OTHER_WAYS])
def test_killed_at(printer: Printer, state: State, moment: str) -> None:
    assert printer.live(Death(state, moment)) == -signal.SIGKILL
    assert printer.live(None) == 0
    printer.assert_all_is_well()


def test_killed_again_and_again(printer: Printer) -> None:
    """Four lines in each life: the least with which a key can be asked for and used."""
    lives = 1
    while printer.live(Death(None, "after", line=4)) == -signal.SIGKILL:
        lives += 1
        assert lives < 20
    assert lives >= 5
    printer.assert_all_is_well()


@pytest.mark.parametrize("moment", ["before", "during", "after"])
def test_killed_while_a_second_receipt_is_put_aside(printer: Printer, moment: str) -> None:
    """A copy of the gate's folder was there first, and its receipt stays."""
    stage, key = printer.stage, (printer.stage.license, printer.serial)
    first = Receipt(
        token=Digest(b"\x07" * 32),
        design=stage.sealed.content_hash,
        license=stage.license,
        serial=printer.serial,
        printer=KEYS.printer,
        job=stage.sealed.content_hash,
        started=1,
        ended=2,
        outcome=Outcome.FAILED,
        material_mg=0,
        energy_joule=0,
    )
    stage.service.receipts[key] = first
    assert printer.live(Death(State.RECEIPT_REFUSED, moment)) == -signal.SIGKILL
    assert printer.live(None) == 0, "nothing waits any more"
    (job,) = Book(read(printer.config.journal)).jobs()
    assert job.state is State.RECEIPT_REFUSED
    assert (job.receipt().outcome, job.answer["error"]) == (Outcome.DONE, "ReceiptContradicts")
    states = [record.state for record in read(printer.config.journal)]
    assert (states.count(State.RECEIPT_REFUSED), states.count(State.REPORTED)) == (1, 0)
    assert stage.service.receipts[key] == first
    assert len(printer.machine.printed) == 1


def test_nothing_else_was_redeemed(stage: Stage) -> None:
    """The chain's bitmap is exactly what the service sent."""
    assert stage.chain.spent(stage.license, 0) == sum(1 << serial for serial in stage.service.sent)
