"""What the DesignRegistry holds: owners, issuers, lineage, recalls, commitments, resale.

Reads answer from the newest block. Those of a design raise DesignNotFound for one that
nobody registered.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from ledger.chain.call import as_argument
from ledger.chain.views import Views
from ledger.models import (
    NOBODY,
    Address,
    ContentHash,
    Derivation,
    DerivedRegistration,
    Digest,
    IssuerAuthorization,
    Policy,
    ResaleRoyalty,
)

_WHOLE = 10_000
"""A price of which the royalty is the share in basis points."""


class RegistryReads:
    """The registry's part of `Chain`."""

    registry_views: Views

    def design_owner(self, design: ContentHash) -> Address:
        """The owner."""
        return Address(self._ask("ownerOf", int(design)))

    def metadata_of(self, design: ContentHash) -> Digest:
        """SHA-256 of the metadata JSON."""
        return Digest(self._ask("metadataOf", bytes(design)))

    def token_uri(self, design: ContentHash) -> str:
        """The ERC-721 token URI: `ipfs://f01551220…`."""
        return str(self._ask("tokenURI", int(design)))

    def may_issue(self, design: ContentHash, signer: Address) -> bool:
        """Whether print tokens of `signer` for `design` hold now.

        Raises Recalled where nobody's do: the design, or one above it, is recalled.
        """
        return bool(self._ask("acceptsSigner", bytes(design), as_argument(signer)))

    def is_issuer(self, design: ContentHash, signer: Address) -> bool:
        """Whether `signer` owns the design or is an issuer of its owner, recalled or not."""
        return bool(self._ask("isIssuerOf", bytes(design), as_argument(signer)))

    def issuer_expiry(self, designer: Address, issuer: Address) -> int:
        """First second at which `issuer` may not sign for `designer` any more; 0: never may."""
        return int(self._ask("issuerExpiry", as_argument(designer), as_argument(issuer)))

    # ---------------------------------------------------------------- lineage

    def parents_of(self, design: ContentHash) -> list[tuple[ContentHash, int]]:
        """Each parent with its share in basis points, in the order of registration."""
        parents, shares = self._ask("parentsOf", bytes(design))
        return [(ContentHash(one), int(share)) for one, share in zip(parents, shares, strict=True)]

    def ancestors_of(self, design: ContentHash) -> list[ContentHash]:
        """All designs above: the parents first, then theirs, each once."""
        return [ContentHash(one) for one in self._ask("ancestorsOf", bytes(design))]

    def policy_of(self, design: ContentHash) -> Policy:
        """Whether anybody may derive from it without asking."""
        is_open, share = self._ask("derivativePolicyOf", bytes(design))
        return Policy(bool(is_open), int(share))

    # ------------------------------------------------------- recalls and sales

    def recalled_by(self, design: ContentHash) -> ContentHash | None:
        """Why it may not be printed: itself or the first recalled one above it; None if it may."""
        found = ContentHash(self._ask("recalledBy", bytes(design)))
        return found if int(found) else None

    def is_on_sale(self, design: ContentHash) -> bool:
        """Whether its owner lets licenses of it be sold; recalls are not asked."""
        return bool(self._ask("isOnSale", bytes(design)))

    def resale_royalty(self, design: ContentHash) -> ResaleRoyalty | None:
        """The resale royalty (ERC-2981); None if none was set."""
        receiver, share = self._ask("royaltyInfo", int(design), _WHOLE)
        return None if Address(receiver) == NOBODY else ResaleRoyalty(Address(receiver), int(share))

    # ------------------------------------------------------------ commitments

    @cached_property
    def minimum_age(self) -> int:
        """How old a commitment must be, in seconds, fixed for ever; 0: none is needed."""
        return int(self._ask("minimumAge"))

    def commitment_of(self, design: ContentHash, owner: Address, salt: Digest) -> Digest:
        """The commitment to a registration."""
        return Digest(self._ask("commitmentOf", bytes(design), as_argument(owner), bytes(salt)))

    def committed_at(self, commitment: Digest) -> int:
        """When a commitment was made; 0 if it was not, or is revealed."""
        return int(self._ask("committedAt", bytes(commitment)))

    def is_revealed(self, design: ContentHash, owner: Address) -> bool:
        """Whether `owner` revealed a commitment to `design`."""
        return bool(self._ask("isRevealed", bytes(design), as_argument(owner)))

    # --------------------------------------------------------------- messages

    def registry_signature_spent(self, signer: Address, digest: Digest) -> bool:
        """Whether a message to the registry was used or cancelled."""
        return bool(self._ask("signatureSpent", as_argument(signer), bytes(digest)))

    def hash_register(
        self, design: ContentHash, metadata: Digest, owner: Address, deadline: int
    ) -> Digest:
        """The contract's own EIP-712 digest of a `Register` message."""
        members = (bytes(design), bytes(metadata), as_argument(owner), deadline)
        return Digest(self._ask("hashRegister", *members))

    def hash_register_derived(self, wish: DerivedRegistration) -> Digest:
        """The contract's own EIP-712 digest of a `RegisterDerived` message."""
        return Digest(
            self._ask(
                "hashRegisterDerived",
                bytes(wish.design),
                bytes(wish.metadata),
                as_argument(wish.owner),
                [bytes(parent) for parent in wish.parents],
                list(wish.shares),
                wish.deadline,
            )
        )

    def hash_derivation(self, derivation: Derivation) -> Digest:
        """The contract's own EIP-712 digest of a `Derivation` message."""
        return Digest(
            self._ask(
                "hashDerivation",
                bytes(derivation.design),
                bytes(derivation.parent),
                derivation.share,
                as_argument(derivation.owner),
                derivation.deadline,
            )
        )

    def hash_authorization(self, wish: IssuerAuthorization) -> Digest:
        """The contract's own EIP-712 digest of an `IssuerAuthorization` message."""
        return Digest(
            self._ask(
                "hashAuthorization",
                as_argument(wish.designer),
                as_argument(wish.issuer),
                wish.expiry,
                bytes(wish.salt),
                wish.deadline,
            )
        )

    def _ask(self, name: str, *arguments: Any) -> Any:
        return self.registry_views.ask(name, *arguments)
