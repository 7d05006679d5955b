"""A clock set back, a restored image, a copied journal, two machines: found, and told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.errors import HostUnavailable, PrinterRevoked
from ledger.gate.journal import State
from ledger.gate.leases.machine import identify
from ledger.newsfiles import Stopped
from tests.gate.fakes import KEYS, START
from tests.gate.leaseworld import ELSEWHERE, HERE, SILENCE, LeaseWorld, make_news


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LeaseWorld]:
    made = LeaseWorld(tmp_path)
    yield made
    made.stop()


# ------------------------------------------------------------------------- clock


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


# ----------------------------------------------------------------------- machine


def test_a_journal_copied_to_another_machine_prints_nothing(world: LeaseWorld) -> None:
    file = world.take()
    world.offline()
    world.want(file, 2)
    world.step()
    world.machine()
    world.machine_id = ELSEWHERE
    world.restart()
    world.machine()
    world.print_all()
    assert len(world.spent) <= 2
    assert [link.entry.kind for link in world.journal_links][-1] == "machine"
    assert world.journal_links[-1].entry.machine == ELSEWHERE
    spent = world.spent
    world.machine_id = HERE
    world.restart()
    world.clock.time += 400
    assert len(world.print_all()) + len(spent) >= 2


def test_a_lease_is_not_taken_where_the_folder_was_copied_to(world: LeaseWorld) -> None:
    world.take()
    world.machine_id = ELSEWHERE
    world.restart()
    world.take(world.lease(nonce=2), "second.lease.json")
    assert world.errors() == ["MachineChanged"]


def test_another_machine_and_another_folder_have_other_names(tmp_path: Path) -> None:
    one, two, number, other = (tmp_path / name for name in ("one", "two", "id", "other"))
    one.mkdir()
    two.mkdir()
    number.write_text("abc\n")
    other.write_text("abd\n")
    names = {
        identify(one, number),
        identify(two, number),
        identify(one, other),
        identify(one, tmp_path / "none"),
    }
    assert len(names) == 4
    assert identify(one, number) == identify(one, number)


# ---------------------------------------------------------------- restored image


def test_a_restored_disk_image_is_found_at_contact(world: LeaseWorld, tmp_path: Path) -> None:
    file = world.take(world.lease(0b11111))
    world.want(file, 2)
    assert len(world.print_all()) == 2
    world.copy(tmp_path / "image")
    world.restart()
    world.want(file, 2)
    assert len(world.print_all()) == 2
    world.clock.time += 400
    world.step()
    assert world.leases.spent == [0, 1, 2, 3]
    world.put_back(tmp_path / "image")
    world.want(file, 2)
    assert world.print_all() == []
    assert world.errors()[:1] == ["JournalRolledBack"]
    assert world.keys() == []
    assert world.leases.spent == [0, 1, 2, 3]
    assert "JournalRolledBack" in [refusal.error for refusal in world.service.refusals]


def test_a_restored_disk_image_with_no_network_is_stopped_by_the_machine(
    world: LeaseWorld, tmp_path: Path
) -> None:
    """The machine knows the names of its jobs; and what was written twice is proof later."""
    file = world.take(world.lease(0b11111))
    world.offline()
    world.copy(tmp_path / "image")
    world.restart()
    world.want(file, 2)
    first = world.print_all()
    assert len(first) == 2
    before = world.journal_links
    world.put_back(tmp_path / "image")
    world.clock.time += 10
    world.want(file, 2)
    assert world.print_all() == []
    done = sorted(path.name for path in (world.config.hot / "done").iterdir())
    assert done == sorted(first)
    # The first life's journal was on a stick, say: the service has it already.
    world.leases.links = list(before)
    world.online()
    world.settle(2_000)
    assert [link.entry.sequence for link in world.leases.forked] == [1]
    assert world.shelf.halted
    assert world.print_all() == []


def test_two_machines_with_one_key_are_found(world: LeaseWorld, tmp_path: Path) -> None:
    other = LeaseWorld(tmp_path / "second")
    try:
        # The same printer twice, each with half of the center's day before it.
        other.leases, other.machine_id = world.leases, ELSEWHERE
        other.clock.time = world.clock.time
        other.sealed, other.design = world.sealed, world.design
        other.store, other.service, other.chain = world.store, world.service, world.chain
        other.config = other.config.__class__(
            **{
                **{n: getattr(other.config, n) for n in other.config.__slots__},
                "ipfs_folder": world.config.ipfs_folder,
            }
        )
        file = world.take(world.lease(0b1111))
        other.take(file)
        world.want(file, 1)
        assert len(world.print_all()) == 1
        other.want(file, 1)
        other.print_all()
        world.clock.time += 400
        world.step()
        other.clock.time += 400
        other.settle(2_000)
        assert len(world.leases.forked) == 1
        assert other.shelf.halted
        assert not world.shelf.halted
        assert other.print_all() == []
    finally:
        other.stop()


def test_a_lost_journal_does_not_begin_anew(world: LeaseWorld) -> None:
    file = world.take()
    world.want(file, 1)
    world.print_all()
    world.clock.time += 400
    world.step()
    world.stop()
    world.config.journal.unlink()
    world.restart()
    world.take(file)
    world.want(file, 1)
    assert world.print_all() == []
    assert world.shelf.halted


def test_a_revoked_printer_hears_of_it_from_the_news(world: LeaseWorld) -> None:
    file = world.take()
    world.want(file, 1)
    world.print_all()
    world.leases.stopped = Stopped(printers=frozenset({KEYS.printer}))

    def refuse(*_: object) -> None:
        raise PrinterRevoked("Revoked.")

    world.leases.journal_head = refuse  # type: ignore[method-assign,assignment]
    world.clock.time += 400
    world.want(file, 1)
    assert world.print_all() == []
    assert world.keys() == []


def test_every_state_of_a_halted_gate_is_kept(world: LeaseWorld, tmp_path: Path) -> None:
    file = world.take()
    world.copy(tmp_path / "image")
    world.restart()
    world.want(file, 1)
    world.print_all()
    world.clock.time += 400
    world.step()
    world.put_back(tmp_path / "image")
    world.step()
    assert world.states(State.HALTED) == 1
    world.restart()
    world.take(world.lease(nonce=2), "second.lease.json")
    assert "JournalRolledBack" in world.errors()
    assert world.states(State.HALTED) == 1
