"""Approved slices: what a designer computes, signs for, and hands in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.client import answers
from ledger.client.answers import Account, Answered, DesignId, Hash
from ledger.client.printerside import PrinterSide
from ledger.models import Address, ContentHash, Digest, Slice

if TYPE_CHECKING:
    from ledger.client.desk import Desk

SIGNED_SECONDS = 1_800
"""How long the approval may be on its way."""


class ApprovedSlice(Answered):
    """G-code of a design that its owner or an issuer approved."""

    design: DesignId
    job: Hash
    profile: Hash
    slicer: str
    signer: Account
    approved_at: int


class SliceSide(PrinterSide):
    """The calls about slices: a part of `ServiceClient`."""

    def approve_slice(self, wanted: Slice, signer: Address, signature: bytes) -> ApprovedSlice:
        """Hand in a signed approval. Raises what the service says (NotIssuer, ...)."""
        body = {
            "job": str(wanted.job),
            "profile": str(wanted.profile),
            "slicer": wanted.slicer,
            "deadline": wanted.deadline,
            "signer": signer,
            "signature": "0x" + signature.hex(),
        }
        return self._post(f"/designs/{wanted.design}/slices", body, ApprovedSlice)

    def slices(
        self, design: ContentHash, cursor: str | None = None, limit: int = 50
    ) -> answers.Page[ApprovedSlice]:
        """Approved slices of a design, a page at a time. Raises DesignNotFound."""
        return self._page(f"/designs/{design}/slices", ApprovedSlice, cursor, limit)


def approve_slice(
    desk: Desk, design: ContentHash, profile: Digest, job: Digest, slicer: str
) -> ApprovedSlice:
    """Sign for a slice with the desk's key and hand it in."""
    wanted = Slice(design, profile, job, slicer, desk.now() + SIGNED_SECONDS)
    signature = desk.signer.sign(desk.domain.typed(wanted))
    return desk.service.approve_slice(wanted, desk.signer.address, signature)
