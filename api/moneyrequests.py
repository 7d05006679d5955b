"""Requests about offers, purchases, grants and money, each with the value it stands for."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from api.fields import (
    U63,
    AddressText,
    DigestText,
    Hours,
    LongText,
    Mask,
    Number,
    Seconds,
    SignatureText,
    Uint32,
    Wei,
)
from api.requests import Body
from ledger.models import (
    NATIVE_CURRENCY,
    NOBODY,
    Address,
    ContentHash,
    Digest,
    Grant,
    Permit,
    Purchase,
    Rights,
)
from ledger.services.money import MOST_SETTLEMENTS
from ledger.services.terms import OfferTerms
from ledger.signing import parse_signature

Right = Literal["irrevocable", "variants", "transferable"]
RightNames = Annotated[list[Right], Field(max_length=3, examples=[["transferable"]])]
Deadline = Annotated[int, Field(ge=0, le=U63, examples=[1_800_000_000])]


class OfferIn(Body):
    """Terms of an offer; `terms` is the document that both sides can read.

    `price` is in the smallest unit of `currency`, an ERC-20 or the zero address.
    """

    owner: AddressText
    price: Wei
    min_quota: Uint32 = 1
    max_quota: Uint32
    opens: Seconds
    closes: Seconds
    duration: Seconds
    grace: Hours = 0
    terms: LongText
    currency: AddressText = str(NATIVE_CURRENCY)
    licensee: AddressText = str(NOBODY)
    max_per_licensee: Uint32 = 0
    rights: RightNames = Field(default_factory=list)

    def value(self) -> OfferTerms:
        """What the designer decided."""
        return OfferTerms(
            price=int(self.price),
            min_quota=self.min_quota,
            max_quota=self.max_quota,
            opens=self.opens,
            closes=self.closes,
            duration=self.duration,
            grace=self.grace,
            document=self.terms,
            currency=Address(self.currency),
            licensee=Address(self.licensee),
            max_per_licensee=self.max_per_licensee,
            rights=Rights.named(self.rights),
        )


class PermitIn(Body):
    """An allowance of the payer's for the licenses' contract, signed (ERC-2612)."""

    currency: AddressText
    owner: AddressText
    value: Mask
    deadline: Deadline
    signature: Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{130}$", examples=["0x" + "12" * 65])]

    def permit(self) -> Permit:
        """The signed permit."""
        return Permit(
            Address(self.currency),
            Address(self.owner),
            int(self.value),
            self.deadline,
            parse_signature(self.signature),
        )


OptionalPermit = Annotated[PermitIn | None, Field(examples=[None])]


class PaymentIn(Body):
    """Who would pay for so many prints under an offer."""

    payer: AddressText
    offer: DigestText
    quota: Uint32


class PurchaseIn(Body):
    """Buy `quota` prints under an offer; `payer` signs and pays, the licensee if not named."""

    licensee: AddressText
    offer: DigestText
    quota: Uint32
    payer: Annotated[AddressText | None, Field(examples=[None])] = None
    permit: OptionalPermit = None


class SignedPurchaseIn(Body):
    """EIP-712 `Purchase` with the buyer's signature."""

    offer: DigestText
    buyer: AddressText
    quota: Uint32
    salt: DigestText
    deadline: Deadline
    signature: SignatureText
    permit: OptionalPermit = None

    def message(self) -> Purchase:
        """The signed message."""
        return Purchase(
            Digest.parse(self.offer),
            Address(self.buyer),
            self.quota,
            Digest.parse(self.salt),
            self.deadline,
        )


class GrantIn(Body):
    """Give a license without payment."""

    sender: AddressText
    design: DigestText
    licensee: AddressText
    quota: Uint32
    expiry: Seconds
    grace: Hours = 0
    rights: RightNames = Field(default_factory=list)


class SignedGrantIn(Body):
    """EIP-712 `Grant` with the signature of the design's owner or an issuer of theirs."""

    design: DigestText
    licensee: AddressText
    quota: Uint32
    expiry: Seconds
    grace: Hours
    rights: RightNames
    issuer: AddressText
    salt: DigestText
    deadline: Deadline
    signature: SignatureText

    def message(self) -> Grant:
        """The signed message."""
        return Grant(
            design=ContentHash.parse(self.design),
            licensee=Address(self.licensee),
            quota=self.quota,
            expiry=self.expiry,
            grace=self.grace,
            rights=Rights.named(self.rights),
            issuer=Address(self.issuer),
            salt=Digest.parse(self.salt),
            deadline=self.deadline,
        )


class RevocationIn(Body):
    """End a license, and say why."""

    sender: AddressText
    reason: LongText = ""


class SignedRevocationIn(Body):
    """EIP-712 `Revocation` with the owner's signature; the message has the reason's SHA-256."""

    reason: LongText = ""
    deadline: Deadline
    signature: SignatureText


class SettlementsIn(Body):
    """Licenses whose prints are to be credited in one transaction."""

    sender: AddressText
    licenses: Annotated[
        list[Number], Field(min_length=1, max_length=MOST_SETTLEMENTS, examples=[[7, 8]])
    ]
    all_or_nothing: bool = False


class WithdrawalIn(Body):
    """Where a design's earnings in one currency shall go."""

    owner: AddressText
    to: AddressText
    currency: AddressText = str(NATIVE_CURRENCY)


class RoyaltyIn(Body):
    """Whose earnings are to be shared with their parents, in which currency."""

    sender: AddressText
    currency: AddressText = str(NATIVE_CURRENCY)


class MoneyCancellationIn(Body):
    """A message to PrintLicenses that its signer takes back, by its EIP-712 digest."""

    signer: AddressText
    digest: DigestText
