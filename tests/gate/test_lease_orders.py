"""Orders at the command line and in the inbox, and what `gate status` says of leases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger import gate, leasefiles
from ledger.cli.gateleases import lines_of
from ledger.errors import MalformedRequest
from ledger.gate.leases import orders
from ledger.models import Digest
from ledger.signing import Signer
from tests.gate.leaseworld import LeaseWorld

LEASE = Digest(b"\x05" * 32)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LeaseWorld]:
    made = LeaseWorld(tmp_path)
    yield made
    made.stop()


def test_what_is_dropped_is_read_again() -> None:
    assert orders.parse_print(orders.dump(orders.Wanted(LEASE, 7))) == orders.Wanted(LEASE, 7)
    assert orders.parse_return(orders.dump(orders.Wanted(LEASE, None))) == orders.Wanted(
        LEASE, None
    )


@pytest.mark.parametrize(
    "row",
    [
        {"format": 2, "lease": str(LEASE), "count": 1},
        {"format": 1, "lease": str(LEASE), "count": 0},
        {"format": 1, "lease": str(LEASE), "count": -1},
        {"format": 1, "lease": str(LEASE), "count": True},
        {"format": 1, "lease": str(LEASE)},
        {"format": 1, "lease": "0x12", "count": 1},
        {"format": 1, "lease": str(LEASE), "count": 1, "more": 1},
        [],
    ],
)
def test_an_order_that_is_none(row: object) -> None:
    with pytest.raises(MalformedRequest):
        orders.parse_print(json.dumps(row).encode())


def test_an_order_from_the_command_line_is_printed(world: LeaseWorld) -> None:
    file = world.take()
    orders.drop(orders.Wanted(leasefiles.digest_of(file), 2), world.config.inbox)
    world.settle_inbox()
    assert len(world.print_all()) == 2


def test_status_says_what_is_of_leases(world: LeaseWorld) -> None:
    Signer.from_secret(b"\x03" * 32).save(_parent(world.config.signing_key), "x")
    assert gate.status(world.config, world.clock.now()).leases == {}
    file = world.take()
    world.offline()
    world.want(file, 2)
    world.step()
    found = gate.status(world.config, world.clock.now() - 900).leases
    (row,) = found["leases"]
    assert (row["lease"], row["count"], row["spent"]) == (str(leasefiles.digest_of(file)), 3, 1)
    assert (found["ordered"], found["entries"], found["to_hand_in"]) == (1, 1, 1)
    assert found["clock_behind"] >= 800
    assert any("set back" in line for line in lines_of(found).values())
    assert lines_of({}) == {}


def _parent(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
