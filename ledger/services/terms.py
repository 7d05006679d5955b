"""Offers, issuers, and what users sign: transactions ready to be signed, and sent for them.

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
    OfferNotFound,
    TransactionMismatch,
)
from ledger.ipfs import LEAF_SIZE
from ledger.models import (
    NATIVE_CURRENCY,
    NOBODY,
    Address,
    ContentHash,
    Digest,
    Offer,
    Rights,
)
from ledger.services.context import Call, Ledger, Mined
from ledger.signing import transaction_chain_id
from ledger.store import catalog
from ledger.store.tables import LicenseRow, OfferRow


@dataclass(frozen=True, slots=True)
class ToSign:
    """A complete unsigned transaction, and one sentence on what it does."""

    transaction: dict[str, Any]
    summary: str


@dataclass(frozen=True, slots=True)
class OfferTerms:
    """What a designer decides about an offer; times in seconds, grace in hours.

    `price` is in the smallest unit of `currency`.
    """

    price: int
    min_quota: int
    max_quota: int
    opens: int
    closes: int
    duration: int
    grace: int
    document: str
    currency: Address = NATIVE_CURRENCY
    licensee: Address = NOBODY
    max_per_licensee: int = 0
    rights: Rights = Rights.NONE


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
        currency=terms.currency,
        price=terms.price,
        min_quota=terms.min_quota,
        max_quota=terms.max_quota,
        opens=terms.opens,
        closes=terms.closes,
        duration=terms.duration,
        grace=terms.grace,
        licensee=terms.licensee,
        max_per_licensee=terms.max_per_licensee,
        rights=terms.rights,
    )
    about = ledger.chain.currencies.about(terms.currency)
    summary = f"Open an offer of {design} at {about.show(terms.price)} a print."
    to_sign = _to_sign(ledger, ledger.chain.open_offer(offer), owner, summary)
    ledger.ipfs.add_raw_block(document)
    return offer, ledger.chain.hash_offer(offer), to_sign


def offer_to_close(ledger: Ledger, offer: Digest, owner: Address) -> ToSign:
    """What the owner signs to close an offer. Raises OfferNotFound."""
    terms = offer_of(find_offer(ledger, offer))
    return _to_sign(ledger, ledger.chain.close_offer(terms), owner, f"Close the offer {offer}.")


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
        licensee=Address(row.licensee),
        max_per_licensee=row.max_per_licensee,
        rights=Rights(row.rights),
    )


def _to_sign(ledger: Ledger, call: Call, sender: Address, summary: str) -> ToSign:
    return ToSign(ledger.chain.complete(call, sender), summary)
