"""Designs over HTTP: upload, registration, preview, withdrawal; and every way to be refused."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from starlette.testclient import TestClient

from api.app import create_app
from ledger.models import Address, ContentHash
from ledger.services.context import Ledger
from tests.api.unchanged import nothing_changes, state
from tests.scene import NOBODY, Scene, new_file, new_mesh
from tests.service import Party, chain_of
from tests.unit import files_samples as samples

OCTETS = {"content-type": "application/octet-stream"}
UNKNOWN = "0x" + "5a" * 32


def signed(who: Party, prepared: dict[str, object], **changed: object) -> dict[str, object]:
    domain = who.domain
    message = domain.register(
        ContentHash.parse(str(prepared["design"])),
        ContentHash.parse(str(prepared["metadata"])),
        who.address,
        int(str(prepared["deadline"])),
    )
    return {
        "owner": who.address,
        "deadline": prepared["deadline"],
        "signature": "0x" + who.signer.sign(message).hex(),
        **changed,
    }


def test_a_mesh_has_a_picture_and_gcode_has_none(
    party: Callable[[], Party], tmp_path: Path
) -> None:
    designer = party()
    mesh = designer.register(new_mesh(tmp_path))
    answer = designer.http.get(f"/designs/{mesh}/preview")
    assert answer.headers["content-type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG")
    file = tmp_path / "a.gcode"
    file.write_bytes(samples.GCODE)
    gcode = designer.register(file)
    designer.refused("ContentNotFound", "GET", f"/designs/{gcode}/preview")
    designer.refused("ContentNotFound", "GET", f"/designs/{UNKNOWN}/preview")


def test_the_same_file_is_refused_naming_the_first_owner_also_after_a_transfer(
    ledger: Ledger, party: Callable[[], Party], tmp_path: Path
) -> None:
    first, second, third = party(), party(), party()
    file = new_file(tmp_path)
    design = first.register(file)
    query = {"owner": second.address, "title": "Mine"}
    for who in (second, first):
        with nothing_changes(ledger):
            body = first.refused(
                "DesignAlreadyRegistered",
                "POST",
                "/designs",
                params=query | {"owner": who.address},
                content=file.read_bytes(),
                headers=OCTETS,
            )
        assert (body["designer"], body["owner"]) == (first.address, first.address)
        assert body["transaction"] in body["detail"]

    chain = chain_of(ledger)
    chain.send(
        chain.transfer_design(design, first.address, third.address), chain.sender(first.signer)
    )
    body = second.refused(
        "DesignAlreadyRegistered",
        "POST",
        "/designs",
        params=query,
        content=file.read_bytes(),
        headers=OCTETS,
    )
    assert (body["designer"], body["owner"]) == (first.address, third.address)
    assert first.ok("GET", f"/designs/{design}")["owner"] == third.address


def test_of_two_that_prepared_the_same_file_the_first_to_sign_has_it(
    ledger: Ledger, party: Callable[[], Party], tmp_path: Path
) -> None:
    first, second = party(), party()
    file = new_file(tmp_path)
    ours, theirs = first.upload(file), second.upload(file)
    assert ours["cid"] == theirs["cid"]
    first.confirm(ours)
    with nothing_changes(ledger):
        second.refused(
            "DesignAlreadyRegistered",
            "POST",
            f"/designs/{ours['design']}/registration",
            json=signed(second, theirs),
        )


def test_a_confirmation_repeated_answers_the_design_as_it_stands(
    party: Callable[[], Party], tmp_path: Path
) -> None:
    designer = party()
    prepared = designer.upload(new_file(tmp_path))
    assert designer.confirm(prepared) == designer.confirm(prepared)


@pytest.fixture(scope="module")
def prepared_by(
    party: Callable[[], Party], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Party, dict[str, object]]:
    """A design that is prepared and not registered."""
    designer = party()
    return designer, designer.upload(new_file(tmp_path_factory.mktemp("prepared")))


@pytest.mark.parametrize(
    ("case", "error"),
    [
        ("signed by another", "BadSignature"),
        ("another deadline", "BadSignature"),
        ("owner not prepared", "RegistrationIncomplete"),
        ("not a signature", "BadSignature"),
        ("short signature", "MalformedRequest"),
        ("not hexadecimal", "MalformedRequest"),
        ("unknown member", "MalformedRequest"),
        ("no deadline", "MalformedRequest"),
    ],
)
def test_a_registration_that_the_owner_did_not_sign_is_refused(
    ledger: Ledger,
    party: Callable[[], Party],
    prepared_by: tuple[Party, dict[str, object]],
    case: str,
    error: str,
) -> None:
    (designer, prepared), stranger = prepared_by, party()
    body = signed(designer, prepared)
    changed = {
        "signed by another": signed(stranger, prepared) | {"owner": designer.address},
        "another deadline": body | {"deadline": int(str(prepared["deadline"])) + 1},
        "owner not prepared": signed(stranger, prepared),
        "not a signature": body | {"signature": "0x" + "00" * 65},
        "short signature": body | {"signature": "0x00"},
        "not hexadecimal": body | {"signature": "0x" + "zz" * 65},
        "unknown member": body | {"gift": 1},
        "no deadline": {"owner": body["owner"], "signature": body["signature"]},
    }[case]
    with nothing_changes(ledger):
        designer.refused(error, "POST", f"/designs/{prepared['design']}/registration", json=changed)
    designer.confirm(prepared)


def test_a_registration_signed_too_late_is_refused(
    ledger: Ledger,
    party: Callable[[], Party],
    tmp_path: Path,
    later: Callable[[int], None],
) -> None:
    designer = party()
    file = new_file(tmp_path)
    prepared = designer.upload(file)
    later(86_400 + 5)
    with nothing_changes(ledger):
        designer.refused(
            "SignatureExpired",
            "POST",
            f"/designs/{prepared['design']}/registration",
            json=signed(designer, prepared),
        )
    again = designer.upload(file)
    assert again["cid"] == prepared["cid"]
    designer.confirm(again)


@pytest.mark.parametrize("path", ["/designs/{}", "/designs/{}/preview"])
@pytest.mark.parametrize("name", ["0x12", "zz" * 32, "Ω"])
def test_an_id_that_is_none_is_malformed(party: Callable[[], Party], path: str, name: str) -> None:
    party().refused("MalformedRequest", "GET", path.format(name))


def test_a_design_that_nobody_registered_is_not_found(party: Callable[[], Party]) -> None:
    party().refused("DesignNotFound", "GET", f"/designs/{UNKNOWN}")


@pytest.mark.parametrize(
    "query",
    [
        {"title": "No owner"},
        {"owner": NOBODY},
        {"owner": "0x12", "title": "t"},
        {"owner": NOBODY, "title": ""},
        {"owner": NOBODY, "title": "t" * 201},
        {"owner": NOBODY, "title": "t", "description": "d" * 20_001},
    ],
)
def test_an_upload_says_who_and_what(
    ledger: Ledger, party: Callable[[], Party], query: dict[str, str]
) -> None:
    with nothing_changes(ledger):
        party().refused("MalformedRequest", "POST", "/designs", params=query, content=samples.STEP)


def test_a_file_that_is_too_large_is_refused_and_leaves_nothing(
    ledger: Ledger, party: Callable[[], Party]
) -> None:
    designer = party()
    query = {"owner": designer.address, "title": "Large"}
    limit = ledger.max_design_bytes
    object.__setattr__(ledger, "max_design_bytes", 100_000)
    try:
        with nothing_changes(ledger):
            whole = designer.refused(
                "DesignTooLarge", "POST", "/designs", params=query, content=bytes(100_001)
            )
            pieces = designer.refused(
                "DesignTooLarge",
                "POST",
                "/designs",
                params=query,
                content=(bytes(9_000) for _ in range(12)),
            )
        assert whole["status"] == pieces["status"] == 413
        assert (whole["size"], whole["limit"]) == (100_001, 100_000)
    finally:
        object.__setattr__(ledger, "max_design_bytes", limit)


def test_an_upload_that_breaks_off_leaves_nothing(ledger: Ledger) -> None:
    app = create_app(ledger=ledger)

    async def body() -> object:
        yield b"solid "
        raise httpx.ReadError("the line broke")

    async def upload() -> None:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            query = {"owner": NOBODY, "title": "t"}
            # httpx takes the generator, its types know only another sort of it.
            await client.post("/designs", params=query, content=body())  # type: ignore[arg-type]

    before = state(ledger)
    with pytest.raises(httpx.ReadError):
        asyncio.run(upload())
    assert state(ledger) == before


def test_the_earnings_are_the_owners(scene: Callable[..., Scene]) -> None:
    ours = scene()
    path = f"/designs/{ours.design}/withdrawal"
    body = {"owner": ours.designer.address, "to": ours.designer.address}
    ours.designer.refused("NothingToWithdraw", "POST", path, json=body)
    ours.redeem(ours.ticket())
    sender = {"sender": ours.center.address}
    ours.center.send(ours.center.ok("POST", f"/licenses/{ours.license}/settlement", json=sender))
    body = {"owner": ours.center.address, "to": ours.center.address}
    ours.center.refused("NotDesignOwner", "POST", path, json=body)
    body = {"owner": ours.designer.address, "to": Address("0x" + "00" * 20)}
    ours.designer.refused("InvalidRecipient", "POST", path, json=body)
    unknown = f"/designs/{UNKNOWN}/withdrawal"
    ours.designer.refused("DesignNotFound", "POST", unknown, json=body | {"to": NOBODY})


def test_a_design_of_another_service_is_shown_without_its_file(
    ledger: Ledger, party: Callable[[], Party], http: TestClient
) -> None:
    designer, chain = party(), chain_of(ledger)
    design = ContentHash(hashlib.sha256(designer.address.encode()).digest())
    chain.send(chain.register(design, design), chain.sender(designer.signer))
    ledger.indexer.catch_up()
    shown = designer.ok("GET", f"/designs/{design}")
    assert (shown["owner"], shown["cid"], shown["title"]) == (designer.address, None, None)
    findings = designer.ok("GET", f"/provenance/{design}")["findings"]
    assert {found["kind"] for found in findings} == {"sealed-file-missing", "metadata-mismatch"}
