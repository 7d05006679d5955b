"""Enrolments in the log: whose a printer was when it printed, for whoever has the log."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import col, select

from ledger import entries, merkle
from ledger.errors import ChainUnavailable
from ledger.models import Digest
from ledger.services import checkpoints
from ledger.store import log, records
from ledger.store.logtables import LogEntryRow
from ledger.store.tables import EnrolmentRow, PrinterRow
from tests.api.ending import revoke, rotate
from tests.api.unchanged import nothing_changes
from tests.scene import Scene
from tests.service import Printer


@pytest.fixture
def mine(ours: Scene) -> Scene:
    """A printer of this test's own."""
    return replace(ours, printer=ours.enrolled())


def logged(mine: Scene, printer: Printer) -> list[LogEntryRow]:
    """The enrolments of a printer in the log."""
    with mine.ledger.database.read() as session:
        query = select(LogEntryRow).where(col(LogEntryRow.type) == "Enrolment")
        rows = session.exec(query.order_by(col(LogEntryRow.index))).all()
    return [row for row in rows if printer.address.encode() in row.entry]


def printed(mine: Scene) -> dict[str, Any]:
    """A print of the scene's printer; its ticket."""
    ticket = mine.ticket()
    mine.redeem(ticket)
    serial = int(ticket["token"]["serials"]).bit_length() - 1
    mine.center.ok("POST", "/receipts", json=mine.receipt(ticket, serial))
    return ticket


def unproven(mine: Scene, subject: object) -> list[str]:
    found = mine.dossier(subject)["findings"]
    return [one["detail"] for one in found if one["kind"] == "enrolment-unproven"]


def test_an_enrolment_is_logged_once_with_its_centers_signature(mine: Scene) -> None:
    printer = Printer.new()
    body = printer.enrolment(mine.center, mine.now)
    first = mine.center.ok("POST", "/printers", json=body)
    with nothing_changes(mine.ledger):
        assert mine.center.ok("POST", "/printers", json=body) == first
    (row,) = logged(mine, printer)
    entry = entries.decode(row.entry)
    assert entry.signer(mine.ledger.domain) == mine.center.address
    assert entry.message == {
        "center": mine.center.address,
        "printer": printer.address,
        "kemKey": body["kem_key"],
        "name": body["name"],
        "deadline": body["deadline"],
    }


def test_an_enrolment_that_a_newer_one_replaced_does_not_come_back(mine: Scene) -> None:
    """Whoever kept the old request could give the printer its old KEM key again."""
    old = mine.printer.enrolment(mine.center, mine.now, "Press 3")
    mine.center.ok("POST", "/printers", json=old)
    newer = Printer(mine.printer.signer, Printer.new().kem)
    mine.center.ok("POST", "/printers", json=newer.enrolment(mine.center, mine.now, "Press 4"))
    with nothing_changes(mine.ledger):
        shown = mine.center.ok("POST", "/printers", json=old)
    assert (shown["name"], len(logged(mine, mine.printer))) == ("Press 4", 3)


