"""Requests about the later life of licenses as JSON: voids, passing on, many redemptions."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.fields import AddressText, DigestText, Mask, Number, SignatureText, Uint32, Uint63
from api.requests import Body, RedemptionIn
from ledger.models import Address, ContentHash, Digest, Void
from ledger.services.redeeming import MOST_TOKENS
from ledger.services.voiding import MOST_VOIDS


class TransferIn(Body):
    """The holder passes a whole license on.

    Print tokens that are out stay good for the former holder's printers; with
    `despite_tokens` the holder says that they know.
    """

    licensee: AddressText
    to: AddressText
    despite_tokens: bool = False


class SublicenseIn(Body):
    """The holder passes the last `quota` serials on, as a license of their own.

    Print tokens for these serials are worth nothing afterwards; with `despite_tokens` the
    holder says that they know.
    """

    licensee: AddressText
    to: AddressText
    quota: Uint32
    despite_tokens: bool = False


class VoidsIn(Body):
    """Void the prints that failed by this evidence (receipts, sign-offs); `sender` pays."""

    sender: AddressText
    receipts: Annotated[
        list[DigestText], Field(min_length=1, max_length=MOST_VOIDS, examples=[["0x" + "5c" * 32]])
    ]

    def digests(self) -> list[Digest]:
        """The receipts' digests."""
        return [Digest.parse(text) for text in self.receipts]


class VoidMessageIn(Body):
    """Who shall sign the void of the print that a receipt reports as failed."""

    issuer: AddressText
    receipt: DigestText


class VoidBody(Body):
    """EIP-712 `Void`."""

    design: DigestText
    license: Number
    word: Uint32
    serials: Mask
    evidence: DigestText
    issuer: AddressText
    deadline: Uint63

    def message(self) -> Void:
        """The signed message."""
        return Void(
            ContentHash.parse(self.design),
            self.license,
            self.word,
            int(self.serials),
            Digest.parse(self.evidence),
            Address(self.issuer),
            self.deadline,
        )


class SignedVoidIn(Body):
    """A void with its issuer's signature. The service sends it and pays."""

    void: VoidBody
    signature: SignatureText


class RelayIn(SignedVoidIn):
    """A void with its issuer's signature, and who will sign and pay the transaction."""

    sender: AddressText


class RedemptionsIn(Body):
    """Serials of several tokens of one license to be spent now, in one transaction.

    Where not `all_or_nothing`, what can be spent is, and the rest is reported.
    """

    items: Annotated[list[RedemptionIn], Field(min_length=1, max_length=MOST_TOKENS)]
    all_or_nothing: bool = True
