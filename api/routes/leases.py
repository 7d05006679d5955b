"""Leases, the news that stop them, and the journals that tell what became of them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from api.dependencies import Account, Paged, Service, TokenDigest
from api.fields import AddressText, Number
from api.leaserequests import JournalIn, LeaseIn
from ledger import newsfiles
from ledger.services import journals, leases, news
from ledger.services.journals import Known
from ledger.signing import parse_signature
from ledger.store import leases as rows
from ledger.store.leasetables import LeaseRow

router = APIRouter(tags=["leases"])


@router.post("/leases", status_code=201, summary="Answer a signed lease request with a lease")
def issue(body: LeaseIn, ledger: Service) -> Response:
    """The lease's file: its tokens, the content key for its printer alone, and the news. The
    same request again is answered with the same file.
    """
    file = leases.issue(ledger, body.request.message(), parse_signature(body.signature))
    return Response(file, status_code=201, media_type="application/json")


@router.get("/leases", summary="Leases, the oldest first")
def list_leases(
    ledger: Service,
    page: Paged,
    license: Number | None = None,
    printer: AddressText | None = None,
) -> dict[str, Any]:
    """Of a license or a printer, if named; without their files."""
    with ledger.database.read() as session:
        found = rows.leases(session, page.number(), page.limit, license=license, printer=printer)
    return page.answer(found, _show, lambda row: (row.place,))


@router.get("/leases/{digest}", summary="The file of a lease, the same bytes as at first")
def show(digest: TokenDigest, ledger: Service) -> Response:
    """By its EIP-712 digest. Only its printer can open the key in it."""
    return Response(leases.file_of(ledger, digest), media_type="application/json")


@router.get("/news", summary="What stops prints, signed, for gates without a network")
def today(ledger: Service) -> Response:
    """The news file: a gate takes it from its inbox too."""
    return Response(newsfiles.dump(news.current(ledger)), media_type="application/json")


@router.get("/printers/{address}/journal", summary="How far a printer's journal is known")
def known(address: Account, ledger: Service) -> dict[str, Any]:
    """The number and digest of its last entry, and what came of its spends."""
    return _known(journals.known(ledger, address))


@router.post("/printers/{address}/journal", summary="Hand in entries of a printer's journal")
def hand_in(address: Account, body: JournalIn, ledger: Service) -> dict[str, Any]:
    """Each is signed by the printer. What is known already changes nothing; what was spent is
    redeemed soon after, with what others spent of the license.
    """
    return _known(journals.hand_in(ledger, address, body.signed(address)))


@router.get("/journal-entries/{digest}", summary="One entry of a journal, as it was signed")
def entry(digest: TokenDigest, ledger: Service) -> dict[str, Any]:
    """The evidence that a finding names."""
    return journals.find(ledger, digest).model_dump()


def _show(row: LeaseRow) -> dict[str, Any]:
    return row.model_dump(exclude={"file", "place"})


def _known(found: Known) -> dict[str, Any]:
    return {
        "sequence": found.sequence,
        "head": str(found.head),
        "redeemed": found.redeemed,
        "due": found.due,
        "findings": [
            {"kind": one.kind, "severity": one.severity, "detail": one.detail, "where": one.where}
            for one in found.findings
        ],
    }
