"""Content keys over HTTP: for the printer that redeemed, and for nobody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ledger.models import ContentHash, Digest
from tests.api.unchanged import nothing_changes
from tests.scene import Scene
from tests.service import Printer


def test_a_key_is_released_after_redemption_and_only_to_that_printer(ours: Scene) -> None:
    ticket, other = ours.ticket(), ours.enrolled()
    with nothing_changes(ours.ledger):
        body = ours.key_request(ticket)
        ours.center.refused("KeyNotReleasable", "POST", "/keys", json=body)
    ours.redeem(ticket)
    released = ours.center.ok("POST", "/keys", json=body)
    assert (released["cid"], released["sealed_size"]) == (ticket["cid"], ticket["sealed_size"])
    assert ours.center.ok("POST", "/keys", json=body)["wrapped"] != released["wrapped"]
    with nothing_changes(ours.ledger):
        theirs = ours.key_request(ticket, other)
        ours.center.refused("KeyNotReleasable", "POST", "/keys", json=theirs)
        stolen = ours.key_request(ticket, other, printer=ours.printer.address)
        ours.center.refused("BadSignature", "POST", "/keys", json=stolen)
        stranger = ours.key_request(ticket, Printer.new())
        ours.center.refused("PrinterNotEnrolled", "POST", "/keys", json=stranger)


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"deadline": 1}, "SignatureExpired"),
        ({"deadline": 2**40 - 1}, "MalformedRequest"),
        ({"token": Digest(b"\x5a" * 32)}, "TokenNotFound"),
        ({"license": 10**6}, "KeyNotReleasable"),
        ({"design": ContentHash(b"\x5a" * 32)}, "KeyNotReleasable"),
    ],
)
def test_a_key_request_that_names_something_else_gets_no_key(
    ours: Scene, changed: dict[str, Any], error: str
) -> None:
    ticket = ours.ticket()
    ours.redeem(ticket)
    with nothing_changes(ours.ledger):
        body = ours.key_request(ticket, **changed)
        ours.center.refused(error, "POST", "/keys", json=body)


def test_a_redeemed_token_of_one_design_gives_no_key_of_another(
    scene: Callable[..., Scene], ours: Scene
) -> None:
    theirs = scene()
    ticket = ours.ticket()
    ours.redeem(ticket)
    with nothing_changes(ours.ledger):
        body = ours.key_request(ticket, design=theirs.design, license=theirs.license)
        ours.center.refused("KeyNotReleasable", "POST", "/keys", json=body)
