"""A print that began, from the machine to the center's webhook, all of it real but the machine.

The gate asks the queue, redeems on chain and hands over to its hot folder; the service delivers
by its own background step to a receiver on loopback.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ledger.client import ServiceClient
from ledger.client.queueside import Piece
from ledger.gate.starting import AGAIN_SECONDS
from ledger.models import Digest
from tests.api.hooking import LOOPBACK, Receiver, deliveries, receiving, register, verified
from tests.api.queueing import add
from tests.e2e.center import Center, Press
from tests.e2e.opening import open_center

pytestmark = pytest.mark.chain

WAIT_SECONDS = 60


@pytest.fixture(scope="module")
def center(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Center]:
    folder = tmp_path_factory.mktemp("started")
    with open_center(folder, webhook_networks=",".join(LOOPBACK)) as made:
        yield made


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def press(center: Center, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Press]:
    # A gate tells it once and waits two seconds: here a slow machine's answer comes too.
    monkeypatch.setattr("ledger.client.printerside.START_SECONDS", WAIT_SECONDS)
    made = center.press(tmp_path)
    made.config = replace(made.config, queue=True)
    yield made
    made.stop()
    center.mend()


def piece_of(center: Center, order: str) -> Piece:
    """The one piece of an order, as `queue show` reads it."""
    with ServiceClient(center.line.url) as service:
        (piece,) = service.order(Digest.parse(order)).pieces
    return piece


def take(center: Center, press: Press) -> tuple[Path, Path]:
    """Let the gate get the piece and the machine begin it; where it lies and where it goes."""
    center.catch_up()
    press.work()
    (waiting,) = [path for path in press.config.hot.iterdir() if path.is_file()]
    taken = press.config.folder.parent / waiting.name
    waiting.rename(taken)
    return taken, press.config.hot / "done" / waiting.name


def until(holds: Callable[[], bool]) -> None:
    """Wait for the service's background step."""
    end = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < end, "the service delivers within seconds"
        time.sleep(0.05)


def test_a_print_that_began_is_shown_by_the_queue_and_told_to_the_center_once(
    center: Center, press: Press, receiver: Receiver
) -> None:
    ours = center.ours
    hook = register(ours, ours.center, receiver, "print.started")
    order = add(ours, printers=(press.printer.address,))
    taken, done = take(center, press)
    piece = piece_of(center, order)
    assert (piece.state, piece.started) == ("given", None), "it waits for the machine"
    assert receiver.got == []

    center.clock.time += 7
    began = center.clock.time
    press.work()
    piece = piece_of(center, order)
    assert (piece.printer, piece.state, piece.started) == (press.printer.address, "given", began)

    def told() -> list[dict[str, Any]]:
        return deliveries(ours, ours.center, hook)

    until(lambda: [row["state"] for row in told()] == ["delivered"])
    ((headers, body),) = receiver.got
    assert verified(hook["secret"], headers, body)
    said = json.loads(body)
    assert said["type"] == "print.started"
    assert said["data"] == {
        "token": str(piece.token),
        "design": str(ours.design),
        "license": ours.license,
        "serial": piece.serial,
        "printer": press.printer.address,
        "started": began,
    }

    press.stop()  # after a restart the gate tells it again, which changes nothing
    press.later()
    taken.rename(done)
    press.later()
    assert piece_of(center, order).receipt is not None
    assert piece_of(center, order).started == began
    (row,) = told()
    assert (row["event"], row["attempts"]) == (headers["webhook-id"], 1)
    assert receiver.kinds() == ["print.started"]
    assert ours.findings(press.printer.address) == []


def test_a_gate_that_is_cut_off_as_its_machine_begins_tells_when_that_was_later(
    center: Center, press: Press, receiver: Receiver
) -> None:
    ours = center.ours
    hook = register(ours, ours.center, receiver, "print.started")
    order = add(ours, printers=(press.printer.address,))
    taken, done = take(center, press)
    center.cut()
    began = center.clock.time
    press.work()
    center.mend()
    press.work()
    assert piece_of(center, order).started is None, "the service is left alone for a while"
    center.clock.time += AGAIN_SECONDS
    press.work()
    assert piece_of(center, order).started == began
    until(lambda: [r["state"] for r in deliveries(ours, ours.center, hook)] == ["delivered"])
    taken.rename(done)
    press.later()
    assert piece_of(center, order).state == "done"
    assert receiver.kinds() == ["print.started"]
