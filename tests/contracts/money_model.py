"""What the contracts should do, in a few lines of plain Python: sets of serials."""

from __future__ import annotations

from dataclasses import dataclass, field

from ledger.errors import (
    LedgerError,
    LicenseExpired,
    LicenseRevoked,
    NothingToRefund,
    NothingToSettle,
    NotIssuer,
    NotLicensee,
    PrinterNotNamed,
    QuotaExhausted,
    RefundNotOpen,
    SerialAlreadySpent,
    TakeOutsideToken,
    TokenExpired,
)
from ledger.models import WORD_BITS, serials_of

HOUR = 3600


@dataclass
class Attempt:
    """A redemption that somebody tries."""

    word: int
    serials: int
    take: int
    deadline: int
    signer_may: bool
    sender_may: bool


@dataclass
class Held:
    """One license: its terms, and which serials went which way."""

    number: int
    quota: int
    price: int
    expiry: int
    grace: int
    revoked: bool = False
    spent: set[int] = field(default_factory=set)
    earned: set[int] = field(default_factory=set)
    refunded: set[int] = field(default_factory=set)

    @property
    def end(self) -> int:
        """From here on nothing can be redeemed."""
        return self.expiry + self.grace * HOUR

    @property
    def words(self) -> int:
        """How many words its serials take."""
        return -(-self.quota // WORD_BITS)

    def live(self, now: int) -> int:
        """Serials that can still be printed or redeemed."""
        return self.quota - len(self.spent) if now < self.end else 0

    def expired(self, now: int) -> int:
        """Serials that never will be."""
        return 0 if now < self.end else self.quota - len(self.spent)

    def redeem(self, tried: Attempt, now: int) -> type[LedgerError] | None:
        """Spend serials, or say why not."""
        refusal = self._refusal(tried, now)
        if refusal is None:
            self.spent |= set(serials_of(tried.word, tried.take))
        return refusal

    def _refusal(self, tried: Attempt, now: int) -> type[LedgerError] | None:
        wanted = set(serials_of(tried.word, tried.take))
        rules: tuple[tuple[bool, type[LedgerError]], ...] = (
            (now >= tried.deadline + self.grace * HOUR, TokenExpired),
            (now >= self.end, LicenseRevoked if self.revoked else LicenseExpired),
            (not tried.signer_may, NotIssuer),
            (not tried.sender_may, PrinterNotNamed),
            (not wanted or bool(tried.take & ~tried.serials), TakeOutsideToken),
            (any(serial >= self.quota for serial in wanted), QuotaExhausted),
            (bool(wanted & self.spent), SerialAlreadySpent),
        )
        return next((error for broken, error in rules if broken), None)

    def revoke(self, now: int) -> type[LedgerError] | None:
        """End it now."""
        if self.revoked:
            return LicenseRevoked
        if now >= self.expiry:
            return LicenseExpired
        self.revoked, self.expiry = True, now
        return None

    def settle(self, first: int, words: int) -> tuple[type[LedgerError] | None, int]:
        """Credit spent serials; `(error, prints)`."""
        fresh = self._within(first, words, self.spent) - self.earned
        if not fresh or not self.price:
            return NothingToSettle, 0
        self.earned |= fresh
        return None, len(fresh)

    def refund(
        self, first: int, words: int, now: int, *, by_holder: bool
    ) -> tuple[type[LedgerError] | None, int]:
        """Pay unspent serials back; `(error, prints)`."""
        if not by_holder:
            return NotLicensee, 0
        if now < self.end:
            return RefundNotOpen, 0
        unspent = set(range(self.quota)) - self.spent
        fresh = self._within(first, words, unspent) - self.refunded
        if not fresh or not self.price:
            return NothingToRefund, 0
        self.refunded |= fresh
        return None, len(fresh)

    @staticmethod
    def _within(first: int, words: int, serials: set[int]) -> set[int]:
        return {serial for serial in serials if first <= serial // WORD_BITS < first + words}
