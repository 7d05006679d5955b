"""Registrations over HTTP beyond the plain one: many at once, and with commitments."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from ledger import artifacts
from ledger.anvil import Anvil
from ledger.chain import deploy
from ledger.devchain import dev_account
from ledger.models import ContentHash, Digest, IssuerAuthorization
from ledger.services.context import Ledger
from ledger.signing import Signer
from ledger.store import lineage
from tests.api.unchanged import nothing_changes
from tests.scene import new_file
from tests.service import ETHER, Party, chain_of, new_ledger

AGE = 600
"""Longer than any test takes: a young commitment must not come of age while one runs."""


def item(who: Party, prepared: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """One registration of a batch, signed."""
    message = who.domain.register(
        ContentHash.parse(prepared["design"]),
        Digest.parse(prepared["metadata"]),
        who.address,
        prepared["deadline"],
    )
    return {
        "design": prepared["design"],
        "owner": who.address,
        "deadline": prepared["deadline"],
        "signature": "0x" + who.signer.sign(message).hex(),
        **changed,
    }


def register(who: Party, items: list[dict[str, Any]], **more: Any) -> list[dict[str, Any]]:
    answer = who.ok("POST", "/designs/registrations", json={"items": items, **more})
    rows: list[dict[str, Any]] = answer["items"]
    return rows


# -------------------------------------------------------------------- many at once


def test_many_designs_of_many_owners_are_registered_in_one_transaction(
    ledger: Ledger, party: Callable[[], Party], tmp_path: Path
) -> None:
    first, second = party(), party()
    items = [item(who, who.upload(new_file(tmp_path))) for who in (first, second, first)]
    rows = register(first, items)
    assert [row["design"] for row in rows] == [one["design"] for one in items]
    assert {row["problem"] for row in rows} == {None}
    assert len({row["registered"]["transaction"] for row in rows}) == 1
    assert rows[1]["registered"]["owner"] == second.address
    with nothing_changes(ledger):
        assert register(first, items) == rows, "a repeat answers what is there"


def test_all_or_nothing_one_refusal_leaves_nothing(
    ledger: Ledger, party: Callable[[], Party], tmp_path: Path
) -> None:
    who, other = party(), party()
    items = [item(who, who.upload(new_file(tmp_path))) for _ in range(3)]
    forged = item(other, other.upload(new_file(tmp_path)), signature=items[0]["signature"])
    path = "/designs/registrations"
    with nothing_changes(ledger):
        body = {"items": [*items, forged]}
        said = who.refused("BadSignature", "POST", path, json=body)
        assert (said["item"], said["design"]) == (3, forged["design"])
        who.refused("MalformedRequest", "POST", path, json={"items": [items[0], items[0]]})
        who.refused("MalformedRequest", "POST", path, json={"items": []})
        who.refused("MalformedRequest", "POST", path, json={"items": items * 34})


def test_what_the_registry_refuses_is_named_with_its_item(
    ledger: Ledger, party: Callable[[], Party], tmp_path: Path
) -> None:
    """Refused by the contract and by nobody before it: the owner took the message back."""
    who = party()
    items = [item(who, who.upload(new_file(tmp_path))) for _ in range(3)]
    prepared = who.upload(new_file(tmp_path))
    message = who.domain.register(
        ContentHash.parse(prepared["design"]),
        Digest.parse(prepared["metadata"]),
        who.address,
        prepared["deadline"],
    )
    items[1:1] = [item(who, prepared)]
    body = {"signer": who.address, "digest": str(message.digest())}
    who.send(who.ok("POST", "/signatures/cancellation", json=body))
    with nothing_changes(ledger):
        said = who.refused(
            "SignatureSpent", "POST", "/designs/registrations", json={"items": items}
        )
        assert said["item"] == 1
    rows = register(who, items, all_or_nothing=False)
    assert [bool(row["registered"]) for row in rows] == [True, False, True, True]
    assert rows[1]["problem"]["error"] == "SignatureSpent"
    assert rows[1]["problem"]["status"] == 409


# ------------------------------------------------------------ issuers by signature


def authorization(ledger: Ledger, who: Party, expiry: int, **changed: Any) -> dict[str, Any]:
    wish = IssuerAuthorization(
        who.address,
        ledger.issuer.address,
        expiry,
        Digest(secrets.token_bytes(32)),
        ledger.now() + 600,
    )
    signature = who.signer.sign(who.domain.issuer_authorization(wish))
    return {
        "designer": who.address,
        "issuer": wish.issuer,
        "expiry": expiry,
        "salt": str(wish.salt),
        "deadline": wish.deadline,
        "signature": "0x" + signature.hex(),
        **changed,
    }


def test_a_designer_without_gas_authorizes_and_removes_the_issuer(
    ledger: Ledger, http: TestClient
) -> None:
    who = Party(Signer.generate(), http, ledger.domain)
    expiry = ledger.now() + 5_000
    body = authorization(ledger, who, expiry)
    who.ok("POST", "/issuers/signed", json=body)
    assert who.ok("GET", f"/issuers/{who.address}")["expiry"] == expiry
    who.ok("POST", "/issuers/signed", json=authorization(ledger, who, 0))
    assert not who.ok("GET", f"/issuers/{who.address}")["authorized"]
    with nothing_changes(ledger):
        again = body | {"salt": body["salt"]}
        who.refused("SignatureSpent", "POST", "/issuers/signed", json=again)


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"expiry": 2**39}, "BadSignature"),
        ({"salt": "0x" + "00" * 32}, "BadSignature"),
        ({"issuer": "0x" + "11" * 20}, "MalformedRequest"),
        ({"deadline": 1}, "SignatureExpired"),
        ({"designer": "0x" + "11" * 20}, "BadSignature"),
    ],
)
def test_an_authorization_that_was_not_signed_so_is_not_relayed(
    ledger: Ledger, http: TestClient, changed: dict[str, Any], error: str
) -> None:
    who = Party(Signer.generate(), http, ledger.domain)
    body = authorization(ledger, who, ledger.now() + 5_000) | changed
    with nothing_changes(ledger):
        who.refused(error, "POST", "/issuers/signed", json=body)


# ------------------------------------------------------------------ commitments


@pytest.fixture(scope="module")
def careful(
    anvil: Anvil, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Ledger, Party]]:
    """A service whose registry asks for commitments, and a designer there."""
    folder = Path(tmp_path_factory.mktemp("careful"))
    deployment = deploy(anvil.url, dev_account(0), artifacts.load(), AGE)
    deployment.save(folder / "deployment.json")
    ledger = new_ledger(anvil, folder)
    with TestClient(create_app(ledger=ledger)) as http:
        signer = Signer.generate()
        anvil.rpc("anvil_setBalance", signer.address, hex(100 * ETHER))
        yield ledger, Party(signer, http, ledger.domain)


def test_the_service_commits_waits_and_reveals(
    careful: tuple[Ledger, Party], tmp_path: Path, later: Callable[[int], None]
) -> None:
    ledger, who = careful
    file = new_file(tmp_path)
    prepared = who.upload(file)
    assert prepared["ready_at"] == chain_of(ledger).now() + AGE
    again = who.upload(file)
    assert again["ready_at"] == prepared["ready_at"], "one commitment, whose age counts on"
    body = item(who, prepared)
    path = f"/designs/{body.pop('design')}/registration"
    said = who.refused("CommitmentTooYoung", "POST", path, json=body)
    assert said["ready"] == prepared["ready_at"]
    later(AGE)
    row = who.ok("POST", path, json=body)
    assert row["owner"] == who.address
    with ledger.database.read() as session:
        kept = lineage.commitment(session, prepared["design"], who.address)
    assert kept is not None
    assert chain_of(ledger).committed_at(Digest.parse(kept.commitment)) == 0
    assert who.ok("POST", path, json=body) == row


def test_a_commitment_serves_one_owner_only(
    careful: tuple[Ledger, Party], tmp_path: Path, later: Callable[[int], None]
) -> None:
    ledger, who = careful
    other = Party(Signer.generate(), who.http, ledger.domain)
    file = new_file(tmp_path)
    ours = who.upload(file)
    later(AGE)
    theirs = other.upload(file)
    assert theirs["ready_at"] > ours["ready_at"]
    body = item(other, theirs)
    path = f"/designs/{body.pop('design')}/registration"
    other.refused("CommitmentTooYoung", "POST", path, json=body)
    body = item(who, ours)
    del body["design"]
    assert who.ok("POST", path, json=body)["owner"] == who.address


@pytest.mark.parametrize("all_or_nothing", [True, False])
def test_batches_reveal_too(
    careful: tuple[Ledger, Party],
    tmp_path: Path,
    later: Callable[[int], None],
    all_or_nothing: bool,
) -> None:
    _, who = careful
    items = [item(who, who.upload(new_file(tmp_path))) for _ in range(3)]
    later(AGE)
    young = item(who, who.upload(new_file(tmp_path)))
    if all_or_nothing:
        body = {"items": [*items, young]}
        said = who.refused("CommitmentTooYoung", "POST", "/designs/registrations", json=body)
        assert said["item"] == 3
        assert all(row["registered"] for row in register(who, items))
    else:
        rows = register(who, [young, *items], all_or_nothing=False)
        assert [bool(row["registered"]) for row in rows] == [False, True, True, True]
        assert rows[0]["problem"]["error"] == "CommitmentTooYoung"
