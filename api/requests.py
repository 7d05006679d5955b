"""Requests as JSON, each with the message or value that it stands for."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.fields import (
    AddressText,
    DigestText,
    Mask,
    Number,
    Seconds,
    SignatureText,
    Uint32,
    Uint63,
)
from ledger.models import (
    UNKNOWN_SHARE,
    ZERO_DIGEST,
    Address,
    ContentHash,
    Digest,
    Enrolment,
    KeyRequest,
    Outcome,
    PrintRequest,
    PrintToken,
    Receipt,
    Refusal,
)
from ledger.services.receipts import MOST_MATERIAL, WHOLE


class Body(BaseModel):
    """Requests name only what they know: an unknown member is an error."""

    model_config = ConfigDict(extra="forbid")


class OwnerIn(Body):
    """Who will sign as the design's owner."""

    owner: AddressText


class SenderIn(Body):
    """Who will sign and pay the transaction."""

    sender: AddressText


class IssuerIn(Body):
    """A designer lets this service sign tokens until `expiry`."""

    designer: AddressText
    expiry: Seconds


class DesignerIn(Body):
    """Whose authorization is meant."""

    designer: AddressText


class RefundIn(Body):
    """Who holds the license."""

    licensee: AddressText


class RawTransactionIn(Body):
    """A signed transaction."""

    raw: Annotated[
        str,
        Field(
            pattern=r"^0x([0-9a-fA-F]{2})+$",
            max_length=262_146,
            examples=["0x02f8…"],
        ),
    ]

    def bytes(self) -> bytes:
        """The transaction itself."""
        return bytes.fromhex(self.raw[2:])


class EnrolmentIn(Body):
    """A printer and its center belong together; both signed `Enrolment`."""

    center: AddressText
    printer: AddressText
    kem_key: DigestText
    name: Annotated[str, Field(min_length=1, max_length=100, examples=["Press 4"])]
    deadline: Seconds
    center_signature: SignatureText
    printer_signature: SignatureText

    def enrolment(self) -> Enrolment:
        """The signed message."""
        return Enrolment(
            Address(self.center),
            Address(self.printer),
            bytes(Digest.parse(self.kem_key)),
            self.name,
            self.deadline,
        )


class PrintRequestIn(Body):
    """What the licensee asks for (EIP-712 `PrintRequest`)."""

    design: DigestText
    license: Number
    printer: AddressText
    count: Uint32
    lifetime: Seconds
    job: DigestText
    nonce: DigestText
    deadline: Seconds

    def message(self) -> PrintRequest:
        """The signed message."""
        return PrintRequest(
            design=ContentHash.parse(self.design),
            license=self.license,
            printer=Address(self.printer),
            count=self.count,
            lifetime=self.lifetime,
            job=Digest.parse(self.job),
            nonce=Digest.parse(self.nonce),
            deadline=self.deadline,
        )


class TokensIn(Body):
    """A signed print request."""

    request: PrintRequestIn
    signature: SignatureText


class TokenIn(Body):
    """A print token, format 1."""

    design: DigestText
    license: Number
    printer: AddressText
    word: Uint32
    serials: Mask
    not_before: Seconds
    deadline: Seconds
    job: DigestText

    def token(self) -> PrintToken:
        """The token itself."""
        return PrintToken(
            design=ContentHash.parse(self.design),
            license=self.license,
            printer=Address(self.printer),
            word=self.word,
            serials=int(self.serials),
            not_before=self.not_before,
            deadline=self.deadline,
            job=Digest.parse(self.job),
        )


class RedemptionIn(Body):
    """Serials of a token to be spent now; its printer signed `RedemptionRequest`."""

    token: TokenIn
    signature: SignatureText
    take: Mask
    deadline: Seconds
    printer_signature: SignatureText


class KeyRequestIn(Body):
    """EIP-712 `KeyRequest`."""

    design: DigestText
    license: Number
    token: DigestText
    printer: AddressText
    deadline: Seconds

    def message(self) -> KeyRequest:
        """The signed message."""
        return KeyRequest(
            ContentHash.parse(self.design),
            self.license,
            Digest.parse(self.token),
            Address(self.printer),
            self.deadline,
        )


class KeyIn(Body):
    """A signed key request."""

    request: KeyRequestIn
    signature: SignatureText


class ReceiptBody(Body):
    """EIP-712 `Receipt`; `recycled` in basis points, null where nobody knows it."""

    token: DigestText
    design: DigestText
    license: Number
    serial: Uint32
    printer: AddressText
    job: DigestText
    started: Seconds
    ended: Seconds
    outcome: Outcome
    material_mg: Uint63 = 0
    energy_joule: Uint63 = 0
    profile: DigestText = str(ZERO_DIGEST)
    duration: Seconds = 0
    material: Annotated[str, Field(max_length=MOST_MATERIAL, examples=["PLA"])] = ""
    recycled: Annotated[int | None, Field(ge=0, le=WHOLE, examples=[2_500])] = None
    photo: DigestText = str(ZERO_DIGEST)

    def message(self) -> Receipt:
        """The signed message."""
        return Receipt(
            token=Digest.parse(self.token),
            design=ContentHash.parse(self.design),
            license=self.license,
            serial=self.serial,
            printer=Address(self.printer),
            job=Digest.parse(self.job),
            started=self.started,
            ended=self.ended,
            outcome=self.outcome,
            material_mg=self.material_mg,
            energy_joule=self.energy_joule,
            profile=Digest.parse(self.profile),
            duration=self.duration,
            material=self.material,
            recycled=UNKNOWN_SHARE if self.recycled is None else self.recycled,
            photo=Digest.parse(self.photo),
        )


class ReceiptIn(Body):
    """A signed receipt."""

    receipt: ReceiptBody
    signature: SignatureText


class RefusalBody(Body):
    """EIP-712 `Refusal`."""

    printer: AddressText
    file: DigestText
    error: Annotated[str, Field(pattern=r"^[A-Za-z]{1,60}$", examples=["JobWithoutToken"])]
    refused_at: Seconds

    def message(self) -> Refusal:
        """The signed message."""
        return Refusal(Address(self.printer), Digest.parse(self.file), self.error, self.refused_at)


class RefusalIn(Body):
    """A signed refusal."""

    refusal: RefusalBody
    signature: SignatureText