def test_an_enrolment_is_there_with_its_entry_or_neither(
    mine: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise ChainUnavailable("Cut off.")

    printer = Printer.new()
    body = printer.enrolment(mine.center, mine.now)
    with monkeypatch.context() as patch, nothing_changes(mine.ledger):
        patch.setattr("ledger.services.printing.log.append", fails)
        mine.center.refused("ChainUnavailable", "POST", "/printers", json=body)
    mine.center.ok("POST", "/printers", json=body)


def test_the_audit_of_a_print_leads_its_printers_enrolment_to_the_chain(mine: Scene) -> None:
    ticket = printed(mine)
    checkpoint, _ = checkpoints.anchor(mine.ledger)
    dossier = mine.dossier(ticket["digest"])
    assert dossier["findings"] == []
    enrolment, token, receipt = dossier["log"]
    assert [row["type"] for row in (enrolment, token, receipt)] == [
        "Enrolment",
        "PrintToken",
        "Receipt",
    ]
    assert enrolment["index"] < token["index"] < receipt["index"]
    (row,) = logged(mine, mine.printer)
    proof = [Digest.parse(hash_) for hash_ in enrolment["proof"]]
    leaf = merkle.leaf_hash(row.entry)
    size = enrolment["size"]
    assert size == checkpoint.size
    merkle.verify_inclusion(leaf, enrolment["index"], size, proof, checkpoint.root)


def test_a_printer_with_a_new_key_is_led_back_to_its_enrolment(mine: Scene) -> None:
    printed(mine)
    for _ in range(2):
        new = Printer.new()
        rotate(mine, mine.printer, new)
        mine.printer = new
    dossier = mine.dossier(printed(mine)["digest"])
    assert dossier["findings"] == []
    types = [row["type"] for row in dossier["log"]]
    assert types == ["Enrolment", "KeyRotation", "KeyRotation", "PrintToken", "Receipt"]
    told = [row["digest"] for row in mine.dossier(mine.license)["log"]]
    assert len(told) == len(set(told)), "what two of its keys rest on is named once"


def test_a_printer_from_before_enrolments_were_logged_is_told_as_unproven(mine: Scene) -> None:
    ticket = printed(mine)
    with mine.ledger.database.write() as session:  # as the migration leaves it
        (row,) = records.enrolments(session, mine.printer.address, 9)
        session.delete(row)
    for subject in (ticket["digest"], mine.printer.address):
        (detail,) = unproven(mine, subject)
        assert "before enrolments were logged" in detail
    again = mine.printer.enrolment(mine.center, mine.now, "Press 5")
    mine.center.ok("POST", "/printers", json=again)
    (detail,) = unproven(mine, ticket["digest"])
    assert "after the print token" in detail
    assert unproven(mine, printed(mine)["digest"]) == [], "what comes after it is proven"


@pytest.mark.parametrize(
    ("column", "value"),
    [("center", "another"), ("name", "Press 9"), ("deadline", 5), ("kem_key", "0x" + "07" * 32)],
)
def test_an_enrolment_that_was_changed_is_in_no_entry_and_proves_nothing(
    mine: Scene, column: str, value: Any
) -> None:
    ticket = printed(mine)
    with mine.ledger.database.write() as session:
        (row,) = records.enrolments(session, mine.printer.address, 9)
        setattr(row, column, value)
    found = mine.findings(ticket["digest"])
    assert set(found) == {"enrolment-unproven"} | ({"not-in-log"} if column != "center" else set())


@pytest.mark.parametrize("column", ["center_signature", "printer_signature"])
def test_an_enrolment_that_both_did_not_sign_proves_nothing(mine: Scene, column: str) -> None:
    ticket = printed(mine)
    with mine.ledger.database.write() as session:
        (row,) = records.enrolments(session, mine.printer.address, 9)
        setattr(row, column, "0x" + "11" * 65)
    assert "enrolment-unproven" in mine.findings(ticket["digest"])


def test_the_audit_leads_the_end_of_a_printer_to_the_log_as_well(mine: Scene) -> None:
    """Also where the key was ended with the one that had named it; and one that nobody signed."""
    began, old, new = mine.now, mine.printer, Printer.new()
    rotate(mine, old, new)
    mine.printer = new
    ticket = printed(mine)
    revoke(mine, printer=old.address, since=began)
    ended = {"receipt-of-revoked-printer", "redeemed-by-revoked-printer"}
    for subject, more in ((ticket["digest"], ["PrintToken", "Receipt"]), (old.address, [])):
        dossier = mine.dossier(subject)
        assert {one["kind"] for one in dossier["findings"]} == (ended if more else set())
        types = [row["type"] for row in dossier["log"]]
        rotated = ["KeyRotation"] if more else []
        assert types == ["Enrolment", *rotated, *more, "PrinterRevocation"]
    with mine.ledger.database.write() as session:
        session.get_one(PrinterRow, new.address).revoked_reason = "another"
    assert set(mine.findings(ticket["digest"])) == {*ended, "not-in-log"}


def test_a_printer_that_is_given_to_another_center_in_the_tables_is_found(mine: Scene) -> None:
    ticket = printed(mine)
    with mine.ledger.database.write() as session:
        for table in (PrinterRow, EnrolmentRow):
            query = select(table).where(col(table.printer) == mine.printer.address)
            session.exec(query).one().center = mine.designer.address
    found = mine.findings(ticket["digest"])
    assert set(found) == {"enrolment-unproven", "not-in-log", "printer-of-another-center"}


def test_a_log_of_enrolments_holds_for_a_stranger(mine: Scene) -> None:
    """The order in the log alone tells it: no time, and nothing of the service's tables."""
    printed(mine)
    with mine.ledger.database.read() as session:
        rows = [entries.decode(row.entry) for row in log.page(session, 0, 10_000)]
    domain, enrolled = mine.ledger.domain, dict[str, str]()
    for entry in rows:
        if entry.type == "Enrolment":
            enrolled[entry.message["printer"]] = entry.signer(domain)
        if entry.type == "Receipt" and entry.signer(domain) == mine.printer.address:
            assert enrolled[mine.printer.address] == mine.center.address
            return
    raise AssertionError("no receipt")
