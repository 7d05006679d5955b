"""The end of a printer's key, told to the service."""

from __future__ import annotations

from ledger.client import answers
from ledger.client.printerside import PrinterSide
from ledger.models import KeyRotation, PrinterRevocation


class PrinterEnds(PrinterSide):
    """Revocation by the center, and rotation by the printer itself."""

    def revoke_printer(self, revocation: PrinterRevocation, signature: bytes) -> answers.Printer:
        """Hand in that a printer is not its center's any more; a repeat changes nothing."""
        body = {
            "center": revocation.center,
            "reason": revocation.reason,
            "since": revocation.since,
            "deadline": revocation.deadline,
            "signature": "0x" + signature.hex(),
        }
        return self._post(f"/printers/{revocation.printer}/revocation", body, answers.Printer)

    def rotate_printer(
        self, rotation: KeyRotation, signature: bytes, successor_signature: bytes
    ) -> answers.Printer:
        """Hand in a printer's new key; the new printer. The same again changes nothing."""
        body = {
            "successor": rotation.successor,
            "kem_key": "0x" + rotation.kem_key.hex(),
            "rotated_at": rotation.rotated_at,
            "deadline": rotation.deadline,
            "signature": "0x" + signature.hex(),
            "successor_signature": "0x" + successor_signature.hex(),
        }
        return self._post(f"/printers/{rotation.printer}/rotation", body, answers.Printer)
