"""What designs are made from, and what their owners say of them: recall, sale, policy, resale."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from api.answers import transaction_json
from api.dependencies import DesignId, Paged, Service
from api.registryrequests import NoticeIn, PolicyIn, ResaleIn
from api.requests import OwnerIn
from api.standing import lineage_json
from ledger.models import Address, Cid
from ledger.services import deriving, registered, standing

router = APIRouter(prefix="/designs/{design}", tags=["lineage"])


@router.get("/lineage", summary="What a design is made from, and whether it may be printed")
def lineage(design: DesignId, ledger: Service) -> dict[str, Any]:
    """Its parents with their shares, all designs above it, and what its owner said of it since."""
    registered.find(ledger, design)
    return {"design": str(design), **lineage_json(deriving.lineage_of(ledger, str(design)))}


@router.get("/children", summary="Designs that are derived from this one, the oldest first")
def children(design: DesignId, ledger: Service, page: Paged) -> dict[str, Any]:
    """One page; `share` is what this design gets of each child's earnings, in basis points."""
    rows = deriving.children_of(ledger, design, page.place(), page.limit)
    return page.answer(
        rows,
        lambda found: {
            "design": found[0].design,
            "owner": found[0].owner,
            "share": found[1],
            "registered_at": found[0].registered_at,
        },
        lambda found: (found[0].block, found[0].log_index),
    )


@router.post(
    "/recall", status_code=201, summary="Pin the notice and get the transaction that recalls"
)
def recall(design: DesignId, body: NoticeIn, ledger: Service) -> dict[str, Any]:
    """For the owner to sign. Nothing may be printed then, nor of any design below."""
    digest, to_sign = standing.recall(ledger, design, Address(body.owner), body.notice)
    return {"notice": str(digest), "cid": Cid.of_raw_block(digest), **transaction_json(to_sign)}


@router.post(
    "/recall/end", status_code=201, summary="Pin the notice and get the transaction that lifts"
)
def lift(design: DesignId, body: NoticeIn, ledger: Service) -> dict[str, Any]:
    """For the owner to sign."""
    digest, to_sign = standing.lift(ledger, design, Address(body.owner), body.notice)
    return {"notice": str(digest), "cid": Cid.of_raw_block(digest), **transaction_json(to_sign)}


@router.post("/sale/end", summary="The transaction that withdraws a design from sale")
def withdraw_from_sale(design: DesignId, body: OwnerIn, ledger: Service) -> dict[str, Any]:
    """For the owner to sign; licenses that are out stay good."""
    return transaction_json(standing.withdrawal_from_sale(ledger, design, Address(body.owner)))


@router.post("/sale", summary="The transaction that returns a design to sale")
def return_to_sale(design: DesignId, body: OwnerIn, ledger: Service) -> dict[str, Any]:
    """For the owner to sign."""
    return transaction_json(standing.return_to_sale(ledger, design, Address(body.owner)))


@router.post("/policy", summary="The transaction that opens a design to derivation, or closes it")
def policy(design: DesignId, body: PolicyIn, ledger: Service) -> dict[str, Any]:
    """For the owner to sign; designs that are derived already keep their share."""
    to_sign = standing.policy(ledger, design, Address(body.owner), body.policy())
    return transaction_json(to_sign)


@router.post("/resale", summary="The transaction that sets the resale royalty (ERC-2981)")
def resale(design: DesignId, body: ResaleIn, ledger: Service) -> dict[str, Any]:
    """For the owner to sign; it is set once for ever."""
    to_sign = standing.resale(ledger, design, Address(body.owner), body.royalty())
    return transaction_json(to_sign)
