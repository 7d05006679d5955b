"""What receipts tell: everything that was signed, in the form in which it was signed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from alembic import command

from ledger import entries
from ledger.models import UNKNOWN_SHARE, Digest, Outcome
from ledger.services import checkpoints
from ledger.store import log, records
from ledger.store.engine import _alembic
from ledger.store.tables import ReceiptRow
from ledger.tokens import FIRST_RECEIPT
from tests.api.unchanged import nothing_changes
from tests.scene import Scene

PROFILE, PHOTO = Digest(b"\x0f" * 32), Digest(b"\x70" * 32)
EVERYTHING: dict[str, Any] = {
    "profile": PROFILE,
    "duration": 55,
    "material": "PETG, grün",
    "recycled": 2_500,
    "photo": PHOTO,
}


@pytest.fixture(scope="module")
def ours(scene: Callable[..., Scene]) -> Scene:
    return scene(quota=60)


def printed(ours: Scene) -> tuple[dict[str, Any], int]:
    """A ticket that was redeemed, and its serial."""
    ticket = ours.ticket()
    ours.redeem(ticket)
    serial = int(ticket["token"]["serials"]).bit_length() - 1
    return ticket, serial


def told(ours: Scene, ticket: dict[str, Any], serial: int, **changed: Any) -> dict[str, Any]:
    """A receipt as JSON: what is not known is null there."""
    body = ours.receipt(ticket, serial, **changed)
    if body["receipt"].get("recycled") == UNKNOWN_SHARE:
        body["receipt"]["recycled"] = None
    return body


def test_all_that_a_receipt_says_is_kept_and_shown(ours: Scene) -> None:
    ticket, serial = printed(ours)
    body = told(ours, ticket, serial, **EVERYTHING)
    shown = ours.center.ok("POST", "/receipts", json=body)
    assert {name: shown[name] for name in body["receipt"]} == body["receipt"]
    listed = ours.center.ok("GET", "/receipts", params={"license": ours.license, "limit": 200})
    assert shown in listed["items"]
    dossier = ours.dossier(f"{ours.license}:{serial}")
    (fact,) = [fact for fact in dossier["facts"] if fact["what"] == "PrintReported"]
    assert {name: fact["details"][name] for name in body["receipt"]} == body["receipt"]
    assert dossier["findings"] == []


def test_what_nobody_knows_is_told_as_null(ours: Scene) -> None:
    ticket, serial = printed(ours)
    shown = ours.center.ok("POST", "/receipts", json=ours.receipt(ticket, serial))
    assert shown["recycled"] is None
    assert (shown["duration"], shown["material"], shown["form"]) == (0, "", 2)
    again = told(ours, ticket, serial, recycled=UNKNOWN_SHARE)
    again["receipt"] |= {name: shown[name] for name in ("started", "ended")}
    same = {**again, "signature": shown["signature"]}
    assert ours.center.ok("POST", "/receipts", json=same) == shown


@pytest.mark.parametrize(
    "changed",
    [
        {"material": "x" * 65},
        {"material": "PLA\n"},
        {"material": "P\x00LA"},
        {"recycled": 10_001},
        {"recycled": 0xFFFE},
        {"recycled": -1},
        {"duration": 2**40},
        {"photo": "0x12"},
    ],
)
def test_a_receipt_that_no_printer_can_mean_is_refused(
    ours: Scene, changed: dict[str, Any]
) -> None:
    ticket, serial = printed(ours)
    try:
        body = told(ours, ticket, serial, **changed)
    except Exception:  # what cannot even be signed
        body = ours.receipt(ticket, serial)
        body["receipt"] |= changed
    with nothing_changes(ours.ledger):
        ours.center.refused("MalformedRequest", "POST", "/receipts", json=body)


@pytest.mark.parametrize("name", sorted(EVERYTHING))
def test_every_word_of_a_receipt_is_signed(ours: Scene, name: str) -> None:
    ticket, serial = printed(ours)
    body = told(ours, ticket, serial)
    value = EVERYTHING[name]
    body["receipt"][name] = str(value) if isinstance(value, bytes) else value
    with nothing_changes(ours.ledger):
        ours.center.refused("BadSignature", "POST", "/receipts", json=body)


def test_a_receipt_of_the_first_form_stays_good_from_its_entry_to_the_anchor(ours: Scene) -> None:
    """A gate had signed it before it was brought up to date, and hands it in only now."""
    ticket, serial = printed(ours)
    body = ours.receipt(ticket, serial, form=FIRST_RECEIPT, outcome=Outcome.FAILED)
    shown = ours.center.ok("POST", "/receipts", json=body)
    assert shown["form"] == 1
    checkpoints.anchor(ours.ledger)
    dossier = ours.dossier(f"{ours.license}:{serial}")
    assert [finding["kind"] for finding in dossier["findings"]] == ["print-not-done"]
    (line,) = [line for line in dossier["log"] if line["type"] == "Receipt"]
    assert line["digest"] == shown["digest"]
    assert line["size"] > line["index"]
    with ours.ledger.database.read() as session:
        row = log.entry(session, line["index"])
        assert row is not None
        entry = entries.decode(row.entry)
    assert "materialMg" in entry.message
    assert "profile" not in entry.message
    assert entry.signer(ours.ledger.domain) == ours.printer.address
    assert str(entry.digest(ours.ledger.domain)) == shown["digest"]


def test_the_first_form_carries_no_words_of_the_later_one(ours: Scene) -> None:
    ticket, serial = printed(ours)
    body = ours.receipt(ticket, serial, form=FIRST_RECEIPT)
    body["receipt"]["material"] = "PLA"
    with nothing_changes(ours.ledger):
        ours.center.refused("BadSignature", "POST", "/receipts", json=body)


@pytest.mark.parametrize(
    "changed",
    [{"form": 1}, {"form": 3}, {"material": "gold"}, {"recycled": 10_000}, {"duration": 1}],
    ids=str,
)
def test_a_row_that_was_changed_afterwards_is_found(ours: Scene, changed: dict[str, Any]) -> None:
    ticket, serial = printed(ours)
    shown = ours.center.ok("POST", "/receipts", json=told(ours, ticket, serial, **EVERYTHING))
    with ours.ledger.database.write() as session:
        row = session.get_one(ReceiptRow, shown["digest"])
        for name, value in changed.items():
            setattr(row, name, value)
    found = set(ours.findings(f"{ours.license}:{serial}"))
    assert found == {"receipt-signature-invalid", "log-differs-from-checkpoint"}


def test_a_machine_that_claims_more_time_than_there_was_is_shown(ours: Scene) -> None:
    ticket, serial = printed(ours)
    ended = ours.now
    times = {"started": ended - 60, "ended": ended}
    ours.center.ok("POST", "/receipts", json=told(ours, ticket, serial, duration=60 + 301, **times))
    assert ours.findings(f"{ours.license}:{serial}") == ["duration-impossible"]
    ticket, serial = printed(ours)
    ours.center.ok("POST", "/receipts", json=told(ours, ticket, serial, duration=60 + 300, **times))
    assert ours.findings(f"{ours.license}:{serial}") == []


def test_an_older_version_keeps_only_the_receipts_that_it_can_check(
    scene: Callable[..., Scene],
) -> None:
    own = scene()
    first, second = printed(own), printed(own)
    old = own.center.ok("POST", "/receipts", json=own.receipt(*first, form=FIRST_RECEIPT))
    own.center.ok("POST", "/receipts", json=told(own, *second, **EVERYTHING))
    with own.ledger.database._writers.connect() as connection:
        config = _alembic(connection)
        command.downgrade(config, "0008")
        command.upgrade(config, "head")
        connection.commit()
    with own.ledger.database.read() as session:
        kept = records.receipts(session, 0, 10, license=own.license)
    assert [(row.digest, row.form) for row in kept] == [(old["digest"], 1)]


def test_a_receipt_that_contradicts_an_earlier_one_is_logged_and_found_and_counts_for_nothing(
    scene: Callable[..., Scene],
) -> None:
    ours = scene(quota=3)
    ticket, serial = printed(ours)
    first = ours.center.ok("POST", "/receipts", json=ours.receipt(ticket, serial))
    assert "receipts-contradict" not in ours.findings(ours.license)
    other = ours.receipt(ticket, serial, outcome=Outcome.FAILED)
    ours.center.refused("ReceiptContradicts", "POST", "/receipts", json=other)

    for subject in (ours.license, f"{ours.license}:{serial}", ours.printer.address):
        found = [f for f in ours.dossier(subject)["findings"] if f["kind"] == "receipts-contradict"]
        assert [f["severity"] for f in found] == ["error"]
        assert first["digest"] in found[0]["detail"]
        index = found[0]["where"].removeprefix("log entry ")
    entry = entries.decode(ours.center.ok("GET", f"/log/{index}")["entry"].encode())
    assert (entry.type, entry.message["outcome"]) == ("Receipt", "failed")
    assert entry.signer(ours.ledger.domain) == ours.printer.address
    assert str(entry.digest(ours.ledger.domain)) in found[0]["detail"]
    assert ours.center.ok("GET", f"/licenses/{ours.license}/failures")["items"] == []
    listed = ours.center.ok("GET", "/receipts", params={"license": ours.license})["items"]
    assert [row["digest"] for row in listed] == [first["digest"]]


def test_the_same_receipt_in_its_first_form_contradicts_nothing(ours: Scene) -> None:
    ticket, serial = printed(ours)
    facts = {"started": ours.now - 60, "ended": ours.now}
    newest = told(ours, ticket, serial, **facts)
    kept = ours.center.ok("POST", "/receipts", json=newest)
    with nothing_changes(ours.ledger):
        first = told(ours, ticket, serial, form=FIRST_RECEIPT, **facts)
        assert ours.center.ok("POST", "/receipts", json=first) == kept
