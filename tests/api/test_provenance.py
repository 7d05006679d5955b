"""The audit over HTTP: every kind of subject, and every mismatch that can be brought about."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ledger.devchain import rpc
from ledger.models import Cid, Digest, Outcome, PrintToken
from ledger.services import gathering
from ledger.services.context import Ledger
from ledger.store import catalog, records
from ledger.store.tables import MetadataRow, ReceiptRow, RedemptionRow
from tests.scene import NOBODY, Scene
from tests.service import Party, Printer, chain_of

GCODE = Digest(b"\x0c" * 32)


def printed(ours: Scene, count: int = 1, **changed: Any) -> list[dict[str, Any]]:
    """Prints that went well: token, redemption, receipt."""
    tickets = ours.tickets(count=count, **changed)
    for ticket in tickets:
        ours.redeem(ticket)
        mask = int(ticket["token"]["serials"])
        for bit in range(256):
            if mask >> bit & 1:
                serial = ticket["token"]["word"] * 256 + bit
                job = Digest.parse(ticket["token"]["job"])
                body = ours.receipt(ticket, serial, job=job if int(job) else GCODE)
                ours.center.ok("POST", "/receipts", json=body)
    return tickets


def self_redeemed(ours: Scene, word: int, printer: Printer, serials: int = 1) -> PrintToken:
    """A token that the designer signs, past the service, and the printer redeems itself."""
    token = PrintToken(
        ours.design,
        ours.license,
        printer.address,
        word,
        serials,
        0,
        ours.now + 900,
        Digest(bytes(32)),
    )
    signature = ours.designer.signer.sign(ours.ledger.domain.print_token(token))
    chain = chain_of(ours.ledger)
    chain.send(chain.redeem(token, signature, serials), chain.sender(printer.signer))
    ours.ledger.indexer.catch_up()
    return token


def test_every_subject_tells_the_same_sound_story(scene: Callable[..., Scene]) -> None:
    ours = scene(quota=600)
    tickets = printed(ours, 2) + printed(ours, 1, job=ours.design)
    ours.center.send(
        ours.center.ok(
            "POST", f"/licenses/{ours.license}/settlement", json={"sender": ours.center.address}
        )
    )
    subjects = {
        str(ours.design): "design",
        str(GCODE): "job",
        tickets[0]["digest"]: "token",
        str(ours.license): "license",
        f"{ours.license}:1": "serial",
        ours.printer.address: "printer",
        ours.center.address: "address",
        ours.designer.address.lower(): "address",
    }
    for subject, kind in subjects.items():
        dossier = ours.dossier(subject)
        assert (dossier["kind"], dossier["findings"]) == (kind, []), subject
        assert dossier["facts"]
        times = [fact["when"] for fact in dossier["facts"]]
        assert times == sorted(times)
        assert all(fact["where"] for fact in dossier["facts"])

    def story(subject: object) -> list[str]:
        return [fact["what"] for fact in ours.dossier(subject)["facts"]]

    assert story(f"{ours.license}:2") == [
        "Transfer",
        "DesignRegistered",
        "LicenseBought",
        "TokenIssued",
        "SerialsRedeemed",
        "PrintReported",
        "LicenseSettled",
    ]
    assert story(GCODE).count("PrintReported") == 2
    assert story(ours.printer.address)[0] == "PrinterEnrolled"
    assert "IssuerAuthorized" in story(ours.designer.address)


@pytest.mark.parametrize(
    ("subject", "error"),
    [
        ("999999999", "SubjectNotFound"),
        ("999999999:0", "SubjectNotFound"),
        ("1:4294967295", "SubjectNotFound"),
        (NOBODY, "SubjectNotFound"),
        ("a gear", "MalformedRequest"),
        ("1:2:3", "MalformedRequest"),
        ("٣", "MalformedRequest"),
        ("0x12", "MalformedRequest"),
        ("9" * 19, "MalformedRequest"),
        ("-1", "MalformedRequest"),
    ],
)
def test_what_never_occurred_is_not_found(ours: Scene, subject: str, error: str) -> None:
    ours.center.refused(error, "GET", f"/provenance/{subject}")


def test_a_file_that_nobody_knows_is_a_finding(ours: Scene) -> None:
    assert ours.findings("5a" * 32) == ["unknown-file"]
    assert ours.dossier("5A" * 32)["kind"] == "unknown-file"


def test_a_redemption_without_a_receipt_is_found_until_the_receipt_comes(
    scene: Callable[..., Scene],
) -> None:
    ours = scene()
    ticket = ours.ticket()
    ours.redeem(ticket)
    for subject in (ours.design, ours.license, f"{ours.license}:0", ours.printer.address):
        assert ours.findings(subject) == ["redemption-without-receipt"]
    assert ours.findings(f"{ours.license}:1") == []
    ours.center.ok("POST", "/receipts", json=ours.receipt(ticket))
    assert ours.findings(ours.design) == []


def test_a_receipt_without_a_redemption_is_found(scene: Callable[..., Scene]) -> None:
    ours = scene()
    ticket = ours.ticket()
    ours.center.ok("POST", "/receipts", json=ours.receipt(ticket, 0, job=GCODE))
    for subject in (
        ours.design,
        ours.license,
        f"{ours.license}:0",
        ours.printer.address,
        ticket["digest"],
    ):
        assert ours.findings(subject) == ["receipt-without-redemption"]


def test_a_print_that_did_not_end_well_is_noted(scene: Callable[..., Scene]) -> None:
    ours = scene()
    ticket = ours.ticket()
    ours.redeem(ticket)
    body = ours.receipt(ticket, outcome=Outcome.INTERRUPTED)
    ours.center.ok("POST", "/receipts", json=body)
    assert ours.findings(ours.license) == ["print-not-done"]


def test_a_print_past_the_service_is_found(scene: Callable[..., Scene]) -> None:
    ours, stranger = scene(quota=600), Printer.new()
    anvil_funds(ours, stranger)
    token = self_redeemed(ours, 2, stranger)
    found = ["redemption-without-receipt", "printer-not-enrolled", "token-not-issued-here"]
    digest = ours.ledger.domain.print_token(token).digest()
    for subject in (ours.design, ours.license, f"{ours.license}:512", digest):
        assert ours.findings(subject) == found, subject
    assert ours.dossier(digest)["kind"] == "token"
    assert ours.ticket()["token"]["serials"] == "1"


def anvil_funds(ours: Scene, printer: Printer) -> None:
    rpc(chain_of(ours.ledger).rpc.url, "anvil_setBalance", printer.address, hex(10**18))


def test_a_receipt_that_contradicts_its_redemption_is_found_from_every_side(
    scene: Callable[..., Scene],
) -> None:
    ours, told = scene(), Digest(b"\x1c" * 32)
    bound = ours.ticket(job=ours.design)
    ours.redeem(bound)
    other = {"digest": str(Digest(b"\x5d" * 32))}
    ours.center.ok("POST", "/receipts", json=ours.receipt(other, 0, job=told))
    found = ["job-mismatch", "token-mismatch"]
    for subject in (told, bound["digest"], f"{ours.license}:0", ours.design):
        assert ours.findings(subject) == found, subject


def test_a_changed_log_is_found(scene: Callable[..., Scene], ledger: Ledger) -> None:
    ours = scene()
    printed(ours)
    subject = f"{ours.license}:0"

    def receipt_with(**changed: Any) -> None:
        with ledger.database.write() as session:
            row = records.receipts(session, 0, 9, license=ours.license)[0]
            session.merge(ReceiptRow(**row.model_dump() | changed))

    for changed in (
        {"material_mg": 1},
        {"outcome": "splendid"},
        {"signature": "rubbish"},
        {"job": "rubbish"},
    ):
        with ledger.database.read() as session:
            sound = records.receipts(session, 0, 9, license=ours.license)[0].model_dump()
        receipt_with(**changed)
        assert "receipt-signature-invalid" in ours.findings(subject), changed
        receipt_with(**sound)
    assert ours.findings(subject) == []


def test_a_redemption_that_the_chain_does_not_know_is_found(
    scene: Callable[..., Scene], ledger: Ledger
) -> None:
    ours = scene()
    printed(ours)
    with ledger.database.write() as session:
        row = catalog.redemptions(session, license=ours.license)[0]
        session.merge(RedemptionRow(**row.model_dump() | {"take": "0x3"}))
    assert "redemption-not-on-chain" in ours.findings(ours.license)
    ledger.indexer.rebuild()
    assert ours.findings(ours.license) == []


def test_a_file_that_is_gone_and_metadata_that_were_changed_are_found(
    scene: Callable[..., Scene], ledger: Ledger
) -> None:
    ours = scene()
    with ledger.database.write() as session:
        sealed = records.sealed(session, str(ours.design))
        design = catalog.design(session, str(ours.design))
        assert sealed is not None
        assert design is not None
        metadata = records.metadata(session, design.metadata_digest)
        assert metadata is not None
        document = json.loads(metadata.document) | {"name": "Another name"}
        changed = metadata.model_dump() | {"document": json.dumps(document)}
        session.merge(MetadataRow(**changed))
    assert ours.findings(ours.design) == ["metadata-mismatch"]
    ledger.ipfs.unpin(Cid(sealed.cid))
    assert ours.findings(ours.design) == ["sealed-file-missing", "metadata-mismatch"]


def test_what_is_not_read_is_not_judged(
    scene: Callable[..., Scene], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = scene(quota=9)
    printed(ours, 5)
    ours.redeem(ours.ticket())
    monkeypatch.setattr(gathering, "MOST_ROWS", 5)
    assert ours.findings(ours.design) == ["not-all-examined"]
    assert ours.findings(f"{ours.license}:0") == []
    assert ours.findings(f"{ours.license}:5") == ["redemption-without-receipt"]


def test_every_owner_is_in_the_story(
    scene: Callable[..., Scene], party: Callable[[], Party]
) -> None:
    ours, heir = scene(), party()
    chain = chain_of(ours.ledger)
    call = chain.transfer_design(ours.design, ours.designer.address, heir.address)
    chain.send(call, chain.sender(ours.designer.signer))
    facts = ours.dossier(ours.design)["facts"]
    owners = [fact["details"]["to"] for fact in facts if fact["what"] == "Transfer"]
    assert owners == [ours.designer.address, heir.address]
    assert ours.dossier(heir.address)["facts"][0]["what"] == "Transfer"
