"""Approved slices over HTTP: who may approve, and what a token then binds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ledger.models import Digest, Rights, Slice
from tests.api.unchanged import nothing_changes
from tests.scene import Scene
from tests.service import Party

PROFILE, JOB, OTHER = (Digest(bytes([n]) * 32) for n in (0x71, 0x72, 0x73))


@pytest.fixture
def fresh(scene: Callable[..., Scene]) -> Scene:
    return scene()


def approval(ours: Scene, by: Party | None = None, **changed: Any) -> dict[str, Any]:
    signer = (by or ours.designer).signer
    values: dict[str, Any] = {
        "design": ours.design,
        "profile": PROFILE,
        "job": JOB,
        "slicer": "PrusaSlicer 2.5.0",
        "deadline": ours.now + 600,
        **changed,
    }
    message = ours.ledger.domain.typed(Slice(**values))
    del values["design"]
    body = {key: str(v) if isinstance(v, bytes) else v for key, v in values.items()}
    return {**body, "signer": signer.address, "signature": "0x" + signer.sign(message).hex()}


def path(ours: Scene) -> str:
    return f"/designs/{ours.design}/slices"


def test_the_owner_approves_and_it_is_listed_and_audited(fresh: Scene) -> None:
    made = fresh.center.ok("POST", path(fresh), json=approval(fresh))
    assert (made["job"], made["profile"]) == (str(JOB), str(PROFILE))
    fresh.center.ok("POST", path(fresh), json=approval(fresh))  # the same again is no error
    fresh.center.ok("POST", path(fresh), json=approval(fresh, job=OTHER))
    page = fresh.center.ok("GET", path(fresh), params={"limit": 1})
    assert [row["job"] for row in page["items"]] == [str(JOB)]
    rest = fresh.center.ok("GET", path(fresh), params={"cursor": page["next_cursor"]})
    assert [row["job"] for row in rest["items"]] == [str(OTHER)]
    told = [fact["what"] for fact in fresh.dossier(fresh.design)["facts"]]
    assert told.count("SliceApproved") == 2


@pytest.mark.parametrize("rights", [Rights.NONE, Rights.VARIANTS])
def test_a_token_that_binds_a_slice_brings_the_designs_file(fresh: Scene, rights: Rights) -> None:
    held = fresh.granted(rights)
    plain = held.ticket()
    denied = "VariantNotFound" if rights else "VariantsNotAllowed"
    held.center.refused(denied, "POST", "/tokens", json=held.token_request(job=JOB))
    held.center.ok("POST", path(held), json=approval(held))
    ticket = held.ticket(job=JOB)
    assert ticket["token"]["job"] == str(JOB)
    assert (ticket["cid"], ticket["sealed_size"]) == (plain["cid"], plain["sealed_size"])
    released = held.center.ok("POST", "/keys", json=held.key_request(ticket))
    assert released["cid"] == plain["cid"]


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"deadline": 1}, "SignatureExpired"),
        ({"deadline": 2**40 - 1}, "MalformedRequest"),
        ({"job": Digest(bytes(32))}, "MalformedRequest"),
        ({"profile": Digest(bytes(32))}, "MalformedRequest"),
    ],
)
def test_an_approval_that_says_something_impossible(
    fresh: Scene, changed: dict[str, Any], error: str
) -> None:
    with nothing_changes(fresh.ledger):
        fresh.center.refused(error, "POST", path(fresh), json=approval(fresh, **changed))


def test_nobody_else_approves(fresh: Scene) -> None:
    with nothing_changes(fresh.ledger):
        theirs = approval(fresh, by=fresh.center)
        fresh.center.refused("NotIssuer", "POST", path(fresh), json=theirs)
        forged = {**theirs, "signer": fresh.designer.address}
        fresh.center.refused("BadSignature", "POST", path(fresh), json=forged)
        changed = {**approval(fresh), "job": str(OTHER)}
        fresh.center.refused("BadSignature", "POST", path(fresh), json=changed)
        nowhere = f"/designs/{OTHER}/slices"
        fresh.center.refused("DesignNotFound", "GET", nowhere)
