"""Each finding: evidence that shows it, and the nearest evidence that does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from ledger.models import ZERO_DIGEST
from ledger.services import findings
from ledger.services.findings import Evidence, Finding, Severity, judge
from ledger.store.tables import PrinterRow, ReceiptRow, RedemptionRow, RefusalRow, TokenRow

DESIGN, TOKEN, JOB = "0x" + "d" * 64, "0x" + "7" * 64, "0x" + "0b" * 32
PRINTER, OTHER = "0x" + "11" * 20, "0x" + "22" * 20
NO_JOB = str(ZERO_DIGEST)


def redemption(**changed: Any) -> RedemptionRow:
    values: dict[str, Any] = {
        "block": 5,
        "log_index": 0,
        "design": DESIGN,
        "license": 1,
        "printer": PRINTER,
        "word": 0,
        "take": "0x1",
        "job": NO_JOB,
        "token": TOKEN,
        "signer": OTHER,
        "transaction": "0xabc",
        "redeemed_at": 10,
    }
    return RedemptionRow(**values | changed)


def receipt(**changed: Any) -> ReceiptRow:
    values: dict[str, Any] = {
        "digest": "0xdeed",
        "place": 1,
        "token": TOKEN,
        "design": DESIGN,
        "license": 1,
        "serial": 0,
        "printer": PRINTER,
        "job": JOB,
        "started": 11,
        "ended": 12,
        "outcome": "done",
        "material_mg": 0,
        "form": 2,
        "energy_joule": 0,
        "signature": "0x",
        "received_at": 13,
    }
    return ReceiptRow(**values | changed)


def token(**changed: Any) -> TokenRow:
    values: dict[str, Any] = {
        "digest": TOKEN,
        "request": "0x",
        "design": DESIGN,
        "license": 1,
        "printer": PRINTER,
        "word": 0,
        "serials": "0x1",
        "not_before": 0,
        "deadline": 100,
        "job": NO_JOB,
        "signature": "0x",
        "signer": OTHER,
        "redeemable_until": 100,
        "issued_at": 9,
        "place": 1,
    }
    return TokenRow(**values | changed)


PRESS = PrinterRow(
    printer=PRINTER,
    center=OTHER,
    kem_key="0x",
    name="Press",
    center_signature="0x",
    printer_signature="0x",
    enrolled_at=1,
)
REFUSAL = RefusalRow(
    digest="0xno", printer=PRINTER, file=JOB, error="JobWithoutToken", refused_at=3, signature="0x"
)
SOUND = Evidence([redemption()], [receipt()], [token()], [PRESS])
WORD_3 = {"word": 3, "take": hex(1 << 255 | 1)}
"""Serials 768 and 1023."""

CASES: dict[str, tuple[str, Evidence, Evidence]] = {
    "receipt of a serial never redeemed": (
        "receipt-without-redemption",
        replace(SOUND, receipts=[receipt(), receipt(serial=1)]),
        SOUND,
    ),
    "receipt of another license": (
        "receipt-without-redemption",
        replace(SOUND, receipts=[receipt(), receipt(license=2)]),
        SOUND,
    ),
    "redemption that nobody tells of": (
        "redemption-without-receipt",
        replace(SOUND, receipts=[]),
        SOUND,
    ),
    "redemption in a later word": (
        "redemption-without-receipt",
        replace(SOUND, redemptions=[redemption(**WORD_3)], receipts=[receipt(serial=768)]),
        replace(
            SOUND,
            redemptions=[redemption(**WORD_3)],
            receipts=[receipt(serial=768), receipt(serial=1023)],
        ),
    ),
    "token of another issuer": ("token-not-issued-here", replace(SOUND, tokens=[]), SOUND),
    "printer that nobody enrolled": ("printer-not-enrolled", replace(SOUND, printers=[]), SOUND),
    "printer of another center": (
        "printer-of-another-center",
        replace(SOUND, licensees={(5, 0): PRINTER}),
        replace(SOUND, licensees={(5, 0): OTHER}),
    ),
    "other file than the token bound": (
        "job-mismatch",
        replace(SOUND, tokens=[token(job=DESIGN)], redemptions=[redemption(job=DESIGN)]),
        replace(SOUND, tokens=[token(job=JOB)], redemptions=[redemption(job=JOB)]),
    ),
    "other file, and another token named to hide it": (
        "job-mismatch",
        replace(SOUND, redemptions=[redemption(job=DESIGN)], receipts=[receipt(token="0xother")]),
        SOUND,
    ),
    "other file than an unredeemed token bound": (
        "job-mismatch",
        replace(SOUND, tokens=[token(job=DESIGN)], redemptions=[]),
        replace(SOUND, redemptions=[]),
    ),
    "receipt by another printer": (
        "printer-mismatch",
        replace(SOUND, receipts=[receipt(printer=OTHER)]),
        replace(SOUND, receipts=[receipt(printer=OTHER, serial=1)]),
    ),
    "receipt that names another token": (
        "token-mismatch",
        replace(SOUND, receipts=[receipt(token="0xother")]),
        SOUND,
    ),
    "receipt that names another design": (
        "design-mismatch",
        replace(SOUND, receipts=[receipt(design=JOB)]),
        SOUND,
    ),
    "receipt without its printer's signature": (
        "receipt-signature-invalid",
        replace(SOUND, bad_signatures=frozenset({"0xdeed"})),
        replace(SOUND, bad_signatures=frozenset({"0xother"})),
    ),
    "print that failed": (
        "print-not-done",
        replace(SOUND, receipts=[receipt(outcome="failed")]),
        SOUND,
    ),
    "refused file": ("refused", replace(SOUND, refusals=[REFUSAL]), SOUND),
    "more than was read": ("not-all-examined", replace(SOUND, complete=False), SOUND),
}


@pytest.mark.parametrize("case", CASES)
def test_a_mismatch_is_found_and_its_absence_is_not(case: str) -> None:
    kind, bad, good = CASES[case]
    found = [finding for finding in judge(bad) if finding.kind == kind]
    assert found, [finding.kind for finding in judge(bad)]
    assert all(finding.detail and finding.where for finding in found)
    assert kind not in [finding.kind for finding in judge(good)]


def test_sound_evidence_gives_no_findings() -> None:
    assert judge(SOUND) == []
    assert judge(Evidence()) == []


def test_each_rule_has_a_case() -> None:
    rules = [
        rule
        for name, rule in vars(findings).items()
        if getattr(rule, "__annotations__", {}).get("return") == "Iterator[Finding]"
    ]
    fired = {id(rule) for rule in rules for _, bad, _ in CASES.values() if list(_run(rule, bad))}
    assert len(rules) == 12
    assert fired == {id(rule) for rule in rules}


def _run(rule: Callable[[Evidence], Iterator[Finding]], evidence: Evidence) -> Iterator[Finding]:
    return rule(evidence)


def test_nothing_is_said_of_what_may_only_not_have_been_read() -> None:
    evidence = replace(SOUND, receipts=[receipt(serial=1)], tokens=[], printers=[], complete=False)
    assert [finding.kind for finding in judge(evidence)] == ["not-all-examined"]


def test_the_heaviest_findings_come_first() -> None:
    extra = Finding("something", Severity.ERROR, "It is so.", "here")
    evidence = replace(
        SOUND, receipts=[receipt(outcome="failed")], refusals=[REFUSAL], extra=[extra]
    )
    assert [finding.severity for finding in judge(evidence)] == [
        Severity.ERROR,
        Severity.WARNING,
        Severity.NOTE,
    ]
