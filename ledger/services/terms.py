"""Offers and licenses: what the holder of a right is to sign, ready to be sent.

The service holds no user's key. Each function here checks what can be checked
beforehand and returns a `Call`; the chain decides.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from ledger.errors import (
    LicenseNotFound,
    MalformedRequest,
    NothingToRefund,
    OfferNotFound,
    TransactionMismatch,
)
from ledger.ipfs import LEAF_SIZE
from ledger.models import (
    NATIVE_CURRENCY,
    WORD_BITS,
    ZERO_DIGEST,
    Address,
    ContentHash,
    Digest,
    Offer,
)
from ledger.services.context import Call, Ledger, Mined
from ledger.signing import transaction_chain_id
from ledger.store import catalog
from ledger.store.tables import LicenseRow, OfferRow

SETTLEMENT_WORDS = 256
"""Words in one settlement or refund: 65,536 prints, within a block's gas."""


@dataclass(frozen=True, slots=True)
class ToSign:
    """A complete unsigned transaction, and one sentence on what it does."""

    transaction: dict[str, Any]
    summary: str


@dataclass(frozen=True, slots=True)
class OfferTerms:
    """What a designer decides about an offer; times in seconds, grace in hours."""

    price: int
    min_quota: int
    max_quota: int
    opens: int
    closes: int
    duration: int
    grace: int
    document: str


def offer_to_open(
    ledger: Ledger, design: ContentHash, owner: Address, terms: OfferTerms
) -> tuple[Offer, Digest, ToSign]:
    """Pin the terms document and return the offer, its hash and what the owner signs.

    Nothing is pinned for an offer that the chain would refuse.
    """
    document = terms.document.encode()
    if len(document) > LEAF_SIZE:
        raise MalformedRequest(f"A terms document has at most {LEAF_SIZE} bytes.")
    offer = Offer(
        design=design,
        terms=Digest(hashlib.sha256(document).digest()),
        currency=NATIVE_CURRENCY,
        price=terms.price,
        min_quota=terms.min_quota,
        max_quota=terms.max_quota,
        opens=terms.opens,
        closes=terms.closes,
        duration=terms.duration,
        grace=terms.grace,
    )
    summary = f"Open an offer of {design} at {terms.price} wei a print."
    to_sign = _to_sign(ledger, ledger.chain.open_offer(offer), owner, summary)
    ledger.ipfs.add_raw_block(document)
    return offer, ledger.chain.hash_offer(offer), to_sign


def offer_to_close(ledger: Ledger, offer: Digest, owner: Address) -> ToSign:
    """What the owner signs to close an offer. Raises OfferNotFound."""
    terms = offer_of(find_offer(ledger, offer))
    return _to_sign(ledger, ledger.chain.close_offer(terms), owner, f"Close the offer {offer}.")


def purchase(ledger: Ledger, offer: Digest, licensee: Address, quota: int) -> tuple[int, ToSign]:
    """The total in wei, and what the licensee signs to buy. Raises OfferNotFound."""
    terms = offer_of(find_offer(ledger, offer))
    call = ledger.chain.buy(terms, quota)
    summary = f"Buy {quota} prints of {terms.design} for {call.value} wei in all."
    return call.value, _to_sign(ledger, call, licensee, summary)


def grant(
    ledger: Ledger,
    sender: Address,
    design: ContentHash,
    licensee: Address,
    quota: int,
    expiry: int,
    grace: int,
) -> ToSign:
    """What an owner or issuer signs to give a license."""
    call = ledger.chain.grant(design, licensee, quota, expiry, grace)
    return _to_sign(ledger, call, sender, f"Give {licensee} {quota} prints of {design}.")


def revocation(ledger: Ledger, number: int, sender: Address, reason: str) -> ToSign:
    """What the owner signs to end a license; the reason is pinned, its digest goes on chain."""
    row = find_license(ledger, number)
    text = reason.encode()
    if len(text) > LEAF_SIZE:
        raise MalformedRequest(f"A reason has at most {LEAF_SIZE} bytes.")
    digest = Digest(hashlib.sha256(text).digest()) if text else ZERO_DIGEST
    call = ledger.chain.revoke(ContentHash.parse(row.design), number, digest)
    to_sign = _to_sign(ledger, call, sender, f"Revoke license {number}.")
    if text:
        ledger.ipfs.add_raw_block(text)
    return to_sign


def settlement(ledger: Ledger, number: int, sender: Address) -> ToSign:
    """What anyone signs to credit a license's prints to its design."""
    row = find_license(ledger, number)
    first, words = _unaccounted(ledger, row)
    call = ledger.chain.settle(ContentHash.parse(row.design), number, first, words)
    return _to_sign(ledger, call, sender, f"Settle license {number}.")


