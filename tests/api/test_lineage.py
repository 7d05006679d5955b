"""Derived designs over HTTP: parents, consent, policy, ancestors and children."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.models import ContentHash, Derivation, Parent
from ledger.services.context import Ledger
from ledger.store import lineage
from tests.api.deriving import OCTETS, agreed, derive, owners, say, signed, upload
from tests.api.unchanged import nothing_changes, rebuilds_to_the_same_bytes
from tests.scene import NOBODY, new_file
from tests.service import Party, chain_of

UNKNOWN = "0x" + "5a" * 32


def test_consent_a_policy_or_an_own_parent_make_a_derived_design(
    ledger: Ledger, party: Callable[[], Party], tmp_path: Path
) -> None:
    first, wheel = owners(party, tmp_path)
    second, axle = owners(party, tmp_path)
    third, hub = owners(party, tmp_path)
    say(second, axle, "policy", open=True, share=700)
    file = new_file(tmp_path)
    parents = [Parent(wheel, 1_000), Parent(axle, 700), Parent(hub, 0)]
    prepared = upload(third, file, parents)
    child = ContentHash.parse(prepared["design"])
    assert prepared["ready_at"] == 0
    path = f"/designs/{child}/registration"
    with nothing_changes(ledger):
        body = third.refused("ConsentMissing", "POST", path, json=signed(third, prepared, parents))
    assert (body["parent"], body["share"]) == (str(wheel), "1000") or body["share"] == 1000
    deadline = ledger.now() + 600
    said = Derivation(child, wheel, 1_000, third.address, deadline)
    parents[0] = agreed(first, wheel, said)
    third.ok("POST", path, json=signed(third, prepared, parents))

    shown = third.ok("GET", f"/designs/{child}/lineage")
    assert shown["parents"] == [
        {"design": str(wheel), "share": 1_000},
        {"design": str(axle), "share": 700},
        {"design": str(hub), "share": 0},
    ]
    document = third.ok("GET", f"/designs/{child}")["document"]
    assert document["properties"]["parents"] == shown["parents"]
    below = derive(third, tmp_path, [Parent(child, 100)])
    assert third.ok("GET", f"/designs/{below}/lineage")["ancestors"] == [
        str(one) for one in (child, wheel, axle, hub)
    ]
    chain = chain_of(ledger)
    assert chain.ancestors_of(below) == [child, wheel, axle, hub]
    assert chain.parents_of(child) == [(wheel, 1_000), (axle, 700), (hub, 0)]
    with ledger.database.read() as session:
        kept = [row.ancestor for row in lineage.ancestors(session, str(below))]
    assert kept == [str(one) for one in chain.ancestors_of(below)]
    children = first.ok("GET", f"/designs/{wheel}/children")["items"]
    assert [(row["design"], row["share"]) for row in children] == [(str(child), 1_000)]
    assert first.ok("GET", f"/designs/{axle}/lineage")["policy"] == {"open": True, "share": 700}


@pytest.mark.parametrize("case", ["other share", "other owner", "other child", "too late", "spent"])
def test_a_consent_is_for_one_design_owner_and_share_and_works_once(
    ledger: Ledger, party: Callable[[], Party], tmp_path: Path, case: str
) -> None:
    (giver, parent), maker = owners(party, tmp_path), party()
    prepared = upload(maker, new_file(tmp_path), [Parent(parent, 500)])
    child = ContentHash.parse(prepared["design"])
    # By the newest block, which is what the chain's node judges the message by.
    deadline = chain_of(ledger).now() - 1 if case == "too late" else ledger.now() + 600
    said = {
        "other share": Derivation(child, parent, 400, maker.address, deadline),
        "other owner": Derivation(child, parent, 500, NOBODY, deadline),
        "other child": Derivation(parent, parent, 500, maker.address, deadline),
    }.get(case, Derivation(child, parent, 500, maker.address, deadline))
    signature = giver.signer.sign(giver.domain.derivation(said))
    if case == "spent":
        digest = giver.domain.derivation(said).digest()
        body = {"signer": giver.address, "digest": str(digest)}
        giver.send(giver.ok("POST", "/signatures/cancellation", json=body))
        giver.refused("SignatureSpent", "POST", "/signatures/cancellation", json=body)
    parents = [Parent(parent, 500, deadline, signature)]
    error = {"too late": "SignatureExpired", "spent": "SignatureSpent"}.get(case, "BadSignature")
    path = f"/designs/{child}/registration"
    with nothing_changes(ledger):
        maker.refused(error, "POST", path, json=signed(maker, prepared, parents))


def test_parents_that_the_registry_would_refuse_are_refused_before_the_file_is_sealed(
    ledger: Ledger, party: Callable[[], Party], tmp_path: Path
) -> None:
    who, parent = owners(party, tmp_path)
    other = who.register(new_file(tmp_path))
    recalled = who.register(new_file(tmp_path))
    say(who, recalled, "recall", notice="It breaks.")
    cases = {
        "DesignNotFound": [f"{UNKNOWN}:0"],
        "ParentRepeated": [f"{parent}:1", f"{parent}:2"],
        "SharesTooHigh": [f"{parent}:4000", f"{other}:1001"],
        "Recalled": [f"{parent}:1", f"{recalled}:1"],
        "MalformedRequest": [f"{parent}"],
    }
    for error, parents in cases.items():
        query = {"owner": who.address, "title": "t", "parent": parents}
        with nothing_changes(ledger):
            who.refused(
                error,
                "POST",
                "/designs",
                params=query,
                content=new_file(tmp_path).read_bytes(),
                headers=OCTETS,
            )


def test_lineage_of_what_nobody_registered_is_not_found(party: Callable[[], Party]) -> None:
    who = party()
    for what in ("lineage", "children"):
        who.refused("DesignNotFound", "GET", f"/designs/{UNKNOWN}/{what}")
    body = {"owner": who.address, "open": True, "share": 1}
    who.refused("DesignNotFound", "POST", f"/designs/{UNKNOWN}/policy", json=body)


def test_children_come_a_page_at_a_time(party: Callable[[], Party], tmp_path: Path) -> None:
    who, parent = owners(party, tmp_path)
    below = [str(derive(who, tmp_path, [Parent(parent, share)])) for share in (1, 2, 3)]
    path, seen, cursor = f"/designs/{parent}/children", [], None
    for _ in range(4):
        page = who.ok("GET", path, params={"limit": 2, **({"cursor": cursor} if cursor else {})})
        seen += [row["design"] for row in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == below


def test_the_projection_of_lineage_is_rebuilt_to_the_same_bytes(ledger: Ledger) -> None:
    rebuilds_to_the_same_bytes(ledger)
