"""Offers: open, close, look up."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from api.answers import offer_json, transaction_json
from api.dependencies import DesignId, OfferHash, Paged, Service
from api.fields import DigestText
from api.moneyrequests import OfferIn
from api.requests import OwnerIn
from ledger.models import Address, Cid
from ledger.services import terms
from ledger.store import catalog

router = APIRouter(tags=["offers"])


@router.post(
    "/designs/{design}/offers",
    status_code=201,
    summary="Pin the terms and get the transaction that opens the offer",
)
def open_offer(design: DesignId, body: OfferIn, ledger: Service) -> dict[str, Any]:
    """For the design's owner to sign; the offer's hash is what buyers name."""
    owner = Address(body.owner)
    offer, hash_, to_sign = terms.offer_to_open(ledger, design, owner, body.value())
    return {
        "offer": str(hash_),
        "design": str(offer.design),
        "terms": str(offer.terms),
        "terms_cid": Cid.of_raw_block(offer.terms),
        "currency": offer.currency,
        "price": str(offer.price),
        "min_quota": offer.min_quota,
        "max_quota": offer.max_quota,
        "opens": offer.opens,
        "closes": offer.closes,
        "duration": offer.duration,
        "grace": offer.grace,
        "licensee": offer.licensee,
        "max_per_licensee": offer.max_per_licensee,
        "rights": offer.rights.names,
        **transaction_json(to_sign),
    }


@router.get("/offers", summary="Offers, the oldest first")
def list_offers(ledger: Service, page: Paged, design: DigestText | None = None) -> dict[str, Any]:
    """One page of offers, of one design if named; closed ones are marked."""
    with ledger.database.read() as session:
        rows = catalog.offers(session, design, page.place(), page.limit)
    return page.answer(rows, offer_json, lambda row: (row.block, row.log_index))


@router.get("/offers/{offer}", summary="One offer")
def show(offer: OfferHash, ledger: Service) -> dict[str, Any]:
    """Its terms in full, and whether it is open."""
    return offer_json(terms.find_offer(ledger, offer))


@router.post("/offers/{offer}/closure", summary="The transaction that closes an offer")
def close(offer: OfferHash, body: OwnerIn, ledger: Service) -> dict[str, Any]:
    """For the design's present owner to sign."""
    return transaction_json(terms.offer_to_close(ledger, offer, Address(body.owner)))
