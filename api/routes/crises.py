"""Pledges and crises: promise a design, declare and end a crisis, take a license in one."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path

from api.answers import transaction_json
from api.crisisrequests import (
    CentersIn,
    CouncilIn,
    CrisisIn,
    DeclarationIn,
    EndIn,
    PledgeIn,
    TakingIn,
)
from api.dependencies import Account, DesignId, Paged, Service
from api.fields import U63, AddressText, DigestText
from ledger.models import Address, Cid, ContentHash, Digest
from ledger.services import crises as crisis_services
from ledger.services.context import Mined
from ledger.signing import parse_signature
from ledger.store import crises
from ledger.store.crisistables import CrisisRow, PledgeRow

router = APIRouter(tags=["crises"])
CrisisNumber = Annotated[int, Path(ge=0, le=U63, examples=[1])]


@router.post(
    "/designs/{design}/pledges",
    status_code=201,
    summary="Pin the document and get the transaction that pledges the design",
)
def pledge(design: DesignId, body: PledgeIn, ledger: Service) -> dict[str, Any]:
    """For the design's owner to sign. A pledge binds until its end, whoever owns the design."""
    council = Address(body.council)
    terms, to_sign = crisis_services.pledge(
        ledger, design, council, Address(body.owner), body.offered()
    )
    return {
        "design": str(design),
        "council": council,
        "until": terms.until,
        "max_duration": terms.max_duration,
        "quota_per_license": terms.quota_per_license,
        "quota_in_all": terms.quota_in_all,
        **_document("document", terms.document),
        **transaction_json(to_sign),
    }


@router.get("/pledges", summary="Pledges, the oldest terms first")
def list_pledges(
    ledger: Service,
    page: Paged,
    design: DigestText | None = None,
    council: AddressText | None = None,
) -> dict[str, Any]:
    """One page of pledges, over or not, of one design or to one council if named."""
    with ledger.database.read() as session:
        rows = crises.pledges(session, design, council, page.place(), page.limit)
    return page.answer(rows, _pledge_json, lambda row: (row.block, row.log_index))


@router.post("/crises", status_code=201, summary="The transaction that declares a crisis")
def declare(body: CrisisIn, ledger: Service) -> dict[str, Any]:
    """For the council to sign and pay; the evidence is pinned."""
    declared = body.declared()
    evidence, to_sign = crisis_services.declaration(ledger, Address(body.council), declared)
    return {
        "council": body.council,
        "region": declared.region,
        "until": declared.until,
        "signer": declared.signer or ledger.issuer.address,
        **_document("evidence", evidence),
        **transaction_json(to_sign),
    }


@router.post("/crises/messages", status_code=201, summary="The message that declares a crisis")
def declaration_message(body: CrisisIn, ledger: Service) -> dict[str, Any]:
    """For a council that pays no gas: typed data (EIP-712); a contract signs by ERC-1271."""
    message, typed = crisis_services.declaration_message(
        ledger, Address(body.council), body.declared()
    )
    return {
        "declaration": {
            "council": message.council,
            "region": body.region,
            "until": message.until,
            "evidence": str(message.evidence),
            "signer": message.signer,
            "salt": str(message.salt),
            "deadline": message.deadline,
        },
        "typed_data": typed.as_json(),
    }


@router.post("/crises/declarations", status_code=201, summary="Send a signed declaration")
def declare_signed(body: DeclarationIn, ledger: Service) -> dict[str, Any]:
    """The service sends and pays, for declarations that name its issuer as the signer."""
    mined = crisis_services.declare_signed(
        ledger, body.declaration.message(), parse_signature(body.signature)
    )
    (number,) = [
        int(event.arguments["crisis"]) for event in mined.events if event.name == "CrisisDeclared"
    ]
    return {"crisis": number, **_mined_json(mined)}


