"""Print tokens over HTTP: issued and redeemed; and the refusals of each."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ledger.anvil import Anvil
from ledger.models import ContentHash, Digest, PrintToken
from ledger.services.context import Ledger
from tests.api.unchanged import nothing_changes
from tests.scene import NOBODY, Scene, redemption
from tests.service import Party, Printer, chain_of

UNKNOWN = "0x" + "5a" * 32


def test_a_token_is_found_by_digest_license_and_printer(ours: Scene) -> None:
    ticket = ours.ticket()
    shown = ours.center.ok("GET", f"/tokens/{ticket['digest']}")
    assert shown.items() >= ticket.items()
    for wanted in ({"license": ours.license}, {"printer": ours.printer.address}):
        assert shown in ours.center.ok("GET", "/tokens", params=wanted | {"limit": 200})["items"]
    assert ours.center.ok("GET", "/tokens", params={"license": 10**9})["items"] == []
    ours.center.refused("TokenNotFound", "GET", f"/tokens/{UNKNOWN}")
    ours.center.refused("MalformedRequest", "GET", "/tokens/0x12")


def test_a_request_over_many_words_is_answered_with_one_token_each(ours: Scene) -> None:
    tickets = ours.tickets(count=600)
    masks = [int(ticket["token"]["serials"]) for ticket in tickets]
    assert sum(mask.bit_count() for mask in masks) == 600
    words = [ticket["token"]["word"] for ticket in tickets]
    assert words == sorted(set(words))


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"count": 0}, "MalformedRequest"),
        ({"count": 2_561}, "MalformedRequest"),
        ({"lifetime": 0}, "MalformedRequest"),
        ({"lifetime": 7 * 86_400 + 1}, "MalformedRequest"),
        ({"deadline": 1}, "SignatureExpired"),
        ({"deadline": 2**40 - 1}, "MalformedRequest"),
        ({"license": 10**9}, "LicenseNotFound"),
        ({"printer": NOBODY}, "PrinterNotEnrolled"),
    ],
)
def test_a_request_that_cannot_be_answered_reserves_nothing(
    ours: Scene, changed: dict[str, Any], error: str
) -> None:
    with nothing_changes(ours.ledger):
        ours.center.refused(error, "POST", "/tokens", json=ours.token_request(**changed))


def test_a_request_by_another_or_changed_after_signing_is_refused(ours: Scene) -> None:
    body = ours.token_request()
    with nothing_changes(ours.ledger):
        for name, value in (("count", 2), ("job", UNKNOWN), ("lifetime", 7_200)):
            changed = {**body, "request": body["request"] | {name: value}}
            ours.center.refused("BadSignature", "POST", "/tokens", json=changed)
        theirs = ours.designer.request(ours.design, ours.license, ours.printer.address, ours.now)
        ours.center.refused("BadSignature", "POST", "/tokens", json=theirs)
        more = {**body, "request": body["request"] | {"gift": 1}}
        ours.center.refused("MalformedRequest", "POST", "/tokens", json=more)
    ours.center.ok("POST", "/tokens", json=body)
    with nothing_changes(ours.ledger):
        ours.center.refused("RequestReplayed", "POST", "/tokens", json=body)


def test_of_many_repeats_of_a_request_at_once_one_is_answered(ours: Scene) -> None:
    body = ours.token_request(count=2)

    def send(_: int) -> tuple[int, str]:
        answer = ours.center.http.post("/tokens", json=body)
        return answer.status_code, answer.json().get("error", "")

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(send, range(8)))
    assert sorted(outcomes) == [(201, "")] + [(409, "RequestReplayed")] * 7


def test_a_printer_of_another_center_gets_no_token(ours: Scene, party: Callable[[], Party]) -> None:
    theirs = ours.enrolled(party())
    with nothing_changes(ours.ledger):
        body = ours.token_request(printer=theirs.address)
        ours.center.refused("PrinterNotEnrolled", "POST", "/tokens", json=body)


def test_no_token_is_issued_without_the_designers_authority(
    scene: Callable[..., Scene], ledger: Ledger, later: Callable[[int], None], anvil: Anvil
) -> None:
    ours = scene(issuer_until=ledger.now() + 900)
    assert ours.ticket(lifetime=3_600)["token"]["deadline"] <= ours.now + 900
    chain = anvil.rpc("evm_snapshot")
    later(901)
    with nothing_changes(ledger):
        ours.center.refused("NotIssuer", "POST", "/tokens", json=ours.token_request())
    anvil.rpc("evm_revert", chain)
    ledger.indexer.catch_up()
    removal = ours.designer.ok("POST", "/issuers/removal", json={"designer": ours.designer.address})
    ours.designer.send(removal)
    with nothing_changes(ledger):
        ours.center.refused("NotIssuer", "POST", "/tokens", json=ours.token_request())


def test_no_token_is_issued_for_a_license_that_is_over_or_used_up(
    scene: Callable[..., Scene], later: Callable[[int], None], anvil: Anvil
) -> None:
    ours = scene(quota=2, duration=10_000)
    ours.ticket()
    with nothing_changes(ours.ledger):
        answer = ours.center.refused(
            "QuotaExhausted", "POST", "/tokens", json=ours.token_request(count=2)
        )
    assert answer["free"] == 1
    chain = anvil.rpc("evm_snapshot")
    later(10_001)
    with nothing_changes(ours.ledger):
        ours.center.refused("LicenseExpired", "POST", "/tokens", json=ours.token_request())
    anvil.rpc("evm_revert", chain)
    ours.ledger.indexer.catch_up()


def test_a_design_whose_file_is_elsewhere_reserves_nothing(
    ours: Scene, party: Callable[[], Party]
) -> None:
    designer, chain = party(), chain_of(ours.ledger)
    sender = chain.sender(designer.signer)
    design = ContentHash(secrets.token_bytes(32))
    chain.send(chain.register(design, design), sender)
    designer.authorize_issuer(ours.now + 9_000)
    grant = chain.grant(design, ours.center.address, 3, ours.now + 9_000, 0)
    number = chain.send(grant, sender).events[0].arguments["license"]
    body = ours.center.request(design, number, ours.printer.address, ours.now)
    ours.ledger.indexer.catch_up()
    with nothing_changes(ours.ledger):
        ours.center.refused("ContentNotFound", "POST", "/tokens", json=body)
    assert ours.center.ok("GET", f"/licenses/{number}")["reserved"] == 0


def test_reserved_prints_are_shown_until_they_are_redeemed_or_the_token_is_over(
    scene: Callable[..., Scene], later: Callable[[int], None], anvil: Anvil
) -> None:
    ours = scene(quota=5)

    def reserved() -> int:
        shown = ours.center.ok("GET", f"/licenses/{ours.license}")
        listed = ours.center.ok("GET", "/licenses", params={"design": str(ours.design)})["items"]
        assert listed == [shown]
        return int(shown["reserved"])

    assert reserved() == 0
    ticket = ours.ticket(count=3, lifetime=600)
    assert reserved() == 3
    ours.redeem(ticket, take="2")
    assert reserved() == 2
    chain = anvil.rpc("evm_snapshot")
    later(600 + 121)
    assert reserved() == 0
    anvil.rpc("evm_revert", chain)
    ours.ledger.indexer.catch_up()


# --- redemption --------------------------------------------------------------


def test_a_lease_is_spent_print_by_print_and_each_repeat_answers_its_own_transaction(
    ours: Scene,
) -> None:
    ticket = ours.ticket(count=3)
    mask = int(ticket["token"]["serials"])
    first, second = mask & -mask, mask & (mask - 1) & -(mask & (mask - 1))
    one = ours.redeem(ticket, take=str(first))
    two = ours.redeem(ticket, take=str(second))
    assert one != two
    assert ours.redeem(ticket, take=str(first)) == one
    assert ours.redeem(ticket, take=str(second)) == two
    with nothing_changes(ours.ledger):
        for take in (first | second, mask):
            ours.center.refused(
                "SerialAlreadySpent",
                "POST",
                "/redemptions",
                json=redemption(ours, ticket, take=str(take)),
            )


def test_of_many_redemptions_at_once_all_answer_the_one_transaction(ours: Scene) -> None:
    ticket = ours.ticket()
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: ours.redeem(ticket), range(6)))
    assert len({answer["transaction"] for answer in answers}) == 1


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"take": "0"}, "TakeOutsideToken"),
        ({"take": str(1 << 255)}, "TakeOutsideToken"),
        ({"take": str(2**256)}, "MalformedRequest"),
        ({"take": "0x1"}, "MalformedRequest"),
        ({"signature": "0x" + "11" * 65}, "BadSignature"),
        ({"signature": "0x11"}, "MalformedRequest"),
        ({"printer_signature": "0x" + "11" * 65}, "BadSignature"),
        ({"deadline": 2**39}, "MalformedRequest"),
        ({"deadline": 1}, "SignatureExpired"),
        ({"token": {"deadline": 2**39}}, "TokenNotFound"),
        ({"token": {"printer": NOBODY}}, "TokenNotFound"),
        ({"token": {"serials": "3"}}, "TokenNotFound"),
        ({"token": {"license": 2**63}}, "MalformedRequest"),
        ({"token": {"word": 2**32}}, "MalformedRequest"),
    ],
)
def test_a_tampered_redemption_is_refused(ours: Scene, change: dict[str, Any], error: str) -> None:
    ticket = ours.ticket()
    body = redemption(ours, ticket, **{k: v for k, v in change.items() if k == "take"})
    token = body["token"] | change.get("token", {})
    with nothing_changes(ours.ledger):
        changed = body | change | {"token": token}
        ours.center.refused(error, "POST", "/redemptions", json=changed)


def test_nobody_but_the_named_printer_has_a_token_spent(ours: Scene) -> None:
    ticket = ours.ticket()
    with nothing_changes(ours.ledger):
        for other in (Printer.new(), Printer(ours.center.signer, ours.printer.kem)):
            body = redemption(ours, ticket, by=other)
            ours.center.refused("BadSignature", "POST", "/redemptions", json=body)
    ours.redeem(ticket)


def test_a_token_is_void_after_its_deadline(
    ours: Scene, later: Callable[[int], None], anvil: Anvil
) -> None:
    ticket = ours.ticket(lifetime=300)
    chain = anvil.rpc("evm_snapshot")
    later(400)
    with nothing_changes(ours.ledger):
        ours.center.refused("TokenExpired", "POST", "/redemptions", json=redemption(ours, ticket))
    anvil.rpc("evm_revert", chain)
    ours.ledger.indexer.catch_up()
    ours.redeem(ticket)


def test_a_token_that_the_designer_signed_is_not_redeemed_by_the_service(ours: Scene) -> None:
    token = PrintToken(
        ours.design, ours.license, ours.printer.address, 39, 1, ours.now - 9, ours.now + 900,
        Digest(bytes(32)),
    )  # fmt: skip
    body = {
        "token": {
            name: getattr(token, name) for name in ("license", "word", "not_before", "deadline")
        }
        | {name: str(getattr(token, name)) for name in ("design", "printer", "serials", "job")},
        "signature": "0x" + ours.designer.signer.sign(ours.ledger.domain.print_token(token)).hex(),
        "take": "1",
        "deadline": ours.now + 600,
        "printer_signature": "0x" + "11" * 65,
    }
    with nothing_changes(ours.ledger):
        ours.center.refused("TokenNotFound", "POST", "/redemptions", json=body)
