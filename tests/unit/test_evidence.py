"""What is evidence of a failed print, and what the audit says of a void: pure decisions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from ledger import rules
from ledger.models import Outcome, bit_of, serials_of
from ledger.services.evidence import (
    CalledBad,
    Failed,
    Voided,
    is_evidence,
    judge,
    waiting,
    waiting_on_words,
)
from ledger.services.findings import Severity
from ledger.store.lifetables import VoidRow
from ledger.store.tables import StatementRow
from tests.unit.test_findings import OTHER, receipt as any_receipt, redemption


def receipt(**changed: Any) -> Any:
    """A receipt of a failed print."""
    return any_receipt(**{"outcome": "failed", **changed})


def void(**changed: Any) -> VoidRow:
    values: dict[str, Any] = {
        "block": 9,
        "log_index": 0,
        "design": redemption().design,
        "license": 1,
        "word": 0,
        "serials": "0x1",
        "quota": 11,
        "evidence": "0xdeed",
        "by": OTHER,
        "transaction": "0xvoid",
        "voided_at": 20,
    }
    return VoidRow(**values | changed)


SOUND = Voided([void()], [redemption()], [receipt()], {"0xdeed": receipt()})


def kinds(what: Voided) -> list[str]:
    found = judge(what)
    assert all(finding.detail and finding.where == "transaction 0xvoid" for finding in found)
    return [finding.kind for finding in found]


@pytest.mark.parametrize("outcome", Outcome)
def test_a_print_that_did_not_end_well_is_evidence_and_one_that_did_is_none(
    outcome: Outcome,
) -> None:
    said = is_evidence(receipt(outcome=outcome.value), redemption())
    assert said == (outcome is not Outcome.DONE)


@pytest.mark.parametrize(
    "changed", [{"token": "0xother"}, {"printer": OTHER}, {"design": "0xother"}, {"license": 2}]
)
def test_a_receipt_about_another_redemption_is_no_evidence(changed: dict[str, Any]) -> None:
    assert not is_evidence(receipt(**changed), redemption())
    assert not is_evidence(receipt(), None)


def test_a_void_on_the_receipt_of_its_failed_print_is_sound() -> None:
    assert judge(SOUND) == []
    assert judge(Voided()) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"evidence": {}},
        {"evidence": {"0xdeed": receipt(serial=1)}},
        {"evidence": {"0xdeed": receipt(license=2)}},
        {"evidence": {"0xdeed": receipt(outcome="done")}},
        {"evidence": {"0xdeed": receipt(printer=OTHER)}},
        {"bad_signatures": frozenset({"0xdeed"})},
        {"redemptions": []},
    ],
)
def test_a_void_on_anything_else_is_without_evidence(changed: dict[str, Any]) -> None:
    assert kinds(replace(SOUND, **changed)) == ["void-without-evidence"]


def test_one_receipt_is_no_evidence_for_the_serial_beside_its_own() -> None:
    both = replace(SOUND, voids=[void(serials="0x3")], redemptions=[redemption(take="0x3")])
    (finding,) = judge(both)
    assert finding.kind == "void-without-evidence"
    assert "serial 1 " in finding.detail


def test_a_voided_print_that_its_printer_calls_done_is_found() -> None:
    done = any_receipt(digest="0xd0")
    good = replace(SOUND, receipts=[done, receipt()])
    assert kinds(good) == ["void-of-good-print"]
    assert kinds(replace(good, bad_signatures=frozenset({"0xd0"}))) == []
    assert kinds(replace(good, receipts=[any_receipt(digest="0xd0", printer=OTHER)])) == []
    assert kinds(replace(good, receipts=[any_receipt(digest="0xd0", serial=1)])) == []


SERIALS = st.sets(st.integers(0, 700))


@given(SERIALS, SERIALS, SERIALS)
def test_what_waits_is_what_was_redeemed_and_failed_and_is_not_voided(
    redeemed: set[int], failed: set[int], voided: set[int]
) -> None:
    rows = [
        redemption(word=word, take=hex(mask), log_index=word)
        for word, mask in masks(redeemed).items()
    ]
    receipts = [receipt(serial=serial, digest=hex(serial)) for serial in sorted(failed)]
    found = waiting(receipts, rows, masks(voided))
    assert [row.serial for row in found] == sorted(redeemed & failed - voided)


@given(st.integers(1, 5_000), st.integers(0, 10_000), st.data())
def test_the_share_bounds_what_is_voided_without_asking_however_it_is_used(
    given_: int, share: int, data: st.DataObject
) -> None:
    quota, voided = given_, 0
    while left := rules.voids_left(quota, voided, share):
        count = data.draw(st.integers(1, left))
        quota, voided = quota + count, voided + count
    assert voided == given_ * share // rules.BASIS_POINTS
    assert rules.voids_left(quota + 5, voided + 5, share) == 0  # and by hand beyond it


def masks(serials: set[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for serial in serials:
        word, bit = bit_of(serial)
        found[word] = found.get(word, 0) | bit
    assert {serial for word, mask in found.items() for serial in serials_of(word, mask)} == serials
    return found


CALLED_BAD = CalledBad(1, 0, redemption().token, OTHER)
WORD = StatementRow(
    digest="0xword",
    place=1,
    order="0xorder",
    kind="SignOff",
    message="{}",
    signature="0x",
    received_at=9,
)
ON_A_WORD = replace(
    SOUND, evidence={}, receipts=[receipt(outcome="done")], words={"0xdeed": CALLED_BAD}
)


def test_a_void_on_a_centers_word_is_told_as_that() -> None:
    (finding,) = judge(ON_A_WORD)
    assert (finding.kind, finding.severity) == ("void-on-a-centers-word", Severity.NOTE)
    assert OTHER in finding.detail


@pytest.mark.parametrize("changed", [{"serial": 1}, {"license": 2}, {"token": "0xother"}])
def test_a_centers_word_on_another_piece_is_no_evidence(changed: dict[str, Any]) -> None:
    other = replace(ON_A_WORD, words={"0xdeed": replace(CALLED_BAD, **changed)})
    assert kinds(other) == ["void-without-evidence", "void-of-good-print"]


@pytest.mark.parametrize("outcome", Outcome)
def test_a_center_is_asked_only_about_what_its_printer_calls_done(outcome: Outcome) -> None:
    said = Failed(receipt(outcome=outcome.value), WORD)
    found = waiting_on_words([said], [redemption()], {})
    assert found == ([said] if outcome is Outcome.DONE else [])
    assert waiting_on_words([said], [], {}) == []
    assert waiting_on_words([said], [redemption()], {0: 1}) == []
    assert (said.evidence, said.told_at) == ("0xword", 9)
