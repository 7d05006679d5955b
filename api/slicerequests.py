"""Requests about slices as JSON."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.fields import AddressText, DigestText, Seconds, SignatureText
from api.requests import Body
from ledger.models import ContentHash, Digest, Slice


class SliceIn(Body):
    """The owner, or an issuer, approves G-code of a design (EIP-712 `Slice`)."""

    job: Annotated[DigestText, Field(description="SHA-256 of the G-code")]
    profile: Annotated[DigestText, Field(description="SHA-256 of the profile's file")]
    slicer: Annotated[str, Field(min_length=1, max_length=100, examples=["PrusaSlicer 2.5.0"])]
    deadline: Seconds
    signer: AddressText
    signature: SignatureText

    def message(self, design: ContentHash) -> Slice:
        """The signed message."""
        profile, job = Digest.parse(self.profile), Digest.parse(self.job)
        return Slice(design, profile, job, self.slicer, self.deadline)
