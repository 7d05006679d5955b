"""How a printer's key ends, as its center and the printer sign it, and every path that asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ledger.models import Digest, JournalKind, KeyRotation, PrinterRevocation
from tests.api.queueing import ask, order_body
from tests.api.saying import choice, start
from tests.leasing import Book, lease_request
from tests.scene import Scene, redemption
from tests.service import Party, Printer

FILE = Digest(b"\x5b" * 32)


def revocation(ours: Scene, by: Party | None = None, **changed: Any) -> dict[str, Any]:
    """What POST /printers/{printer}/revocation takes."""
    center = by or ours.center
    values: dict[str, Any] = {
        "printer": ours.printer.address,
        "center": center.address,
        "reason": "stolen",
        "since": ours.now,
        "deadline": ours.now + 600,
        **changed,
    }
    signature = center.signer.sign(ours.ledger.domain.typed(PrinterRevocation(**values)))
    return {**values, "signature": "0x" + signature.hex()}


def revoke(ours: Scene, **changed: Any) -> Any:
    """Revoke the printer, as its center does; the printer afterwards."""
    body = revocation(ours, **changed)
    return ours.center.ok("POST", f"/printers/{body.pop('printer')}/revocation", json=body)


def rotation(ours: Scene, old: Printer, new: Printer, **changed: Any) -> dict[str, Any]:
    """What POST /printers/{printer}/rotation takes."""
    values: dict[str, Any] = {
        "printer": old.address,
        "successor": new.address,
        "kem_key": new.kem.public_key,
        "rotated_at": ours.now,
        "deadline": ours.now + 600,
        **changed,
    }
    message = ours.ledger.domain.typed(KeyRotation(**values))
    return {
        **values,
        "kem_key": "0x" + values["kem_key"].hex(),
        "signature": "0x" + old.signer.sign(message).hex(),
        "successor_signature": "0x" + new.signer.sign(message).hex(),
    }


def rotate(ours: Scene, old: Printer, new: Printer, **changed: Any) -> Any:
    """Let a new key follow the old one; the printer afterwards."""
    body = rotation(ours, old, new, **changed)
    return ours.center.ok("POST", f"/printers/{body.pop('printer')}/rotation", json=body)


Ask = Callable[[Scene, dict[str, Any]], tuple[str, dict[str, Any]]]
"""The path and body of a request by the scene's printer, which holds a redeemed ticket."""

EVERY_PATH: dict[str, Ask] = {
    "token": lambda ours, _: ("/tokens", ours.token_request()),
    "redemption": lambda ours, spent: ("/redemptions", redemption(ours, spent)),
    "redemption with others": lambda ours, spent: (
        "/redemptions",
        {"items": [redemption(ours, spent)], "all_or_nothing": True},
    ),
    "key": lambda ours, spent: ("/keys", ours.key_request(spent)),
    "receipt": lambda ours, spent: ("/receipts", ours.receipt(spent)),
    "refusal": lambda ours, _: ("/refusals", ours.refusal(FILE)),
    "enrolment": lambda ours, _: ("/printers", ours.printer.enrolment(ours.center, ours.now)),
    "rotation": lambda ours, _: (
        f"/printers/{ours.printer.address}/rotation",
        {k: v for k, v in rotation(ours, ours.printer, Printer.new()).items() if k != "printer"},
    ),
    "lease": lambda ours, _: ("/leases", lease_request(ours)),
    "journal": lambda ours, _: _journal(ours),
    "queue": lambda ours, _: ("/queue/next", ask(ours)),
    "order": lambda ours, _: ("/orders", order_body(ours, printers=(ours.printer.address,))),
    "start": lambda ours, spent: ("/starts", start(ours, spent)),
    "own files": lambda ours, _: (
        f"/printers/{ours.printer.address}/own-files",
        choice(ours, allowed=True),
    ),
}
FOR_NEW_THINGS = ("token", "enrolment", "rotation", "lease", "queue", "order", "start")


def _journal(ours: Scene) -> tuple[str, dict[str, Any]]:
    book = Book(ours, ours.printer)
    book.write(JournalKind.CLOCK)
    return book.path, book.body()
