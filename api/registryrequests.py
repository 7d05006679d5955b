"""Requests about lineage, recalls, resale and signed messages as JSON."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.fields import U63, AddressText, DigestText, LongText, Seconds, SignatureText
from api.requests import Body
from ledger.models import (
    MAX_PARENTS,
    MAX_RESALE_SHARE,
    MAX_TOTAL_SHARE,
    Address,
    ContentHash,
    Digest,
    IssuerAuthorization,
    Parent,
    Policy,
    ResaleRoyalty,
)
from ledger.services.batches import MOST_ITEMS
from ledger.services.registration import Signed
from ledger.signing import parse_signature

Deadline = Annotated[int, Field(ge=0, le=U63, examples=[1_800_000_000])]
ShareOfParent = Annotated[int, Field(ge=0, le=MAX_TOTAL_SHARE, examples=[1_000])]
"""Basis points."""


ParentText = Annotated[
    str,
    Field(pattern=r"^(0x)?[0-9a-fA-F]{64}:[0-9]{1,5}$", examples=["0x" + "ab" * 32 + ":1000"]),
]
"""A parent as a query has it: its id, a colon, its share in basis points."""


_EXAMPLE_PARENT = {"design": "0x" + "ab" * 32, "share": 1_000}
_EXAMPLE_ITEM = {
    "design": "0x" + "cd" * 32,
    "owner": "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
    "deadline": 1_800_000_000,
    "signature": "0x" + "12" * 65,
}


def parent_of(text: str) -> Parent:
    """The parent that a query names; its consent comes with the signature."""
    design, share = text.split(":")
    return Parent(ContentHash.parse(design), int(share))


class ParentIn(Body):
    """A parent of a derived design; its owner's signature over `Derivation` where one is needed."""

    design: DigestText
    share: ShareOfParent
    deadline: Deadline = 0
    consent: Annotated[SignatureText | None, Field(examples=[None])] = None

    def parent(self) -> Parent:
        """The parent itself."""
        consent = parse_signature(self.consent) if self.consent else b""
        return Parent(ContentHash.parse(self.design), self.share, self.deadline, consent)


class RegistrationIn(Body):
    """The owner's signature over `Register`, or over `RegisterDerived` with its parents."""

    owner: AddressText
    deadline: Deadline
    signature: SignatureText
    parents: list[ParentIn] = Field(
        default_factory=list, max_length=MAX_PARENTS, examples=[[_EXAMPLE_PARENT]]
    )

    def signed(self, design: str) -> Signed:
        """What was signed, for this design."""
        return Signed(
            ContentHash.parse(design),
            Address(self.owner),
            self.deadline,
            parse_signature(self.signature),
            [parent.parent() for parent in self.parents],
        )


class BatchItemIn(RegistrationIn):
    """One registration of a batch."""

    design: DigestText


class BatchIn(Body):
    """Prepared designs to be registered in one transaction."""

    items: Annotated[
        list[BatchItemIn],
        Field(min_length=1, max_length=MOST_ITEMS, examples=[[_EXAMPLE_ITEM]]),
    ]
    all_or_nothing: bool = True


class NoticeIn(Body):
    """A recall, or its end; `notice` says why, for everybody to read."""

    owner: AddressText
    notice: Annotated[LongText, Field(min_length=1)]


class PolicyIn(Body):
    """Whether anybody may derive from the design, and at which share (basis points)."""

    owner: AddressText
    open: Annotated[bool, Field(examples=[True])]
    share: ShareOfParent = 0

    def policy(self) -> Policy:
        """The policy itself."""
        return Policy(self.open, self.share)


class ResaleIn(Body):
    """Who is to get which part of the price whenever the design is sold on; fixed for ever."""

    owner: AddressText
    receiver: AddressText
    share: Annotated[int, Field(ge=0, le=MAX_RESALE_SHARE, examples=[500])]

    def royalty(self) -> ResaleRoyalty:
        """The royalty itself."""
        return ResaleRoyalty(Address(self.receiver), self.share)


class AuthorizationIn(Body):
    """A designer's signature over `IssuerAuthorization`; `expiry` 0 removes the issuer."""

    designer: AddressText
    issuer: AddressText
    expiry: Seconds
    salt: DigestText
    deadline: Deadline
    signature: SignatureText

    def message(self) -> IssuerAuthorization:
        """The signed message."""
        return IssuerAuthorization(
            Address(self.designer),
            Address(self.issuer),
            self.expiry,
            Digest.parse(self.salt),
            self.deadline,
        )


class CancellationIn(Body):
    """A message that its signer takes back, by its EIP-712 digest."""

    signer: AddressText
    digest: DigestText
