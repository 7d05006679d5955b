"""Handing in variants: what is signed, and what a client does not believe."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from ledger.client import ServiceClient
from ledger.client.desk import Desk
from ledger.client.transport import Transport
from ledger.client.variants import SIGNED_SECONDS, upload_variant
from ledger.errors import DigestMismatch, MalformedRequest, VariantsNotAllowed
from ledger.models import Address, Cid, Digest, Variant
from ledger.rules import MAX_REQUEST_SECONDS
from ledger.signing import Signer, parse_signature, require_signer
from tests.unit.lying import DESIGN, PIN, license_row

REFERENCE = Digest(b"\x17" * 32)


def taken(job: object) -> dict[str, Any]:
    """What the service says of a variant."""
    return {
        "license": 4,
        "job": str(job),
        "design": str(DESIGN),
        "licensee": Address("0x" + "66" * 20),
        "reference": str(REFERENCE),
        "cid": Cid.of_raw_block(bytes(32)),
        "format": "stl",
        "measures": {},
        "plain_size": 5,
        "sealed_size": 38,
        "accepted_at": 1,
    }


def desk_with(answer: Callable[[httpx.Request], httpx.Response]) -> Desk:
    def handle(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json=license_row())
        request.read()
        return answer(request)

    url = "http://service.test"
    service = ServiceClient(url, transport=Transport(url, inner=httpx.MockTransport(handle)))
    return Desk(service, PIN, Signer.generate())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "shoe.stl"
    path.write_bytes(b"solid shoe in size 42")
    return path


def test_the_licensee_signs_for_the_files_hash_and_for_its_license(file: Path) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(201, json=taken(request.url.params["job"]))

    desk = desk_with(answer)
    assert upload_variant(desk, 4, file, REFERENCE).job == sha(file)
    (request,) = seen
    assert request.url.path == "/licenses/4/variants"
    assert request.content == file.read_bytes()
    given = request.url.params
    deadline = int(given["deadline"])
    assert 0 < deadline - time.time() <= SIGNED_SECONDS < MAX_REQUEST_SECONDS
    message = desk.domain.variant(Variant(DESIGN, 4, sha(file), REFERENCE, deadline))
    assert given["reference"] == str(REFERENCE)
    require_signer(message, parse_signature(given["signature"]), desk.address)


def sha(file: Path) -> Digest:
    return Digest(hashlib.sha256(file.read_bytes()).digest())


def test_a_service_that_took_another_file_is_not_believed(file: Path) -> None:
    desk = desk_with(lambda _: httpx.Response(201, json=taken("0x" + "ab" * 32)))
    with pytest.raises(DigestMismatch):
        upload_variant(desk, 4, file)


def test_a_file_that_changes_after_it_was_signed_for_is_told(file: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(201, json=taken(request.url.params["job"]))

    desk = desk_with(answer)
    signed = Variant(DESIGN, 4, sha(file), REFERENCE, 1)
    file.write_bytes(b"solid boot")
    with pytest.raises(DigestMismatch):
        desk.service.upload_variant(file, signed, bytes(65))


def test_the_services_refusal_is_raised_by_its_name(file: Path) -> None:
    problem = {"error": "VariantsNotAllowed", "detail": "License 4 does not allow variants."}
    body = json.dumps(problem).encode()
    desk = desk_with(lambda _: httpx.Response(403, content=body))
    with pytest.raises(VariantsNotAllowed, match="License 4"):
        upload_variant(desk, 4, file)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    desk = desk_with(lambda _: httpx.Response(500))
    with pytest.raises(MalformedRequest, match="cannot be read"):
        upload_variant(desk, 4, tmp_path / "nothing.stl")
