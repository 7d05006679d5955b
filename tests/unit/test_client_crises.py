"""A service that lies about pledges and crises: the desk signs nothing but what was asked."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ledger.chain import Call
from ledger.client import crises
from ledger.errors import LedgerError, TransactionMismatch
from ledger.models import Address, CrisisDeclaration, Digest, PledgeTerms, Region
from ledger.signing import TypedData
from tests.unit.lying import DESIGN, OTHER, THIEF, Liar, proposal

COUNCIL = Address("0x" + "77" * 20)
REGION, ELSEWHERE = Region("TR-31"), Region("UA")
EVIDENCE = "Magnitude 7.8."
UNTIL = 1_900_000_000
PROMISE = crises.Promise(UNTIL, 86_400, 4, 10, "For splints.")
TERMS = PledgeTerms(UNTIL, 86_400, 4, 10, Digest(hashlib.sha256(b"For splints.").digest()))


def digest(text: str) -> Digest:
    return Digest(hashlib.sha256(text.encode()).digest())


@pytest.fixture
def liar() -> Liar:
    return Liar()


def refuse(liar: Liar, path: str, call: Call, action: Callable[[], Any]) -> None:
    liar.answers[path] = proposal(call)
    with pytest.raises(TransactionMismatch):
        action()
    assert liar.broadcasts == 0


# --------------------------------------------------------------------- pledges


def test_a_pledge_as_it_was_meant_is_sent(liar: Liar) -> None:
    call = liar.calls.crises.pledge(DESIGN, COUNCIL, TERMS)
    liar.answers[f"/designs/{DESIGN}/pledges"] = proposal(call)
    crises.pledge(liar.desk, DESIGN, COUNCIL, PROMISE)
    assert liar.broadcasts == 1


@pytest.mark.parametrize(
    "terms",
    [
        replace(TERMS, until=UNTIL + 1),
        replace(TERMS, max_duration=86_401),
        replace(TERMS, quota_per_license=5),
        replace(TERMS, quota_in_all=11),
        replace(TERMS, document=digest("For me.")),
    ],
    ids=["until", "duration", "one", "all", "document"],
)
def test_no_other_terms_are_pledged(liar: Liar, terms: PledgeTerms) -> None:
    call = liar.calls.crises.pledge(DESIGN, COUNCIL, terms)
    path = f"/designs/{DESIGN}/pledges"
    refuse(liar, path, call, lambda: crises.pledge(liar.desk, DESIGN, COUNCIL, PROMISE))


def test_nothing_is_pledged_to_another_or_of_another_design(liar: Liar) -> None:
    path = f"/designs/{DESIGN}/pledges"
    for design, council in ((OTHER, COUNCIL), (DESIGN, THIEF)):
        call = liar.calls.crises.pledge(design, council, TERMS)
        refuse(liar, path, call, lambda: crises.pledge(liar.desk, DESIGN, COUNCIL, PROMISE))


# ---------------------------------------------------------------------- crises


def test_no_other_crisis_is_declared(liar: Liar) -> None:
    issuer = liar.desk.pin.issuer
    for region, until, evidence, signer in (
        (ELSEWHERE, UNTIL, EVIDENCE, issuer),
        (REGION, UNTIL + 1, EVIDENCE, issuer),
        (REGION, UNTIL, "Nothing.", issuer),
        (REGION, UNTIL, EVIDENCE, THIEF),
    ):
        call = liar.calls.crises.declare(region.word, until, digest(evidence), signer)
        refuse(liar, "/crises", call, lambda: crises.declare(liar.desk, REGION, UNTIL, EVIDENCE))


def test_no_other_crisis_is_ended_and_no_other_license_taken(liar: Liar) -> None:
    calls = liar.calls.crises
    refuse(liar, "/crises/3/end", calls.end(4), lambda: crises.end(liar.desk, 3))
    for other in (calls.take(OTHER, 3, 2), calls.take(DESIGN, 4, 2), calls.take(DESIGN, 3, 1)):
        path = "/crises/3/licenses"
        refuse(liar, path, other, lambda: crises.take(liar.desk, 3, DESIGN, 2))


def test_no_other_center_is_named(liar: Liar) -> None:
    for call in (
        liar.calls.crises.name_centers([THIEF], named=True),
        liar.calls.crises.name_centers([COUNCIL], named=False),
    ):
        refuse(liar, "/crises/centers", call, lambda: crises.name_centers(liar.desk, [COUNCIL]))


def test_a_transaction_without_the_event_is_told(liar: Liar) -> None:
    liar.answers["/crises/3/licenses"] = proposal(liar.calls.crises.take(DESIGN, 3, 2))
    with pytest.raises(LedgerError, match="CrisisLicenseTaken"):
        crises.take(liar.desk, 3, DESIGN, 2)


# -------------------------------------------------------------------- messages


def declaration(liar: Liar, **changes: Any) -> CrisisDeclaration:
    usual = CrisisDeclaration(
        liar.desk.address,
        REGION.word,
        UNTIL,
        digest(EVIDENCE),
        liar.desk.pin.issuer,
        Digest(b"\x05" * 32),
        liar.desk.now() + 3_600,
    )
    return replace(usual, **changes)


def drafted(liar: Liar, message: CrisisDeclaration, typed: TypedData | None = None) -> None:
    """What POST /crises/messages answers; what comes after it is written down."""
    shown = typed or liar.desk.domain.crisis_declaration(message)
    liar.answers["/crises/messages"] = {
        "declaration": {"salt": str(message.salt), "deadline": message.deadline},
        "typed_data": shown.as_json(),
    }
    liar.answers["/crises/declarations"] = {
        "crisis": 3,
        "transaction": "0x" + "01" * 32,
        "block": 1,
    }


def declare(liar: Liar) -> crises.Declared:
    return crises.declare_without_gas(liar.desk, REGION, UNTIL, EVIDENCE)


def test_a_declaration_as_it_was_meant_is_signed(liar: Liar) -> None:
    drafted(liar, declaration(liar))
    assert declare(liar).crisis == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"council": THIEF},
        {"region": ELSEWHERE.word},
        {"until": UNTIL + 1},
        {"evidence": digest("Nothing.")},
        {"signer": THIEF},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_no_other_declaration_is_signed(liar: Liar, changes: dict[str, Any]) -> None:
    drafted(liar, declaration(liar, **changes))
    with pytest.raises(TransactionMismatch):
        declare(liar)


def test_no_declaration_is_signed_that_could_be_sent_for_long(liar: Liar) -> None:
    drafted(liar, declaration(liar, deadline=liar.desk.now() + 3 * 86_400))
    with pytest.raises(TransactionMismatch, match="two days"):
        declare(liar)


def test_half_a_declaration_is_no_declaration(liar: Liar) -> None:
    liar.answers["/crises/messages"] = {"declaration": {"salt": "none"}, "typed_data": {}}
    with pytest.raises(TransactionMismatch):
        declare(liar)


def test_only_the_end_of_this_crisis_is_signed(liar: Liar) -> None:
    deadline = liar.desk.now() + 3_600
    path = "/crises/3/end/message"
    for number, until in ((4, deadline), (3, deadline + 1)):
        typed = liar.desk.domain.crisis_end(number, until)
        liar.answers[path] = {"deadline": deadline, "typed_data": typed.as_json()}
        with pytest.raises(TransactionMismatch):
            crises.end_without_gas(liar.desk, 3)
    typed = liar.desk.domain.crisis_end(3, deadline)
    liar.answers[path] = {"deadline": deadline, "typed_data": typed.as_json()}
    liar.answers["/crises/3/end/signed"] = {"transaction": "0x" + "01" * 32, "block": 1}
    assert crises.end_without_gas(liar.desk, 3).block == 1
