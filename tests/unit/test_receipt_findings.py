"""What receipts say against the clock, the end of a printer and the approved slices."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ledger.services.findings import Evidence, Severity
from ledger.services.receiptaudit import judge, unlike_approved
from ledger.store.slicetables import SliceRow
from ledger.store.tables import PrinterRow
from tests.unit.test_findings import DESIGN, JOB, OTHER, SOUND, receipt, redemption

PROFILE, ANOTHER = "0x" + "0f" * 32, "0x" + "0a" * 32


def press(since: int | None) -> PrinterRow:
    row = SOUND.printers[0].model_copy()
    row.revoked_since = since
    return row


def kinds(evidence: Evidence) -> list[str]:
    return [finding.kind for finding in judge(evidence)]


@pytest.mark.parametrize(("duration", "found"), [(0, False), (301, False), (302, True)])
def test_a_duration_fits_between_start_and_end_but_for_a_margin(duration: int, found: bool) -> None:
    evidence = Evidence(receipts=[receipt(started=11, ended=12, duration=duration)])
    assert kinds(evidence) == ["duration-impossible"] * found


@pytest.mark.parametrize(
    ("since", "found"),
    [
        (None, []),
        (14, []),
        (13, ["receipt-of-revoked-printer"]),
        (11, ["receipt-of-revoked-printer"]),
        (10, ["receipt-of-revoked-printer", "redeemed-by-revoked-printer"]),
    ],
)
def test_what_came_before_the_end_of_a_printer_is_good(since: int | None, found: list[str]) -> None:
    """Redeemed at 10, printed from 11 to 12, handed in at 13."""
    evidence = replace(SOUND, printers=[press(since)])
    assert kinds(evidence) == found
    others = [redemption(printer=OTHER)], [receipt(printer=OTHER)]
    assert kinds(Evidence(*others, printers=[press(since)])) == []


def slice_row(job: str = JOB, profile: str = PROFILE, design: str = DESIGN) -> SliceRow:
    return SliceRow(
        design=design,
        job=job,
        profile=profile,
        slicer="A slicer 1.0",
        deadline=1,
        signer=OTHER,
        signature="0x",
        approved_at=1,
    )


@pytest.mark.parametrize(
    ("job", "profile", "approved", "found"),
    [
        (JOB, PROFILE, [slice_row()], 0),
        (JOB, PROFILE, [], 0),
        (JOB, ANOTHER, [slice_row()], 1),
        (ANOTHER, PROFILE, [slice_row()], 1),
        (ANOTHER, PROFILE, [slice_row(), slice_row(job=ANOTHER)], 0),
        (ANOTHER, ANOTHER, [slice_row()], 0),
        (ANOTHER, PROFILE, [slice_row(design="0x" + "0d" * 32)], 0),
    ],
)
def test_gcode_and_profile_belong_together_as_they_were_approved(
    job: str, profile: str, approved: list[SliceRow], found: int
) -> None:
    said = list(unlike_approved([receipt(job=job, profile=profile)], approved))
    assert [finding.kind for finding in said] == ["slice-mismatch"] * found
    assert all(finding.severity is Severity.WARNING for finding in said)
