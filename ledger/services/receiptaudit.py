"""What receipts and redemptions say against the clock and the end of a printer: pure decisions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from ledger.models import ZERO_DIGEST
from ledger.services.findings import Evidence, Finding, Severity
from ledger.store import Session, slices
from ledger.store.slicetables import SliceRow
from ledger.store.tables import PrinterRow, ReceiptRow

MOST_SLICES = 500
"""Approved slices of one design that receipts are held against."""
MARGIN_SECONDS = 300
"""By how much a machine's own measure may exceed the time between start and end."""


def judge(evidence: Evidence) -> list[Finding]:
    """What the receipts tell that cannot be, and what ended printers did."""
    ended = _ended(evidence.printers)
    return [*too_long(evidence), *told_by_revoked(evidence, ended), *redeemed_by(evidence, ended)]


def too_long(evidence: Evidence) -> Iterator[Finding]:
    """A machine says that it printed for longer than there was time: its host lies, or a clock."""
    for row in evidence.receipts:
        if row.duration > row.ended - row.started + MARGIN_SECONDS:
            yield Finding(
                "duration-impossible",
                Severity.WARNING,
                f"Serial {row.serial} of license {row.license} took {row.duration} seconds by the "
                f"machine's measure, but {row.ended - row.started} from its start to its end.",
                f"receipt {row.digest}",
            )


def told_by_revoked(evidence: Evidence, ended: Mapping[str, int]) -> Iterator[Finding]:
    """A receipt that was handed in, or tells of a print that ended, after its printer's end."""
    for row in evidence.receipts:
        since = ended.get(row.printer)
        if since is not None and max(row.ended, row.received_at) >= since:
            yield Finding(
                "receipt-of-revoked-printer",
                Severity.ERROR,
                f"The printer {row.printer} was revoked from {since} on, and its receipt for "
                f"serial {row.serial} of license {row.license} is from after that.",
                f"receipt {row.digest}",
            )


def redeemed_by(evidence: Evidence, ended: Mapping[str, int]) -> Iterator[Finding]:
    """Serials that were spent for a printer after its end: the chain knows no printers."""
    for row in evidence.redemptions:
        since = ended.get(row.printer)
        if since is not None and row.redeemed_at >= since:
            yield Finding(
                "redeemed-by-revoked-printer",
                Severity.ERROR,
                f"The printer {row.printer} was revoked from {since} on, and serials of license "
                f"{row.license} were redeemed for it after that.",
                f"transaction {row.transaction}",
            )


def slice_findings(session: Session, receipts: Sequence[ReceiptRow]) -> list[Finding]:
    """Receipts of sliced prints that do not fit with the approved slices of their designs."""
    sliced = [row for row in receipts if row.profile != str(ZERO_DIGEST)]
    designs = sorted({row.design for row in sliced})
    approved = [row for one in designs for row in slices.of_design(session, one, "", MOST_SLICES)]
    return list(unlike_approved(sliced, approved))


def unlike_approved(
    receipts: Sequence[ReceiptRow], approved: Sequence[SliceRow]
) -> Iterator[Finding]:
    """G-code or profile that is another than the owner approved for the design.

    Said of receipts that name an approved slice's G-code with another profile, or an
    approved profile with G-code that nobody approved for it: another version of the slicer
    makes such, and so does a gate that is not honest.
    """
    profiles: dict[tuple[str, str], set[str]] = defaultdict(set)
    jobs: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in approved:
        profiles[row.design, row.job].add(row.profile)
        jobs[row.design, row.profile].add(row.job)
    for receipt in receipts:
        of_job = profiles.get((receipt.design, receipt.job), set())
        of_profile = jobs.get((receipt.design, receipt.profile), set())
        what = ""
        if of_job and receipt.profile not in of_job:
            what = f"the approved slice {receipt.job} with the profile {receipt.profile}"
        elif of_profile and receipt.job not in of_profile:
            what = f"the approved profile {receipt.profile} with the G-code {receipt.job}"
        if what:
            yield Finding(
                "slice-mismatch",
                Severity.WARNING,
                f"Serial {receipt.serial} of license {receipt.license} names {what}, which do "
                f"not belong together.",
                f"receipt {receipt.digest}",
            )


def _ended(printers: Sequence[PrinterRow]) -> dict[str, int]:
    return {row.printer: row.revoked_since for row in printers if row.revoked_since is not None}
