"""Variants of designs, each under the license that it is printed with."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool

from api.answers import variant_json
from api.dependencies import DigestCursor, LicenseNumber, Service, VariantHash
from api.fields import DigestText, Seconds, SignatureText
from api.uploads import FILE_BODY, receive
from ledger.models import ZERO_DIGEST, ContentHash, Digest, Variant
from ledger.services import terms, variants
from ledger.services.workfolder import private_folder
from ledger.signing import parse_signature
from ledger.store import records

router = APIRouter(prefix="/licenses/{number}/variants", tags=["variants"])


@router.post(
    "",
    status_code=201,
    summary="Upload a variant of the license's design, made for one customer",
    openapi_extra=FILE_BODY,
)
async def upload(
    request: Request,
    number: LicenseNumber,
    ledger: Service,
    job: Annotated[DigestText, Query(description="SHA-256 of the file")],
    deadline: Annotated[Seconds, Query(description="Until when the signature is good")],
    signature: Annotated[SignatureText, Query(description="The licensee's, over `Variant`")],
    reference: Annotated[
        DigestText, Query(description="A digest that tells only the licensee who it is for")
    ] = str(ZERO_DIGEST),
) -> dict[str, Any]:
    """Whether it would be taken is decided before the file is read; a repeat changes nothing."""
    license = await run_in_threadpool(terms.find_license, ledger, number)
    variant = Variant(
        ContentHash.parse(license.design),
        number,
        Digest.parse(job),
        Digest.parse(reference),
        deadline,
    )
    signed = parse_signature(signature)
    await run_in_threadpool(variants.require_acceptable, ledger, variant, signed)
    with private_folder(ledger.work_folder) as folder:
        file = folder / "variant"
        await receive(request, file, ledger.max_design_bytes)
        row = await run_in_threadpool(variants.accept, ledger, file, variant, signed)
    return variant_json(row)


@router.get("", summary="Variants of a license, by their hash")
def list_variants(
    number: LicenseNumber,
    ledger: Service,
    cursor: DigestCursor,
    limit: int = Query(50, ge=1, le=200),
) -> dict[str, Any]:
    """One page; the cursor is the last hash."""
    terms.find_license(ledger, number)
    with ledger.database.read() as session:
        rows = records.variants(session, limit, cursor, license=number)
    return {
        "items": [variant_json(row) for row in rows],
        "next_cursor": rows[-1].job if len(rows) == limit else None,
    }


@router.get("/{job}", summary="One variant")
def show(number: LicenseNumber, job: VariantHash, ledger: Service) -> dict[str, Any]:
    """What was measured, where the sealed file is, and what its licensee signed."""
    return variant_json(variants.find(ledger, number, job))
