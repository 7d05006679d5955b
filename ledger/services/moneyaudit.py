"""Money in the audit: who got which part, and whether the books agree with the chain."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from ledger.models import Address, ContentHash
from ledger.rules import BASIS_POINTS
from ledger.services.context import Ledger
from ledger.services.findings import Finding, Severity
from ledger.services.subjects import Kind, Subject
from ledger.store import Session, catalog, lineage, money
from ledger.store.tables import EventRow

_Sums = tuple[int, ...]


def royalties_to(session: Session, subject: Subject) -> list[EventRow]:
    """What other designs have passed up to the design that is audited."""
    if subject.kind is not Kind.DESIGN:
        return []
    payers = {
        row.design for row in money.royalties(session, subject.id) if row.parent == subject.id
    }
    return [
        event
        for payer in sorted(payers)
        for event in catalog.events(session, design=payer, name="RoyaltyPassed")
        if json.loads(event.arguments)["parent"] == subject.id
    ]


def money_findings(ledger: Ledger, subject: Subject) -> list[Finding]:
    """Sums that differ between the projection and the chain, for a design or a license.

    A block can come between the two readings, so what differs is read twice.
    """
    for _attempt in range(2):
        found = list(_differences(ledger, subject))
        if not found:
            break
        ledger.indexer.catch_up()
    return found


def _differences(ledger: Ledger, subject: Subject) -> Iterator[Finding]:
    if subject.kind is Kind.DESIGN:
        design = ContentHash.parse(subject.id)
        for currency, told in _told(ledger, subject.id).items():
            account = ledger.chain.account(design, currency)
            passed = _passed(ledger, subject.id, account.shared)
            held = (account.gross, passed, account.withdrawn)
            if told != held:
                about = f"design {design} has had in {currency}"
                yield _finding(about, "what came in, was passed up, withdrawn", told, held)
    elif subject.license is not None:
        with ledger.database.read() as session:
            row = catalog.license(session, subject.license)
        if row is not None:
            told = (row.earned, row.refunded, row.voided)
            held = ledger.chain.tally(row.license)
            if told != held:
                about = f"license {row.license} has"
                yield _finding(about, "prints earned, refunded, voided", told, held)


def _told(ledger: Ledger, design: str) -> dict[Address, _Sums]:
    with ledger.database.read() as session:
        return {
            Address(row.currency): (
                int(row.settled) + int(row.received),
                int(row.passed),
                int(row.withdrawn),
            )
            for row in money.earnings(session, design)
        }


def _passed(ledger: Ledger, design: str, shared: int) -> int:
    """A parent's part is rounded down from the sum since the beginning (IRoyalties)."""
    with ledger.database.read() as session:
        shares = [row.share for row in lineage.ancestors(session, design) if row.share is not None]
    return sum(shared * share // BASIS_POINTS for share in shares)


def _finding(about: str, what: str, told: Sequence[int], held: Sequence[int]) -> Finding:
    return Finding(
        "money-differs",
        Severity.ERROR,
        f"By the events {about} {_list(told)} ({what}); by the chain {_list(held)}.",
        "the state of PrintLicenses",
    )


def _list(sums: Sequence[int]) -> str:
    return " / ".join(map(str, sums))
