"""What centers and printers sign to a queue."""

from __future__ import annotations

import secrets
from typing import Any

from ledger.models import (
    ZERO_DIGEST,
    Digest,
    NextJob,
    OrderAction,
    OrderChange,
    Outcome,
    PrintOrder,
    SignOff,
)
from tests.scene import Scene
from tests.service import Party, Printer


def nonce() -> Digest:
    """A fresh one."""
    return Digest(secrets.token_bytes(32))


def order_body(ours: Scene, by: Party | None = None, **changed: Any) -> dict[str, Any]:
    """What POST /orders takes."""
    values: dict[str, Any] = {
        "design": ours.design,
        "license": ours.license,
        "quantity": 1,
        "printers": (),
        "job": ZERO_DIGEST,
        "retries": 0,
        "sign_off": False,
        "nonce": nonce(),
        "until": ours.now + 86_400,
        "deadline": ours.now + 600,
        **changed,
    }
    return signed(by or ours.center, "order", PrintOrder(**values), ours)


def add(ours: Scene, **changed: Any) -> str:
    """Put an order into the queue; its digest."""
    return str(ours.center.ok("POST", "/orders", json=order_body(ours, **changed))["digest"])


def ask(ours: Scene, printer: Printer | None = None, **changed: Any) -> dict[str, Any]:
    """What a printer asks with."""
    who = printer or ours.printer
    values: dict[str, Any] = {
        "printer": who.address,
        "refused": ZERO_DIGEST,
        "nonce": nonce(),
        "deadline": ours.now + 600,
        **changed,
    }
    return signed(who, "request", NextJob(**values), ours)


def next_job(ours: Scene, printer: Printer | None = None, **changed: Any) -> dict[str, Any]:
    """What the queue answers to a printer."""
    answer: dict[str, Any] = ours.center.ok(
        "POST", "/queue/next", json=ask(ours, printer, **changed)
    )
    return answer


def change(ours: Scene, order: str, action: OrderAction, value: int = 0) -> dict[str, Any]:
    """Decide about an order."""
    said = OrderChange(Digest.parse(order), action, value, nonce(), ours.now + 600)
    body = signed(ours.center, "change", said, ours)
    answer: dict[str, Any] = ours.center.ok("POST", f"/orders/{order}/changes", json=body)
    return answer


def sign_off(ours: Scene, order: str, ticket: dict[str, Any], *, accepted: bool) -> dict[str, Any]:
    """Say that a plate is clear."""
    said = SignOff(
        Digest.parse(order), Digest.parse(ticket["digest"]), accepted, "looked at", ours.now + 600
    )
    body = signed(ours.center, "sign_off", said, ours)
    answer: dict[str, Any] = ours.center.ok("POST", f"/orders/{order}/signoffs", json=body)
    return answer


def shown(ours: Scene, order: str) -> dict[str, Any]:
    """An order with everything."""
    answer: dict[str, Any] = ours.center.ok("GET", f"/orders/{order}")
    return answer


def serial_of(ticket: dict[str, Any]) -> int:
    """The one serial of a ticket."""
    mask = int(ticket["token"]["serials"])
    assert mask.bit_count() == 1
    return int(ticket["token"]["word"]) * 256 + mask.bit_length() - 1


def print_it(
    ours: Scene,
    ticket: dict[str, Any],
    outcome: Outcome = Outcome.DONE,
    by: Printer | None = None,
) -> dict[str, Any]:
    """Redeem a ticket and report how it went."""
    ours.redeem(ticket, by=by)
    body = ours.receipt(ticket, serial_of(ticket), by=by, outcome=outcome)
    row: dict[str, Any] = ours.center.ok("POST", "/receipts", json=body)
    return row


def signed(who: Party | Printer, name: str, value: Any, ours: Scene) -> dict[str, Any]:
    """A message as JSON, with the signature of `who`."""
    message = ours.ledger.domain.typed(value)
    names = {member.split(" ")[1] for member in value.MEMBERS.split(",")}
    assert names == set(message.message)
    body = {key: _plain(getattr(value, key)) for key in type(value).__slots__}
    return {name: body, "signature": "0x" + who.signer.sign(message).hex()}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [str(one) for one in value]
    return str(value) if isinstance(value, bytes | str) else value
