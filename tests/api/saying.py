"""What a printer says and signs: that a print began, and whether it prints own files."""

from __future__ import annotations

from typing import Any

from ledger.models import Digest, OwnFiles, PrintStart
from tests.api.queueing import serial_of, signed
from tests.scene import Scene
from tests.service import Printer


def start(
    ours: Scene, ticket: dict[str, Any], by: Printer | None = None, **changed: Any
) -> dict[str, Any]:
    """What POST /starts takes."""
    values: dict[str, Any] = {
        "token": Digest.parse(ticket["digest"]),
        "serial": serial_of(ticket),
        "printer": (by or ours.printer).address,
        "started": ours.now - 5,
        **changed,
    }
    return signed(by or ours.printer, "start", PrintStart(**values), ours)


def choice(ours: Scene, *, allowed: bool, since: int = 0) -> dict[str, Any]:
    """What POST /printers/{printer}/own-files takes."""
    value = OwnFiles(ours.printer.address, allowed, since or ours.now)
    signature = ours.printer.signer.sign(ours.ledger.domain.typed(value))
    return {"allowed": allowed, "since": value.since, "signature": "0x" + signature.hex()}
