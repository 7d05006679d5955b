"""What a print center could try with a lease, and with the files around it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from ledger import leasefiles
from ledger.errors import ChainUnavailable, ServiceUnavailable
from ledger.gate.journal import State
from ledger.gate.leases import contact, orders
from ledger.gate.leases.links import Link
from ledger.leasefiles import LeaseFile
from ledger.models import Digest, Outcome
from ledger.newsfiles import Stopped
from tests.gate.fakes import START
from tests.gate.leaseworld import ELSEWHERE, LeaseWorld, make_news


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LeaseWorld]:
    made = LeaseWorld(tmp_path)
    yield made
    made.stop()


def drop_together(world: LeaseWorld, file: LeaseFile, count: int) -> None:
    """A lease and an order for prints of it, both there before the gate looks."""
    wanted = orders.Wanted(leasefiles.digest_of(file), count)
    world.drop_bytes(leasefiles.dump(file), "1.lease.json")
    world.drop_bytes(orders.dump(wanted), "2.print.json")
    world.settle_inbox()


def test_a_lost_journal_prints_nothing_before_it_was_compared(world: LeaseWorld) -> None:
    """Lease and order lie in the inbox of an empty gate: there is a service to be asked first."""
    file = world.take()
    world.want(file, 1)
    world.print_all()
    world.clock.time += 400
    world.step()
    world.stop()
    world.config.journal.unlink()
    world.restart()
    drop_together(world, file, 2)
    assert world.waiting() == []
    assert world.shelf.halted
    assert world.spent == []


def test_a_lost_journal_with_no_network_prints_again_and_is_found_at_contact(
    world: LeaseWorld,
) -> None:
    """What docs/leases.md says of it; a machine that remembers its jobs prevents it."""
    file = world.take()
    world.want(file, 1)
    world.print_all()
    world.clock.time += 400
    world.step()
    assert world.leases.spent == [0]
    world.stop()
    world.config.journal.unlink()
    world.offline()
    _forget_at_the_host(world)
    world.clock.time += 10
    drop_together(world, file, 1)
    assert len(world.print_all()) == 1
    assert world.spent == [0]
    world.online()
    world.settle(2_000)
    assert world.shelf.halted
    assert [link.entry.serial for link in world.leases.forked] == [0]


def test_a_new_gate_prints_lease_and_order_that_come_together(world: LeaseWorld) -> None:
    drop_together(world, world.lease(), 2)
    assert len(world.print_all()) == 2


def test_a_service_that_is_known_not_to_answer_is_not_waited_for(world: LeaseWorld) -> None:
    """Whatever it was asked for: a refusal may be told before there is any lease."""
    world.offline()
    world.drop_bytes(b"no token", "1.stl")
    world.settle_inbox()
    down = ServiceUnavailable("No network.")
    assert world.leases.down is not None
    world.gate._patience.failed("service", down)
    drop_together(world, world.lease(), 2)
    assert len(world.print_all()) == 2


def test_a_copied_gate_gives_no_lease_back(world: LeaseWorld) -> None:
    """It cannot know what the other one has spent of it since."""
    file = world.take()
    world.offline()
    world.machine_id = ELSEWHERE
    world.restart()
    world.give_back(file)
    assert world.errors() == ["MachineChanged"]
    assert [link.entry.kind for link in world.journal_links] == ["machine"]


def test_a_gate_whose_clock_is_wrong_may_give_its_lease_back(world: LeaseWorld) -> None:
    file = world.take()
    world.offline()
    world.clock.time -= 600
    world.give_back(file)
    assert world.errors() == []
    assert world.journal_links[-1].entry.kind == "return"


def test_a_token_out_of_a_lease_that_was_given_back_prints_nothing(world: LeaseWorld) -> None:
    """Its serials are free: another printer may have them by now."""
    file = world.take()
    world.give_back(file)
    world.drop(file.tickets[0])
    assert world.print_all() == []
    assert world.errors() == ["LeaseEnded"]
    assert world.chain.redeemed == {}


def test_all_that_a_set_back_journal_went_on_to_say_is_handed_in(
    world: LeaseWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long it grew: each of its spends is a print that somebody shall be paid for."""
    monkeypatch.setattr(contact, "BATCH", 2)
    file = world.take(world.lease(0b1111_1111))
    world.copy(tmp_path / "image")
    world.restart()
    world.want(file, 1)
    world.print_all()
    world.clock.time += 400
    world.step()
    assert world.leases.spent == [0]
    world.put_back(tmp_path / "image")
    world.offline()
    _forget_at_the_host(world)
    world.clock.time += 10
    world.want(file, 7)
    assert len(world.print_all()) == 7
    world.online()
    world.settle(2_000)
    assert world.shelf.halted
    assert [link.entry.serial for link in world.leases.forked] == [0, 1, 2, 3, 4, 5, 6]
    assert _follow(world.leases.forked)


def test_a_serial_that_the_chain_once_called_spent_is_not_forgotten(world: LeaseWorld) -> None:
    """A lease that ended by a clock that ran ahead is dropped again, now with no network."""
    file = world.lease(0b11)
    world.chain.redeemed[(1, 0)] = (Digest(b"\x01" * 32), Digest(b"\x02" * 32))
    world.take(file)
    world.offline()
    right = world.clock.time
    world.clock.time += 6_000
    world.step()
    assert world.keys() == []
    world.clock.time = right
    world.online()
    world.chain.down = ChainUnavailable("No chain.")
    world.leases.true_time = right
    world.tell(make_news(90, right))
    world.stop()
    _believe(world, right)
    world.take(file, "again.lease.json")
    world.want(file, 1)
    world.print_all()
    assert world.spent == [1]


def test_what_news_stop_is_taken_back_from_the_machine_that_has_not_begun(
    world: LeaseWorld,
) -> None:
    """Its serial is spent, and the receipt says that nothing came of it."""
    file = world.take()
    world.offline()
    world.want(file, 1)
    assert len(world.waiting()) == 1
    world.tell(make_news(5, START + 10, Stopped(licenses=frozenset({1}))))
    assert world.waiting() == []
    world.online()
    world.settle(2_000)
    assert [receipt.outcome for receipt in world.service.receipts] == [Outcome.CANCELLED]


def test_what_the_machine_has_begun_goes_on_whatever_the_news(world: LeaseWorld) -> None:
    file = world.take()
    world.offline()
    world.want(file, 1)
    waiting = world.waiting()
    (world.config.hot / "printing").mkdir(exist_ok=True)
    (world.config.hot / waiting[0]).rename(world.config.hot / "printing" / waiting[0])
    world.tell(make_news(5, START + 10, Stopped(licenses=frozenset({1}))))
    assert world.states(State.ENDED) == 0


def _forget_at_the_host(world: LeaseWorld) -> None:
    """The machine remembers none of its jobs."""
    for folder in (world.config.hot, world.config.hot / "done"):
        for path in folder.iterdir():
            if path.is_file():
                path.unlink()


def _believe(world: LeaseWorld, time: int) -> None:
    """The gate's time is put right, as by news that it has just fetched."""
    world.restart()
    world.gate._bench.record("time", State.TIME, trusted=time)


def _follow(links: list[Link]) -> bool:
    return all(later.entry.previous == link.digest for link, later in pairwise(links))
