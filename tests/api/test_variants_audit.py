"""The audit of variants over HTTP: found by their file, and everything that does not fit."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from ledger.models import Cid, Digest, PrintToken, Rights
from ledger.services.context import Ledger
from ledger.store import records
from ledger.store.tables import VariantRow
from tests.api.test_variants import UNKNOWN, a_variant, sha
from tests.scene import Scene, new_file
from tests.service import chain_of


def printed(ours: Scene, job: Digest) -> dict[str, Any]:
    """A print of a bound file that went well."""
    ticket = ours.ticket(job=job)
    ours.redeem(ticket)
    serial = int(ticket["token"]["serials"]).bit_length() - 1
    ours.center.ok("POST", "/receipts", json=ours.receipt(ticket, serial, job=job))
    return ticket


def test_a_variant_is_found_by_its_file(ours: Scene) -> None:
    fresh, data = ours.granted(Rights.VARIANTS), a_variant()
    taken = fresh.upload_variant(data)
    ticket = printed(fresh, sha(data))
    dossier = fresh.dossier(sha(data))
    assert (dossier["kind"], dossier["findings"]) == ("variant", [])
    story = {fact["what"]: fact["details"] for fact in dossier["facts"]}
    assert list(story) == [
        "Transfer",
        "DesignRegistered",
        "LicenseGranted",
        "VariantAccepted",
        "TokenIssued",
        "SerialsRedeemed",
        "PrintReported",
    ]
    accepted = story["VariantAccepted"]
    assert (accepted["design"], accepted["license"]) == (str(ours.design), fresh.license)
    assert (accepted["cid"], accepted["licensee"]) == (taken["cid"], ours.center.address)
    assert "wrapped_key" not in accepted
    assert story["TokenIssued"]["digest"] == ticket["digest"]
    assert story["SerialsRedeemed"]["printer"] == ours.printer.address
    assert story["PrintReported"]["serial"] == 0
    for subject in (ours.design, fresh.license, f"{fresh.license}:0", ticket["digest"]):
        dossier = fresh.dossier(subject)
        facts = [f for f in dossier["facts"] if f["what"] == "VariantAccepted"]
        assert str(sha(data)) in [fact["details"]["job"] for fact in facts], subject
        assert "job-unknown" not in [finding["kind"] for finding in dossier["findings"]]


def self_redeemed(ours: Scene, job: Digest) -> str:
    """A token that the designer signs, past the service; its digest."""
    token = PrintToken(
        ours.design, ours.license, ours.printer.address, 0, 1, 0, ours.now + 900, job
    )
    message = ours.ledger.domain.print_token(token)
    chain = chain_of(ours.ledger)
    signature = ours.designer.signer.sign(message)
    chain.send(chain.redeem(token, signature, 1), chain.sender(ours.designer.signer))
    ours.ledger.indexer.catch_up()
    return str(message.digest())


def test_a_file_that_the_license_does_not_explain_is_found(ours: Scene) -> None:
    job = Digest(secrets.token_bytes(32))
    plain = ours.granted(Rights.NONE)
    token = self_redeemed(plain, job)
    for subject in (job, token, f"{plain.license}:0", plain.license):
        assert plain.findings(subject).count("job-unknown") == 1, subject


def test_a_variant_of_another_license_is_not_explained(ours: Scene) -> None:
    data, one, two = a_variant(), ours.granted(Rights.VARIANTS), ours.granted(Rights.VARIANTS)
    one.upload_variant(data)
    self_redeemed(two, sha(data))
    assert "job-unknown" in two.findings(f"{two.license}:0")
    assert "variant-not-allowed" not in two.findings(f"{two.license}:0")


def test_a_variant_under_a_license_without_the_right_is_found(ours: Scene) -> None:
    data, one, none = a_variant(), ours.granted(Rights.VARIANTS), ours.granted(Rights.NONE)
    one.upload_variant(data)
    self_redeemed(none, sha(data))
    for subject in (sha(data), f"{none.license}:0", none.license):
        found = none.dossier(subject)["findings"]
        kinds = {finding["kind"]: finding["severity"] for finding in found}
        assert kinds["variant-not-allowed"] == "error", subject
        assert "job-unknown" not in kinds


def test_a_receipt_for_a_variant_that_was_not_allowed_is_found(ours: Scene) -> None:
    data, one, none = a_variant(), ours.granted(Rights.VARIANTS), ours.granted(Rights.NONE)
    one.upload_variant(data)
    ticket = none.ticket()
    none.redeem(ticket)
    none.center.ok("POST", "/receipts", json=none.receipt(ticket, 0, job=sha(data)))
    assert none.findings(f"{none.license}:0") == ["variant-not-allowed"]


def test_a_variant_whose_record_or_file_is_not_what_it_was_is_found(
    ours: Scene, ledger: Ledger
) -> None:
    fresh, data = ours.granted(Rights.VARIANTS), a_variant()
    taken = fresh.upload_variant(data)
    assert fresh.findings(sha(data)) == []

    def row_with(**changed: Any) -> None:
        with ledger.database.write() as session:
            row = records.variant(session, fresh.license, str(sha(data)))
            assert row is not None
            session.merge(VariantRow(**row.model_dump() | changed))

    for changed in ({"reference": UNKNOWN}, {"signature": "rubbish"}, {"licensee": "0x"}):
        with ledger.database.read() as session:
            row = records.variant(session, fresh.license, str(sha(data)))
            assert row is not None
            sound = row.model_dump()
        row_with(**changed)
        assert fresh.findings(sha(data)) == ["variant-signature-invalid"], changed
        row_with(**sound)
    ledger.ipfs.unpin(Cid(taken["cid"]))
    assert not ledger.ipfs.has(Cid(taken["cid"]))
    assert fresh.findings(sha(data)) == ["sealed-file-missing"]
    again = fresh.upload_variant(data)
    assert again["cid"] != taken["cid"], "sealed anew, under another key"
    assert fresh.findings(sha(data)) == []


def test_a_variant_that_is_registered_later_is_audited_as_a_design(
    ours: Scene, tmp_path: Path
) -> None:
    fresh, file = ours.granted(Rights.VARIANTS), new_file(tmp_path)
    data = file.read_bytes()
    fresh.upload_variant(data)
    job = sha(data)
    printed(fresh, job)
    registered = ours.designer.register(file)
    assert registered == job
    assert fresh.dossier(job)["kind"] == "design"
    assert fresh.findings(f"{fresh.license}:0") == []
