"""A service that lies: whatever it proposes instead, the desk signs nothing."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from ledger.client import Terms, answers
from ledger.client.desk import license_of
from ledger.errors import LedgerError, MalformedRequest, ServiceUnavailable
from ledger.models import Address, Cid, ContentHash, Digest, Enrolment
from tests.unit.lying import (
    DESIGN,
    NOW,
    OTHER,
    PIN,
    SEALED,
    THIEF,
    Liar,
    license_row,
    proposal,
    refuses,
)

TERMS = Terms(
    price=10**15,
    min_quota=1,
    max_quota=10,
    opens=1,
    closes=2**33,
    duration=60,
    grace=0,
    document="Print it.",
)


@pytest.fixture
def liar() -> Liar:
    return Liar()


def offer_row(liar: Liar, **changes: Any) -> tuple[Digest, dict[str, Any]]:
    """The hash of an honest offer, and its row with `changes`."""
    row = {
        "design": str(DESIGN),
        "terms": "0x" + "08" * 32,
        "currency": "0x" + "00" * 20,
        "price": "1000",
        "min_quota": 1,
        "max_quota": 10,
        "opens": 1,
        "closes": 2**33,
        "duration": 60,
        "grace": 0,
    }
    honest = answers.read(answers.OfferTerms, {**row, "offer": "0x" + "00" * 32}).value
    named = liar.desk._trust.offer_hash(honest)
    return named, {**row, **changes, "offer": str(named)}


def test_an_honest_proposal_is_sent(liar: Liar) -> None:
    liar.answers["/issuers/removal"] = proposal(liar.calls.remove_issuer(PIN.issuer))
    liar.desk.remove_issuer()
    assert liar.broadcasts == 1


def test_another_issuer_is_not_authorized(liar: Liar) -> None:
    call = liar.calls.authorize_issuer(THIEF, NOW)
    liar.answers["/issuers"] = proposal(call, issuer=THIEF, expiry=NOW)
    refuses(liar, lambda: liar.desk.authorize_issuer(NOW))


def test_an_issuer_is_not_authorized_for_longer(liar: Liar) -> None:
    call = liar.calls.authorize_issuer(PIN.issuer, 2**39)
    liar.answers["/issuers"] = proposal(call, issuer=PIN.issuer, expiry=NOW)
    refuses(liar, lambda: liar.desk.authorize_issuer(NOW))


def test_terms_that_the_designer_did_not_give_are_not_offered(liar: Liar) -> None:
    _, row = offer_row(liar)
    call = liar.calls.open_offer(answers.read(answers.OfferTerms, row).value)
    cid = "bafkreidhi4xap6euxufghs2qf4vkv3xgnb2a72djmk4kugxbtxbkrb3w6y"
    liar.answers[f"/designs/{DESIGN}/offers"] = proposal(call, **row, terms_cid=cid)
    refuses(liar, lambda: liar.desk.open_offer(DESIGN, TERMS))


@pytest.mark.parametrize(
    "change", [{"price": "1001"}, {"design": str(OTHER)}, {"duration": 1}, {"grace": 1}]
)
def test_an_offer_is_not_bought_at_other_terms(liar: Liar, change: dict[str, Any]) -> None:
    named, row = offer_row(liar, **change)
    liar.answers[f"/offers/{named}"] = row
    refuses(liar, lambda: liar.desk.buy(named, 2))
    refuses(liar, lambda: liar.desk.quote(named))
    refuses(liar, lambda: liar.desk.close_offer(named))


def test_more_is_not_paid_than_asked(liar: Liar) -> None:
    named, row = offer_row(liar)
    terms = answers.read(answers.OfferTerms, row).value
    liar.answers[f"/offers/{named}"] = row
    liar.answers["/licenses/purchase"] = proposal(liar.calls.buy(terms, 9), total="2000")
    refuses(liar, lambda: liar.desk.buy(named, 2))


def test_earnings_go_to_nobody_else(liar: Liar) -> None:
    call = liar.calls.withdraw(DESIGN, Address("0x" + "00" * 20), THIEF)
    liar.answers[f"/designs/{DESIGN}/withdrawal"] = proposal(call)
    refuses(liar, lambda: liar.desk.withdraw(DESIGN))


def test_a_design_is_not_given_away(liar: Liar) -> None:
    call = liar.calls.transfer_design(DESIGN, liar.desk.address, THIEF)
    liar.answers[f"/designs/{DESIGN}/withdrawal"] = proposal(call)
    liar.answers["/licenses/grant"] = proposal(call)
    refuses(liar, lambda: liar.desk.withdraw(DESIGN))
    refuses(liar, lambda: liar.desk.grant(DESIGN, THIEF, 1, NOW, 0))


def test_another_license_is_not_revoked(liar: Liar) -> None:
    liar.answers["/licenses/4"] = license_row()
    call = liar.calls.revoke(DESIGN, 5, Digest(bytes(32)))
    liar.answers["/licenses/4/revocation"] = proposal(call)
    refuses(liar, lambda: liar.desk.revoke(4))


@pytest.mark.parametrize("action", ["settle", "refund"])
def test_money_is_counted_for_the_named_license_only(liar: Liar, action: str) -> None:
    liar.answers["/licenses/4"] = license_row()
    route = {"settle": "settlement", "refund": "refund"}[action]
    liar.answers[f"/licenses/4/{route}"] = proposal(getattr(liar.calls, action)(DESIGN, 5, 0, 1))
    refuses(liar, lambda: getattr(liar.desk, action)(4))
    liar.answers[f"/licenses/4/{route}"] = proposal(getattr(liar.calls, action)(DESIGN, 4, 1, 1))
    getattr(liar.desk, action)(4)
    assert liar.broadcasts == 1


def test_a_printer_of_another_center_is_not_enrolled(liar: Liar) -> None:
    enrolment = Enrolment(THIEF, THIEF, bytes(32), "Press", NOW)
    with pytest.raises(MalformedRequest, match="names the center"):
        liar.desk.enrol(enrolment, b"")


@pytest.mark.parametrize("answer", [{"tickets": [{"format": 2}]}, {"tickets": [3]}, {}, []])
def test_tokens_that_are_none_are_not_taken(liar: Liar, answer: object) -> None:
    liar.answers["/licenses/4"] = license_row()
    liar.answers["/tokens"] = answer
    with pytest.raises(ServiceUnavailable, match=r"no [tT]icket"):
        liar.desk.request_tokens(4, THIEF)


def test_a_transaction_that_made_no_license_has_no_number() -> None:
    sent = {"transaction": "0x" + "01" * 32, "block": 1, "gas_used": 1, "events": []}
    with pytest.raises(LedgerError, match="made no license"):
        license_of(answers.read(answers.Sent, sent))


# -------------------------------------------------------------- registration


def describe(liar: Liar, own: ContentHash, **changes: Any) -> str:
    """A metadata document as the service writes it."""
    told = {"name": "Part", "design": str(own), "designer": liar.desk.address} | changes
    properties = {
        "design": told["design"],
        "designer": told["designer"],
        "sealed": {"cid": told.get("cid", SEALED)},
    }
    return json.dumps({"name": told["name"], "properties": properties})


def prepared(liar: Liar, file: Path, **changes: Any) -> dict[str, Any]:
    design = ContentHash(hashlib.sha256(file.read_bytes()).digest())
    document = changes.pop("document", None) or describe(liar, design)
    metadata = Digest(hashlib.sha256(document.encode()).digest())
    message = liar.desk.domain.register(design, metadata, liar.desk.address, NOW + 60)
    row = {
        "design": str(design),
        "owner": liar.desk.address,
        "format": "stl",
        "measures": {},
        "plain_size": 1,
        "sealed_size": 2,
        "cid": SEALED,
        "document": document,
        "metadata_cid": Cid.of_raw_block(metadata),
        "metadata": str(metadata),
        "deadline": NOW + 60,
        "typed_data": message.as_json(),
    }
    return row | changes


@pytest.mark.parametrize("lie", ["deadline", "metadata", "late", "transfer"])
def test_a_registration_is_signed_for_this_file_and_owner_only(
    liar: Liar, tmp_path: Path, lie: str
) -> None:
    file = tmp_path / "part.stl"
    file.write_bytes(b"solid")
    row = prepared(liar, file)
    if lie == "deadline":
        row["deadline"] += 1
    elif lie == "metadata":
        row["metadata"] = "0x" + "04" * 32
    elif lie == "late":
        row["deadline"] = NOW + 30 * 86_400
    else:
        row["typed_data"]["message"]["owner"] = THIEF
    liar.answers["/designs"] = row
    refuses(liar, lambda: liar.desk.register(file, "Part"))


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "Another part"},
        {"design": "0x" + "05" * 32},
        {"designer": "0x" + "06" * 20},
        {"cid": "elsewhere"},
    ],
)
def test_metadata_of_something_else_is_not_signed_for(
    liar: Liar, tmp_path: Path, changed: dict[str, str]
) -> None:
    file = tmp_path / "part.stl"
    file.write_bytes(b"solid")
    design = ContentHash(hashlib.sha256(file.read_bytes()).digest())
    liar.answers["/designs"] = prepared(liar, file, document=describe(liar, design, **changed))
    refuses(liar, lambda: liar.desk.register(file, "Part"))


@pytest.mark.parametrize("document", ["[]", "{", '{"name": "Part"}'])
def test_metadata_that_describes_nothing_is_not_signed_for(
    liar: Liar, tmp_path: Path, document: str
) -> None:
    file = tmp_path / "part.stl"
    file.write_bytes(b"solid")
    liar.answers["/designs"] = prepared(liar, file, document=document)
    refuses(liar, lambda: liar.desk.register(file, "Part"))
