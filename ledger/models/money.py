"""Money: currencies, what designs have had, and what is signed to buy, grant and revoke."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal

from ledger.models.identifiers import NATIVE_CURRENCY, Address, ContentHash, Digest
from ledger.models.rights import Rights

ETHER_DECIMALS = 18
_EXACT = Context(prec=120)
"""Decimal's own 28 digits would round the largest amounts."""


@dataclass(frozen=True, slots=True)
class Currency:
    """An ERC-20 or the chain's own currency, as people read it.

    `symbol` and `decimals` are what the currency says of itself, None where it says
    nothing that can be used. Anybody can give a currency any symbol, so the address is
    always shown beside it.
    """

    address: Address
    symbol: str | None = None
    decimals: int | None = None

    def show(self, amount: int) -> str:
        """An amount in the smallest unit, as a person reads it: all its digits and no more."""
        if self.address == NATIVE_CURRENCY:
            return f"{_scaled(amount, ETHER_DECIMALS)} ether"
        if self.symbol is None or self.decimals is None:
            return f"{amount} of the smallest unit of {self.address}"
        return f"{_scaled(amount, self.decimals)} {self.symbol} ({self.address})"


@dataclass(frozen=True, slots=True)
class Account:
    """What a design has had in one currency since the beginning, in its smallest unit.

    `gross` is all that came in, `shared` how much of that its parents have had their part
    of, `withdrawn` what its owners took out.
    """

    gross: int
    shared: int
    withdrawn: int


@dataclass(frozen=True, slots=True)
class Purchase:
    """What a buyer signs to have a license bought for them; void from `deadline` on.

    `offer` is the offer's hash; `salt` (32 random bytes) makes equal purchases different.
    """

    offer: Digest
    buyer: Address
    quota: int
    salt: Digest
    deadline: int


@dataclass(frozen=True, slots=True)
class Grant:
    """What an owner or issuer signs to give a license; see `ledger.models.License`."""

    design: ContentHash
    licensee: Address
    quota: int
    expiry: int
    grace: int
    rights: Rights
    issuer: Address
    salt: Digest
    deadline: int


@dataclass(frozen=True, slots=True)
class Revocation:
    """What a design's owner signs to end a license; `reason` is a digest, or zero."""

    design: ContentHash
    license: int
    reason: Digest
    deadline: int


@dataclass(frozen=True, slots=True)
class Permit:
    """An allowance that `owner` signed (ERC-2612), for the licenses' contract.

    `signature` has 65 bytes: r, s, v.
    """

    currency: Address
    owner: Address
    value: int
    deadline: int
    signature: bytes


def _scaled(amount: int, decimals: int) -> str:
    text = f"{Decimal(amount).scaleb(-decimals, _EXACT):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
