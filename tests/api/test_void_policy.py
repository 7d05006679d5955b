"""How much is voided without asking: the operator's choice, and two processes at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from ledger.anvil import Anvil
from ledger.errors import MalformedRequest
from ledger.models import Digest, Outcome
from ledger.services import voids
from ledger.store import Database
from tests.api.failing import failed, state, waiting
from tests.api.queueing import add, next_job, print_it, serial_of, shown
from tests.scene import Scene


def test_the_choice_for_a_license_goes_before_that_for_its_design(
    scene: Callable[..., Scene],
) -> None:
    ours = scene(quota=10)
    assert voids.failures(ours.ledger, ours.license).left == 0
    voids.choose_share(ours.ledger, ours.design, 5_000)
    assert voids.failures(ours.ledger, ours.license).left == 5
    voids.choose_share(ours.ledger, ours.license, 1_000)
    assert voids.failures(ours.ledger, ours.license).left == 1
    with pytest.raises(MalformedRequest):
        voids.choose_share(ours.ledger, ours.license, 10_001)


def test_a_failed_piece_of_the_queue_is_voided_up_to_the_share_and_then_waits(
    scene: Callable[..., Scene],
) -> None:
    ours = scene(quota=2)
    voids.choose_share(ours.ledger, ours.license, 5_000)
    order = add(ours, quantity=2, retries=2)
    serials = []
    for outcome in (Outcome.FAILED, Outcome.CANCELLED, Outcome.DONE):
        ticket = next_job(ours)["ticket"]
        serials.append(serial_of(ticket))
        print_it(ours, ticket, outcome)
    assert serials == [0, 1, 2]
    assert (state(ours)["voided"], waiting(ours)) == (1, [1])
    assert next_job(ours)["ticket"] is None
    (row,) = ours.center.ok("GET", f"/licenses/{ours.license}/failures")["items"]
    assert (row["order"], row["accepted"]) == (order, None)
    voids.void_by_hand(ours.ledger, ours.license, [_digest(row["digest"])])
    ticket = next_job(ours)["ticket"]
    assert serial_of(ticket) == 3
    print_it(ours, ticket)
    assert shown(ours, order)["state"] == "done"


def test_two_processes_do_not_both_take_the_last_of_the_share(
    scene: Callable[..., Scene], anvil: Anvil
) -> None:
    ours = scene(quota=10)
    failed(ours, 4)
    voids.choose_share(ours.ledger, ours.license, 1_000)
    url = ours.ledger.database.url.render_as_string(hide_password=False)
    others = [replace(ours.ledger, database=Database(url)) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda one: voids.void_by_share(one, ours.license), others))
    for one in others:
        one.database.close()
    assert len([mined for mined in done if mined is not None]) == 1
    assert state(ours)["voided"] == 1


def _digest(text: str) -> Digest:
    return Digest.parse(text)
