"""The end of a printer's key, told to the service."""

from __future__ import annotations

from ledger.client import answers
from ledger.client.printerside import PrinterSide
from ledger.errors import ServiceUnavailable
from ledger.models import Address, KeyRotation, PrinterRevocation


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

    def journal_sequence(self, printer: Address) -> int:
        """How many entries of a printer's own journal the service has."""
        answer = self._transport.get(f"/printers/{printer}/journal").json
        try:
            return int(answer["sequence"])
        except (KeyError, TypeError, ValueError) as error:
            raise ServiceUnavailable("The service's answer is no journal's head.") from error

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