@router.get("/crises", summary="Crises, the oldest first")
def list_crises(ledger: Service, page: Paged, council: AddressText | None = None) -> dict[str, Any]:
    """One page of crises, over or not, of one council if named."""
    with ledger.database.read() as session:
        rows = crises.crises(session, council, page.place(), page.limit)
    now = ledger.now()
    return page.answer(
        rows, lambda row: _crisis_json(row, now), lambda row: (row.block, row.log_index)
    )


@router.post("/crises/centers", summary="The transaction that names centers")
def name_centers(body: CentersIn, ledger: Service) -> dict[str, Any]:
    """For the council to sign; from the first time on, only centers that it names may take."""
    centers = [Address(center) for center in body.centers]
    return transaction_json(
        crisis_services.centers(ledger, Address(body.council), centers, allow=body.allow)
    )


@router.get("/councils/{address}/centers", summary="The centers that a council names")
def centers(address: Account, ledger: Service) -> dict[str, Any]:
    """`open` is true for a council that never named any: then anybody may take."""
    with ledger.database.read() as session:
        names_any, named = crises.centers(session, address)
    return {"council": address, "open": not names_any, "centers": named}


@router.get("/crises/{number}", summary="One crisis")
def show(number: CrisisNumber, ledger: Service) -> dict[str, Any]:
    """What was declared, and the licenses that were taken in it."""
    row = crisis_services.find_crisis(ledger, number)
    with ledger.database.read() as session:
        taken = crises.licenses_of(session, crisis_services.MOST_SHOWN, crisis=number)
    return {
        **_crisis_json(row, ledger.now()),
        "licenses": [
            license.model_dump(include={"license", "design", "taker", "quota", "taken_at"})
            for license in taken
        ],
    }


@router.post("/crises/{number}/end", summary="The transaction that ends a crisis")
def end(number: CrisisNumber, body: CouncilIn, ledger: Service) -> dict[str, Any]:
    """For the council to sign; licenses that were taken last until their own end."""
    return transaction_json(crisis_services.ending(ledger, number, Address(body.council)))


@router.get("/crises/{number}/end/message", summary="The message that ends a crisis")
def end_message(number: CrisisNumber, ledger: Service) -> dict[str, Any]:
    """For a council that pays no gas: typed data (EIP-712)."""
    deadline, typed = crisis_services.ending_message(ledger, number)
    return {"deadline": deadline, "typed_data": typed.as_json()}


@router.post("/crises/{number}/end/signed", status_code=201, summary="Send a signed end")
def end_signed(number: CrisisNumber, body: EndIn, ledger: Service) -> dict[str, Any]:
    """The service sends and pays."""
    signature = parse_signature(body.signature)
    return _mined_json(crisis_services.end_signed(ledger, number, body.deadline, signature))


@router.post("/crises/{number}/licenses", status_code=201, summary="Take a license in a crisis")
def take(number: CrisisNumber, body: TakingIn, ledger: Service) -> dict[str, Any]:
    """The transaction for the center to sign; nothing is paid but gas."""
    to_sign = crisis_services.taking(
        ledger, number, ContentHash.parse(body.design), Address(body.center), body.quota
    )
    return transaction_json(to_sign)


def _pledge_json(row: PledgeRow) -> dict[str, Any]:
    return {
        **row.model_dump(exclude={"log_index"}),
        "document_cid": Cid.of_raw_block(Digest.parse(row.document)),
    }


def _crisis_json(row: CrisisRow, now: int) -> dict[str, Any]:
    return {
        **row.model_dump(exclude={"log_index", "ended_block", "ended_log_index"}),
        "evidence_cid": Cid.of_raw_block(Digest.parse(row.evidence)),
        "open": now < row.over_from,
    }


def _document(name: str, digest: Digest) -> dict[str, str]:
    return {name: str(digest), f"{name}_cid": Cid.of_raw_block(digest)}


def _mined_json(mined: Mined) -> dict[str, Any]:
    return {"transaction": str(mined.transaction), "block": mined.block}
