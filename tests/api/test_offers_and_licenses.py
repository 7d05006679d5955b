"""Offers, licenses and issuers over HTTP: the transactions to sign, and the refusals."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from ledger.anvil import Anvil
from ledger.models import Cid, Digest
from ledger.services.context import Ledger
from tests.api.unchanged import nothing_changes
from tests.scene import NOBODY, Scene
from tests.service import PRICE, Party

UNKNOWN = "0x" + "5a" * 32
POOR = "0x" + "77" * 20


def offer(ours: Scene, **changed: Any) -> dict[str, Any]:
    return {
        "owner": ours.designer.address,
        "price": str(PRICE),
        "min_quota": 1,
        "max_quota": 10,
        "opens": ours.now - 10,
        "closes": ours.now + 1_000,
        "duration": 3_600,
        "grace": 2,
        "terms": f"Terms of {ours.now} {changed}",
        **changed,
    }


def test_an_offer_is_opened_shown_and_closed(ours: Scene) -> None:
    body = offer(ours)
    answer = ours.designer.ok("POST", f"/designs/{ours.design}/offers", json=body)
    terms = Digest(hashlib.sha256(body["terms"].encode()).digest())
    assert answer["terms"] == str(terms)
    assert answer["terms_cid"] == Cid.of_raw_block(terms)
    assert ours.ledger.ipfs.has(Cid(answer["terms_cid"]))
    ours.designer.refused("OfferNotFound", "GET", f"/offers/{answer['offer']}")
    ours.designer.send(answer)
    shown = ours.center.ok("GET", f"/offers/{answer['offer']}")
    assert (shown["open"], shown["price"], shown["grace"]) == (True, str(PRICE), 2)
    assert shown in ours.center.ok("GET", "/offers", params={"design": str(ours.design)})["items"]

    closure = f"/offers/{answer['offer']}/closure"
    ours.center.refused("NotDesignOwner", "POST", closure, json={"owner": ours.center.address})
    ours.designer.send(ours.designer.ok("POST", closure, json={"owner": ours.designer.address}))
    assert ours.center.ok("GET", f"/offers/{answer['offer']}")["open"] is False
    purchase = {"licensee": ours.center.address, "offer": answer["offer"], "quota": 1}
    ours.center.refused("OfferNotOpen", "POST", "/licenses/purchase", json=purchase)
    ours.designer.refused("OfferNotOpen", "POST", closure, json={"owner": ours.designer.address})


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"min_quota": 0}, "QuotaLimitsInvalid"),
        ({"min_quota": 11}, "QuotaLimitsInvalid"),
        ({"duration": 0}, "DurationZero"),
        ({"opens": 2_000, "closes": 1_000}, "WindowInvalid"),
        ({"closes": 1_000, "opens": 10}, "WindowInvalid"),
        ({"price": "-1"}, "MalformedRequest"),
        ({"price": str(2**96)}, "MalformedRequest"),
        ({"price": "1e3"}, "MalformedRequest"),
        ({"price": 5}, "MalformedRequest"),
        ({"price": "٣"}, "MalformedRequest"),
        ({"max_quota": 2**32}, "MalformedRequest"),
        ({"grace": 65_536}, "MalformedRequest"),
        ({"opens": -1}, "MalformedRequest"),
        ({"terms": "ж" * 100_000 + "ж"}, "MalformedRequest"),
        ({"terms": "😀" * 100_000}, "MalformedRequest"),
        ({"owner": "0x12"}, "MalformedRequest"),
        ({"owner": POOR}, "NotDesignOwner"),
    ],
)
def test_an_offer_that_cannot_be_is_refused(
    ours: Scene, changed: dict[str, Any], error: str
) -> None:
    with nothing_changes(ours.ledger):
        path = f"/designs/{ours.design}/offers"
        ours.designer.refused(error, "POST", path, json=offer(ours, **changed))


def test_an_offer_for_a_design_that_is_not_there_is_refused(ours: Scene) -> None:
    with nothing_changes(ours.ledger):
        ours.designer.refused(
            "DesignNotFound", "POST", f"/designs/{UNKNOWN}/offers", json=offer(ours)
        )


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"quota": 0}, "QuotaOutOfRange"),
        ({"quota": 10_001}, "QuotaOutOfRange"),
        ({"quota": 2**32}, "MalformedRequest"),
        ({"offer": UNKNOWN}, "OfferNotFound"),
        ({"offer": "0x12"}, "MalformedRequest"),
        ({"licensee": POOR}, "InvalidTerms"),
        ({"quota": "3.5"}, "MalformedRequest"),
    ],
)
def test_a_purchase_outside_its_offer_is_refused(
    ours: Scene, changed: dict[str, Any], error: str
) -> None:
    body = {"licensee": ours.center.address, "offer": ours.offer, "quota": 1, **changed}
    with nothing_changes(ours.ledger):
        ours.center.refused(error, "POST", "/licenses/purchase", json=body)


def test_an_offer_ends_with_its_window(
    ours: Scene, later: Callable[[int], None], anvil: Anvil
) -> None:
    answer = ours.designer.ok("POST", f"/designs/{ours.design}/offers", json=offer(ours))
    ours.designer.send(answer)
    before = anvil.rpc("evm_snapshot")
    later(1_001)
    body = {"licensee": ours.center.address, "offer": answer["offer"], "quota": 1}
    ours.center.refused("WindowInvalid", "POST", "/licenses/purchase", json=body)
    anvil.rpc("evm_revert", before)
    ours.ledger.indexer.catch_up()


def test_a_granted_license_costs_nothing_and_is_revoked_with_a_reason(ours: Scene) -> None:
    body = {
        "sender": ours.designer.address,
        "design": str(ours.design),
        "licensee": ours.center.address,
        "quota": 5,
        "expiry": ours.now + 3_600,
    }
    with nothing_changes(ours.ledger):
        path = "/licenses/grant"
        ours.designer.refused("NotIssuer", "POST", path, json=body | {"sender": NOBODY})
        past = body | {"expiry": ours.now - 5}
        ours.designer.refused("ExpiryInPast", "POST", path, json=past)
        nowhere = body | {"design": UNKNOWN}
        ours.designer.refused("DesignNotFound", "POST", path, json=nowhere)
    mined = ours.designer.send(ours.designer.ok("POST", "/licenses/grant", json=body))
    number = mined["events"][-1]["arguments"]["license"]
    shown = ours.center.ok("GET", f"/licenses/{number}")
    assert (shown["price"], shown["quota"], shown["offer"]) == ("0", 5, None)

    path = f"/licenses/{number}/revocation"
    reason = f"It was given by mistake, {number}."
    with nothing_changes(ours.ledger):
        ours.center.refused(
            "NotDesignOwner", "POST", path, json={"sender": ours.center.address, "reason": reason}
        )
        ours.center.refused(
            "MalformedRequest",
            "POST",
            path,
            json={"sender": ours.designer.address, "reason": "😀" * 100_000},
        )
    body = {"sender": ours.designer.address, "reason": reason}
    mined = ours.designer.send(ours.designer.ok("POST", path, json=body))
    digest = Digest.parse(mined["events"][0]["arguments"]["reason"])
    assert digest == hashlib.sha256(reason.encode()).digest()
    assert ours.ledger.ipfs.has(Cid.of_raw_block(digest))
    assert ours.center.ok("GET", f"/licenses/{number}")["revoked"] is True
    ours.designer.refused("LicenseRevoked", "POST", path, json={"sender": ours.designer.address})
    ours.center.refused(
        "LicenseRevoked", "POST", "/tokens", json=ours.token_request(license=number)
    )


def test_prints_are_settled_and_the_rest_is_refunded(scene: Callable[..., Scene]) -> None:
    ours = scene(quota=300)
    center, number = ours.center, ours.license
    settle = (f"/licenses/{number}/settlement", {"sender": center.address})
    refund = (f"/licenses/{number}/refund", {"licensee": center.address})
    center.refused("NothingToSettle", "POST", settle[0], json=settle[1])
    early = center.refused("RefundNotOpen", "POST", refund[0], json=refund[1])
    assert early["opens"] > ours.now
    for ticket in ours.tickets(count=260):
        ours.redeem(ticket)
    mined = center.send(center.ok("POST", settle[0], json=settle[1]))
    assert mined["events"][0]["arguments"]["prints"] == 260
    center.refused("NothingToSettle", "POST", settle[0], json=settle[1])
    revoke = {"sender": ours.designer.address}
    ours.designer.send(ours.designer.ok("POST", f"/licenses/{number}/revocation", json=revoke))
    stranger = {"licensee": ours.designer.address}
    ours.designer.refused("NotLicensee", "POST", refund[0], json=stranger)
    mined = center.send(center.ok("POST", refund[0], json=refund[1]))
    assert int(mined["events"][0]["arguments"]["amount"]) == 40 * PRICE
    center.refused("NothingToRefund", "POST", refund[0], json=refund[1])
    shown = center.ok("GET", f"/licenses/{number}")
    assert (shown["spent"], shown["earned"], shown["refunded"]) == (260, 260, 40)


def test_a_refund_of_a_large_license_goes_on_slice_by_slice(scene: Callable[..., Scene]) -> None:
    quota = 65_536 + 44
    ours = scene(quota=quota, max_quota=quota, price="1000")
    ours.designer.send(
        ours.designer.ok(
            "POST", f"/licenses/{ours.license}/revocation", json={"sender": ours.designer.address}
        )
    )
    path, body = f"/licenses/{ours.license}/refund", {"licensee": ours.center.address}
    prints = []
    for _ in range(2):
        mined = ours.center.send(ours.center.ok("POST", path, json=body))
        prints.append(mined["events"][0]["arguments"]["prints"])
    assert prints == [65_536, 44]
    ours.center.refused("NothingToRefund", "POST", path, json=body)


@pytest.mark.parametrize("action", ["revocation", "settlement", "refund"])
def test_nothing_is_done_with_a_license_that_is_not_there(ours: Scene, action: str) -> None:
    body = {"refund": {"licensee": NOBODY}}.get(action, {"sender": NOBODY})
    ours.center.refused("LicenseNotFound", "POST", f"/licenses/{10**9}/{action}", json=body)
    ours.center.refused("MalformedRequest", "POST", f"/licenses/{2**63}/{action}", json=body)
    ours.center.refused("MalformedRequest", "GET", "/licenses/first")
    ours.center.refused("LicenseNotFound", "GET", f"/licenses/{10**9}")


def test_an_issuer_is_authorized_until_a_time_and_removed(
    ledger: Ledger, party: Callable[[], Party]
) -> None:
    designer, now = party(), ledger.now()
    path = f"/issuers/{designer.address}"
    assert designer.ok("GET", path)["authorized"] is False
    body = {"designer": designer.address, "expiry": now - 5}
    designer.refused("ExpiryInPast", "POST", "/issuers", json=body)
    designer.authorize_issuer(now + 500)
    shown = designer.ok("GET", path)
    assert (shown["authorized"], shown["expiry"]) == (True, now + 500)
    assert shown["issuer"] == ledger.issuer.address
    designer.send(designer.ok("POST", "/issuers/removal", json={"designer": designer.address}))
    assert designer.ok("GET", path)["authorized"] is False
    designer.refused("MalformedRequest", "GET", "/issuers/nobody")
