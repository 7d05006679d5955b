"""A service that answers what it is told to, true or not, and a desk that asks it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from ledger.chain import Call, Calls
from ledger.client import ServiceClient
from ledger.client.desk import Desk
from ledger.client.pins import Pin
from ledger.client.transport import Transport
from ledger.errors import TransactionMismatch
from ledger.models import Address, Cid, ContentHash
from ledger.signing import Signer

PIN = Pin(31337, *(Address("0x" + pair * 20) for pair in ("11", "22", "33", "55")))
THIEF = Address("0x" + "66" * 20)
DESIGN = ContentHash(bytes([7]) * 32)
OTHER = ContentHash(bytes([9]) * 32)
NOW = 1_800_000_000
SEALED = Cid.of_raw_block(bytes([7]) * 32)


class Liar:
    """Answers each route with what it was told to; counts what is broadcast."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.broadcasts = 0
        inner = httpx.MockTransport(self._handle)
        service = ServiceClient(
            "http://liar.test", transport=Transport("http://liar.test", inner=inner)
        )
        self.desk = Desk(service, PIN, Signer.generate(), clock=lambda: NOW)
        self.calls: Calls = self.desk._trust.calls

    def _handle(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/transactions":
            self.broadcasts += 1
            done = {"transaction": "0x" + "01" * 32, "block": 1, "gas_used": 1, "events": []}
            return httpx.Response(201, json=done)
        return httpx.Response(200, json=self.answers[request.url.path])


def proposal(call: Call, **more: Any) -> dict[str, Any]:
    """The answer of a route that proposes a transaction."""
    transaction = {
        "to": call.to,
        "data": call.data,
        "value": str(call.value),
        "gas": 100_000,
        "nonce": 0,
        "maxFeePerGas": "1000000000",
        "maxPriorityFeePerGas": "1",
        "chainId": PIN.chain_id,
        "type": 2,
        "accessList": [],
    }
    return {"transaction": transaction, "summary": "Harmless.", **more}


def license_row(**changes: Any) -> dict[str, Any]:
    """License 4 as a service shows it."""
    row = {
        "license": 4,
        "design": str(DESIGN),
        "licensee": THIEF,
        "quota": 300,
        "expiry": 5,
        "grace": 0,
        "revoked": True,
        "price": "1",
        "offer": None,
        "spent": 0,
        "earned": 0,
        "refunded": 0,
        "reserved": 0,
        "transaction": "0x" + "00" * 32,
        "block": 1,
        "issued_at": 1,
    }
    return row | changes


def refuses(liar: Liar, action: Callable[[], object]) -> None:
    """That the desk sees the lie, and broadcasts nothing."""
    with pytest.raises(TransactionMismatch):
        action()
    assert liar.broadcasts == 0
