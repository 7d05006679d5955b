"""Calls that change the DesignRegistry, built but not sent.

`batch` joins calls of one contract, the registry or PrintLicenses, into one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ledger.chain.call import Call, as_argument, build
from ledger.models import (
    Address,
    ContentHash,
    DerivedRegistration,
    Digest,
    IssuerAuthorization,
    Parent,
    Policy,
    ResaleRoyalty,
)


class RegistryCalls:
    """The registry's part of `Calls`."""

    _registry: Any

    # ----------------------------------------------------------- registration

    def register(self, design: ContentHash, metadata: Digest) -> Call:
        """Register a design for the sender."""
        return build(self._registry, "register", bytes(design), bytes(metadata))

    def register_by_sig(
        self,
        design: ContentHash,
        metadata: Digest,
        owner: Address,
        deadline: int,
        signature: bytes,
    ) -> Call:
        """Register a design for `owner`, who signed `Register`; the sender pays."""
        return build(
            self._registry,
            "registerBySig",
            bytes(design),
            bytes(metadata),
            as_argument(owner),
            deadline,
            signature,
        )

    def register_derived(
        self, design: ContentHash, metadata: Digest, parents: Sequence[Parent]
    ) -> Call:
        """Register a design of the sender as derived from others."""
        return build(
            self._registry, "registerDerived", bytes(design), bytes(metadata), _tuples(parents)
        )

    def register_derived_by_sig(
        self, wish: DerivedRegistration, parents: Sequence[Parent], signature: bytes
    ) -> Call:
        """The same for `wish.owner`, who signed `RegisterDerived`; the sender pays.

        `parents` are those of the message, each with its consent.
        """
        return build(
            self._registry,
            "registerDerivedBySig",
            bytes(wish.design),
            bytes(wish.metadata),
            _tuples(parents),
            as_argument(wish.owner),
            wish.deadline,
            signature,
        )

    def commit(self, commitment: Digest) -> Call:
        """Commit to a registration, where the registry asks for it."""
        return build(self._registry, "commit", bytes(commitment))

    def reveal(self, design: ContentHash, owner: Address, salt: Digest) -> Call:
        """Reveal a commitment that is old enough: `owner` may register then."""
        return build(self._registry, "reveal", bytes(design), as_argument(owner), bytes(salt))

    # ------------------------------------------------------------ of an owner

    def transfer_design(self, design: ContentHash, sender: Address, to: Address) -> Call:
        """Give a design to another owner (ERC-721)."""
        return build(
            self._registry, "transferFrom", as_argument(sender), as_argument(to), int(design)
        )

    def set_policy(self, design: ContentHash, policy: Policy) -> Call:
        """Say whether anybody may derive from the sender's design, and at which share."""
        return build(
            self._registry, "setDerivativePolicy", bytes(design), policy.open, policy.share
        )

    def recall(self, design: ContentHash, notice: Digest) -> Call:
        """Recall the sender's design: nothing may be printed of it, nor of any below it."""
        return build(self._registry, "recall", bytes(design), bytes(notice))

    def lift_recall(self, design: ContentHash, notice: Digest) -> Call:
        """End a recall of the sender's design."""
        return build(self._registry, "liftRecall", bytes(design), bytes(notice))

    def withdraw_from_sale(self, design: ContentHash) -> Call:
        """Stop the sale of licenses of the sender's design."""
        return build(self._registry, "withdrawFromSale", bytes(design))

    def return_to_sale(self, design: ContentHash) -> Call:
        """Let licenses of the sender's design be sold again."""
        return build(self._registry, "returnToSale", bytes(design))

    def set_resale_royalty(self, design: ContentHash, royalty: ResaleRoyalty) -> Call:
        """Set the resale royalty of the sender's design (ERC-2981), once for ever."""
        return build(
            self._registry,
            "setResaleRoyalty",
            bytes(design),
            as_argument(royalty.receiver),
            royalty.share,
        )

    # ---------------------------------------------------- issuers and messages

    def authorize_issuer(self, issuer: Address, expiry: int) -> Call:
        """Let `issuer` sign print tokens for the sender's designs until `expiry`."""
        return build(self._registry, "authorizeIssuer", as_argument(issuer), expiry)

    def remove_issuer(self, issuer: Address) -> Call:
        """Take that right back."""
        return build(self._registry, "removeIssuer", as_argument(issuer))

    def authorize_issuer_by_sig(self, wish: IssuerAuthorization, signature: bytes) -> Call:
        """Do either for a designer who signed for it; the sender pays."""
        return build(
            self._registry,
            "authorizeIssuerBySig",
            as_argument(wish.designer),
            as_argument(wish.issuer),
            wish.expiry,
            bytes(wish.salt),
            wish.deadline,
            signature,
        )

    def cancel_registry_signature(self, digest: Digest) -> Call:
        """Make a message of the sender's to the registry void, by its EIP-712 digest."""
        return build(self._registry, "cancelSignature", bytes(digest))

    def batch(self, calls: Sequence[Call], *, all_or_nothing: bool) -> Call:
        """Calls of one contract, without payments, as one call of their sender.

        Item by item (`all_or_nothing` false), a gas estimate of the batch would be too low,
        since it passes whether its items do or not: see `Chain.item_by_item`.
        """
        (to,) = {call.to for call in calls}
        items = [bytes.fromhex(call.data.removeprefix("0x")) for call in calls]
        data = self._registry.encode_abi("batch", args=[items, all_or_nothing])
        return Call(to, data)


def _tuples(parents: Sequence[Parent]) -> list[tuple[bytes, int, int, bytes]]:
    return [
        (bytes(parent.design), parent.share, parent.deadline, parent.consent) for parent in parents
    ]
