"""Licenses given without payment, and licenses ended: sent by who may, or by signature."""

from __future__ import annotations

import hashlib

from ledger import rules
from ledger.errors import MalformedRequest
from ledger.ipfs import LEAF_SIZE
from ledger.models import (
    ZERO_DIGEST,
    Address,
    ContentHash,
    Digest,
    Grant,
    Revocation,
    Rights,
)
from ledger.services.context import Call, Ledger, Mined
from ledger.services.terms import ToSign, find_license


def grant(
    ledger: Ledger,
    sender: Address,
    design: ContentHash,
    licensee: Address,
    quota: int,
    expiry: int,
    grace: int,
    rights: Rights = Rights.NONE,
) -> ToSign:
    """What an owner or issuer signs to give a license."""
    call = ledger.chain.grant(design, licensee, quota, expiry, grace, rights)
    summary = f"Give {licensee} {quota} prints of {design}."
    return ToSign(ledger.chain.complete(call, sender), summary)


def grant_signed(ledger: Ledger, wish: Grant, signature: bytes) -> Mined:
    """Give a license for an owner or issuer who signed `Grant`; the service sends and pays.

    Raises SignatureExpired, MalformedRequest (valid for more than an hour) and whatever
    the contract refuses with: NotIssuer, BadSignature, SignatureSpent, ExpiryInPast, ...
    """
    rules.require_fresh(wish.deadline, ledger.now(), "grant")
    return _relay(ledger, ledger.chain.grant_by_sig(wish, signature))


def revocation(ledger: Ledger, number: int, sender: Address, reason: str) -> ToSign:
    """What the owner signs to end a license; the reason is pinned, its digest goes on chain."""
    row = find_license(ledger, number)
    text, digest = _reason(reason)
    call = ledger.chain.revoke(ContentHash.parse(row.design), number, digest)
    to_sign = ToSign(ledger.chain.complete(call, sender), f"Revoke license {number}.")
    if text:
        ledger.ipfs.add_raw_block(text)
    return to_sign


def revoke_signed(
    ledger: Ledger, number: int, reason: str, deadline: int, signature: bytes
) -> Mined:
    """End a license for the design's owner, who signed `Revocation`; the service pays.

    The reason is pinned once the license is ended. Raises LicenseNotFound,
    SignatureExpired, MalformedRequest and whatever the contract refuses with:
    BadSignature, SignatureSpent, LicenseIrrevocable, LicenseRevoked, LicenseExpired.
    """
    row = find_license(ledger, number)
    rules.require_fresh(deadline, ledger.now(), "revocation")
    text, digest = _reason(reason)
    wish = Revocation(ContentHash.parse(row.design), number, digest, deadline)
    mined = _relay(ledger, ledger.chain.revoke_by_sig(wish, signature))
    if text:
        ledger.ipfs.add_raw_block(text)
    return mined


def cancellation(ledger: Ledger, signer: Address, digest: Digest) -> ToSign:
    """What a signer signs to make a message to PrintLicenses void, by its EIP-712 digest.

    Raises SignatureSpent if it was used or cancelled already.
    """
    call = ledger.chain.cancel_license_signature(digest)
    return ToSign(ledger.chain.complete(call, signer), f"Make the message {digest} void.")


def _reason(reason: str) -> tuple[bytes, Digest]:
    text = reason.encode()
    if len(text) > LEAF_SIZE:
        raise MalformedRequest(f"A reason has at most {LEAF_SIZE} bytes.")
    return text, Digest(hashlib.sha256(text).digest()) if text else ZERO_DIGEST


def _relay(ledger: Ledger, call: Call) -> Mined:
    mined = ledger.send(call)
    ledger.indexer.catch_up()
    return mined
