"""A clock set back, run ahead or drifting: what is printed meanwhile, and what is written down."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.errors import HostUnavailable
from tests.gate.fakes import START
from tests.gate.leaseworld import SILENCE, LeaseWorld, make_news


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LeaseWorld]:
    made = LeaseWorld(tmp_path)
    yield made
    made.stop()


def test_a_clock_set_back_prints_nothing_until_it_has_caught_up(world: LeaseWorld) -> None:
    file = world.take()
    world.offline()
    world.clock.time += 1_000
    world.want(file, 3)
    world.step()
    world.machine()
    right = world.clock.time
    world.clock.time -= 600
    world.step()
    assert world.print_all() == []
    assert world.errors() == []
    world.clock.time = right
    assert len(world.print_all()) == 2
    assert world.spent == [0, 1, 2]


def test_a_clock_set_back_is_written_down_once(world: LeaseWorld) -> None:
    file = world.take()
    world.offline()
    world.want(file, 1)
    world.print_all()
    right = world.clock.time
    world.clock.time -= 600
    for _ in range(3):
        world.step()
        world.clock.time += 10
        world.restart()
    world.step()
    assert [link.entry.kind for link in world.journal_links] == ["spend", "clock"]
    entry = world.journal_links[-1].entry
    assert entry.seen - entry.at == 600
    world.clock.time = right + 10
    world.step()
    world.clock.time -= 600
    world.step()
    assert [link.entry.kind for link in world.journal_links] == ["spend", "clock", "clock"]
    world.online()
    world.settle(2_000)
    assert world.leases.kinds == ["spend", "clock", "clock"]


def test_a_clock_that_drifts_a_little_is_no_matter(world: LeaseWorld) -> None:
    file = world.take()
    world.offline()
    world.want(file, 2)
    world.step()
    world.machine()
    world.clock.time -= 100
    assert len(world.print_all()) == 1
    assert {link.entry.kind for link in world.journal_links} == {"spend"}


def test_setting_the_clock_back_does_not_make_news_younger(world: LeaseWorld) -> None:
    file = world.take()
    world.offline()
    world.clock.time += SILENCE - 60
    world.want(file, 3)
    world.step()
    world.machine()
    assert len(world.spent) == 1
    world.clock.time += 120
    world.step()
    world.clock.time -= 100
    assert world.print_all() == []


def test_an_idle_gate_remembers_the_time(world: LeaseWorld) -> None:
    """Nothing was printed for hours; then the clock goes back to where it was."""
    file = world.take(world.lease(silence=100_000, deadline=START + 50_000))
    world.offline()
    for _ in range(10):
        world.clock.time += 3_600
        world.step()
    world.restart()
    world.clock.time = START
    world.want(file, 1)
    assert world.print_all() == []
    assert [link.entry.kind for link in world.journal_links] == ["clock"]


def test_a_clock_that_ran_ahead_is_put_right_by_fresh_news(world: LeaseWorld) -> None:
    file = world.take(world.lease(silence=100_000, deadline=START + 500_000))
    world.offline()
    right = world.clock.time
    world.clock.time += 90_000
    world.step()
    world.clock.time = right
    world.want(file, 1)
    assert world.print_all() == []
    world.online()
    world.settle(2_000)
    assert len(world.print_all()) == 1
    assert [link.entry.kind for link in world.journal_links] == ["clock", "spend"]


def test_held_back_news_from_a_stick_do_not_prove_an_old_clock(world: LeaseWorld) -> None:
    file = world.take(world.lease(silence=100_000, deadline=START + 500_000))
    world.offline()
    old = world.clock.time + 100
    world.clock.time += 90_000
    world.step()
    world.clock.time = old
    world.tell(make_news(50, old))
    world.want(file, 1)
    assert world.print_all() == []
    assert world.errors() == []


def test_a_clock_set_back_between_the_spend_and_the_machine(world: LeaseWorld) -> None:
    file = world.take()
    world.offline()
    ready = world.host.start
    tried: list[str] = []

    def broken(job: object) -> None:
        tried.append("once")
        raise HostUnavailable("The machine is away for a moment.")

    world.host.start = broken  # type: ignore[method-assign]
    world.want(file, 1)
    assert (tried[:1], world.spent) == (["once"], [0])
    world.host.start = ready  # type: ignore[method-assign]
    right = world.clock.time
    world.clock.time -= 600
    world.step()
    assert world.waiting() == []
    world.clock.time = right + 400
    assert len(world.print_all()) == 1
    assert world.spent == [0]
