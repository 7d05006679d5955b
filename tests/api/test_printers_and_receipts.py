"""Printers, receipts and refusals over HTTP: who may say what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ledger.models import Digest, Outcome
from ledger.services.context import Ledger
from tests.api.unchanged import nothing_changes
from tests.scene import NOBODY, Scene
from tests.service import Party, Printer

UNKNOWN = Digest(b"\x5a" * 32)


def test_a_printer_is_enrolled_and_may_be_enrolled_again_by_its_center(
    ledger: Ledger, party: Callable[[], Party]
) -> None:
    center, printer = party(), Printer.new()
    first = center.ok("POST", "/printers", json=printer.enrolment(center, ledger.now()))
    assert center.ok("GET", f"/printers/{printer.address}") == first
    renamed = printer.enrolment(center, ledger.now(), "Press 2")
    assert center.ok("POST", "/printers", json=renamed)["name"] == "Press 2"
    listed = center.ok("GET", "/printers", params={"center": center.address})["items"]
    assert [row["name"] for row in listed] == ["Press 2"]
    theirs = printer.enrolment(party(), ledger.now())
    with nothing_changes(ledger):
        answer = center.refused("Conflict", "POST", "/printers", json=theirs)
    assert answer["center"] == center.address
    center.refused("PrinterNotFound", "GET", f"/printers/{NOBODY}")
    center.refused("MalformedRequest", "GET", "/printers/press-1")


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"name": "Another"}, "BadSignature"),
        ({"kem_key": "0x" + "5a" * 32}, "BadSignature"),
        ({"center": NOBODY}, "BadSignature"),
        ({"printer": NOBODY}, "BadSignature"),
        ({"printer_signature": "0x" + "11" * 65}, "BadSignature"),
        ({"deadline": 1}, "SignatureExpired"),
        ({"deadline": 2**40 - 1}, "MalformedRequest"),
        ({"deadline": 2**40}, "MalformedRequest"),
        ({"name": ""}, "MalformedRequest"),
        ({"name": "n" * 101}, "MalformedRequest"),
        ({"kem_key": "0x5a"}, "MalformedRequest"),
    ],
)
def test_an_enrolment_that_both_did_not_sign_is_refused(
    ledger: Ledger, party: Callable[[], Party], changed: dict[str, Any], error: str
) -> None:
    center, printer = party(), Printer.new()
    body = printer.enrolment(center, ledger.now()) | changed
    with nothing_changes(ledger):
        center.refused(error, "POST", "/printers", json=body)


def test_the_same_receipt_again_is_no_error_and_another_is(ours: Scene) -> None:
    ticket = ours.ticket()
    serial = int(ticket["token"]["serials"]).bit_length() - 1
    ours.redeem(ticket)
    body = ours.receipt(ticket, serial)
    first = ours.center.http.post("/receipts", json=body)
    again = ours.center.http.post("/receipts", json=body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    other = ours.receipt(ticket, serial, outcome=Outcome.FAILED)
    answer = ours.center.refused("ReceiptContradicts", "POST", "/receipts", json=other)
    assert answer["receipt"] == first.json()["digest"]
    third = ours.receipt(ticket, serial, outcome=Outcome.INTERRUPTED)
    with nothing_changes(ours.ledger):  # two are proof, and a third is none the more
        ours.center.refused("ReceiptContradicts", "POST", "/receipts", json=other)
        ours.center.refused("ReceiptContradicts", "POST", "/receipts", json=third)
    for wanted in (
        {"license": ours.license},
        {"design": str(ours.design)},
        {"printer": ours.printer.address},
    ):
        assert first.json() in ours.center.ok("GET", "/receipts", params=wanted)["items"]
    assert ours.center.ok("GET", "/receipts", params={"printer": NOBODY})["items"] == []


def test_nobody_elses_receipt_shuts_out_the_printers_own(ours: Scene) -> None:
    ticket, other = ours.ticket(), ours.enrolled()
    serial = int(ticket["token"]["serials"]).bit_length() - 1
    ours.redeem(ticket)
    ours.center.ok("POST", "/receipts", json=ours.receipt(ticket, serial, by=other))
    ours.center.ok("POST", "/receipts", json=ours.receipt(ticket, serial))
    assert "printer-mismatch" in ours.findings(f"{ours.license}:{serial}")
    assert "printer-mismatch" in ours.findings(other.address)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"serial": 5}, "BadSignature"),
        ({"outcome": "failed"}, "BadSignature"),
        ({"material_mg": 1}, "BadSignature"),
        ({"printer": NOBODY}, "BadSignature"),
        ({"outcome": "splendid"}, "MalformedRequest"),
        ({"material_mg": 2**63}, "MalformedRequest"),
        ({"energy_joule": -1}, "MalformedRequest"),
        ({"serial": 2**32}, "MalformedRequest"),
        ({"started": 2**40}, "MalformedRequest"),
        ({"job": "0x"}, "MalformedRequest"),
    ],
)
def test_a_changed_receipt_is_refused(ours: Scene, change: dict[str, Any], error: str) -> None:
    body = ours.receipt({"digest": str(UNKNOWN)})
    body["receipt"] |= change
    with nothing_changes(ours.ledger):
        ours.center.refused(error, "POST", "/receipts", json=body)


def test_a_receipt_by_a_stranger_or_against_time_is_refused(ours: Scene) -> None:
    ticket = {"digest": str(UNKNOWN)}
    with nothing_changes(ours.ledger):
        stranger = ours.receipt(ticket, by=Printer.new())
        ours.center.refused("PrinterNotEnrolled", "POST", "/receipts", json=stranger)
        backwards = ours.receipt(ticket, started=100, ended=99)
        ours.center.refused("MalformedRequest", "POST", "/receipts", json=backwards)


def test_the_largest_figures_are_kept(ours: Scene) -> None:
    ticket = {"digest": str(Digest(b"\x5b" * 32))}
    body = ours.receipt(ticket, 2**32 - 1, material_mg=2**63 - 1, energy_joule=2**63 - 1)
    shown = ours.center.ok("POST", "/receipts", json=body)
    assert shown["material_mg"] == shown["energy_joule"] == 2**63 - 1


def test_a_refusal_is_logged_once_and_shown_for_file_and_printer(ours: Scene) -> None:
    file = Digest(b"\x6c" * 32)
    body = ours.refusal(file)
    first = ours.center.ok("POST", "/refusals", json=body)
    assert ours.center.ok("POST", "/refusals", json=body) == first
    assert ours.dossier(file)["kind"] == "refused-file"
    assert ours.findings(file) == ["refused"]
    assert "refused" in ours.findings(ours.printer.address)
    with nothing_changes(ours.ledger):
        stranger = ours.refusal(file, by=Printer.new())
        ours.center.refused("PrinterNotEnrolled", "POST", "/refusals", json=stranger)
        changed = {**body, "refusal": body["refusal"] | {"error": "TokenExpired"}}
        ours.center.refused("BadSignature", "POST", "/refusals", json=changed)
        changed = {**body, "refusal": body["refusal"] | {"error": "no such thing"}}
        ours.center.refused("MalformedRequest", "POST", "/refusals", json=changed)
