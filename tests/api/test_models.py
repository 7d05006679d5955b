"""Real parts through the API: registered, fetched by CID, opened, byte for byte."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable

import pytest

from ledger import vault
from ledger.models import Cid
from ledger.services.context import Ledger
from ledger.store import records
from tests.conftest import MODELS
from tests.service import Party, chain_of


@pytest.mark.parametrize("name", sorted(path.name for path in MODELS.glob("*.3mf")))
def test_every_model_comes_back_byte_for_byte(
    ledger: Ledger, party: Callable[[], Party], name: str
) -> None:
    designer, file = party(), MODELS / name
    design = designer.register(file, name)
    assert str(design) == "0x" + hashlib.sha256(file.read_bytes()).hexdigest()
    shown = designer.ok("GET", f"/designs/{design}")
    assert (shown["title"], shown["format"], shown["owner"]) == (name, "3mf", designer.address)
    assert shown["document"]["properties"]["sealed"]["cid"] == shown["cid"]
    assert chain_of(ledger).token_uri(design) == f"ipfs://f01551220{shown['metadata'][2:]}"

    with ledger.database.read() as session:
        row = records.sealed(session, str(design))
    assert row is not None
    key = vault.unwrap_key(ledger.service_key, row.wrapped_key, design)
    sealed, plain = io.BytesIO(), io.BytesIO()
    ledger.ipfs.fetch(Cid(shown["cid"]), sealed, max_bytes=shown["sealed_size"])
    assert file.read_bytes()[:200] not in sealed.getvalue()
    sealed.seek(0)
    vault.unseal(sealed, plain, key, design)
    assert plain.getvalue() == file.read_bytes()
    assert list(ledger.work_folder.iterdir()) == []
