"""Derived designs over HTTP: parents, consent, policy, children; recall, sale and resale."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger.models import (
    ContentHash,
    Derivation,
    DerivedRegistration,
    Digest,
    Parent,
)
from ledger.services.context import Ledger
from ledger.store import lineage, projection
from tests.api.unchanged import nothing_changes
from tests.scene import NOBODY, Scene, new_file, redemption
from tests.service import Party, chain_of

OCTETS = {"content-type": "application/octet-stream"}
UNKNOWN = "0x" + "5a" * 32


def upload(who: Party, file: Path, parents: list[Parent]) -> dict[str, Any]:
    query: dict[str, Any] = {
        "owner": who.address,
        "title": "A derived part",
        "parent": [f"{parent.design}:{parent.share}" for parent in parents],
    }
    prepared: dict[str, Any] = who.ok(
        "POST", "/designs", params=query, content=file.read_bytes(), headers=OCTETS
    )
    return prepared


def signed(who: Party, prepared: dict[str, Any], parents: list[Parent]) -> dict[str, Any]:
    """What POST /designs/{design}/registration takes."""
    message = who.domain.register_derived(
        DerivedRegistration(
            ContentHash.parse(prepared["design"]),
            Digest.parse(prepared["metadata"]),
            who.address,
            [parent.design for parent in parents],
            [parent.share for parent in parents],
            prepared["deadline"],
        )
    )
    assert message.as_json() == prepared["typed_data"]
    return {
        "owner": who.address,
        "deadline": prepared["deadline"],
        "signature": "0x" + who.signer.sign(message).hex(),
        "parents": [
            {
                "design": str(parent.design),
                "share": parent.share,
                "deadline": parent.deadline,
                **({"consent": "0x" + parent.consent.hex()} if parent.consent else {}),
            }
            for parent in parents
        ],
    }


def derive(who: Party, folder: Path, parents: list[Parent]) -> ContentHash:
    """A new file registered as derived from these parents."""
    prepared = upload(who, new_file(folder), parents)
    who.ok(
        "POST",
        f"/designs/{prepared['design']}/registration",
        json=signed(who, prepared, parents),
    )
    return ContentHash.parse(prepared["design"])


def agreed(giver: Party, parent: ContentHash, said: Derivation) -> Parent:
    """The parent with its owner's consent."""
    assert said.parent == parent
    signature = giver.signer.sign(giver.domain.derivation(said))
    return Parent(parent, said.share, said.deadline, signature)


def owners(party: Callable[[], Party], folder: Path) -> tuple[Party, ContentHash]:
    who = party()
    return who, who.register(new_file(folder))


def say(who: Party, design: ContentHash, what: str, **body: Any) -> dict[str, Any]:
    """Sign and send what the owner says of a design."""
    route = f"/designs/{design}/{what}"
    return who.send(who.ok("POST", route, json={"owner": who.address, **body}))


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
    deadline = ledger.now() + (600 if case != "too late" else -1)
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


def test_a_recall_stops_tokens_redemptions_and_keys_of_all_below_until_it_is_lifted(
    scene: Callable[..., Scene], party: Callable[[], Party], tmp_path: Path
) -> None:
    root_owner, root = owners(party, tmp_path)
    say(root_owner, root, "policy", open=True, share=1_000)
    ours = scene(quota=5)
    child = derive(ours.designer, tmp_path, [Parent(root, 1_000)])
    offer = ours.designer.open_offer(child, ours.now)
    license = ours.center.buy(offer, 4)
    object.__setattr__(ours, "design", child)
    object.__setattr__(ours, "license", license)
    before, spare = ours.ticket(), ours.ticket()
    ours.redeem(before)
    key = ours.key_request(before)
    ours.center.ok("POST", "/keys", json=key)

    say(root_owner, root, "recall", notice="The axle breaks under load.")
    shown = ours.center.ok("GET", f"/designs/{child}/lineage")
    assert shown["recalled"]["design"] == str(root)
    refused = {
        "/tokens": ours.token_request(),
        "/redemptions": redemption(ours, spare),
        "/keys": ours.key_request(before, deadline=ours.now + 601),
        "/licenses/purchase": {
            "licensee": ours.center.address,
            "offer": offer,
            "quota": 1,
        },
    }
    for path, body in refused.items():
        problem = ours.center.refused("Recalled", "POST", path, json=body)
        assert problem["recalled"] == str(root)
    again = {"owner": root_owner.address, "notice": "twice"}
    root_owner.refused("AlreadyRecalled", "POST", f"/designs/{root}/recall", json=again)
    dossier = ours.dossier(child)
    assert "recalled" in [finding["kind"] for finding in dossier["findings"]]
    assert "DesignRecalled" in [fact["what"] for fact in dossier["facts"]]
    assert not [found for found in dossier["findings"] if found["severity"] == "error"]

    say(root_owner, root, "recall/end", notice="A stronger axle.")
    ours.redeem(spare)
    ours.ticket()
    assert "recalled" not in ours.findings(child)
    root_owner.refused("NotRecalled", "POST", f"/designs/{root}/recall/end", json=again)


def test_a_recall_says_why_and_is_the_owners(
    ledger: Ledger, party: Callable[[], Party], tmp_path: Path
) -> None:
    (who, design), other = owners(party, tmp_path), party()
    path = f"/designs/{design}/recall"
    body = {"owner": who.address, "notice": ""}
    with nothing_changes(ledger):
        who.refused("MalformedRequest", "POST", path, json=body)
        body = {"owner": other.address, "notice": "I do not like it."}
        other.refused("NotDesignOwner", "POST", path, json=body)
        body = {"owner": who.address, "notice": "x" * 300_000}
        who.refused("MalformedRequest", "POST", path, json=body)


def test_a_design_withdrawn_from_sale_sells_nothing_and_serves_what_it_sold(
    scene: Callable[..., Scene],
) -> None:
    ours = scene()
    say(ours.designer, ours.design, "sale/end")
    purchase = {"licensee": ours.center.address, "offer": ours.offer, "quota": 1}
    ours.center.refused("NotForSale", "POST", "/licenses/purchase", json=purchase)
    ours.redeem(ours.ticket())
    assert ours.center.ok("GET", f"/designs/{ours.design}")["on_sale"] is False
    say(ours.designer, ours.design, "sale")
    ours.center.buy(ours.offer, 1)


def test_a_resale_royalty_is_shown_and_set_once(
    ledger: Ledger, party: Callable[[], Party], tmp_path: Path
) -> None:
    who, design = owners(party, tmp_path)
    assert who.ok("GET", f"/designs/{design}")["resale"] is None
    say(who, design, "resale", receiver=NOBODY, share=250)
    shown = who.ok("GET", f"/designs/{design}")["resale"]
    assert shown == {"receiver": NOBODY, "share": 250}
    royalty = chain_of(ledger).resale_royalty(design)
    assert royalty is not None
    assert (royalty.receiver, royalty.share) == (NOBODY, 250)
    body = {"owner": who.address, "receiver": who.address, "share": 1}
    path = f"/designs/{design}/resale"
    who.refused("ResaleRoyaltyFixed", "POST", path, json=body)
    who.refused("MalformedRequest", "POST", path, json=body | {"share": 1_001})


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
    with ledger.database.read() as session:
        before = projection.fingerprint(session)
    ledger.indexer.rebuild()
    with ledger.database.read() as session:
        assert projection.fingerprint(session) == before
