"""The calls about money: a part of `ServiceClient`; nothing here signs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ledger.client.answers import Account, Answered, PurchaseDraft, Sent, Transaction, Wei
from ledger.client.printerside import PrinterSide
from ledger.client.transport import CHAIN_SECONDS
from ledger.models import (
    Address,
    ContentHash,
    Currency,
    Digest,
    Grant,
    Permit,
    Purchase,
    Rights,
)


class CurrencyInfo(Answered):
    """A currency as the service knows it: only the address is sure."""

    currency: Account
    symbol: str | None
    decimals: int | None

    @property
    def value(self) -> Currency:
        """To show amounts with."""
        return Currency(self.currency, self.symbol, self.decimals)


class PaymentNeeded(Answered):
    """What a payer needs to do before a purchase; see `ledger.services.buying.Payment`."""

    currency: CurrencyInfo
    total: Wei
    balance: Wei
    allowed: Wei
    permit: dict[str, Any] | None
    approval: Transaction | None


class Earned(CurrencyInfo):
    """What a design has had in one currency since the beginning, in its smallest unit.

    `settled` from its own prints, `received` from designs that derive from it; `passed`
    to its parents, `withdrawn` by its owners. `withdrawable` is there now.
    """

    settled: Wei
    received: Wei
    passed: Wei
    withdrawn: Wei
    withdrawable: Wei


class EarnedList(Answered):
    """A row for each currency."""

    items: list[Earned]


class SliceSettled(Answered):
    """Words of a license that are counted."""

    license: int
    first_word: int
    words: int


class SettlementsDraft(Transaction):
    """A settlement of many licenses: which words of each, and the transaction to sign."""

    slices: list[SliceSettled]


class MoneySide(PrinterSide):
    """What a user can ask a service about money."""

    def currency(self, address: Address) -> CurrencyInfo:
        """What a currency says of itself."""
        return self._get(f"/currencies/{address}", CurrencyInfo)

    def payment(self, offer: Digest, payer: Address, quota: int) -> PaymentNeeded:
        """What `payer` must do to pay for `quota` prints. Raises OfferNotFound."""
        body = {"payer": payer, "offer": str(offer), "quota": quota}
        return self._post("/payments", body, PaymentNeeded)

    def purchase(
        self,
        licensee: Address,
        offer: Digest,
        quota: int,
        payer: Address | None = None,
        permit: Permit | None = None,
    ) -> PurchaseDraft:
        """What the payer (the licensee if not named) signs to buy `quota` prints."""
        body: dict[str, Any] = {"licensee": licensee, "offer": str(offer), "quota": quota}
        if payer is not None:
            body["payer"] = payer
        return self._post("/licenses/purchase", body | _permit(permit), PurchaseDraft)

    def buy_signed(self, wish: Purchase, signature: bytes, permit: Permit | None = None) -> Sent:
        """Hand in a signed `Purchase`; the service sends it and pays the gas."""
        body = {
            "offer": str(wish.offer),
            "buyer": wish.buyer,
            "quota": wish.quota,
            "salt": str(wish.salt),
            "deadline": wish.deadline,
            "signature": "0x" + signature.hex(),
            **_permit(permit),
        }
        return self._post("/licenses/purchase/signed", body, Sent, seconds=CHAIN_SECONDS)

    def grant(
        self,
        sender: Address,
        design: ContentHash,
        licensee: Address,
        quota: int,
        expiry: int,
        grace: int,
        rights: Rights = Rights.NONE,
    ) -> Transaction:
        """What an owner or issuer signs to give a license."""
        body = {
            "sender": sender,
            "design": str(design),
            "licensee": licensee,
            "quota": quota,
            "expiry": expiry,
            "grace": grace,
            "rights": rights.names,
        }
        return self._post("/licenses/grant", body, Transaction)

    def grant_signed(self, wish: Grant, signature: bytes) -> Sent:
        """Hand in a signed `Grant`; the service sends it and pays."""
        body = {
            "design": str(wish.design),
            "licensee": wish.licensee,
            "quota": wish.quota,
            "expiry": wish.expiry,
            "grace": wish.grace,
            "rights": wish.rights.names,
            "issuer": wish.issuer,
            "salt": str(wish.salt),
            "deadline": wish.deadline,
            "signature": "0x" + signature.hex(),
        }
        return self._post("/licenses/grant/signed", body, Sent, seconds=CHAIN_SECONDS)

    def revoke_signed(self, license: int, reason: str, deadline: int, signature: bytes) -> Sent:
        """Hand in a signed `Revocation`; the service sends it and pays."""
        body = {"reason": reason, "deadline": deadline, "signature": "0x" + signature.hex()}
        path = f"/licenses/{license}/revocation/signed"
        return self._post(path, body, Sent, seconds=CHAIN_SECONDS)

    def license_cancellation(self, signer: Address, digest: Digest) -> Transaction:
        """What a signer signs to take a message to PrintLicenses back."""
        body = {"signer": signer, "digest": str(digest)}
        return self._post("/licenses/cancellation", body, Transaction)

    def settlements(
        self, licenses: Sequence[int], sender: Address, *, all_or_nothing: bool
    ) -> SettlementsDraft:
        """What anyone signs to settle many licenses at once."""
        body = {"sender": sender, "licenses": list(licenses), "all_or_nothing": all_or_nothing}
        return self._post("/licenses/settlements", body, SettlementsDraft)

    def earnings(self, design: ContentHash) -> list[Earned]:
        """What a design has had, by currency. Raises DesignNotFound."""
        return self._get(f"/designs/{design}/earnings", EarnedList).items

    def royalties(self, design: ContentHash, sender: Address, currency: Address) -> Transaction:
        """What anyone signs to pass a design's royalties up to its parents."""
        body = {"sender": sender, "currency": currency}
        return self._post(f"/designs/{design}/royalties", body, Transaction)

    def withdrawal(
        self, design: ContentHash, owner: Address, to: Address, currency: Address
    ) -> Transaction:
        """What the owner signs to take out a design's earnings in one currency."""
        body = {"owner": owner, "to": to, "currency": currency}
        return self._post(f"/designs/{design}/withdrawal", body, Transaction)


def _permit(permit: Permit | None) -> dict[str, Any]:
    if permit is None:
        return {}
    return {
        "permit": {
            "currency": permit.currency,
            "owner": permit.owner,
            "value": str(permit.value),
            "deadline": permit.deadline,
            "signature": "0x" + permit.signature.hex(),
        }
    }
