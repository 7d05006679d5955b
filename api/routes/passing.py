"""Licenses that pass from one center to another, and who held them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter

from api.answers import transaction_json
from api.dependencies import LicenseNumber, Service
from api.liferequests import SublicenseIn, TransferIn
from ledger.models import Address
from ledger.services import passing
from ledger.services.custody import Custody, custody

router = APIRouter(prefix="/licenses/{number}", tags=["passing on"])


@router.post("/transfer", summary="The transaction that passes a license on")
def transfer(number: LicenseNumber, body: TransferIn, ledger: Service) -> dict[str, Any]:
    """For its holder to sign, if the license may be passed on."""
    to_sign = passing.transfer(
        ledger,
        number,
        Address(body.licensee),
        Address(body.to),
        despite_tokens=body.despite_tokens,
    )
    return transaction_json(to_sign)


@router.post("/sublicense", summary="The transaction that passes some prints of a license on")
def sublicense(number: LicenseNumber, body: SublicenseIn, ledger: Service) -> dict[str, Any]:
    """For its holder to sign. The last serials become a license of their own, on the same terms."""
    to_sign = passing.sublicense(
        ledger,
        number,
        Address(body.licensee),
        Address(body.to),
        body.quota,
        despite_tokens=body.despite_tokens,
    )
    return transaction_json(to_sign)


@router.get("/custody", summary="Who held a license since when, and where its prints came from")
def show(number: LicenseNumber, ledger: Service) -> dict[str, Any]:
    """`ancestors` are the licenses that it was split from, the nearest first."""
    return _json(custody(ledger, number))


def _json(found: Custody) -> dict[str, Any]:
    return {
        "license": found.license.license,
        "design": found.license.design,
        "licensee": found.license.licensee,
        "parent": found.license.parent,
        "holders": [
            {name: value for name, value in asdict(holding).items() if name != "place"}
            for holding in found.holders
        ],
        "ancestors": [
            {"license": row.license, "licensee": row.licensee} for row in found.ancestors
        ],
        "parts": [
            {
                "license": row.sublicense,
                "to": row.receiver,
                "quota": row.quota,
                "since": row.passed_at,
                "transaction": row.transaction,
            }
            for row in found.parts
        ],
    }
