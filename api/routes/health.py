"""Is it alive, is it ready, and which deployment is it?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from api.dependencies import Service
from ledger.errors import LedgerError
from ledger.services.context import Ledger

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="The process answers")
def healthz() -> dict[str, str]:
    """Says ok as long as the process can answer at all."""
    return {"status": "ok"}


@router.get("/readyz", summary="Chain, IPFS and database answer")
def readyz(ledger: Service) -> JSONResponse:
    """200 if everything that a request may need answers, 503 with the reason if not."""
    checks = {
        "chain": _check(lambda: f"block time {ledger.chain.now()}"),
        "ipfs": _check(ledger.ipfs.ping),
        "store": _check(lambda: _position(ledger)),
        "issuer": _issuer(ledger),
    }
    ready = all(check["ok"] for check in checks.values())
    body = {"status": "ready" if ready else "unavailable", "checks": checks}
    return JSONResponse(body, 200 if ready else 503)


@router.get("/deployment", summary="Chain, contracts and issuer of this service")
def deployment(ledger: Service) -> dict[str, Any]:
    """What a client pins before it signs anything."""
    domain = ledger.domain
    return {
        "chain_id": domain.chain_id,
        "registry": domain.registry,
        "licenses": domain.licenses,
        "checkpoints": ledger.chain.checkpoints.address,
        "block": ledger.indexer.first_block,
        "issuer": ledger.issuer.address,
        "ipfs": ledger.ipfs.ping(),
        "version": "0.1.0",
    }


def _check(probe: Callable[[], str]) -> dict[str, Any]:
    try:
        return {"ok": True, "detail": probe()}
    except LedgerError as error:
        return {"ok": False, "detail": error.detail}


def _issuer(ledger: Ledger) -> dict[str, Any]:
    """The issuer's account: one that is empty is a warning, since most requests need none."""
    address = ledger.issuer.address
    check = _check(lambda: f"{address} has {ledger.chain.balance(address)} wei")
    if check["ok"] and check["detail"].endswith(" has 0 wei"):
        check["warning"] = "The issuer cannot pay for registrations and redemptions: fund it."
    return check


def _position(ledger: Ledger) -> str:
    with ledger.database.read() as session:
        place = ledger.indexer.position(session)
    return f"indexed up to block {place}"
