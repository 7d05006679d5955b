"""The golden vectors of tests/vectors, read and put into the form that wallets are given."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ledger.models import Address
from ledger.signing import TypedData
from tests.conftest import ROOT
from tests.contracts import eip712

FILE = ROOT / "tests" / "vectors" / "eip712.json"
GOLDEN: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
VECTORS: list[dict[str, Any]] = GOLDEN["vectors"]
EACH = [
    pytest.param(row, id=f"{row['primary_type']}-{row['domain']['chainId']}") for row in VECTORS
]


def typed(row: dict[str, Any], **changes: Any) -> TypedData:
    """The message of a vector as a wallet is given it."""
    members = [{"type": kind, "name": name} for kind, name in eip712.members_of(row["type"])]
    name = row["primary_type"]
    return TypedData(
        domain={**row["domain"], **changes.get("domain", {})},
        primary_type=name,
        types={name: members},
        message={**row["message"], **changes.get("message", {})},
    )


def address_of(row: dict[str, Any]) -> Address:
    """Who signed it."""
    return Address(GOLDEN["keys"][row["signer"]]["address"])
