"""A restored image, a copied journal, two machines: found, and told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.errors import PrinterRevoked
from ledger.gate.journal import State
from ledger.gate.leases.machine import identify
from ledger.newsfiles import Stopped
from tests.gate.fakes import KEYS
from tests.gate.leaseworld import ELSEWHERE, HERE, LeaseWorld


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LeaseWorld]:
    made = LeaseWorld(tmp_path)
    yield made
    made.stop()


# ----------------------------------------------------------------------- machine


def test_a_journal_copied_to_another_machine_prints_nothing(world: LeaseWorld) -> None:
    file = world.take()
    world.offline()
    world.want(file, 2)
    world.step()
    world.machine()
    assert world.spent == [0]
    world.machine_id = ELSEWHERE
    world.restart()
    assert world.print_all() == []
    assert world.spent == [0]
    assert [link.entry.kind for link in world.journal_links] == ["spend", "machine"]
    assert world.journal_links[-1].entry.machine == ELSEWHERE
    world.machine_id = HERE
    world.restart()
    world.clock.time += 400
    assert len(world.print_all()) == 1
    assert world.spent == [0, 1]


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
