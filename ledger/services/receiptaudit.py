"""What receipts and redemptions say against the clock and the end of a printer: pure decisions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ledger.services.findings import Evidence, Finding, Severity
from ledger.store.tables import PrinterRow

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


def _ended(printers: Sequence[PrinterRow]) -> dict[str, int]:
    return {row.printer: row.revoked_since for row in printers if row.revoked_since is not None}
