"""What goes into the check besides the ticket, and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ledger.errors import LedgerError
from ledger.models import Address, ContentHash, Digest, License, Ticket
from ledger.tokens import Domain


@dataclass(frozen=True, slots=True)
class Facts:
    """What the caller found out for one ticket and one serial.

    `about` is the ticket that was asked about; `license` is None where the chain has
    none; `spent` is the mask of the token's word; `redeemed_here` is true only if the
    gate's journal says that it began this redemption *and* the chain says that the
    serial was spent under this token. Without a slicer the gate can hand over nothing
    but the design's own file, or a variant's. `recalled` is the design, or the one above
    it, for whose recall nobody may issue.
    """

    about: Ticket
    domain: Domain
    printer: Address
    chain_now: int
    may_issue: bool
    license: License | None
    spent: int
    redeemed_here: bool
    has_slicer: bool = False
    recalled: ContentHash | None = None


@dataclass(frozen=True, slots=True)
class FileProof:
    """SHA-256 of the opened file and of the one for the host, read from disk just now."""

    opened: Digest
    handed: Digest


class Result(StrEnum):
    """How a step ended; `later` means that only the release can decide it."""

    PASSED = "passed"
    LATER = "later"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a verdict, made to be shown."""

    number: int
    name: str
    result: Result
    detail: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the check found: its steps up to the first that failed, and that one's error.

    `until` is the first second at which the print may not begin any more.
    """

    steps: tuple[Step, ...]
    error: LedgerError | None
    until: int

    def require(self) -> None:
        """Raise the error, if there is one."""
        if self.error is not None:
            raise self.error
