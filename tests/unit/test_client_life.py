"""A service that lies about failures, voids and holders: the desk signs nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from api.liferequests import RedemptionsIn
from ledger.chain import Call
from ledger.client import answers, failures as fails, life
from ledger.errors import BadSignature, EvidenceUnfit, LedgerError, TransactionMismatch
from ledger.models import (
    UNKNOWN_SHARE,
    Address,
    Cid,
    Digest,
    Outcome,
    PrintToken,
    Receipt,
    RedemptionRequest,
    SignOff,
    Ticket,
    Void,
)
from ledger.signing import Signer
from tests.unit.lying import DESIGN, OTHER, THIEF, Liar, license_row, proposal

PRINTER = Signer.generate()
WORKSHOP = Address("0x" + "77" * 20)


@pytest.fixture
def liar() -> Liar:
    found = Liar()
    found.answers["/licenses/4"] = license_row()
    return found


def receipt(**changes: Any) -> Receipt:
    usual = Receipt(
        token=Digest(bytes([5]) * 32),
        design=DESIGN,
        license=4,
        serial=300,
        printer=PRINTER.address,
        job=Digest(bytes([6]) * 32),
        started=1,
        ended=2,
        outcome=Outcome.FAILED,
        material_mg=0,
        energy_joule=0,
    )
    return replace(usual, **changes)


def row(liar: Liar, said: Receipt, by: Signer = PRINTER, **changes: Any) -> dict[str, Any]:
    """A receipt as the service shows it."""
    message = liar.desk.domain.receipt(said)
    members = {name: getattr(said, name) for name in Receipt.__slots__}
    return {
        **{n: str(v) if isinstance(v, (bytes, str)) else v for n, v in members.items()},
        "recycled": None if said.recycled == UNKNOWN_SHARE else said.recycled,
        "form": 2,
        "digest": str(message.digest()),
        "signature": "0x" + by.sign(message).hex(),
        "received_at": 3,
        **changes,
    }


def failures(liar: Liar, *rows: dict[str, Any]) -> None:
    liar.answers["/licenses/4/failures"] = {"items": list(rows), "left": 0}


def refuse(liar: Liar, path: str, call: Call, action: Callable[[], Any]) -> None:
    liar.answers[path] = proposal(call)
    with pytest.raises(TransactionMismatch):
        action()
    assert liar.broadcasts == 0


# ----------------------------------------------------------------- redemptions


def test_several_redemptions_are_sent_as_the_service_reads_them(
    liar: Liar, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain = liar.desk.domain
    token = PrintToken(DESIGN, 4, PRINTER.address, 1, 0b110, 0, 2**33, Digest(bytes(32)))
    ticket = Ticket(
        token=token,
        signature=liar.desk.signer.sign(domain.print_token(token)),
        signer=liar.desk.address,
        chain_id=domain.chain_id,
        contract=domain.licenses,
        cid=Cid.of_raw_block(bytes(32)),
        sealed_size=9,
    )
    digest = domain.print_token(token).digest()
    request = RedemptionRequest(digest, 0b10, PRINTER.address, 2**33)
    signature = PRINTER.sign(domain.redemption_request(request))
    sent: list[Any] = []
    answer = {"token": str(digest), "transaction": None, "error": "Recalled", "detail": "It is."}

    def post(_path: str, body: Any, kind: Any, **_: Any) -> Any:
        sent.append(RedemptionsIn.model_validate(body))
        return answers.read(kind, {"items": [answer]})

    monkeypatch.setattr(liar.desk.service, "_post", post)
    (spent,) = liar.desk.service.redeem_several(
        [(ticket, request, signature)], all_or_nothing=False
    )
    assert (spent.error, spent.transaction) == ("Recalled", None)
    (body,) = sent
    assert not body.all_or_nothing
    assert body.items[0].token.token() == token
    assert (body.items[0].take, body.items[0].deadline) == ("2", 2**33)


# -------------------------------------------------------------------- evidence


def test_a_failure_is_believed_on_its_printers_signature(liar: Liar) -> None:
    failures(liar, row(liar, receipt()))
    (found,) = fails.failed(liar.desk, 4, [300])
    assert found.value == receipt()
    with pytest.raises(EvidenceUnfit):
        fails.failed(liar.desk, 4, [300, 301])


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"digest": "0x" + "55" * 32}, TransactionMismatch),
        ({"printer": THIEF}, TransactionMismatch),
        ({"serial": 300, "ended": 9}, TransactionMismatch),
        ({"signature": "0x" + "11" * 65}, BadSignature),
    ],
)
def test_a_receipt_that_was_changed_is_no_evidence(
    liar: Liar, changes: dict[str, Any], error: type[LedgerError]
) -> None:
    failures(liar, row(liar, receipt(), **changes))
    with pytest.raises(error):
        fails.failed(liar.desk, 4, [300])


@pytest.mark.parametrize("said", [receipt(outcome=Outcome.DONE), receipt(license=5)])
def test_a_good_print_or_one_of_another_license_is_no_failure(liar: Liar, said: Receipt) -> None:
    failures(liar, row(liar, said))
    with pytest.raises(TransactionMismatch):
        fails.failed(liar.desk, 4, [300])


# ----------------------------------------------------------------------- voids


def test_a_void_as_it_was_meant_is_sent_and_no_other(liar: Liar) -> None:
    failures(liar, row(liar, receipt()), row(liar, receipt(serial=7)))
    one, two = fails.failed(liar.desk, 4, [300, 7])
    path, calls = "/licenses/4/voids", liar.calls
    meant = calls.void_prints(DESIGN, 4, 1, 1 << 44, one.digest)
    for other in (
        calls.void_prints(OTHER, 4, 1, 1 << 44, one.digest),
        calls.void_prints(DESIGN, 5, 1, 1 << 44, one.digest),
        calls.void_prints(DESIGN, 4, 0, 1 << 44, one.digest),
        calls.void_prints(DESIGN, 4, 1, 3 << 44, one.digest),
        calls.void_prints(DESIGN, 4, 1, 1 << 44, two.digest),
    ):
        refuse(liar, path, other, lambda: life.void(liar.desk, 4, [one]))
    liar.answers[path] = proposal(meant)
    life.void(liar.desk, 4, [one])
    both = [meant, calls.void_prints(DESIGN, 4, 0, 1 << 7, two.digest)]
    liar.answers[path] = proposal(calls.batch(both, all_or_nothing=False))
    with pytest.raises(TransactionMismatch):
        life.void(liar.desk, 4, [one, two])
    liar.answers[path] = proposal(calls.batch(both, all_or_nothing=True))
    life.void(liar.desk, 4, [one, two])
    assert liar.broadcasts == 2


def test_the_message_of_a_void_is_rebuilt_before_it_is_signed(liar: Liar) -> None:
    failures(liar, row(liar, receipt()))
    (found,) = fails.failed(liar.desk, 4, [300])
    deadline = liar.desk.now() + 86_400
    meant = Void(DESIGN, 4, 1, 1 << 44, found.digest, liar.desk.address, deadline)

    def answer(void: Void) -> None:
        liar.answers["/licenses/4/voids/message"] = {
            "receipt": row(liar, receipt()),
            "word": void.word,
            "serials": str(void.serials),
            "deadline": void.deadline,
            "typed_data": liar.desk.domain.void(void).as_json(),
        }

    answer(meant)
    signed, signature = life.sign_void(liar.desk, 4, found)
    assert (signed, len(signature)) == (meant, 65)
    for other in (
        replace(meant, serials=3 << 44),
        replace(meant, license=5),
        replace(meant, evidence=Digest(bytes(32))),
        replace(meant, issuer=THIEF),
        replace(meant, deadline=deadline + 3 * 86_400),
    ):
        answer(other)
        with pytest.raises(TransactionMismatch):
            life.sign_void(liar.desk, 4, found)
    refuse(
        liar,
        "/voids/relay",
        liar.calls.void_prints_by_sig(replace(meant, serials=1), signature),
        lambda: life.relay_void(liar.desk, meant, signature),
    )


# ------------------------------------------------------------------ passing on


def test_a_license_passes_to_whom_it_was_meant_for_or_not_at_all(liar: Liar) -> None:
    path, calls = "/licenses/4/transfer", liar.calls
    for other in (
        calls.transfer_license(DESIGN, 4, THIEF),
        calls.transfer_license(DESIGN, 5, WORKSHOP),
        calls.sublicense(DESIGN, 4, WORKSHOP, 1),
    ):
        refuse(liar, path, other, lambda: life.transfer(liar.desk, 4, WORKSHOP))
    liar.answers[path] = proposal(calls.transfer_license(DESIGN, 4, WORKSHOP))
    life.transfer(liar.desk, 4, WORKSHOP)
    assert liar.broadcasts == 1


def test_as_many_serials_pass_on_as_were_meant(liar: Liar) -> None:
    path, calls = "/licenses/4/sublicense", liar.calls
    for other in (
        calls.sublicense(DESIGN, 4, THIEF, 5),
        calls.sublicense(DESIGN, 4, WORKSHOP, 6),
        calls.transfer_license(DESIGN, 4, WORKSHOP),
    ):
        refuse(liar, path, other, lambda: life.sublicense(liar.desk, 4, WORKSHOP, 5))
    liar.answers[path] = proposal(calls.sublicense(DESIGN, 4, WORKSHOP, 5))
    with pytest.raises(LedgerError, match="split no license"):
        life.sublicense(liar.desk, 4, WORKSHOP, 5)
    assert liar.broadcasts == 1


# --------------------------------------------------------------- a center's word


def called_bad(liar: Liar, by: Signer, **changes: Any) -> dict[str, Any]:
    """A print that its printer calls done and its center bad, as the service shows it."""
    done = receipt(outcome=Outcome.DONE)
    said = replace(SignOff(Digest(b"\x08" * 32), done.token, False, "warped", 9), **changes)
    typed = liar.desk.domain.typed(said)
    word = {
        "digest": str(typed.digest()),
        "message": typed.message,
        "signature": "0x" + by.sign(typed).hex(),
    }
    return row(liar, done, evidence=word["digest"], sign_off=word)


def test_a_void_on_a_centers_word_names_that_word(liar: Liar) -> None:
    holder = Signer.generate()
    liar.answers["/licenses/4"] = license_row() | {"licensee": holder.address}
    failures(liar, called_bad(liar, holder))
    (found,) = fails.failed(liar.desk, 4, [300])
    assert found.sign_off is not None
    assert found.proof == found.sign_off.digest != found.digest
    call = liar.desk.calls.void_prints(DESIGN, 4, 1, 1 << 44, found.proof)
    liar.answers["/licenses/4/voids"] = proposal(call)
    life.void(liar.desk, 4, [found])
    assert liar.broadcasts == 1


@pytest.mark.parametrize("changes", [{"accepted": True}, {"token": Digest(b"\x09" * 32)}])
def test_no_other_word_of_the_center_voids_a_print(liar: Liar, changes: dict[str, Any]) -> None:
    holder = Signer.generate()
    liar.answers["/licenses/4"] = license_row() | {"licensee": holder.address}
    failures(liar, called_bad(liar, holder, **changes))
    with pytest.raises(TransactionMismatch):
        fails.failed(liar.desk, 4, [300])


def test_the_word_of_a_stranger_voids_nothing(liar: Liar) -> None:
    liar.answers["/licenses/4"] = license_row() | {"licensee": Signer.generate().address}
    failures(liar, called_bad(liar, Signer.generate()))
    with pytest.raises(BadSignature):
        fails.failed(liar.desk, 4, [300])


def test_evidence_that_is_neither_receipt_nor_word_is_told(liar: Liar) -> None:
    failures(liar, row(liar, receipt(), evidence=str(Digest(b"\x01" * 32))))
    with pytest.raises(TransactionMismatch):
        fails.failed(liar.desk, 4, [300])
