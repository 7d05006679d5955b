"""Print orders in the audit: who asked a queue for what, and what their center said of it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeVar

from ledger.services.facts import Fact
from ledger.services.findings import Finding, Severity
from ledger.services.subjects import Kind, Subject
from ledger.services.voidaudit import voids_of
from ledger.store import Session, queue
from ledger.store.tables import OrderRow, RedemptionRow, StatementRow, TokenRow

MOST_ORDERS = 200
"""Orders that one audit tells of: the newest, and those whose statements it must not leave out."""
MOST_SAID = 500
"""Statements about the newest of them that it tells: the newest, and what voids rest on."""
Placed = TypeVar("Placed", OrderRow, StatementRow)
_SAID = {"OrderChange": "OrderChanged", "SignOff": "PieceSignedOff"}


@dataclass(frozen=True, slots=True)
class Ordered:
    """The orders that an audit tells of, what was said about them, and whether that is all."""

    facts: list[Fact]
    findings: list[Finding] = field(default_factory=list)


def order_facts(
    session: Session,
    subject: Subject,
    tokens: Sequence[TokenRow],
    redemptions: Iterable[RedemptionRow],
) -> Ordered:
    """The orders of a license or printer, or of these tokens, and what was said about them.

    Where that is too much for one answer, what the voids of these redemptions rest on is told all
    the same; and so is what was said of the one print that the audit is about.
    """
    orders, of_orders = _orders(session, subject, tokens)
    said, of_said = queue.newest_statements(session, (row.digest for row in orders), MOST_SAID)
    findings = list[Finding]()
    if (len(orders), len(said)) != (of_orders, of_said):
        detail = (
            f"Of {of_orders} orders the newest {len(orders)} are told, and of {of_said} statements "
            f"about these the newest {len(said)}; besides them whatever a void rests on. Ask for "
            f"single serials, or for an order itself."
        )
        findings.append(Finding("orders-not-all-told", Severity.NOTE, detail, "the queue"))
        proofs = list(_proofs(session, subject, tokens, redemptions))
        said = _together(said, proofs)
        more = queue.orders_named(session, (row.order for row in proofs))
        orders = _together(orders, more)
    about: dict[str, list[StatementRow]] = defaultdict(list)
    for one in said:
        about[one.order].append(one)
    return Ordered([fact for row in orders for fact in _told(row, about[row.digest])], findings)


def _orders(
    session: Session, subject: Subject, tokens: Sequence[TokenRow]
) -> tuple[Sequence[OrderRow], int]:
    """The newest of them, and how many there are."""
    if subject.kind is Kind.LICENSE:
        return queue.newest_orders(session, MOST_ORDERS, license=int(subject.id))
    if subject.kind is Kind.PRINTER:
        return queue.newest_orders(session, MOST_ORDERS, printer=subject.id)
    found = queue.orders_named(session, queue.orders_of(session, (row.digest for row in tokens)))
    return found[-MOST_ORDERS:], len(found)


def _together(first: Iterable[Placed], second: Iterable[Placed]) -> list[Placed]:
    """Each once, in the order in which they came."""
    rows = {row.digest: row for row in chain(first, second)}
    return sorted(rows.values(), key=lambda row: row.place)


def _proofs(
    session: Session,
    subject: Subject,
    tokens: Sequence[TokenRow],
    redemptions: Iterable[RedemptionRow],
) -> Iterator[StatementRow]:
    """What may not be left out, however old it is."""
    for digest in sorted({row.evidence for row in voids_of(session, redemptions)}):
        said = queue.statement(session, digest)
        if said is not None:
            yield said
    if subject.kind in (Kind.SERIAL, Kind.TOKEN):
        for token in tokens:
            piece = queue.piece(session, token.digest)
            if piece is not None and piece.accepted is not None:
                yield from queue.sign_offs_of(session, piece)


def _told(row: OrderRow, said: Iterable[StatementRow]) -> Iterator[Fact]:
    name = f"print order {row.digest}"
    yield Fact(
        row.received_at,
        "PrintOrdered",
        f"{name}, signed by {row.center}",
        {
            "order": row.digest,
            "state": row.state,
            "done": row.done,
            "failed": row.failed,
            **json.loads(row.signed),
            "signature": row.signature,
        },
        after=(f"license {row.license}",),
        gives=(name,),
    )
    for one in said:
        told = json.loads(one.message)
        yield Fact(
            one.received_at,
            _SAID[one.kind],
            f"statement {one.digest}, signed by {row.center}",
            {**told, "signature": one.signature},
            after=(name, *([f"token {told['token']}"] if "token" in told else ())),
            gives=(f"statement {one.digest}",),
        )
