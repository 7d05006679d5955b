"""Designs made from others: what their owner signs, and what is above and below them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ledger import rules
from ledger.errors import ParentCountInvalid, ParentRepeated, SharesTooHigh
from ledger.models import (
    MAX_PARENTS,
    MAX_TOTAL_SHARE,
    Address,
    ContentHash,
    DerivedRegistration,
    Digest,
    Parent,
)
from ledger.services.context import Call, Ledger
from ledger.services.registered import find
from ledger.services.standing import require_printable
from ledger.signing import TypedData
from ledger.store import lineage
from ledger.store.lineagetables import AncestorRow, StandingRow
from ledger.store.tables import DesignRow


@dataclass(frozen=True, slots=True)
class Lineage:
    """What is above a design, and what its owner said of it since.

    `recall` is why it may not be printed: itself, or a recalled design above it.
    """

    ancestors: Sequence[AncestorRow]
    standing: StandingRow
    recall: StandingRow | None


def lineage_of(ledger: Ledger, design: str) -> Lineage:
    """The lineage and standing of a design; one that nobody registered has none."""
    with ledger.database.read() as session:
        return Lineage(
            lineage.ancestors(session, design),
            lineage.standing(session, design),
            lineage.recalled_by(session, design),
        )


def children_of(
    ledger: Ledger, design: ContentHash, after: tuple[int, int] | None, limit: int
) -> Sequence[tuple[DesignRow, int]]:
    """Designs derived from this one, with its share of each. Raises DesignNotFound."""
    find(ledger, design)
    with ledger.database.read() as session:
        return lineage.children(session, str(design), after, limit)


def require_parents(ledger: Ledger, parents: Sequence[Parent]) -> None:
    """Refuse parents that the registry would refuse, before a file is sealed for them.

    Raises ParentCountInvalid, ParentRepeated, SharesTooHigh, DesignNotFound or Recalled.
    Whether their owners agree is for the registry to say.
    """
    if len(parents) > MAX_PARENTS:
        raise ParentCountInvalid(
            f"{len(parents)} parents were named; a derived design has 1 to {MAX_PARENTS}.",
            count=len(parents),
        )
    seen: set[ContentHash] = set()
    for parent in parents:
        if parent.design in seen:
            raise ParentRepeated(
                f"The parent {parent.design} was named twice.", parent=str(parent.design)
            )
        seen.add(parent.design)
    total = sum(parent.share for parent in parents)
    if total > MAX_TOTAL_SHARE:
        raise SharesTooHigh(
            f"{total} basis points would go to parents; at most {MAX_TOTAL_SHARE} may.",
            total=total,
        )
    for parent in parents:
        require_printable(ledger, parent.design)


def registration_message(
    ledger: Ledger,
    design: ContentHash,
    metadata: Digest,
    owner: Address,
    deadline: int,
    parents: Sequence[Parent],
) -> TypedData:
    """What the owner signs: `Register`, or `RegisterDerived` where there are parents."""
    if not parents:
        return ledger.domain.register(design, metadata, owner, deadline)
    return ledger.domain.register_derived(_wish(design, metadata, owner, deadline, parents))


def registration_call(
    ledger: Ledger,
    design: ContentHash,
    metadata: Digest,
    owner: Address,
    deadline: int,
    parents: Sequence[Parent],
    signature: bytes,
) -> Call:
    """The call that carries the signed message to the registry. Raises SignatureExpired."""
    # A node tries a call at the time of its newest block, which may be long ago.
    now = ledger.now()
    rules.require_unexpired(deadline, now, "registration")
    for parent in parents:
        if parent.consent:
            rules.require_unexpired(parent.deadline, now, f"consent for {parent.design}")
    if not parents:
        return ledger.chain.register_by_sig(design, metadata, owner, deadline, signature)
    wish = _wish(design, metadata, owner, deadline, parents)
    return ledger.chain.register_derived_by_sig(wish, parents, signature)


def _wish(
    design: ContentHash,
    metadata: Digest,
    owner: Address,
    deadline: int,
    parents: Sequence[Parent],
) -> DerivedRegistration:
    return DerivedRegistration(
        design,
        metadata,
        owner,
        [parent.design for parent in parents],
        [parent.share for parent in parents],
        deadline,
    )
