"""Variants at the gate: the file that a token binds is printed, and no other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.gate.journal import State
from ledger.models import ContentHash, Rights, Ticket
from ledger.tickets import digest_of
from ledger.vault import ContentKey, Sealed
from tests.gate.fakes import FILE
from tests.gate.test_runner_crashes import die_at
from tests.gate.world import World, seal

SHOE, BOOT = FILE + b" in size 42", FILE + b" in size 45"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    found = World(tmp_path)
    found.chain.change(found.design, 1, rights=Rights.VARIANTS)
    yield found
    found.stop()


def bound(world: World, data: bytes, serials: int = 1) -> tuple[Ticket, tuple[Sealed, ContentKey]]:
    """A ticket that binds a variant, whose key the service releases for it."""
    variant = seal(world.store, data)
    sealed, key = variant
    ticket = world.ticket(
        serials, job=sealed.content_hash, cid=sealed.cid, sealed_size=sealed.sealed_size
    )
    world.service.variants[digest_of(ticket)] = key
    return ticket, variant


def printed(world: World) -> list[bytes]:
    """What lies before the machine."""
    return [(world.config.hot / name).read_bytes() for name in world.waiting()]


def test_a_variant_is_printed_and_named_in_the_receipt(world: World) -> None:
    ticket, (sealed, _) = bound(world, SHOE)
    world.drop(ticket)
    world.settle()
    assert printed(world) == [SHOE]
    world.machine()
    world.settle()
    (receipt,) = world.service.receipts
    assert receipt.design == world.design
    assert receipt.job == sealed.content_hash == ticket.token.job
    assert world.refused() == {}


def test_each_print_of_a_license_may_be_another_variant(world: World) -> None:
    for serials, data in ((0b001, SHOE), (0b010, BOOT)):
        ticket, _ = bound(world, data, serials)
        world.drop(ticket, f"{serials}.token.json")
    world.drop(world.ticket(0b100), "plain.token.json")
    world.print_all()
    jobs = {receipt.serial: receipt.job for receipt in world.service.receipts}
    assert len(set(jobs.values())) == 3
    assert jobs[2] == world.design


def test_the_variant_of_another_token_is_refused(world: World) -> None:
    """The sealed file's name is not signed: who exchanges it gets nothing printed."""
    _, (boot, _) = bound(world, BOOT, 0b010)
    ticket, _ = bound(world, SHOE)
    world.drop(replace(ticket, cid=boot.cid, sealed_size=boot.sealed_size))
    world.settle()
    assert world.waiting() == []
    assert world.errors() == ["UnsealFailed"]
    assert list(world.config.hot.glob("**/*.3mf")) == []


def test_even_with_its_key_the_variant_of_another_token_is_refused(world: World) -> None:
    _, (boot, key) = bound(world, BOOT, 0b010)
    ticket, _ = bound(world, SHOE)
    world.service.variants[digest_of(ticket)] = key
    world.drop(replace(ticket, cid=boot.cid, sealed_size=boot.sealed_size))
    world.settle()
    assert (world.waiting(), world.errors()) == ([], ["UnsealFailed"])


def test_the_design_is_no_variant_of_itself(world: World) -> None:
    """A service that answers with the design's file and key, where a variant is bound."""
    ticket, _ = bound(world, SHOE)
    del world.service.variants[digest_of(ticket)]
    world.drop(replace(ticket, cid=world.sealed.cid, sealed_size=world.sealed.sealed_size))
    world.settle()
    assert (world.waiting(), world.errors()) == ([], ["JobNotNamed"])
    assert world.chain.redeemed == {}


def test_a_variant_is_refused_before_a_serial_is_spent_where_none_is_allowed(
    world: World,
) -> None:
    world.chain.change(world.design, 1, rights=Rights.IRREVOCABLE | Rights.TRANSFERABLE)
    ticket, _ = bound(world, SHOE)
    world.drop(ticket)
    world.settle()
    assert world.errors() == ["JobNotNamed"]
    assert world.chain.redeemed == {}


def test_the_design_itself_is_printed_where_it_is_bound(world: World) -> None:
    world.drop(world.ticket(job=ContentHash(world.design)))
    world.settle()
    assert printed(world) == [FILE]


@pytest.mark.parametrize("state", [State.REDEEMED, State.KEY_RECEIVED, State.OPENED, State.HANDED])
def test_a_variant_is_printed_once_across_a_crash(world: World, state: State) -> None:
    ticket, (sealed, _) = bound(world, SHOE)
    world.drop(ticket)
    die_at(world, state, "after")
    world.print_all()
    assert [receipt.job for receipt in world.service.receipts] == [sealed.content_hash]
    assert list(world.printed.values()) == [SHOE]
