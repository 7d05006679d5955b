"""What PrintLicenses holds, as of the newest block."""

from __future__ import annotations

from typing import Any

from ledger.chain.call import as_argument
from ledger.chain.license_calls import as_tuple
from ledger.chain.views import Views
from ledger.models import (
    Account,
    Address,
    ContentHash,
    Digest,
    License,
    Offer,
    PrintToken,
    Rights,
)

_REVOKED = 1


def license_of(design: ContentHash, number: int, held: Any) -> License:
    """A license from what `licenseOf` answers."""
    licensee, quota, expiry, grace, flags = held
    revoked, rights = bool(flags & _REVOKED), Rights(flags & ~_REVOKED)
    return License(design, number, Address(licensee), quota, expiry, grace, revoked, rights)


class LicenseReads:
    """The licenses' part of `Chain`."""

    license_views: Views

    def license(self, design: ContentHash, number: int) -> License:
        """A license. Raises LicenseNotFound."""
        return license_of(design, number, self._held("licenseOf", bytes(design), number))

    def spent(self, number: int, word: int) -> int:
        """The spent serials of one word, as a mask."""
        return int(self._held("redeemedSerials", number, word))

    def payment(self, number: int) -> tuple[Address, int]:
        """`(currency, price for one print)`; price 0 for a license that was granted."""
        currency, price = self._held("paymentOf", number)
        return Address(currency), int(price)

    def tally(self, number: int) -> tuple[int, int, int]:
        """`(earned, refunded, voided)`: prints that left the license's escrow, and failed ones."""
        earned, refunded, voided = self._held("tallyOf", number)
        return int(earned), int(refunded), int(voided)

    def earnings(self, design: ContentHash, currency: Address) -> int:
        """What the design's owner can withdraw."""
        return int(self._held("earningsOf", bytes(design), as_argument(currency)))

    def account(self, design: ContentHash, currency: Address) -> Account:
        """What a design has had in one currency since the beginning."""
        return Account(*map(int, self._held("royaltiesOf", bytes(design), as_argument(currency))))

    def is_open(self, offer: Digest) -> bool:
        """Whether the offer was opened and not closed; its window is another matter."""
        return bool(self._held("offerOpen", bytes(offer)))

    def bought_under(self, offer: Digest, licensee: Address) -> int:
        """Prints that a licensee has under an offer that limits them; 0 where it does not."""
        return int(self._held("boughtUnder", bytes(offer), as_argument(licensee)))

    def hash_offer(self, offer: Offer) -> Digest:
        """The hash under which the chain keeps an offer."""
        return Digest(self._held("hashOffer", as_tuple(offer)))

    def token_digest(self, token: PrintToken) -> Digest:
        """The contract's own EIP-712 digest of a print token."""
        return Digest(self._held("tokenDigest", as_tuple(token)))

    def license_signature_spent(self, signer: Address, digest: Digest) -> bool:
        """Whether a message to PrintLicenses was used or cancelled."""
        return bool(self._held("signatureSpent", as_argument(signer), bytes(digest)))

    def _held(self, name: str, *arguments: Any) -> Any:
        return self.license_views.ask(name, *arguments)
