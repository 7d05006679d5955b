"""Requests about the end of a printer's key, each with the message that was signed."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.fields import AddressText, DigestText, Seconds, SignatureText
from api.requests import Body
from ledger.models import Address, Digest, KeyRotation, OwnFiles, PrinterRevocation
from ledger.services.printers import MOST_REASON


class PrinterRevocationIn(Body):
    """A center ends a printer (EIP-712 `PrinterRevocation`)."""

    center: AddressText
    reason: Annotated[str, Field(min_length=1, max_length=MOST_REASON, examples=["stolen"])]
    since: Seconds
    deadline: Seconds
    signature: SignatureText

    def message(self, printer: Address) -> PrinterRevocation:
        """The signed message."""
        center = Address(self.center)
        return PrinterRevocation(printer, center, self.reason, self.since, self.deadline)


class KeyRotationIn(Body):
    """A printer's old key names its new one (EIP-712 `KeyRotation`); both signed."""

    successor: AddressText
    kem_key: DigestText
    rotated_at: Seconds
    deadline: Seconds
    signature: SignatureText
    successor_signature: SignatureText

    def message(self, printer: Address) -> KeyRotation:
        """The signed message."""
        return KeyRotation(
            printer,
            Address(self.successor),
            bytes(Digest.parse(self.kem_key)),
            self.rotated_at,
            self.deadline,
        )


class OwnFilesIn(Body):
    """A printer says whether the owner's own files print on it (EIP-712 `OwnFiles`)."""

    allowed: Annotated[bool, Field(examples=[True])]
    since: Seconds
    signature: SignatureText

    def message(self, printer: Address) -> OwnFiles:
        """The signed message."""
        return OwnFiles(printer, self.allowed, self.since)
