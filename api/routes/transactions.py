"""Signed transactions of users, on their way to the chain."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from api.dependencies import Service
from api.requests import RawTransactionIn
from ledger.services import terms

router = APIRouter(prefix="/transactions", tags=["transactions"])


@router.post("", status_code=201, summary="Send a signed transaction and wait for its block")
def send(body: RawTransactionIn, ledger: Service) -> dict[str, Any]:
    """Whoever has a node of their own may send it there instead."""
    mined = terms.broadcast(ledger, body.bytes())
    return {
        "transaction": str(mined.transaction),
        "block": mined.block,
        "gas_used": mined.gas_used,
        "events": [{"name": event.name, "arguments": event.arguments} for event in mined.events],
    }
