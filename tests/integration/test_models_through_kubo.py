"""Real parts through a real IPFS node: registered, fetched by CID, opened, byte for byte."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest

from ledger import vault
from ledger.anvil import Anvil
from ledger.errors import IpfsUnavailable
from ledger.ipfs import KuboIpfs
from ledger.models import Cid, ContentHash
from ledger.services import registration
from ledger.services.context import Ledger
from ledger.services.registration import Description
from ledger.signing import Signer
from tests.conftest import MODELS
from tests.scene import new_file
from tests.service import new_ledger

pytestmark = pytest.mark.kubo


@pytest.fixture(scope="module")
def ledger(anvil: Anvil, kubo_api: str, tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """A service that pins to Kubo."""
    return new_ledger(anvil, tmp_path_factory.mktemp("service"), ipfs_api=kubo_api)


@pytest.mark.parametrize("name", sorted(path.name for path in MODELS.glob("*.3mf")))
def test_every_model_comes_back_byte_for_byte_through_kubo(ledger: Ledger, name: str) -> None:
    file, owner = MODELS / name, Signer.generate()
    prepared = registration.prepare(ledger, file, owner.address, Description(name))
    sealed, signature = prepared.sealed, owner.sign(prepared.typed_data)
    design = ContentHash.parse(sealed.design)
    row = registration.confirm(ledger, design, owner.address, prepared.deadline, signature)
    assert row.owner == owner.address
    assert ledger.ipfs.has(prepared.metadata_cid)
    assert list(ledger.work_folder.iterdir()) == []

    content, plain = io.BytesIO(), io.BytesIO()
    ledger.ipfs.fetch(Cid(sealed.cid), content, max_bytes=sealed.sealed_size)
    content.seek(0)
    key = vault.unwrap_key(ledger.service_key, sealed.wrapped_key, design)
    vault.unseal(content, plain, key, design)
    assert plain.getvalue() == file.read_bytes()


def test_a_registration_goes_on_when_the_node_is_back(ledger: Ledger, tmp_path: Path) -> None:
    file, owner = new_file(tmp_path), Signer.generate()
    away = replace(ledger, ipfs=KuboIpfs("/ip4/127.0.0.1/tcp/9"))
    with pytest.raises(IpfsUnavailable):
        registration.prepare(away, file, owner.address, Description("Part"))
    prepared = registration.prepare(ledger, file, owner.address, Description("Part"))
    again = registration.prepare(ledger, file, owner.address, Description("Part"))
    assert again.sealed.cid == prepared.sealed.cid
