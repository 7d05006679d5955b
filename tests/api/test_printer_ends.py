"""The end of a printer's key: revoked by its center, or followed by a new one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ledger import entries
from ledger.anvil import Anvil
from ledger.client import wire
from ledger.store import log, records
from tests.api.ending import EVERY_PATH, FILE, FOR_NEW_THINGS, revocation, revoke, rotate, rotation
from tests.api.unchanged import nothing_changes
from tests.scene import NOBODY, Scene
from tests.service import Party, Printer, chain_of


@pytest.fixture
def ours(scene: Callable[..., Scene]) -> Scene:
    return scene(quota=20, grace=48)


@pytest.mark.parametrize("path", EVERY_PATH)
def test_every_path_refuses_a_printer_that_its_center_revoked(ours: Scene, path: str) -> None:
    ticket = ours.ticket()
    ours.redeem(ticket)
    where, body = EVERY_PATH[path](ours, ticket)
    revoke(ours)
    with nothing_changes(ours.ledger):
        said = ours.center.refused("PrinterRevoked", "POST", where, json=body)
    assert said["printer"] == ours.printer.address
    assert "stolen" in said["detail"]


@pytest.mark.parametrize("path", EVERY_PATH)
def test_a_printer_with_a_new_key_gets_nothing_new_and_ends_what_it_began(
    ours: Scene, path: str
) -> None:
    ticket = ours.ticket()
    ours.redeem(ticket)
    where, body = EVERY_PATH[path](ours, ticket)
    new = Printer.new()
    shown = rotate(ours, ours.printer, new)
    assert (shown["printer"], shown["predecessor"]) == (new.address, ours.printer.address)
    assert shown["center"] == ours.center.address
    if path in FOR_NEW_THINGS:
        said = ours.center.refused("PrinterRotated", "POST", where, json=body)
        assert said["successor"] == new.address
    else:
        ours.center.ok("POST", where, json=body)


def test_the_new_key_is_a_printer_of_the_same_center(ours: Scene) -> None:
    new = Printer.new()
    rotate(ours, ours.printer, new)
    ours.printer = new
    ticket = ours.ticket()
    ours.redeem(ticket)
    ours.center.ok("POST", "/keys", json=ours.key_request(ticket))
    ours.center.ok("POST", "/receipts", json=ours.receipt(ticket))
    assert ours.findings(f"{ours.license}:0") == []
    again = new.enrolment(ours.center, ours.now, "Press 7")
    assert ours.center.ok("POST", "/printers", json=again)["predecessor"]


def test_a_rotation_told_twice_is_one_and_another_one_is_refused(ours: Scene) -> None:
    new = Printer.new()
    first = rotate(ours, ours.printer, new)
    with nothing_changes(ours.ledger):
        assert rotate(ours, ours.printer, new, deadline=ours.now + 500) == first
        other = rotation(ours, ours.printer, Printer.new())
        path = f"/printers/{other.pop('printer')}/rotation"
        ours.center.refused("PrinterRotated", "POST", path, json=other)
    taken = ours.enrolled()
    body = rotation(ours, new, taken)
    path = f"/printers/{body.pop('printer')}/rotation"
    ours.center.refused("Conflict", "POST", path, json=body)


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"successor": NOBODY}, "BadSignature"),
        ({"kem_key": "0x" + "5a" * 32}, "BadSignature"),
        ({"signature": "0x" + "11" * 65}, "BadSignature"),
        ({"successor_signature": "0x" + "11" * 65}, "BadSignature"),
        ({"deadline": 1}, "SignatureExpired"),
        ({"rotated_at": 2**39}, "MalformedRequest"),
    ],
)
def test_a_rotation_that_both_keys_did_not_sign_is_refused(
    ours: Scene, changed: dict[str, Any], error: str
) -> None:
    body = rotation(ours, ours.printer, Printer.new()) | changed
    path = f"/printers/{body.pop('printer')}/rotation"
    with nothing_changes(ours.ledger):
        ours.center.refused(error, "POST", path, json=body)


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"reason": "lost"}, "BadSignature"),
        ({"since": 1}, "BadSignature"),
        ({"signature": "0x" + "11" * 65}, "BadSignature"),
        ({"deadline": 1}, "SignatureExpired"),
        ({"since": 2**39}, "MalformedRequest"),
        ({"reason": ""}, "MalformedRequest"),
        ({"reason": "a\nb"}, "MalformedRequest"),
        ({"reason": "r" * 201}, "MalformedRequest"),
    ],
)
def test_a_revocation_that_the_center_did_not_sign_so_is_refused(
    ours: Scene, changed: dict[str, Any], error: str
) -> None:
    body = revocation(ours) | changed
    path = f"/printers/{body.pop('printer')}/revocation"
    with nothing_changes(ours.ledger):
        ours.center.refused(error, "POST", path, json=body)


def test_only_its_own_center_ends_a_printer(ours: Scene, party: Callable[[], Party]) -> None:
    of_a_stranger, of_nobodys = revocation(ours, by=party()), revocation(ours, printer=NOBODY)
    with nothing_changes(ours.ledger):
        for body in (of_a_stranger, of_nobodys):
            path = f"/printers/{body.pop('printer')}/revocation"
            ours.center.refused("PrinterNotEnrolled", "POST", path, json=body)


def test_a_thief_who_names_a_new_key_gains_nothing(ours: Scene) -> None:
    stolen, second, third = ours.printer, Printer.new(), Printer.new()
    began = ours.now
    rotate(ours, stolen, second)
    rotate(ours, second, third)
    revoke(ours, since=began)
    for printer in (stolen, second, third):
        row = ours.center.ok("GET", f"/printers/{printer.address}")
        assert (row["revoked_since"], row["revoked_reason"]) == (began, "stolen")
    ours.printer = third
    ours.center.refused("PrinterRevoked", "POST", "/tokens", json=ours.token_request())


def test_an_old_key_that_leaks_does_not_end_the_new_one(ours: Scene) -> None:
    new = Printer.new()
    rotate(ours, ours.printer, new)
    with ours.ledger.database.write() as session:  # it was a while ago
        row = records.printer(session, new.address)
        assert row is not None
        row.enrolled_at -= 1_000
    revoke(ours)
    ours.center.refused("PrinterRevoked", "POST", "/refusals", json=ours.refusal(FILE))
    ours.printer = new
    ours.ticket()


def test_a_new_key_that_the_center_enrolled_itself_does_not_end_with_the_old_one(
    ours: Scene,
) -> None:
    """With a new name, say. A backup of the old key leaks, from before it was replaced."""
    began, new = ours.now, Printer.new()
    rotate(ours, ours.printer, new)
    ours.center.ok("POST", "/printers", json=new.enrolment(ours.center, ours.now, "Press 7"))
    revoke(ours, since=began)
    ours.printer = new
    ours.ticket()


def test_a_revocation_stands_and_only_its_beginning_may_move_back(ours: Scene) -> None:
    first = revoke(ours, since=ours.now)
    with nothing_changes(ours.ledger):
        assert revoke(ours, reason="sold", since=first["revoked_since"]) == first
    earlier = revoke(ours, since=first["revoked_since"] - 100)
    assert earlier["revoked_since"] == first["revoked_since"] - 100
    assert earlier["revoked_at"] == first["revoked_at"]


def test_both_statements_are_in_the_log_and_in_the_audit(ours: Scene) -> None:
    old, new = ours.printer, Printer.new()
    rotate(ours, old, new)
    revoke(ours, printer=new.address)
    with ours.ledger.database.read() as session:
        rows = log.page(session, log.size(session) - 2, 2)
        told = [entries.decode(row.entry) for row in rows]
    assert [entry.type for entry in told] == ["KeyRotation", "PrinterRevocation"]
    signers = [entry.signer(ours.ledger.domain) for entry in told]
    assert signers == [old.address, ours.center.address]
    facts = [fact["what"] for fact in ours.dossier(old.address)["facts"]]
    assert facts[:2] == ["PrinterEnrolled", "PrinterRotated"]
    facts = [fact["what"] for fact in ours.dossier(new.address)["facts"]]
    assert facts == ["PrinterEnrolled", "PrinterRevoked"]


def test_what_a_stolen_printer_did_before_anybody_noticed_is_a_finding(
    ours: Scene, anvil: Anvil
) -> None:
    """And what it redeems on chain afterwards, which no service can hinder."""
    told, kept = ours.tickets()[0], ours.tickets()[0]
    began = ours.now - 5
    ours.redeem(told)
    ours.center.ok("POST", "/receipts", json=ours.receipt(told))
    assert ours.findings(f"{ours.license}:0") == []
    revoke(ours, since=began)
    assert set(ours.findings(f"{ours.license}:0")) == {
        "receipt-of-revoked-printer",
        "redeemed-by-revoked-printer",
    }
    anvil.rpc("anvil_setBalance", ours.printer.address, hex(10**18))
    chain, ticket = chain_of(ours.ledger), wire.ticket(kept)
    call = chain.redeem(ticket.token, ticket.signature, ticket.token.serials)
    chain.send(call, chain.sender(ours.printer.signer))
    found = ours.findings(f"{ours.license}:1")
    assert set(found) == {"redeemed-by-revoked-printer", "redemption-without-receipt"}
