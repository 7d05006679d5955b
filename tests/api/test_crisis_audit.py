"""What the audit shows of a crisis: what belongs to it, and what stands out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ledger.models import Digest
from ledger.services.context import Ledger
from tests.api.test_crises import Need
from tests.scene import Scene
from tests.service import Party


@pytest.fixture
def need(scene: Callable[..., Scene], party: Callable[[], Party]) -> Need:
    return Need(scene(), party(), party())


def told(need: Need, subject: object) -> tuple[list[str], list[dict[str, Any]]]:
    """`(what happened, findings)`."""
    dossier = need.ours.dossier(subject)
    return [fact["what"] for fact in dossier["facts"]], dossier["findings"]


def test_a_crisis_is_told_before_anything_is_taken(need: Need) -> None:
    crisis = need.declare()
    assert told(need, f"crisis:{crisis}") == (["CrisisDeclared"], [])
    need.center.refused("SubjectNotFound", "GET", "/provenance/crisis:999")
    need.center.refused("MalformedRequest", "GET", "/provenance/crisis:x")


def test_a_license_is_told_with_its_crisis_and_its_end(need: Need) -> None:
    need.pledge()
    crisis = need.declare()
    license = need.take(crisis)
    body = {"council": need.council.address}
    need.council.send(need.council.ok("POST", f"/crises/{crisis}/end", json=body))
    for subject in (license, need.ours.design, f"crisis:{crisis}", need.council.address):
        facts, _ = told(need, subject)
        assert {"CrisisDeclared", "CrisisEnded"} <= set(facts), subject
        assert len([what for what in facts if what == "CrisisDeclared"]) == 1, subject
    assert "CrisisLicenseTaken" in told(need, need.center.address)[0]


def test_many_licenses_of_one_center_stand_out(need: Need) -> None:
    need.pledge()
    crisis = need.declare()
    need.take(crisis, 1)
    license = need.take(crisis, 2)
    assert told(need, f"crisis:{crisis}")[1] == []
    need.take(crisis, 3)
    for subject in (f"crisis:{crisis}", license, need.center.address):
        (finding,) = told(need, subject)[1]
        assert finding["kind"] == "licenses-taken-in-numbers"
        assert finding["severity"] == "warning"
        assert f"{need.center.address} took 3 licenses" in finding["detail"]
        assert "6 prints in all" in finding["detail"]


def test_a_region_that_is_none_stands_out(need: Need, ledger: Ledger) -> None:
    word = Digest(b"everywhere".ljust(32, b"\0"))
    call = ledger.chain.crises.declare(
        word, need.ours.now + 1_000, Digest(bytes([7]) * 32), need.council.address
    )
    mined = need.council.send({"transaction": ledger.chain.complete(call, need.council.address)})
    crisis = mined["events"][-1]["arguments"]["crisis"]
    assert need.center.ok("GET", f"/crises/{crisis}")["region"] == str(word)
    (finding,) = told(need, f"crisis:{crisis}")[1]
    assert (finding["kind"], finding["severity"]) == ("region-unknown", "note")


def test_a_print_without_a_receipt_is_found_as_for_any_license(need: Need) -> None:
    need.pledge()
    crisis = need.declare()
    number = need.take(crisis)
    printer = need.ours.enrolled(need.center)
    request = need.center.request(need.ours.design, number, printer.address, need.ours.now)
    (ticket,) = need.center.ok("POST", "/tokens", json=request)["tickets"]
    need.ours.license, need.ours.printer = number, printer
    need.ours.redeem(ticket)
    facts, findings = told(need, f"crisis:{crisis}")
    assert "SerialsRedeemed" in facts
    assert [finding["kind"] for finding in findings] == ["redemption-without-receipt"]


def test_without_an_authority_no_token_is_issued(need: Need) -> None:
    """The designer of the scene has authorized the service: here they take it back."""
    need.pledge()
    other = need.declare(signer=need.center.address)
    mine = need.declare()
    taken = {crisis: need.take(crisis, 1) for crisis in (other, mine)}
    body = {"designer": need.ours.designer.address}
    need.ours.designer.send(need.ours.designer.ok("POST", "/issuers/removal", json=body))
    printer = need.ours.enrolled(need.center)
    for crisis, answers in ((other, False), (mine, True)):
        request = need.center.request(
            need.ours.design, taken[crisis], printer.address, need.ours.now
        )
        if answers:
            need.center.ok("POST", "/tokens", json=request)
        else:
            need.center.refused("NotIssuer", "POST", "/tokens", json=request)
