"""Designs: upload, sign, look up."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api.answers import design_json, sealed_json
from api.dependencies import DesignId, Paged, Service
from api.fields import AddressText
from api.problems import problem_json
from api.registryrequests import BatchIn, ParentText, RegistrationIn, parent_of
from api.standing import lineage_json
from api.uploads import FILE_BODY, receive
from ledger.models import MAX_PARENTS, Address
from ledger.services import batches, deriving, registration
from ledger.services.context import Ledger
from ledger.services.previews import preview_of
from ledger.services.registration import Description, Prepared
from ledger.services.workfolder import private_folder
from ledger.store import catalog, records
from ledger.store.tables import DesignRow

router = APIRouter(prefix="/designs", tags=["designs"])


@router.post(
    "",
    status_code=201,
    summary="Upload a design file and get the message that its owner signs",
    openapi_extra=FILE_BODY,
)
async def upload(
    request: Request,
    ledger: Service,
    owner: Annotated[AddressText, Query(description="Who will own the design and sign for it")],
    title: Annotated[str, Query(min_length=1, max_length=200)],
    description: Annotated[str, Query(max_length=20_000)] = "",
    parent: Annotated[
        list[ParentText] | None,
        Query(max_length=MAX_PARENTS, description="What it is derived from: id:basis points"),
    ] = None,
) -> dict[str, Any]:
    """Streams the file to a private folder, seals and pins it, and forgets the plaintext."""
    with private_folder(ledger.work_folder) as folder:
        file = folder / "design"
        await receive(request, file, ledger.max_design_bytes)
        prepared = await run_in_threadpool(
            registration.prepare,
            ledger,
            file,
            Address(owner),
            Description(title, description),
            [parent_of(text) for text in parent or ()],
        )
    return _prepared_json(prepared)


@router.post(
    "/{design}/registration",
    status_code=201,
    summary="Register a prepared design with its owner's signature; the service pays the gas",
)
def register(design: DesignId, body: RegistrationIn, ledger: Service) -> dict[str, Any]:
    """A repeat answers the design as it stands."""
    row = registration.confirm_signed(ledger, body.signed(str(design)))
    return _design_json(ledger, row)


@router.post(
    "/registrations",
    status_code=201,
    summary="Register prepared designs in one transaction; the service pays the gas",
)
def register_all(body: BatchIn, ledger: Service) -> dict[str, Any]:
    """All or nothing, or item by item: then each item says what became of it."""
    items = [item.signed(item.design) for item in body.items]
    outcomes = batches.register_all(ledger, items, all_or_nothing=body.all_or_nothing)
    return {
        "items": [
            {
                "design": str(outcome.design),
                "registered": _design_json(ledger, outcome.row) if outcome.row else None,
                "problem": problem_json(outcome.error) if outcome.error else None,
            }
            for outcome in outcomes
        ]
    }


@router.get("", summary="Registered designs, the oldest first")
def list_designs(ledger: Service, page: Paged, owner: AddressText | None = None) -> dict[str, Any]:
    """One page of designs, of one owner if named."""
    with ledger.database.read() as session:
        rows = catalog.designs(session, owner, page.place(), page.limit)
    return page.answer(
        rows, lambda row: _design_json(ledger, row), lambda row: (row.block, row.log_index)
    )


@router.get("/{design}", summary="One design")
def show(design: DesignId, ledger: Service) -> dict[str, Any]:
    """Who registered it and when, what it is, and where its sealed file is."""
    return _design_json(ledger, registration.find(ledger, design))


@router.get(
    "/{design}/preview",
    summary="A picture of the design",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}}},
)
def preview(design: DesignId, ledger: Service) -> Response:
    """PNG; 404 for a design whose format has no mesh."""
    return Response(preview_of(ledger, design), media_type="image/png")


def _prepared_json(prepared: Prepared) -> dict[str, Any]:
    return {
        "design": prepared.sealed.design,
        "owner": prepared.metadata.owner,
        **sealed_json(prepared.sealed),
        "metadata": prepared.metadata.digest,
        "document": prepared.metadata.document,
        "metadata_cid": prepared.metadata_cid,
        "deadline": prepared.deadline,
        "ready_at": prepared.ready_at,
        "typed_data": prepared.typed_data.as_json(),
    }


def _design_json(ledger: Ledger, row: DesignRow) -> dict[str, Any]:
    with ledger.database.read() as session:
        sealed = records.sealed(session, row.design)
        metadata = records.metadata(session, row.metadata_digest)
    lineage = lineage_json(deriving.lineage_of(ledger, row.design))
    return design_json(row, sealed, metadata) | lineage
