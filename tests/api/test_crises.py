"""Crisis licenses through the API: pledge, declare, take, end, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from ledger.models import CrisisDeclaration, Digest, Region
from ledger.services.context import Ledger
from tests.scene import Scene
from tests.service import Party

DAY = 86_400


@dataclass
class Need:
    """A pledged design, its council, and a center that has bought nothing."""

    ours: Scene
    council: Party
    center: Party

    def pledge(self, **changed: Any) -> dict[str, Any]:
        """The owner pledges the design to the council."""
        body = {
            "owner": self.ours.designer.address,
            "council": self.council.address,
            "until": self.ours.now + 365 * DAY,
            "max_duration": 30 * DAY,
            "quota_per_license": 4,
            "quota_in_all": 10,
            "document": "Splints for those who were hurt.",
            **changed,
        }
        answer: dict[str, Any] = self.ours.designer.ok("POST", self.path, json=body)
        self.ours.designer.send(answer)
        return answer

    @property
    def path(self) -> str:
        """Where the design is pledged."""
        return f"/designs/{self.ours.design}/pledges"

    def body(self, **changed: Any) -> dict[str, Any]:
        """What POST /crises takes."""
        return {
            "council": self.council.address,
            "region": "TR-31",
            "until": self.ours.now + 60 * DAY,
            "evidence": "An earthquake; the council met at noon.",
            **changed,
        }

    def declare(self, **changed: Any) -> int:
        """The council declares a crisis; its number."""
        answer = self.council.ok("POST", "/crises", json=self.body(**changed))
        mined = self.council.send(answer)
        return int(mined["events"][-1]["arguments"]["crisis"])

    def wanted(self, quota: int = 2, by: Party | None = None) -> dict[str, Any]:
        """What POST /crises/N/licenses takes."""
        center = (by or self.center).address
        return {"center": center, "design": str(self.ours.design), "quota": quota}

    def take(self, crisis: int, quota: int = 2) -> int:
        """The center takes a license; its number."""
        body = self.wanted(quota)
        answer = self.center.ok("POST", f"/crises/{crisis}/licenses", json=body)
        mined = self.center.send(answer)
        return int(mined["events"][-1]["arguments"]["license"])


@pytest.fixture
def need(scene: Callable[..., Scene], party: Callable[[], Party]) -> Need:
    return Need(scene(), party(), party())


def test_a_center_takes_a_license_without_payment(need: Need, ledger: Ledger) -> None:
    pledged = need.pledge()
    assert pledged["document_cid"]
    crisis = need.declare()
    number = need.take(crisis)
    license = need.center.ok("GET", f"/licenses/{number}")
    assert license["licensee"] == need.center.address
    assert (license["price"], license["quota"]) == ("0", 2)
    assert license["expiry"] <= need.ours.now + 30 * DAY
    (pledge,) = need.center.ok("GET", "/pledges", params={"design": str(need.ours.design)})["items"]
    assert (pledge["taken"], pledge["quota_in_all"]) == (2, 10)
    shown = need.center.ok("GET", f"/crises/{crisis}")
    assert shown["open"]
    assert shown["region"] == "TR-31"
    assert shown["signer"] == ledger.issuer.address
    assert [row["license"] for row in shown["licenses"]] == [number]


def test_an_ended_crisis_is_closed_and_licenses_stay(need: Need) -> None:
    need.pledge()
    crisis = need.declare()
    number = need.take(crisis)
    body = {"council": need.council.address}
    need.council.send(need.council.ok("POST", f"/crises/{crisis}/end", json=body))
    assert not need.center.ok("GET", f"/crises/{crisis}")["open"]
    need.center.refused("CrisisOver", "POST", f"/crises/{crisis}/licenses", json=need.wanted())
    need.council.refused("CrisisOver", "POST", f"/crises/{crisis}/end", json=body)
    assert not need.center.ok("GET", f"/licenses/{number}")["revoked"]


def test_what_the_pledge_does_not_hold_is_refused(need: Need) -> None:
    crisis = need.declare()
    path = f"/crises/{crisis}/licenses"
    need.center.refused("PledgeNotFound", "POST", path, json=need.wanted())
    need.pledge()
    need.center.refused("CrisisQuotaInvalid", "POST", path, json=need.wanted(5))
    need.take(crisis, 4)
    need.take(crisis, 4)
    problem = need.center.refused("PledgeExhausted", "POST", path, json=need.wanted(3))
    assert problem["left"] == 2
    need.center.refused("CrisisNotFound", "POST", "/crises/999/licenses", json=need.wanted())
    need.center.refused("CrisisNotFound", "GET", "/crises/999")


def test_a_pledge_is_never_made_smaller(need: Need) -> None:
    pledged = need.pledge()
    body = {
        "owner": need.ours.designer.address,
        "council": need.council.address,
        "document": "Splints for those who were hurt.",
        **{name: pledged[name] for name in ("until", "max_duration", "quota_per_license")},
    }
    less = {**body, "quota_in_all": 9}
    need.ours.designer.refused("PledgeBinds", "POST", need.path, json=less)
    need.pledge(until=pledged["until"], quota_in_all=11)
    assert (
        need.center.ok("GET", "/pledges", params={"council": need.council.address})["items"][0][
            "quota_in_all"
        ]
        == 11
    )


def test_only_the_owner_pledges_and_only_the_council_ends(need: Need) -> None:
    body = {
        "owner": need.center.address,
        "council": need.council.address,
        "until": need.ours.now + DAY,
        "max_duration": DAY,
        "quota_per_license": 1,
        "quota_in_all": 1,
        "document": "none of mine",
    }
    need.center.refused("NotDesignOwner", "POST", need.path, json=body)
    crisis = need.declare()
    mine = {"council": need.center.address}
    need.center.refused("NotCouncil", "POST", f"/crises/{crisis}/end", json=mine)


def test_a_council_names_its_centers(need: Need) -> None:
    need.pledge()
    crisis = need.declare()
    path = f"/councils/{need.council.address}/centers"
    assert need.center.ok("GET", path) == {
        "council": need.council.address,
        "open": True,
        "centers": [],
    }
    body = {"council": need.council.address, "centers": [need.ours.center.address]}
    need.council.send(need.council.ok("POST", "/crises/centers", json=body))
    assert need.center.ok("GET", path)["centers"] == [need.ours.center.address]
    taking = f"/crises/{crisis}/licenses"
    need.center.refused("CenterNotNamed", "POST", taking, json=need.wanted())
    need.ours.center.ok("POST", taking, json=need.wanted(by=need.ours.center))


def test_a_council_declares_and_ends_without_gas(need: Need, ledger: Ledger) -> None:
    need.pledge()
    asked = need.council.ok("POST", "/crises/messages", json=need.body())
    said = asked["declaration"]
    message = CrisisDeclaration(
        need.council.address,
        Region(said["region"]).word,
        said["until"],
        Digest.parse(said["evidence"]),
        ledger.issuer.address,
        Digest.parse(said["salt"]),
        said["deadline"],
    )
    typed = ledger.domain.crisis_declaration(message)
    assert typed.as_json() == asked["typed_data"]
    signed = {"declaration": said, "signature": "0x" + need.council.signer.sign(typed).hex()}
    crisis = need.council.ok("POST", "/crises/declarations", json=signed)["crisis"]
    assert need.center.ok("GET", f"/crises/{crisis}")["council"] == need.council.address
    need.council.refused("SignatureSpent", "POST", "/crises/declarations", json=signed)
    need.take(crisis)

    asked = need.council.ok("GET", f"/crises/{crisis}/end/message")
    typed = ledger.domain.crisis_end(crisis, asked["deadline"])
    assert typed.as_json() == asked["typed_data"]
    path = f"/crises/{crisis}/end/signed"
    body = {"deadline": asked["deadline"], "signature": "0x" + need.center.signer.sign(typed).hex()}
    need.center.refused("BadSignature", "POST", path, json=body)
    body["signature"] = "0x" + need.council.signer.sign(typed).hex()
    need.council.ok("POST", path, json=body)
    assert need.center.ok("GET", f"/crises/{crisis}")["ended"] is not None


def test_the_service_pays_for_no_other_signer(need: Need) -> None:
    body = need.body(signer=need.center.address)
    need.council.refused("MalformedRequest", "POST", "/crises/messages", json=body)
    crisis = need.declare(signer=need.center.address)
    assert need.center.ok("GET", f"/crises/{crisis}")["signer"] == need.center.address


def test_a_region_is_an_iso_code(need: Need) -> None:
    for region in ("Turkey", "tr", "TR-3142", ""):
        need.council.refused("MalformedRequest", "POST", "/crises", json=need.body(region=region))


def test_lists_go_by_council(need: Need) -> None:
    first, second = need.declare(), need.declare(region="UA")
    rows = need.center.ok("GET", "/crises", params={"council": need.council.address})["items"]
    assert [row["crisis"] for row in rows] == [first, second]
    assert [row["region"] for row in rows] == ["TR-31", "UA"]
