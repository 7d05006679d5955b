"""The whole path through the API: what a designer, a print center and a printer do."""

from __future__ import annotations

import io
from collections.abc import Callable

from ledger import vault
from ledger.models import (
    ZERO_DIGEST,
    Cid,
    ContentHash,
    Digest,
    KeyRequest,
    Outcome,
    Receipt,
    RedemptionRequest,
)
from ledger.services.context import Ledger
from tests.conftest import MODELS
from tests.service import PRICE, Party, Printer


def test_a_design_is_registered_licensed_printed_and_audited(
    ledger: Ledger, party: Callable[[], Party]
) -> None:
    designer, center, printer = party(), party(), Printer.new()
    now = ledger.now()
    file = MODELS / "torus.3mf"

    design = designer.register(file, "Torus")
    shown = designer.ok("GET", f"/designs/{design}")
    assert shown["owner"] == shown["designer"] == designer.address
    assert shown["format"] == "3mf"

    designer.authorize_issuer(now + 86_400)
    offer = designer.open_offer(design, now)
    license = center.buy(offer, 3)
    center.ok("POST", "/printers", json=printer.enrolment(center, now))
    request = center.request(design, license, printer.address, now)
    ticket = center.ok("POST", "/tokens", json=request)["tickets"][0]
    assert ticket["token"]["serials"] == "1"

    spend = RedemptionRequest(Digest.parse(ticket["digest"]), 1, printer.address, now + 600)
    consent = printer.signer.sign(ledger.domain.redemption_request(spend))
    redemption = {
        "token": ticket["token"],
        "signature": ticket["signature"],
        "take": ticket["token"]["serials"],
        "deadline": spend.deadline,
        "printer_signature": "0x" + consent.hex(),
    }
    first = center.ok("POST", "/redemptions", json=redemption)
    assert center.ok("POST", "/redemptions", json=redemption) == first

    key_request = KeyRequest(
        design, license, Digest.parse(ticket["digest"]), printer.address, now + 600
    )
    released = center.ok(
        "POST",
        "/keys",
        json={
            "request": {
                "design": str(design),
                "license": license,
                "token": ticket["digest"],
                "printer": printer.address,
                "deadline": now + 600,
            },
            "signature": "0x" + printer.signer.sign(ledger.domain.key_request(key_request)).hex(),
        },
    )
    info = vault.release_info(design, license, printer.address, key_request.token)
    wrapped = bytes.fromhex(released["wrapped"][2:])
    key = vault.receive_key(wrapped, printer.kem, info)
    sealed, plain = io.BytesIO(), io.BytesIO()
    ledger.ipfs.fetch(Cid(released["cid"]), sealed, max_bytes=released["sealed_size"])
    sealed.seek(0)
    vault.unseal(sealed, plain, key, design)
    assert plain.getvalue() == file.read_bytes()

    receipt = Receipt(
        token=key_request.token,
        design=design,
        license=license,
        serial=0,
        printer=printer.address,
        job=design,
        started=now,
        ended=now + 60,
        outcome=Outcome.DONE,
        material_mg=1_200,
        energy_joule=0,
    )
    body = {
        "receipt": {
            "token": ticket["digest"],
            "design": str(design),
            "license": license,
            "serial": 0,
            "printer": printer.address,
            "job": str(design),
            "started": now,
            "ended": now + 60,
            "outcome": "done",
            "material_mg": 1_200,
            "energy_joule": 0,
        },
        "signature": "0x" + printer.signer.sign(ledger.domain.receipt(receipt)).hex(),
    }
    center.ok("POST", "/receipts", json=body)

    dossier = center.ok("GET", f"/provenance/{license}:0")
    assert [fact["what"] for fact in dossier["facts"]] == [
        "Transfer",
        "DesignRegistered",
        "LicenseBought",
        "TokenIssued",
        "SerialsRedeemed",
        "PrintReported",
    ]
    assert dossier["findings"] == []

    settled = designer.send(
        designer.ok("POST", f"/licenses/{license}/settlement", json={"sender": designer.address})
    )
    assert settled["events"][0]["arguments"]["amount"] == PRICE
    designer.send(
        designer.ok(
            "POST",
            f"/designs/{design}/withdrawal",
            json={"owner": designer.address, "to": designer.address},
        )
    )
    shown = center.ok("GET", f"/licenses/{license}")
    assert (shown["spent"], shown["earned"], shown["refunded"]) == (1, 1, 0)
    assert ContentHash.parse(shown["design"]) == design
    assert str(ZERO_DIGEST) != str(design)
