"""Variants over HTTP: upload, tokens, keys and the audit; and every way to be refused."""

from __future__ import annotations

import hashlib
import io
import secrets
from collections.abc import Callable
from typing import Any

import pytest

from ledger import vault
from ledger.errors import IpfsUnavailable, UnsealFailed
from ledger.models import Cid, ContentHash, Digest, Rights
from ledger.store import records
from tests.api.unchanged import nothing_changes
from tests.scene import Scene
from tests.service import Party, chain_of
from tests.unit import files_samples as samples

OCTETS = {"content-type": "application/octet-stream"}
UNKNOWN = "0x" + "5a" * 32


def a_variant() -> bytes:
    """A file that nobody has uploaded yet."""
    return samples.binary_stl(samples.box(10, 20, 31), secrets.token_hex(16).encode())


def sha(data: bytes) -> Digest:
    return Digest(hashlib.sha256(data).digest())


@pytest.fixture(scope="module")
def allowed(ours: Scene) -> Scene:
    """A license of 1,000 prints that allows variants."""
    return ours.granted(Rights.VARIANTS, 1_000)


def opened(ours: Scene, ticket: dict[str, Any], cid: str, content: Digest) -> bytes:
    """What is in the sealed file `cid`, by the key that the printer gets for its ticket."""
    released = ours.center.ok("POST", "/keys", json=ours.key_request(ticket))
    assert (released["cid"], released["sealed_size"]) == (ticket["cid"], ticket["sealed_size"])
    info = vault.release_info(
        ours.design, ours.license, ours.printer.address, Digest.parse(ticket["digest"])
    )
    key = vault.receive_key(bytes.fromhex(released["wrapped"][2:]), ours.printer.kem, info)
    sealed, plain = io.BytesIO(), io.BytesIO()
    ours.ledger.ipfs.fetch(Cid(cid), sealed, max_bytes=1 << 20)
    sealed.seek(0)
    vault.unseal(sealed, plain, key, ContentHash(content))
    return plain.getvalue()


def test_a_variant_is_measured_sealed_and_shown(allowed: Scene) -> None:
    data = a_variant()
    taken = allowed.upload_variant(data, reference=sha(b"salt: order 17"))
    assert taken["license"] == allowed.license
    assert taken["design"] == str(allowed.design)
    assert taken["job"] == str(sha(data))
    assert taken["licensee"] == allowed.center.address
    assert taken["reference"] == str(sha(b"salt: order 17"))
    assert taken["measures"]["bounding_box_mm"] == [10, 20, 31]
    assert taken["plain_size"] == len(data)
    assert allowed.ledger.ipfs.has(Cid(taken["cid"]))
    assert not {"wrapped_key", "preview_cid"} & taken.keys()
    path = f"/licenses/{allowed.license}/variants"
    assert allowed.center.ok("GET", f"{path}/{taken['job']}") == taken
    assert list(allowed.ledger.work_folder.iterdir()) == []


def test_variants_are_listed_by_their_hash_a_page_at_a_time(ours: Scene) -> None:
    fresh = ours.granted(Rights.VARIANTS)
    jobs = sorted(fresh.upload_variant(a_variant())["job"] for _ in range(3))
    path = f"/licenses/{fresh.license}/variants"
    first = fresh.center.ok("GET", path, params={"limit": 2})
    rest = fresh.center.ok("GET", path, params={"limit": 2, "cursor": first["next_cursor"]})
    assert [row["job"] for row in first["items"] + rest["items"]] == jobs
    assert rest["next_cursor"] is None
    fresh.center.refused("CursorInvalid", "GET", path, params={"cursor": "here"})
    fresh.center.refused("LicenseNotFound", "GET", "/licenses/999999/variants")
    fresh.center.refused("VariantNotFound", "GET", f"{path}/{UNKNOWN}")


def test_a_token_that_binds_a_variant_brings_its_file_and_its_key(allowed: Scene) -> None:
    shoe, boot = a_variant(), a_variant()
    taken = allowed.upload_variant(shoe)
    allowed.upload_variant(boot)
    ticket = allowed.ticket(job=sha(shoe))
    assert ticket["token"]["job"] == str(sha(shoe))
    assert (ticket["cid"], ticket["sealed_size"]) == (taken["cid"], taken["sealed_size"])
    allowed.redeem(ticket)
    assert opened(allowed, ticket, ticket["cid"], sha(shoe)) == shoe

    plain = allowed.ticket()
    allowed.redeem(plain)
    assert plain["cid"] != ticket["cid"]
    assert opened(allowed, plain, plain["cid"], allowed.design) == allowed.file.read_bytes()


