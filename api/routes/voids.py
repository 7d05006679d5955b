"""Voids: prints that failed, and are replaced."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter

from api.answers import receipt_json, transaction_json
from api.dependencies import LicenseNumber, Paged, Service
from api.fields import DigestText, Number
from api.liferequests import RelayIn, SignedVoidIn, VoidMessageIn, VoidsIn
from ledger.models import Address, Digest
from ledger.services import voids
from ledger.services.evidence import Failed
from ledger.signing import parse_signature
from ledger.store import life
from ledger.store.lifetables import VoidRow

router = APIRouter(tags=["voids"])


@router.get("/licenses/{number}/failures", summary="Failed prints that are not voided")
def failures(number: LicenseNumber, ledger: Service) -> dict[str, Any]:
    """Each with its receipt; `left` more are voided without asking.

    A void of it names the receipt, which is the evidence; or, where its center called bad what
    its printer calls done, the `evidence` beside it: the digest of that `sign_off`. `order` and
    `accepted` stand beside what the queue had printed: its order, and the center's word on the
    piece (null: none yet).
    """
    found = voids.failures(ledger, number)
    items = []
    for failed in found.items:
        piece = found.pieces.get(failed.receipt.token)
        beside = {
            "order": piece.order if piece else None,
            "accepted": piece.accepted if piece else None,
        }
        items.append(_failed(failed) | beside)
    return {"items": items, "left": found.left}


@router.post("/licenses/{number}/voids", summary="The transaction that voids failed prints")
def void(number: LicenseNumber, body: VoidsIn, ledger: Service) -> dict[str, Any]:
    """For the design's owner or an issuer of theirs to sign; the receipts stand beside it."""
    failed, to_sign = voids.to_sign(ledger, number, Address(body.sender), body.digests())
    return {"receipts": [_failed(one) for one in failed], **transaction_json(to_sign)}


@router.post("/licenses/{number}/voids/message", summary="The message that voids a failed print")
def message(number: LicenseNumber, body: VoidMessageIn, ledger: Service) -> dict[str, Any]:
    """`Void`, for the design's owner or an issuer of theirs to sign; anybody may send it then."""
    failed, signed, typed = voids.message(
        ledger, number, Address(body.issuer), Digest.parse(body.receipt)
    )
    return {
        "receipt": _failed(failed),
        "word": signed.word,
        "serials": str(signed.serials),
        "deadline": signed.deadline,
        "typed_data": typed.as_json(),
    }


@router.post("/voids", status_code=201, summary="Send a void that its issuer signed")
def send(body: SignedVoidIn, ledger: Service) -> dict[str, Any]:
    """The service sends and pays. Its evidence must be kept here, and show that it failed."""
    mined = voids.relay(ledger, body.void.message(), parse_signature(body.signature))
    return {"transaction": str(mined.transaction), "block": mined.block}


@router.post("/voids/relay", summary="The transaction that sends a void which its issuer signed")
def relay(body: RelayIn, ledger: Service) -> dict[str, Any]:
    """For anybody to sign and pay."""
    return transaction_json(
        voids.relayed(
            ledger, body.void.message(), parse_signature(body.signature), Address(body.sender)
        )
    )


@router.get("/voids", summary="Voids, the oldest first")
def list_voids(
    ledger: Service,
    page: Paged,
    design: DigestText | None = None,
    license: Number | None = None,
) -> dict[str, Any]:
    """One page of voids, of one design or license if named, each with its `evidence`."""
    with ledger.database.read() as session:
        rows = life.voids(session, page.place(), page.limit, design=design, license=license)
    return page.answer(rows, _show, lambda row: (row.block, row.log_index))


def _failed(failed: Failed) -> dict[str, Any]:
    """The receipt, and beside it the center's word where only that says that it failed."""
    said = failed.sign_off
    if said is None:
        return receipt_json(failed.receipt)
    word = {
        "digest": said.digest,
        "message": json.loads(said.message),
        "signature": said.signature,
        "received_at": said.received_at,
    }
    return receipt_json(failed.receipt) | {"evidence": failed.evidence, "sign_off": word}


def _show(row: VoidRow) -> dict[str, Any]:
    return row.model_dump(exclude={"log_index"}) | {"serials": str(int(row.serials, 16))}
