"""A gate that asks its center's queue: when, for what, and what it does with the answer."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field, replace

import pytest

from ledger.errors import LedgerError, PrinterRevoked, ServiceUnavailable
from ledger.gate.starting import AGAIN_SECONDS
from ledger.models import ZERO_DIGEST, Digest, NextJob, Outcome, PrintStart, Ticket
from ledger.signing import Signer, require_signer
from ledger.tickets import digest_of
from tests.gate.fakes import DOMAIN, FakeService
from tests.gate.world import World


@dataclass
class QueueingService(FakeService):
    """A service whose queue gives these tickets, one after the other."""

    tickets: list[Ticket] = field(default_factory=list)
    asked: list[Digest] = field(default_factory=list)

    def next_job(self, asked: NextJob, signature: bytes) -> Ticket | None:
        self._called("next_job")
        require_signer(DOMAIN.typed(asked), signature, asked.printer)
        self.asked.append(asked.refused)
        done = {receipt.token for receipt in self.receipts} | set(self.asked)
        left = [ticket for ticket in self.tickets if digest_of(ticket) not in done]
        return left[0] if left else None


@pytest.fixture
def queued(world: World) -> World:
    old = world.service
    world.service = QueueingService(
        **{name: getattr(old, name) for name in FakeService.__dataclass_fields__}
    )
    world.config = replace(world.config, queue=True)
    world.restart()
    return world


def service_of(world: World) -> QueueingService:
    assert isinstance(world.service, QueueingService)
    return world.service


def test_a_free_machine_prints_what_the_queue_gives_one_after_the_other(queued: World) -> None:
    service = service_of(queued)
    service.tickets = [queued.ticket(1), queued.ticket(2), queued.ticket(4)]
    for _ in range(3):
        queued.step()
        assert len(queued.waiting()) == 1
        asked = len(service.asked)
        queued.step()
        assert len(service.asked) == asked  # something is under way
        queued.machine()
        queued.step()
        queued.clock.time += 10
    assert [receipt.serial for receipt in service.receipts] == [0, 1, 2]
    assert {receipt.outcome for receipt in service.receipts} == {Outcome.DONE}
    assert queued.errors() == []


def test_a_killed_gate_asks_again_and_prints_once(queued: World) -> None:
    service = service_of(queued)
    service.tickets = [queued.ticket(1)]
    queued.step()
    queued.restart()
    queued.step()
    assert len(queued.waiting()) == 1
    queued.machine()
    queued.step()
    assert len(service.receipts) == 1


_DIES_WHILE_IT_WRITES = """
import os, sys
from pathlib import Path
from ledger.gate.disk import write_atomically
os.fsync = lambda _: os._exit(9)
write_atomically(Path(sys.argv[1]), b"half a ticket")
"""


def test_a_gate_that_is_killed_while_it_writes_the_queue_s_ticket_down_prints_it_all_the_same(
    queued: World,
) -> None:
    service = service_of(queued)
    service.tickets = [queued.ticket(1)]
    queued.stop()
    ticket = queued.config.intake / "1-0-queue-0.token.json"
    command = [sys.executable, "-c", _DIES_WHILE_IT_WRITES, str(ticket)]
    assert subprocess.run(command, timeout=60, check=False).returncode == 9
    (left,) = queued.config.intake.iterdir()
    queued.step()
    assert not left.exists()
    assert len(queued.waiting()) == 1
    assert queued.errors() == []


def test_what_the_gate_refuses_is_told_to_the_queue(queued: World) -> None:
    service = service_of(queued)
    foreign, good = queued.ticket(1, signer=Signer.generate()), queued.ticket(2)
    service.tickets = [foreign, good]
    for _ in range(4):
        queued.step()
        queued.clock.time += 10
    assert digest_of(foreign) in service.asked
    assert queued.errors() == ["NotIssuer"]
    assert len(queued.waiting()) == 1


def test_an_idle_gate_asks_every_ten_seconds_and_not_at_all_unless_it_shall(
    queued: World,
) -> None:
    service = service_of(queued)
    for _ in range(20):
        queued.gate.step()
        queued.clock.time += 1
    assert service.asked == [ZERO_DIGEST, ZERO_DIGEST]
    queued.config = replace(queued.config, queue=False)
    queued.restart()
    queued.clock.time += 60
    queued.step()
    assert len(service.asked) == 2


def test_a_revoked_printer_gets_nothing_and_goes_on_living(queued: World) -> None:
    service = service_of(queued)
    service.fails["next_job"] = [PrinterRevoked("Stolen.")]
    queued.step()
    assert queued.waiting() == []


@dataclass
class StartingService(FakeService):
    """A service that hears of starts."""

    starts: list[PrintStart] = field(default_factory=list)

    def report_start(self, start: PrintStart, signature: bytes) -> None:
        self._called("report_start")
        require_signer(DOMAIN.typed(start), signature, start.printer)
        self.starts.append(start)


@pytest.fixture
def starting(world: World) -> StartingService:
    old = world.service
    found = StartingService(**{n: getattr(old, n) for n in FakeService.__dataclass_fields__})
    world.service = found
    world.restart()
    return found


def take(world: World) -> None:
    """The machine takes what lies before it, and has not finished it."""
    (name,) = world.waiting()
    (world.config.hot / name).unlink()


def test_the_service_hears_once_that_the_machine_began(
    world: World, starting: StartingService
) -> None:
    ticket = world.ticket()
    world.drop(ticket)
    world.settle(4)
    assert starting.starts == []  # it waits for the machine
    take(world)
    for _ in range(5):
        world.step()
        world.clock.time += 40
    (start,) = starting.starts
    assert (start.token, start.serial) == (digest_of(ticket), 0)
    assert start.printer == ticket.token.printer
    assert start.started <= world.clock.time


@pytest.mark.parametrize("error", [ServiceUnavailable("Down."), PrinterRevoked("Stolen.")])
def test_a_print_goes_on_whatever_the_service_says_of_its_start(
    world: World, starting: StartingService, error: LedgerError
) -> None:
    world.drop(world.ticket())
    world.settle(4)
    name = world.waiting()[0]
    take(world)
    starting.fails["report_start"] = [error]
    world.step()
    assert starting.starts == []
    world.step()
    world.clock.time += AGAIN_SECONDS
    world.step()
    assert len(starting.starts) == (1 if isinstance(error, ServiceUnavailable) else 0)
    (world.config.hot / "done" / name).write_bytes(b"")
    world.step()
    assert [receipt.outcome for receipt in starting.receipts] == [Outcome.DONE]
