"""Findings about recalls: what falls into one, and the nearest that does not."""

from __future__ import annotations

import json

import pytest

from ledger.services.findings import Severity
from ledger.services.recallaudit import Period, under_recall
from ledger.store.tables import EventRow, ReceiptRow, RedemptionRow, TokenRow
from tests.unit.test_findings import DESIGN, receipt, redemption, token

ROOT = "0x" + "a" * 64


def event(name: str, block: int, time: int) -> EventRow:
    return EventRow(
        block=block,
        log_index=1,
        name=name,
        arguments=json.dumps({"design": ROOT, "notice": "0x" + "0" * 64}),
        block_hash="0x",
        block_time=time,
        transaction="0xabc",
        design=ROOT,
    )


BEGUN, ENDED = event("DesignRecalled", 10, 100), event("RecallLifted", 20, 200)
OVER = Period(ROOT, "0x", BEGUN, ENDED)
LASTING = Period(ROOT, "0x", BEGUN, None)


def kinds(
    period: Period,
    tokens: list[TokenRow] | None = None,
    redemptions: list[RedemptionRow] | None = None,
    receipts: list[ReceiptRow] | None = None,
) -> list[tuple[str, Severity]]:
    found = under_recall({DESIGN: [period]}, tokens or [], redemptions or [], receipts or [])
    return [(finding.kind, finding.severity) for finding in found]


@pytest.mark.parametrize("period", [OVER, LASTING])
@pytest.mark.parametrize(("issued_at", "found"), [(100, False), (101, True), (199, True)])
def test_a_token_issued_under_recall_is_a_contradiction(
    period: Period,
    issued_at: int,
    found: bool,
) -> None:
    wanted = [("token-issued-while-recalled", Severity.ERROR)] if found else []
    assert kinds(period, tokens=[token(issued_at=issued_at)]) == wanted


@pytest.mark.parametrize("period", [OVER, LASTING])
@pytest.mark.parametrize(
    ("place", "found"), [((9, 7), False), ((10, 0), False), ((10, 2), True), ((20, 0), True)]
)
def test_a_redemption_under_recall_is_a_contradiction_by_its_place_on_the_chain(
    period: Period, place: tuple[int, int], found: bool
) -> None:
    row = redemption(block=place[0], log_index=place[1])
    wanted = [("redeemed-while-recalled", Severity.ERROR)] if found else []
    assert kinds(period, redemptions=[row]) == wanted


@pytest.mark.parametrize("started", [101, 150])
def test_a_print_begun_under_recall_is_worth_a_look(started: int) -> None:
    rows = [receipt(started=started)]
    assert kinds(OVER, receipts=rows) == [("printed-while-recalled", Severity.WARNING)]
    assert kinds(OVER, receipts=[receipt(started=200)]) == []
    assert kinds(OVER, receipts=[receipt(started=100)]) == []


def test_after_its_end_a_recall_says_nothing_and_before_it_either() -> None:
    assert kinds(OVER, tokens=[token(issued_at=200), token(issued_at=50)]) == []
    assert kinds(OVER, redemptions=[redemption(block=20, log_index=2)]) == []
    assert kinds(LASTING, tokens=[token(issued_at=10**9)]) != []


def test_only_designs_below_the_recalled_one_are_meant() -> None:
    known = {DESIGN: [], ROOT: [LASTING]}
    assert list(under_recall(known, [token(issued_at=150)], [], [])) == []
