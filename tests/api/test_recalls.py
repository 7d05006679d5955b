"""What an owner says of a design over HTTP: recalled, not for sale, its resale royalty."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ledger.models import Parent
from ledger.services.context import Ledger
from tests.api.deriving import derive, owners, say
from tests.api.unchanged import nothing_changes, rebuilds_to_the_same_bytes
from tests.scene import NOBODY, Scene, redemption
from tests.service import Party, chain_of


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


def test_the_projection_of_recalls_and_resale_is_rebuilt_to_the_same_bytes(ledger: Ledger) -> None:
    rebuilds_to_the_same_bytes(ledger)
