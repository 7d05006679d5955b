"""Calls about offers, purchases, grants and money, built but not sent."""

from __future__ import annotations

from dataclasses import astuple, replace
from typing import Any

from ledger.chain.call import Call, as_argument, build
from ledger.models import (
    NATIVE_CURRENCY,
    Address,
    ContentHash,
    Digest,
    Grant,
    Offer,
    Permit,
    PrintToken,
    Purchase,
    Revocation,
    Rights,
)

_V = slice(64, 65)
_R = slice(0, 32)
_S = slice(32, 64)


class LicenseCalls:
    """This part of `Calls`."""

    _licenses: Any
    _currency: Any
    """The interface of an ERC-20, at no address."""

    # ----------------------------------------------------------------- offers

    def open_offer(self, offer: Offer) -> Call:
        """Open an offer."""
        return build(self._licenses, "openOffer", as_tuple(offer))

    def close_offer(self, offer: Offer) -> Call:
        """Close an offer."""
        return build(self._licenses, "closeOffer", as_tuple(offer))

    # -------------------------------------------------------------- purchases

    def buy(self, offer: Offer, quota: int) -> Call:
        """Buy a license; in the chain's own currency the value is quota times price."""
        return _paid(build(self._licenses, "buy", as_tuple(offer), quota), offer, quota)

    def buy_for(self, offer: Offer, quota: int, licensee: Address) -> Call:
        """Buy a license for somebody else; the sender pays."""
        call = build(self._licenses, "buyFor", as_tuple(offer), quota, as_argument(licensee))
        return _paid(call, offer, quota)

    def buy_by_sig(self, offer: Offer, purchase: Purchase, signature: bytes) -> Call:
        """Buy a license for who signed `Purchase`: they pay in an ERC-20, else the sender."""
        signed = (
            as_argument(purchase.buyer),
            purchase.quota,
            bytes(purchase.salt),
            purchase.deadline,
        )
        call = build(self._licenses, "buyBySig", as_tuple(offer), signed, signature)
        return _paid(call, offer, purchase.quota)

    def permit(self, permit: Permit) -> Call:
        """Hand a permit (ERC-2612) to its currency; to be batched with a purchase."""
        signature = permit.signature
        return build(
            self._licenses,
            "permit",
            as_argument(permit.currency),
            as_argument(permit.owner),
            permit.value,
            permit.deadline,
            signature[_V][0],
            signature[_R],
            signature[_S],
        )

    def approve(self, currency: Address, amount: int) -> Call:
        """Allow the licenses' contract to take so much of the sender's (ERC-20)."""
        data = self._currency.encode_abi("approve", args=[self._licenses.address, amount])
        return Call(currency, data)

    # ------------------------------------------------------ grants and their end

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
        return build(
            self._licenses,
            "grant",
            bytes(design),
            as_argument(licensee),
            quota,
            expiry,
            grace,
            int(rights),
        )

    def grant_by_sig(self, grant: Grant, signature: bytes) -> Call:
        """Give a license for an issuer who signed `Grant`; the sender pays the gas."""
        return build(self._licenses, "grantBySig", as_tuple(grant), signature)

    def revoke(self, design: ContentHash, number: int, reason: Digest) -> Call:
        """End a license now."""
        return build(self._licenses, "revoke", bytes(design), number, bytes(reason))

    def revoke_by_sig(self, revocation: Revocation, signature: bytes) -> Call:
        """End a license for the design's owner, who signed `Revocation`."""
        return build(self._licenses, "revokeBySig", *as_tuple(revocation), signature)

    def cancel_license_signature(self, digest: Digest) -> Call:
        """Make a message of the sender's to PrintLicenses void, by its EIP-712 digest."""
        return build(self._licenses, "cancelSignature", bytes(digest))

    # ------------------------------------------------------------- what prints

    def redeem(self, token: PrintToken, signature: bytes, take: int) -> Call:
        """Spend the serials `take` of a token."""
        return build(self._licenses, "redeem", as_tuple(token), signature, take)

    # ------------------------------------------------------------------- money

    def settle(self, design: ContentHash, number: int, first_word: int, words: int) -> Call:
        """Credit spent serials to the design, and its parents' part to them."""
        return build(self._licenses, "settle", bytes(design), number, first_word, words)

    def refund(self, design: ContentHash, number: int, first_word: int, words: int) -> Call:
        """Pay unspent serials back to the licensee."""
        return build(self._licenses, "refund", bytes(design), number, first_word, words)

    def pass_up(self, design: ContentHash, currency: Address) -> Call:
        """Pass the parents' part of what a design has had up to them."""
        return build(self._licenses, "passUp", bytes(design), as_argument(currency))

    def withdraw(self, design: ContentHash, currency: Address, to: Address) -> Call:
        """Send the design's earnings to `to`."""
        return build(
            self._licenses, "withdraw", bytes(design), as_argument(currency), as_argument(to)
        )


def as_tuple(value: Offer | PrintToken | Grant | Revocation) -> tuple[Any, ...]:
    """A struct as web3 takes it."""
    return tuple(_plain(member) for member in astuple(value))


def _plain(member: Any) -> Any:
    """A member without its own class: web3 would take flags for a list of them."""
    if isinstance(member, bytes):
        return bytes(member)
    return int(member) if isinstance(member, int) else member


def _paid(call: Call, offer: Offer, quota: int) -> Call:
    due = offer.price * quota if offer.currency == NATIVE_CURRENCY else 0
    return replace(call, value=due)