def test_a_printer_gets_the_key_of_its_own_tokens_variant_only(allowed: Scene) -> None:
    shoe, boot = a_variant(), a_variant()
    allowed.upload_variant(shoe)
    others = allowed.upload_variant(boot)
    ticket = allowed.ticket(job=sha(shoe))
    allowed.redeem(ticket)
    for content in (sha(shoe), sha(boot)):
        with pytest.raises(UnsealFailed):
            opened(allowed, ticket, others["cid"], content)


def test_an_upload_repeated_is_answered_as_it_stands(allowed: Scene) -> None:
    data = a_variant()
    first = allowed.upload_variant(data, reference=sha(b"one"))
    with nothing_changes(allowed.ledger):
        assert allowed.upload_variant(data, reference=sha(b"two")) == first


def test_an_upload_repeated_with_its_key_is_replayed(allowed: Scene) -> None:
    data = a_variant()
    query = allowed.variant_query(data)
    path, keyed = f"/licenses/{allowed.license}/variants", {"idempotency-key": secrets.token_hex(8)}
    first = allowed.center.http.post(path, params=query, content=data, headers=OCTETS | keyed)
    again = allowed.center.http.post(path, params=query, content=data, headers=OCTETS | keyed)
    assert first.status_code == again.status_code == 201
    assert again.headers["idempotent-replay"] == "true"
    assert again.json() == first.json()
    other = bytes(len(data))
    body = allowed.center.http.post(path, params=query, content=other, headers=OCTETS | keyed)
    assert body.json()["error"] == "IdempotencyKeyReused"


def test_one_file_under_two_licenses_is_two_variants(ours: Scene) -> None:
    data, one, two = a_variant(), ours.granted(Rights.VARIANTS), ours.granted(Rights.VARIANTS)
    assert one.upload_variant(data)["cid"] != two.upload_variant(data)["cid"]
    third = ours.granted(Rights.VARIANTS)
    body = third.token_request(job=sha(data))
    third.center.refused("VariantNotFound", "POST", "/tokens", json=body)


def test_a_half_done_upload_binds_nothing_and_is_finished_by_a_repeat(
    ours: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, fresh = a_variant(), ours.granted(Rights.VARIANTS)
    query, path = fresh.variant_query(data), f"/licenses/{fresh.license}/variants"

    def down(*_: Any) -> Any:
        raise IpfsUnavailable("The node is down.")

    monkeypatch.setattr(type(fresh.ledger.ipfs), "add", down)
    fresh.center.refused("IpfsUnavailable", "POST", path, params=query, content=data)
    monkeypatch.undo()
    with fresh.ledger.database.read() as session:
        half = records.variant(session, fresh.license, str(sha(data)))
    assert half is not None
    assert half.accepted_at is None
    fresh.center.refused("VariantNotFound", "GET", f"{path}/{sha(data)}")
    assert fresh.center.ok("GET", path)["items"] == []
    body = fresh.token_request(job=sha(data))
    fresh.center.refused("VariantNotFound", "POST", "/tokens", json=body)
    assert fresh.dossier(sha(data))["kind"] == "unknown-file"

    taken = fresh.upload_variant(data)
    assert taken["cid"] == half.cid
    with fresh.ledger.database.read() as session:
        whole = records.variant(session, fresh.license, str(sha(data)))
    assert whole is not None
    assert whole.wrapped_key == half.wrapped_key
    assert fresh.ticket(job=sha(data))["cid"] == half.cid


def refused(
    ours: Scene, error: str, data: bytes, query: dict[str, Any], license: int | None = None
) -> dict[str, Any]:
    path = f"/licenses/{ours.license if license is None else license}/variants"
    with nothing_changes(ours.ledger):
        return ours.center.refused(error, "POST", path, params=query, content=data, headers=OCTETS)


@pytest.mark.parametrize("rights", [Rights.NONE, Rights.IRREVOCABLE | Rights.TRANSFERABLE], ids=str)
def test_a_license_without_the_right_takes_no_variant(ours: Scene, rights: Rights) -> None:
    other, data = ours.granted(rights), a_variant()
    body = refused(other, "VariantsNotAllowed", data, other.variant_query(data))
    assert (body["status"], body["license"]) == (403, other.license)
    request = other.token_request(job=sha(data))
    with nothing_changes(ours.ledger):
        other.center.refused("VariantsNotAllowed", "POST", "/tokens", json=request)


def test_a_registered_design_is_no_variant(allowed: Scene, scene: Callable[..., Scene]) -> None:
    for known in (allowed, scene()):
        data = known.file.read_bytes()
        refused(allowed, "DesignAlreadyRegistered", data, allowed.variant_query(data))


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"deadline": 1}, "SignatureExpired"),
        ({"deadline": 2**39}, "MalformedRequest"),
        ({"license": 1}, "BadSignature"),
        ({"design": ContentHash(b"\x01" * 32)}, "BadSignature"),
    ],
)
def test_only_the_licensees_word_of_this_hour_counts(
    allowed: Scene, changed: dict[str, Any], error: str
) -> None:
    data = a_variant()
    refused(allowed, error, data, allowed.variant_query(data, **changed))


