"""Prints that fail, and what the API says of them: for the tests about voids."""

from __future__ import annotations

from typing import Any

from ledger.models import Outcome
from tests.scene import Scene
from tests.service import Party


def failed(ours: Scene, count: int = 1, outcome: Outcome = Outcome.FAILED) -> list[dict[str, Any]]:
    """Print so many, and let the printer report each as failed; its receipts."""
    ticket = ours.ticket(count=count)
    ours.redeem(ticket)
    first = (int(ticket["token"]["serials"]) & -int(ticket["token"]["serials"])).bit_length() - 1
    start = ticket["token"]["word"] * 256 + first
    return [
        ours.center.ok("POST", "/receipts", json=ours.receipt(ticket, serial, outcome=outcome))
        for serial in range(start, start + count)
    ]


def state(ours: Scene) -> dict[str, Any]:
    found: dict[str, Any] = ours.center.ok("GET", f"/licenses/{ours.license}")
    return found


def waiting(ours: Scene) -> list[int]:
    found = ours.center.ok("GET", f"/licenses/{ours.license}/failures")
    return [row["serial"] for row in found["items"]]


def draft(ours: Scene, *receipts: dict[str, Any], sender: Party | None = None) -> dict[str, Any]:
    return {
        "sender": (sender or ours.designer).address,
        "receipts": [row["digest"] for row in receipts],
    }
