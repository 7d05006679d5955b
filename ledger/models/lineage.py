"""Designs made from other designs, and what their owners sign for the registry.

Shares are in basis points (hundredths of a percent) of what the derived design earns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ledger.models.identifiers import Address, ContentHash, Digest

MAX_PARENTS = 8
"""Parents of one design, as the registry has it."""

MAX_TOTAL_SHARE = 5_000
"""Basis points that go to parents at most: who makes a design keeps half."""

MAX_RESALE_SHARE = 1_000
"""Basis points of a resale royalty at most."""


@dataclass(frozen=True, slots=True)
class Parent:
    """A parent of a design that is to be registered, with what shows that its owner agrees.

    `consent` is the signature of the parent's owner over `Derivation`, void from `deadline`
    on. It is empty where whoever registers owns the parent, or where the parent's policy is
    open at this share; `deadline` is 0 then.
    """

    design: ContentHash
    share: int
    deadline: int = 0
    consent: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Derivation:
    """What a parent's owner signs: `design` may be registered for `owner` with this share."""

    design: ContentHash
    parent: ContentHash
    share: int
    owner: Address
    deadline: int


@dataclass(frozen=True, slots=True)
class DerivedRegistration:
    """What the owner to be signs: register this design in my name, from these parents."""

    design: ContentHash
    metadata: Digest
    owner: Address
    parents: Sequence[ContentHash]
    shares: Sequence[int]
    deadline: int


@dataclass(frozen=True, slots=True)
class IssuerAuthorization:
    """What a designer signs: `issuer` may sign for my designs until `expiry`; 0 removes it.

    `salt` makes the same wish a new message: each is used once.
    """

    designer: Address
    issuer: Address
    expiry: int
    salt: Digest
    deadline: int


@dataclass(frozen=True, slots=True)
class Policy:
    """Whether anybody may derive from a design without asking, at exactly this share."""

    open: bool = False
    share: int = 0


@dataclass(frozen=True, slots=True)
class ResaleRoyalty:
    """What a market is asked to pay at a resale (ERC-2981): who gets which part of the price."""

    receiver: Address
    share: int