def test_nobody_else_uploads_under_a_license(allowed: Scene, party: Callable[[], Party]) -> None:
    data = a_variant()
    for who in (party(), allowed.designer):
        refused(allowed, "BadSignature", data, allowed.variant_query(data, by=who))
    for name in ("reference", "job"):
        query = allowed.variant_query(data) | {name: UNKNOWN}
        refused(allowed, "BadSignature", data, query)
    refused(allowed, "LicenseNotFound", data, allowed.variant_query(data), 999_999)


def test_another_file_than_was_signed_for_is_refused(allowed: Scene) -> None:
    body = refused(allowed, "BadSignature", a_variant(), allowed.variant_query(a_variant()))
    assert body["expected"] != body["actual"]


@pytest.mark.parametrize("data", [b"", b"no mesh at all", b"PK\x03\x04"])
def test_a_file_that_is_no_model_is_refused(allowed: Scene, data: bytes) -> None:
    refused(allowed, "InvalidDesign", data, allowed.variant_query(data))


def test_a_variant_has_the_limits_of_a_design(allowed: Scene) -> None:
    data, limit = a_variant(), allowed.ledger.max_design_bytes
    object.__setattr__(allowed.ledger, "max_design_bytes", len(data) - 1)
    try:
        refused(allowed, "DesignTooLarge", data, allowed.variant_query(data))
    finally:
        object.__setattr__(allowed.ledger, "max_design_bytes", limit)


def test_a_license_that_is_over_takes_no_variant(ours: Scene) -> None:
    ended = ours.granted(Rights.VARIANTS)
    body = {"sender": ours.designer.address}
    ours.designer.send(ours.designer.ok("POST", f"/licenses/{ended.license}/revocation", json=body))
    data = a_variant()
    refused(ended, "LicenseRevoked", data, ended.variant_query(data))


def test_a_recalled_design_takes_no_variant(scene: Callable[..., Scene]) -> None:
    recalled, data = scene().granted(Rights.VARIANTS), a_variant()
    chain = chain_of(recalled.ledger)
    sender = chain.sender(recalled.designer.signer)
    chain.send(chain.recall(recalled.design, sha(b"a crack in the sole")), sender)
    recalled.ledger.indexer.catch_up()
    refused(recalled, "Recalled", data, recalled.variant_query(data))
    chain.send(chain.lift_recall(recalled.design, sha(b"it was another batch")), sender)
    assert recalled.upload_variant(data)["job"] == str(sha(data))


def test_tokens_bind_nothing_that_is_not_known_for_the_license(allowed: Scene) -> None:
    with nothing_changes(allowed.ledger):
        allowed.center.refused(
            "VariantNotFound",
            "POST",
            "/tokens",
            json=allowed.token_request(job=Digest.parse(UNKNOWN)),
        )
    assert allowed.ticket(job=allowed.design)["token"]["job"] == str(allowed.design)
