"""Approved slices: G-code of a design that print tokens may bind, so that nothing else is printed.

The owner of the design, or an issuer of theirs, slices it with a printer's profile and signs
for the G-code's hash. A token that binds it opens the design at the gate, which slices it
itself, and prints only if the result is what was approved.
"""

from __future__ import annotations

from collections.abc import Iterable

from ledger import rules
from ledger.errors import MalformedRequest, NotIssuer, SliceNotFound
from ledger.models import ZERO_DIGEST, Address, ContentHash, Digest, Slice
from ledger.services.context import Ledger
from ledger.services.facts import Fact
from ledger.signing import require_signer
from ledger.store import Session, slices
from ledger.store.slicetables import SliceRow

MAX_SLICER = 100
"""Characters of a slicer's name and version."""
MOST_SHOWN = 500
"""Slices of one design that an audit tells of."""


def approve(ledger: Ledger, wanted: Slice, signer: Address, signature: bytes) -> SliceRow:
    """Take an approval in; another of the same G-code takes its place.

    Raises SignatureExpired, BadSignature, MalformedRequest, DesignNotFound, Recalled, or
    NotIssuer unless `signer` owns the design or is an issuer of its owner now.
    """
    now = ledger.now()
    rules.require_fresh(wanted.deadline, now, "slice")
    if wanted.job in (ZERO_DIGEST, wanted.design) or wanted.profile == ZERO_DIGEST:
        raise MalformedRequest("A slice has G-code and a profile of its own.")
    if not 0 < len(wanted.slicer) <= MAX_SLICER or not wanted.slicer.isprintable():
        raise MalformedRequest(f"A slicer is named with 1 to {MAX_SLICER} characters.")
    require_signer(ledger.domain.typed(wanted), signature, signer)
    if not ledger.chain.may_issue(wanted.design, signer):
        raise NotIssuer(
            f"{signer} neither owns the design {wanted.design} nor is an issuer of its owner.",
            signer=signer,
            design=str(wanted.design),
        )
    row = SliceRow(
        design=str(wanted.design),
        job=str(wanted.job),
        profile=str(wanted.profile),
        slicer=wanted.slicer,
        deadline=wanted.deadline,
        signer=signer,
        signature="0x" + signature.hex(),
        approved_at=now,
    )
    with ledger.database.write() as session:
        return session.merge(row)


def find(ledger: Ledger, design: ContentHash, job: Digest) -> SliceRow:
    """An approved slice. Raises SliceNotFound."""
    with ledger.database.read() as session:
        row = slices.find(session, str(design), str(job))
    if row is None:
        raise SliceNotFound(f"No slice {job} of {design} was approved.", design=str(design))
    return row


def slice_facts(session: Session, designs: Iterable[str]) -> list[Fact]:
    """That slices of these designs were approved: for the audit."""
    return [
        Fact(
            row.approved_at,
            "SliceApproved",
            f"slice {row.job}, signed by {row.signer}",
            row.model_dump(),
        )
        for design in designs
        for row in slices.of_design(session, design, "", MOST_SHOWN)
    ]
