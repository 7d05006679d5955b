"""Calls that change the contracts, built but not sent.

Building needs the ABI and the addresses, and no chain: a client builds for itself what
it is asked to sign.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple
from typing import Any

from web3 import Web3

from ledger.artifacts import Artifact
from ledger.chain.call import Call as Call, as_argument as as_argument, build
from ledger.chain.crises import CrisisCalls
from ledger.chain.life_calls import LifeCalls
from ledger.chain.registry_calls import RegistryCalls
from ledger.models import NATIVE_CURRENCY, Address, ContentHash, Digest, Offer, PrintToken, Rights
from ledger.tokens import Domain


class Calls(RegistryCalls, LifeCalls):
    """The calls of one deployment."""

    def __init__(
        self, domain: Domain, artifacts: Mapping[str, Artifact], w3: Web3 | None = None
    ) -> None:
        """`w3` is a connection to share, for who has one."""
        eth = (w3 or Web3()).eth
        self._registry: Any = eth.contract(
            as_argument(domain.registry), abi=artifacts["DesignRegistry"].abi
        )
        self._licenses: Any = eth.contract(
            as_argument(domain.licenses), abi=artifacts["PrintLicenses"].abi
        )
        self._pledges: Any = eth.contract(
            as_argument(domain.pledges), abi=artifacts["CrisisPledges"].abi
        )
        self.crises = CrisisCalls(self._pledges, self._licenses)

    def open_offer(self, offer: Offer) -> Call:
        """Open an offer."""
        return self._call(self._licenses, "openOffer", as_tuple(offer))

    def close_offer(self, offer: Offer) -> Call:
        """Close an offer."""
        return self._call(self._licenses, "closeOffer", as_tuple(offer))

    def buy(self, offer: Offer, quota: int) -> Call:
        """Buy a license; in the chain's own currency the value is quota times price."""
        call = self._call(self._licenses, "buy", as_tuple(offer), quota)
        due = offer.price * quota if offer.currency == NATIVE_CURRENCY else 0
        return Call(call.to, call.data, due)

    def grant(
        self,
        design: ContentHash,
        licensee: Address,
        quota: int,
        expiry: int,
        grace: int,
        rights: Rights = Rights.NONE,
    ) -> Call:
        """Give a license without payment."""
        return self._call(
            self._licenses,
            "grant",
            bytes(design),
            as_argument(licensee),
            quota,
            expiry,
            grace,
            int(rights),
        )

    def revoke(self, design: ContentHash, number: int, reason: Digest) -> Call:
        """End a license now."""
        return self._call(self._licenses, "revoke", bytes(design), number, bytes(reason))

    def redeem(self, token: PrintToken, signature: bytes, take: int) -> Call:
        """Spend the serials `take` of a token."""
        return self._call(self._licenses, "redeem", as_tuple(token), signature, take)

    def settle(self, design: ContentHash, number: int, first_word: int, words: int) -> Call:
        """Credit spent serials to the design."""
        return self._call(self._licenses, "settle", bytes(design), number, first_word, words)

    def refund(self, design: ContentHash, number: int, first_word: int, words: int) -> Call:
        """Pay unspent serials back to the licensee."""
        return self._call(self._licenses, "refund", bytes(design), number, first_word, words)

    def withdraw(self, design: ContentHash, currency: Address, to: Address) -> Call:
        """Send the design's earnings to `to`."""
        return self._call(
            self._licenses, "withdraw", bytes(design), as_argument(currency), as_argument(to)
        )

    @staticmethod
    def _call(contract: Any, name: str, *arguments: Any) -> Call:
        return build(contract, name, *arguments)


def as_tuple(value: Offer | PrintToken) -> tuple[Any, ...]:
    """A struct as web3 takes it."""
    return tuple(_plain(member) for member in astuple(value))


def _plain(member: Any) -> Any:
    """A member without its own class: web3 would take flags for a list of them."""
    if isinstance(member, bytes):
        return bytes(member)
    return int(member) if isinstance(member, int) else member
