"""The vectors of what is signed about money and lineage; `gen_vectors.py` writes them."""

from __future__ import annotations

import hashlib

from ledger.models import (
    ZERO_DIGEST,
    Address,
    ContentHash,
    Derivation,
    DerivedRegistration,
    Digest,
    Grant,
    IssuerAuthorization,
    Purchase,
    Revocation,
    Rights,
)
from ledger.signing import TypedData
from ledger.tokens import Domain

_FULL = Digest(b"\xff" * 32)
_MOST = Address("0xFFfFfFffFFfffFFfFFfFFFFFffFFFffffFfFFFfF")
_UINT256, _UINT40, _UINT32, _UINT16 = (2**bits - 1 for bits in (256, 40, 32, 16))


def usual(
    domain: Domain, design: ContentHash, center: Address, designer: Address, now: int
) -> list[tuple[str, TypedData]]:
    """Messages as they occur, with who signs them."""
    salt, deadline = _sha("a salt"), now + 3600
    rights = Rights.IRREVOCABLE | Rights.TRANSFERABLE
    given = Grant(design, center, 200, now + 86_400, 24, rights, designer, salt, deadline)
    child = ContentHash(_sha("a derived design's file"))
    parents = (design, ContentHash(_sha("another design's file")))
    derived = DerivedRegistration(
        child, _sha("its metadata"), center, parents, (1_000, 500), deadline
    )
    authorization = IssuerAuthorization(designer, center, now + 86_400, salt, deadline)
    return [
        ("center", domain.purchase(Purchase(_sha("an offer"), center, 300, salt, deadline))),
        ("designer", domain.grant(given)),
        ("designer", domain.revocation(Revocation(design, 7, _sha("a reason"), deadline))),
        ("center", domain.register_derived(derived)),
        ("designer", domain.derivation(Derivation(child, design, 1_000, center, deadline))),
        ("designer", domain.issuer_authorization(authorization)),
    ]


def extreme(domain: Domain) -> list[tuple[str, TypedData]]:
    """Every member at its limit."""
    design = ContentHash(_FULL)
    rights = Rights.IRREVOCABLE | Rights.VARIANTS | Rights.TRANSFERABLE
    given = Grant(design, _MOST, _UINT32, _UINT40, _UINT16, rights, _MOST, _FULL, _UINT256)
    derived = DerivedRegistration(design, _FULL, _MOST, (design,) * 8, (_UINT16,) * 8, _UINT256)
    authorization = IssuerAuthorization(_MOST, _MOST, _UINT40, _FULL, _UINT256)
    return [
        ("center", domain.purchase(Purchase(_FULL, _MOST, _UINT32, _FULL, _UINT256))),
        ("designer", domain.grant(given)),
        ("designer", domain.revocation(Revocation(design, _UINT256, ZERO_DIGEST, _UINT256))),
        ("center", domain.register_derived(derived)),
        ("designer", domain.derivation(Derivation(design, design, _UINT16, _MOST, _UINT256))),
        ("designer", domain.issuer_authorization(authorization)),
    ]


def _sha(text: str) -> Digest:
    return Digest(hashlib.sha256(text.encode()).digest())
