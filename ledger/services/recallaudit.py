"""Recalls in the audit: when a design could not be printed, and what happened meanwhile.

A design is under recall from the event that recalls it, or one above it, until the event
that lifts it. The contract redeems nothing in between, so a redemption there is a
contradiction; so is a token that this service issued.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ledger.models import Cid, Digest
from ledger.services.context import Ledger
from ledger.services.findings import Finding, Severity
from ledger.store import Session, catalog, lineage
from ledger.store.tables import EventRow, ReceiptRow, RedemptionRow, TokenRow

_Place = tuple[int, int]
RECALLED, LIFTED = "DesignRecalled", "RecallLifted"


@dataclass(frozen=True, slots=True)
class Period:
    """A recall of `design`, from one event to another; the latter is None while it lasts."""

    design: str
    notice: str
    begin: EventRow
    end: EventRow | None

    def holds_at(self, place: _Place) -> bool:
        """Whether it was in force between two events of the chain."""
        return _place(self.begin) < place and (self.end is None or place < _place(self.end))

    def holds_during(self, time: int) -> bool:
        """Whether it was in force at a second; those of its two events are left out."""
        until = None if self.end is None else self.end.block_time
        return self.begin.block_time < time and (until is None or time < until)


def designs_above(session: Session, design: str) -> list[str]:
    """A design and all above it."""
    return [design, *(row.ancestor for row in lineage.ancestors(session, design))]


def recall_events(session: Session, design: str) -> list[EventRow]:
    """The recalls of one design, not of those above it, and their ends."""
    if lineage.standing(session, design).notice is None:  # mostly; and read by its key
        return []
    rows = [
        row
        for name in (RECALLED, LIFTED)
        for row in catalog.events(session, design=design, name=name)
    ]
    return sorted(rows, key=_place)


def lineage_events(session: Session, design: str) -> list[EventRow]:
    """What happened above and below a design: recalls there, and designs derived from it."""
    above = designs_above(session, design)[1:]
    found = [event for one in above for event in recall_events(session, one)]
    for child in lineage.child_ids(session, design):
        found += catalog.events(session, design=child, name="DesignDerived")
    return found


def periods(session: Session, design: str) -> list[Period]:
    """When a design could not be printed, by its own recalls and those above it."""
    found: list[Period] = []
    for one in designs_above(session, design):
        begun: EventRow | None = None
        for event in recall_events(session, one):
            if event.name == RECALLED:
                begun = event
            elif begun is not None:
                found.append(Period(one, _notice(begun), begun, event))
                begun = None
        if begun is not None:
            found.append(Period(one, _notice(begun), begun, None))
    return found


def recall_findings(
    ledger: Ledger,
    session: Session,
    own: Iterable[str],
    tokens: Sequence[TokenRow],
    redemptions: Sequence[RedemptionRow],
    receipts: Sequence[ReceiptRow],
) -> Iterator[Finding]:
    """Every finding about recalls; `own` are designs that the audit is about by themselves."""
    named = {row.design for row in tokens} | {row.design for row in redemptions}
    named |= {row.design for row in receipts}
    known = {design: periods(session, design) for design in sorted(named | set(own))}
    yield from _in_force(ledger, known.values())
    yield from under_recall(known, tokens, redemptions, receipts)


def under_recall(
    known: Mapping[str, Sequence[Period]],
    tokens: Sequence[TokenRow],
    redemptions: Sequence[RedemptionRow],
    receipts: Sequence[ReceiptRow],
) -> Iterator[Finding]:
    """What was issued, redeemed or printed of a design while it was under recall.

    `known` are the recalls of each design that occurs, its own and those above it.
    """
    for token in tokens:
        for period in known[token.design]:
            if period.holds_during(token.issued_at):
                yield _error(
                    "token-issued-while-recalled",
                    f"The token {token.digest} was issued while {period.design} was recalled.",
                    f"print token {token.digest}",
                )
    for redemption in redemptions:
        for period in known[redemption.design]:
            if period.holds_at((redemption.block, redemption.log_index)):
                yield _error(
                    "redeemed-while-recalled",
                    f"Serials of license {redemption.license} were redeemed while "
                    f"{period.design} was recalled.",
                    f"transaction {redemption.transaction}",
                )
    for receipt in receipts:
        for period in known[receipt.design]:
            if period.holds_during(receipt.started):
                yield Finding(
                    "printed-while-recalled",
                    Severity.WARNING,
                    f"Serial {receipt.serial} of license {receipt.license} was begun at "
                    f"{receipt.started}, while {period.design} was recalled.",
                    f"receipt {receipt.digest}",
                )


def _in_force(ledger: Ledger, known: Iterable[Sequence[Period]]) -> Iterator[Finding]:
    """Recalls that last, each once, and notices that cannot be read here."""
    each = {_place(period.begin): period for found in known for period in found}
    for period in each.values():
        notice = Cid.of_raw_block(Digest.parse(period.notice))
        where = f"transaction {period.begin.transaction}, notice ipfs://{notice}"
        if period.end is None:
            yield Finding(
                "recalled",
                Severity.WARNING,
                f"The design {period.design} is recalled: nothing may be printed of it, nor of "
                f"any design below it.",
                where,
            )
        if not ledger.ipfs.has(notice):
            yield Finding(
                "recall-notice-missing",
                Severity.WARNING,
                f"The notice that says why {period.design} was recalled is not pinned here.",
                where,
            )


def _error(kind: str, detail: str, where: str) -> Finding:
    return Finding(kind, Severity.ERROR, detail, where)


def _notice(event: EventRow) -> str:
    return str(json.loads(event.arguments)["notice"])


def _place(event: EventRow) -> _Place:
    return event.block, event.log_index