def refund(ledger: Ledger, number: int, licensee: Address) -> ToSign:
    """What the licensee signs to get back the price of what was not printed."""
    row = find_license(ledger, number)
    end = -(-row.quota // WORD_BITS)
    if row.spent + row.refunded >= row.quota:
        end = 1  # nothing is left: whichever words are asked for, the chain says so
    for first in range(0, end, SETTLEMENT_WORDS):
        words = min(SETTLEMENT_WORDS, end - first)
        call = ledger.chain.refund(ContentHash.parse(row.design), number, first, words)
        try:
            return _to_sign(
                ledger, call, licensee, f"Refund the unprinted part of license {number}."
            )
        except NothingToRefund:
            if first + words >= end:
                raise
    raise NothingToRefund(f"License {number} has no prints.", license=number)


def withdrawal(ledger: Ledger, design: ContentHash, owner: Address, to: Address) -> ToSign:
    """What the owner signs to take out a design's earnings."""
    call = ledger.chain.withdraw(design, NATIVE_CURRENCY, to)
    return _to_sign(ledger, call, owner, f"Withdraw the earnings of {design} to {to}.")


def issuer_authorization(ledger: Ledger, designer: Address, expiry: int) -> ToSign:
    """What a designer signs to let this service issue print tokens for their designs."""
    call = ledger.chain.authorize_issuer(ledger.issuer.address, expiry)
    summary = f"Let {ledger.issuer.address} sign print tokens until {expiry}."
    return _to_sign(ledger, call, designer, summary)


def issuer_removal(ledger: Ledger, designer: Address) -> ToSign:
    """What a designer signs to take that back."""
    call = ledger.chain.remove_issuer(ledger.issuer.address)
    return _to_sign(ledger, call, designer, f"Take the right from {ledger.issuer.address}.")


def broadcast(ledger: Ledger, raw: bytes) -> Mined:
    """Send a transaction that a user signed, wait for its block, and index it.

    Raises MalformedRequest for bytes that are none, TransactionMismatch for one that is
    signed for another chain, BadRequest for what the chain's node does not take, and
    whatever the contracts refuse with.
    """
    chain_id = transaction_chain_id(raw)
    if chain_id not in (None, ledger.domain.chain_id):
        raise TransactionMismatch(
            f"The transaction is signed for chain {chain_id}; this is {ledger.domain.chain_id}."
        )
    mined = ledger.chain.broadcast(raw)
    ledger.indexer.catch_up()
    return mined


def find_offer(ledger: Ledger, offer: Digest) -> OfferRow:
    """An offer that was opened on chain. Raises OfferNotFound."""
    with ledger.database.read() as session:
        row = catalog.offer(session, str(offer))
    if row is None:
        raise OfferNotFound(f"No offer {offer} was ever opened.", offer=str(offer))
    return row


def find_license(ledger: Ledger, number: int) -> LicenseRow:
    """A license by its number. Raises LicenseNotFound."""
    with ledger.database.read() as session:
        row = catalog.license(session, number)
    if row is None:
        raise LicenseNotFound(f"There is no license {number}.", license=number)
    return row


def offer_of(row: OfferRow) -> Offer:
    """The offer that a row tells of."""
    return Offer(
        design=ContentHash.parse(row.design),
        terms=Digest.parse(row.terms),
        currency=Address(row.currency),
        price=int(row.price),
        min_quota=row.min_quota,
        max_quota=row.max_quota,
        opens=row.opens,
        closes=row.closes,
        duration=row.duration,
        grace=row.grace,
    )


def _unaccounted(ledger: Ledger, row: LicenseRow) -> tuple[int, int]:
    """A slice with spent serials: from the first touched word on, as far as a block takes.

    Words that are settled already cost a read each, so nothing is lost if the slice
    begins with some; the next settlement of a very large license goes on behind it.
    """
    with ledger.database.read() as session:
        touched = sorted(catalog.spent_words(session, row.license))
    if not touched:
        return 0, 1
    for first in range(touched[0], touched[-1] + 1, SETTLEMENT_WORDS):
        words = min(SETTLEMENT_WORDS, touched[-1] + 1 - first)
        if _settles(ledger, row, first, words):
            return first, words
    return touched[0], min(SETTLEMENT_WORDS, touched[-1] + 1 - touched[0])


def _settles(ledger: Ledger, row: LicenseRow, first: int, words: int) -> bool:
    call = ledger.chain.settle(ContentHash.parse(row.design), row.license, first, words)
    return ledger.chain.would_pass(call, ledger.issuer.address)


def _to_sign(ledger: Ledger, call: Call, sender: Address, summary: str) -> ToSign:
    return ToSign(ledger.chain.complete(call, sender), summary)
