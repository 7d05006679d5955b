"""The rules of licenses and designs in plain Python: sets of serials, and sums.

Each act says which error refuses it, or changes the books and returns None. It knows
nothing of words, slots or the order in which the contract looks at things, except
where two errors are due at once.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from ledger.errors import (
    LedgerError,
    LicenseExpired,
    LicenseIrrevocable,
    LicenseNotTransferable,
    LicenseRevoked,
    NothingToRefund,
    NothingToSettle,
    NothingToWithdraw,
    NotVoidable,
    QuotaExhausted,
    QuotaOutOfRange,
    Recalled,
    RefundNotOpen,
    SerialAlreadySpent,
    SerialNotFree,
)
from ledger.models import WORD_BITS, Rights

Refusal = type[LedgerError] | None
WHOLE = 10_000


@dataclass
class Account:
    """What a design has had in one currency since the beginning."""

    gross: int = 0
    shared: int = 0
    withdrawn: int = 0


@dataclass(eq=False)
class Work:
    """A design: its parents with their shares, and its accounts by currency."""

    parents: tuple[tuple[Work, int], ...] = ()
    recalled: bool = False
    accounts: defaultdict[str, Account] = field(default_factory=lambda: defaultdict(Account))

    @property
    def printable(self) -> bool:
        """Neither it nor anything above it is recalled."""
        return not self.recalled and all(parent.printable for parent, _ in self.parents)

    def earn(self, currency: str, amount: int) -> None:
        """Something came in."""
        self.accounts[currency].gross += amount

    def pass_up(self, currency: str) -> None:
        """Each parent gets its part of all that ever came in, less what it had of it."""
        account = self.accounts[currency]
        for parent, share in self.parents:
            part = account.gross * share // WHOLE - account.shared * share // WHOLE
            parent.earn(currency, part)
        account.shared = account.gross

    def own(self, currency: str) -> int:
        """What waits for its owner."""
        account = self.accounts[currency]
        share = sum(share for _, share in self.parents)
        return account.gross - account.gross * share // WHOLE - account.withdrawn

    def withdraw(self, currency: str) -> tuple[Refusal, int]:
        """Take it out."""
        amount = self.own(currency)
        if not amount:
            return NothingToWithdraw, 0
        self.pass_up(currency)
        self.accounts[currency].withdrawn += amount
        return None, amount


@dataclass(eq=False)
class Right:
    """A license, by its serials: 0..quota-1."""

    number: int
    work: Work
    holder: str
    quota: int
    currency: str
    price: int
    expiry: int
    rights: Rights
    revoked: bool = False
    spent: set[int] = field(default_factory=set)
    voided: set[int] = field(default_factory=set)
    unpriced: set[int] = field(default_factory=set)
    """Serials for which the escrow holds no price any more."""
    earned: int = 0
    refunded: int = 0

    @property
    def words(self) -> int:
        """How many words its serials take."""
        return -(-self.quota // WORD_BITS)

    @property
    def escrow(self) -> int:
        """What the escrow holds for it."""
        return (self.quota - len(self.unpriced)) * self.price

    def over(self, now: int) -> Refusal:
        """Why nothing can be done with it any more, if so."""
        if now < self.expiry:
            return None
        return LicenseRevoked if self.revoked else LicenseExpired

    def redeem(self, serials: set[int], now: int) -> Refusal:
        """Print."""
        if refusal := self.over(now):
            return refusal
        if not self.work.printable:
            return Recalled
        if any(serial >= self.quota for serial in serials):
            return QuotaExhausted
        if serials & self.spent:
            return SerialAlreadySpent
        self.spent |= serials
        return None

    def void(self, serials: set[int]) -> Refusal:
        """Prints failed: one serial more for each, which brings its price or was paid for."""
        if not serials or serials - (self.spent - self.voided):
            return NotVoidable
        paid = len(serials & self.unpriced)
        self.voided |= serials
        self.unpriced |= serials | set(range(self.quota, self.quota + paid))
        self.quota += len(serials)
        return None

    def settle(self, serials: set[int]) -> tuple[Refusal, int]:
        """Count spent serials among these."""
        fresh = serials & (self.spent - self.unpriced) if self.price else set()
        if not fresh:
            return NothingToSettle, 0
        self.unpriced |= fresh
        self.earned += len(fresh)
        self.work.earn(self.currency, len(fresh) * self.price)
        self.work.pass_up(self.currency)
        return None, len(fresh)

    def refund(self, serials: set[int], now: int) -> tuple[Refusal, int]:
        """Pay unspent serials among these back."""
        if now < self.expiry:
            return RefundNotOpen, 0
        unspent = set(range(self.quota)) - self.spent - self.unpriced
        fresh = serials & unspent if self.price else set()
        if not fresh:
            return NothingToRefund, 0
        self.unpriced |= fresh
        self.refunded += len(fresh)
        return None, len(fresh)

    def revoke(self, now: int) -> Refusal:
        """End it now."""
        if self.revoked:
            return LicenseRevoked
        if Rights.IRREVOCABLE in self.rights:
            return LicenseIrrevocable
        if now >= self.expiry:
            return LicenseExpired
        self.revoked, self.expiry = True, now
        return None

    def pass_on(self, to: str, now: int) -> Refusal:
        """All of it to another holder."""
        if Rights.TRANSFERABLE not in self.rights:
            return LicenseNotTransferable
        if refusal := self.over(now):
            return refusal
        self.holder = to
        return None

    def split(self, to: str, quota: int, number: int, now: int) -> tuple[Refusal, Right | None]:
        """Its last serials become a license of their own."""
        if Rights.TRANSFERABLE not in self.rights:
            return LicenseNotTransferable, None
        if refusal := self.over(now):
            return refusal, None
        if not 0 < quota < self.quota:
            return QuotaOutOfRange, None
        going = set(range(self.quota - quota, self.quota))
        if going & (self.spent | self.unpriced):
            return SerialNotFree, None
        self.quota -= quota
        passed = Right(
            number,
            self.work,
            to,
            quota,
            self.currency,
            self.price,
            self.expiry,
            self.rights,
        )
        return None, passed
