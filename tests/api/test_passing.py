"""Licenses that pass from hand to hand, and several redemptions in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ledger.models import Digest, Outcome, PrintToken, Rights
from ledger.services.issuing import find_token, token_of
from tests.api.unchanged import nothing_changes
from tests.scene import Scene, redemption
from tests.service import Party, Printer, chain_of


@pytest.fixture
def hub(scene: Callable[..., Scene]) -> Scene:
    """A center whose license of 600 prints may be passed on."""
    ours = scene()
    chain = chain_of(ours.ledger)
    grant = chain.grant(
        ours.design, ours.center.address, 600, ours.now + 90_000, 0, Rights.TRANSFERABLE
    )
    mined = chain.send(grant, chain.sender(ours.designer.signer))
    ours.license = int(mined.events[0].arguments["license"])
    ours.ledger.indexer.catch_up()
    return ours


def show(ours: Scene, license: int) -> dict[str, Any]:
    found: dict[str, Any] = ours.center.ok("GET", f"/licenses/{license}")
    return found


def custody(ours: Scene, license: int) -> dict[str, Any]:
    found: dict[str, Any] = ours.center.ok("GET", f"/licenses/{license}/custody")
    return found


def split(ours: Scene, to: Party, quota: int, **more: Any) -> int:
    body = {"licensee": ours.center.address, "to": to.address, "quota": quota, **more}
    answer = ours.center.ok("POST", f"/licenses/{ours.license}/sublicense", json=body)
    (event,) = [
        event for event in ours.center.send(answer)["events"] if event["name"] == "LicenseSplit"
    ]
    return int(event["arguments"]["sublicense"])


def at(ours: Scene, center: Party, license: int) -> Scene:
    """The scene of a workshop that holds a license of the same design."""
    printer = Printer.new()
    center.ok("POST", "/printers", json=printer.enrolment(center, ours.now))
    return Scene(
        ours.ledger, ours.designer, center, printer, ours.file, ours.design, ours.offer, license
    )


# --- passing on --------------------------------------------------------------


def test_a_hub_passes_serials_to_a_workshop_which_prints_them(
    hub: Scene, party: Callable[[], Party]
) -> None:
    workshop = party()
    number = split(hub, workshop, 5)
    assert (show(hub, hub.license)["quota"], show(hub, number)["quota"]) == (595, 5)
    theirs = at(hub, workshop, number)
    ticket = theirs.ticket(count=5)
    theirs.redeem(ticket)
    theirs.center.ok("POST", "/receipts", json=theirs.receipt(ticket, 4))
    assert show(hub, number)["spent"] == 5
    hub.center.refused(
        "BadSignature",
        "POST",
        "/tokens",
        json=hub.center.request(hub.design, number, hub.printer.address, hub.now),
    )
    with nothing_changes(hub.ledger):
        hub.center.refused("QuotaExhausted", "POST", "/tokens", json=hub.token_request(count=596))
    found = custody(hub, number)
    assert (found["licensee"], found["parent"]) == (workshop.address, hub.license)
    assert [row["holder"] for row in found["holders"]] == [workshop.address]
    assert found["ancestors"] == [{"license": hub.license, "licensee": hub.center.address}]
    (part,) = custody(hub, hub.license)["parts"]
    assert (part["license"], part["to"], part["quota"]) == (number, workshop.address, 5)
    what = [fact["what"] for fact in hub.dossier(number)["facts"]]
    assert what.count("LicenseGranted") == what.count("LicenseSplit") == 1
    assert "printer-of-another-center" not in hub.findings(number)


def test_who_held_a_license_when_decides_whose_printers_may_print(
    hub: Scene, party: Callable[[], Party]
) -> None:
    heir, stranger = party(), party()
    ticket = hub.ticket()
    hub.redeem(ticket)
    hub.center.ok("POST", "/receipts", json=hub.receipt(ticket))
    body = {"licensee": hub.center.address, "to": heir.address}
    hub.center.send(hub.center.ok("POST", f"/licenses/{hub.license}/transfer", json=body))
    assert [row["holder"] for row in custody(hub, hub.license)["holders"]] == [
        hub.center.address,
        heir.address,
    ]
    assert hub.findings(hub.license) == []
    hub.center.refused("BadSignature", "POST", "/tokens", json=hub.token_request())
    theirs = at(hub, heir, hub.license)
    theirs.redeem(theirs.ticket())
    assert "printer-of-another-center" not in hub.findings(hub.license)

    late = theirs.ticket()
    onwards = {"licensee": heir.address, "to": stranger.address, "despite_tokens": True}
    answer = heir.ok("POST", f"/licenses/{hub.license}/transfer", json=onwards)
    assert "tokens for 1 of them are out" in answer["summary"]
    heir.send(answer)
    theirs.redeem(late)
    assert "printer-of-another-center" in hub.findings(hub.license)


def test_serials_that_are_promised_are_not_passed_on_unawares(
    hub: Scene, party: Callable[[], Party]
) -> None:
    workshop = party()
    hub.tickets(count=598)
    path = f"/licenses/{hub.license}"
    some = {"licensee": hub.center.address, "to": workshop.address}
    with nothing_changes(hub.ledger):
        told = hub.center.refused(
            "TokensOutstanding", "POST", f"{path}/sublicense", json=some | {"quota": 5}
        )
        assert (told["prints"], told["until"] > hub.now) == (3, True)
        told = hub.center.refused("TokensOutstanding", "POST", f"{path}/transfer", json=some)
        assert told["prints"] == 598
    number = split(hub, workshop, 2)
    assert show(hub, hub.license)["reserved"] == 598
    second = split(hub, workshop, 3, despite_tokens=True)
    assert (show(hub, hub.license)["quota"], show(hub, hub.license)["reserved"]) == (595, 595)
    assert (show(hub, number)["reserved"], show(hub, second)["reserved"]) == (0, 0)


def test_a_license_is_passed_on_by_its_holder_only_and_only_if_it_allows_that(
    scene: Callable[..., Scene], hub: Scene, party: Callable[[], Party]
) -> None:
    bound, to = scene(), party().address
    path, other = f"/licenses/{hub.license}", f"/licenses/{bound.license}"
    whole = {"licensee": hub.center.address, "to": to}
    cases: list[tuple[str, str, dict[str, Any], str]] = [
        ("NotLicensee", f"{path}/transfer", whole | {"licensee": to}, "not the holder"),
        ("InvalidRecipient", f"{path}/transfer", whole | {"to": "0x" + "00" * 20}, "nobody"),
        ("QuotaOutOfRange", f"{path}/sublicense", whole | {"quota": 600}, "all of it"),
        ("QuotaOutOfRange", f"{path}/sublicense", whole | {"quota": 0}, "nothing"),
        ("LicenseNotFound", "/licenses/99999/transfer", whole, "no license"),
        (
            "LicenseNotTransferable",
            f"{other}/transfer",
            {"licensee": bound.center.address, "to": to},
            "bound to its holder",
        ),
    ]
    with nothing_changes(hub.ledger):
        for error, where, body, why in cases:
            assert hub.center.refused(error, "POST", where, json=body), why
    hub.center.refused("LicenseNotFound", "GET", "/licenses/99999/custody")


def test_a_printed_serial_at_the_end_is_not_passed_on(
    hub: Scene, party: Callable[[], Party]
) -> None:
    for ticket in hub.tickets(count=600):
        hub.redeem(ticket)
    body = {"licensee": hub.center.address, "to": party().address, "quota": 1}
    hub.center.refused("SerialNotFree", "POST", f"/licenses/{hub.license}/sublicense", json=body)


def test_a_void_after_a_split_gives_serials_that_nobody_else_has(
    hub: Scene, party: Callable[[], Party]
) -> None:
    ticket = hub.ticket()
    hub.redeem(ticket)
    receipt = hub.center.ok("POST", "/receipts", json=hub.receipt(ticket, outcome=Outcome.FAILED))
    split(hub, party(), 598)
    body = {"sender": hub.designer.address, "receipts": [receipt["digest"]]}
    hub.designer.send(hub.designer.ok("POST", f"/licenses/{hub.license}/voids", json=body))
    assert show(hub, hub.license)["quota"] == 3
    assert [t["token"]["serials"] for t in hub.tickets(count=2)] == [str(0b110)]
    hub.center.refused("QuotaExhausted", "POST", "/tokens", json=hub.token_request())


# --- several redemptions at once ---------------------------------------------


def several(ours: Scene, tickets: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"items": [redemption(ours, ticket) for ticket in tickets], **more}


def test_tokens_of_one_request_are_redeemed_in_one_transaction(hub: Scene) -> None:
    tickets = hub.tickets(count=600)
    assert len(tickets) == 3
    items = hub.center.ok("POST", "/redemptions", json=several(hub, tickets))["items"]
    (transaction,) = {item["transaction"] for item in items}
    assert [item["token"] for item in items] == [ticket["digest"] for ticket in tickets]
    assert show(hub, hub.license)["spent"] == 600
    again = hub.center.ok("POST", "/redemptions", json=several(hub, tickets))["items"]
    assert {item["transaction"] for item in again} == {transaction}
    facts = [fact["what"] for fact in hub.dossier(tickets[1]["digest"])["facts"]]
    assert facts.count("WordsRedeemed") == 1
    assert hub.center.ok("POST", "/keys", json=hub.key_request(tickets[2]))["wrapped"]
    chain = chain_of(hub.ledger)
    for ticket, serial in ((tickets[0], 0), (tickets[2], 599)):
        token = _token(hub, ticket)
        found = chain.redeemed_as(token, hub.ledger.domain.print_token(token).digest(), serial)
        assert str(found) == transaction
    assert chain.redeemed_as(_token(hub, tickets[0]), token.job, 0) is None


def test_tokens_of_several_requests_go_as_one_batch(hub: Scene) -> None:
    first, second = hub.ticket(), hub.ticket(lifetime=999)
    items = hub.center.ok("POST", "/redemptions", json=several(hub, [first, second]))["items"]
    assert len({item["transaction"] for item in items}) == 1
    assert show(hub, hub.license)["spent"] == 2


def test_all_or_nothing_spends_nothing_if_one_fails_and_item_by_item_names_it(hub: Scene) -> None:
    good, bad = hub.tickets(count=300)
    token = _token(hub, bad)
    chain = chain_of(hub.ledger)
    sender = chain.sender(hub.designer.signer)
    owners = PrintToken(
        hub.design, hub.license, hub.designer.address, 1, 1, hub.now - 9, hub.now + 900, token.job
    )
    signature = hub.designer.signer.sign(hub.ledger.domain.print_token(owners))
    chain.send(chain.redeem(owners, signature, 1), sender)  # the owner spends serial 256 herself
    body = several(hub, [good, bad])
    hub.ledger.indexer.catch_up()
    with nothing_changes(hub.ledger):
        told = hub.center.refused("SerialAlreadySpent", "POST", "/redemptions", json=body)
    assert (told["item"], told["serial"]) == (1, 256)
    items = hub.center.ok("POST", "/redemptions", json=body | {"all_or_nothing": False})["items"]
    assert [item["error"] for item in items] == [None, "SerialAlreadySpent"]
    assert items[0]["transaction"]
    assert items[1]["transaction"] is None
    assert "256" in items[1]["detail"]
    assert show(hub, hub.license)["spent"] == 257


def test_what_is_no_request_of_the_tokens_printer_is_named_or_fails_the_whole(hub: Scene) -> None:
    good, bad = hub.ticket(), hub.ticket(lifetime=999)
    forged = redemption(hub, bad, by=Printer.new())
    body = {"items": [redemption(hub, good), forged], "all_or_nothing": True}
    with nothing_changes(hub.ledger):
        hub.center.refused("BadSignature", "POST", "/redemptions", json=body)
    items = hub.center.ok("POST", "/redemptions", json=body | {"all_or_nothing": False})["items"]
    assert [item["error"] for item in items] == [None, "BadSignature"]


def test_a_request_of_several_tokens_keeps_its_limits(
    scene: Callable[..., Scene], hub: Scene
) -> None:
    ticket, foreign = hub.ticket(), scene()
    odd = redemption(hub, ticket) | {"signature": "0x" + "11" * 65}
    another = hub.ticket(lifetime=999)
    cases: list[tuple[str, dict[str, Any]]] = [
        ("MalformedRequest", {"items": []}),
        ("MalformedRequest", several(hub, [ticket, ticket])),
        ("MalformedRequest", several(hub, [ticket], gift=1)),
        (
            "MalformedRequest",
            {"items": [redemption(hub, ticket), redemption(foreign, foreign.ticket())]},
        ),
        ("BadSignature", {"items": [redemption(hub, another), odd]}),
    ]
    with nothing_changes(hub.ledger):
        for error, body in cases:
            hub.center.refused(error, "POST", "/redemptions", json=body)


def _token(ours: Scene, ticket: dict[str, Any]) -> PrintToken:
    return token_of(find_token(ours.ledger, Digest.parse(ticket["digest"])))
