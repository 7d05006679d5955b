"""Requests about pledges and crises as JSON, each with the value that it stands for."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from api.fields import AddressText, DigestText, LongText, Seconds, SignatureText, Uint32
from api.requests import Body
from ledger.errors import MalformedRequest
from ledger.models import Address, CrisisDeclaration, Digest, Region
from ledger.services.crises import Declared, Offered


def _region(text: str) -> str:
    try:
        return Region(text)
    except MalformedRequest as error:
        raise ValueError(error.detail) from error


RegionText = Annotated[str, AfterValidator(_region), Field(examples=["TR-31"])]
Text = Annotated[LongText, Field(min_length=1)]


class PledgeIn(Body):
    """A design's owner pledges it to a council; `document` says what the pledge is for."""

    owner: AddressText
    council: AddressText
    until: Seconds
    max_duration: Seconds
    quota_per_license: Uint32
    quota_in_all: Uint32
    document: Text

    def offered(self) -> Offered:
        """What the owner decides."""
        return Offered(
            self.until,
            self.max_duration,
            self.quota_per_license,
            self.quota_in_all,
            self.document,
        )


class CrisisIn(Body):
    """A council declares a crisis; `evidence` is what it decided upon, for all to read.

    `signer` signs the print tokens of its licenses: this service's issuer if none is named.
    """

    council: AddressText
    region: RegionText
    until: Seconds
    evidence: Text
    signer: Annotated[AddressText | None, Field(examples=[None])] = None

    def declared(self) -> Declared:
        """What the council decides."""
        signer = Address(self.signer) if self.signer is not None else None
        return Declared(Region(self.region), self.until, self.evidence, signer)


class DeclarationBody(Body):
    """EIP-712 `CrisisDeclaration`."""

    council: AddressText
    region: RegionText
    until: Seconds
    evidence: DigestText
    signer: AddressText
    salt: DigestText
    deadline: Seconds

    def message(self) -> CrisisDeclaration:
        """The signed message."""
        return CrisisDeclaration(
            council=Address(self.council),
            region=Region(self.region).word,
            until=self.until,
            evidence=Digest.parse(self.evidence),
            signer=Address(self.signer),
            salt=Digest.parse(self.salt),
            deadline=self.deadline,
        )


class DeclarationIn(Body):
    """A declaration that its council signed."""

    declaration: DeclarationBody
    signature: SignatureText


class CouncilIn(Body):
    """Which council will sign."""

    council: AddressText


class EndIn(Body):
    """The end of a crisis, signed by its council (EIP-712 `CrisisEnd`)."""

    deadline: Seconds
    signature: SignatureText


class CentersIn(Body):
    """Centers that a council lets take licenses, or lets no longer (`allow` false)."""

    council: AddressText
    centers: Annotated[
        list[AddressText],
        Field(max_length=200, examples=[["0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"]]),
    ]
    allow: bool = True


class TakingIn(Body):
    """A center takes a license of a pledged design."""

    center: AddressText
    design: DigestText
    quota: Uint32
