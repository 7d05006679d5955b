"""A service that lies about lineage, recalls and issuers: the desk signs nothing of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger.chain import Call
from ledger.client import consents, standing
from ledger.errors import MalformedRequest, TransactionMismatch
from ledger.models import (
    Cid,
    ContentHash,
    Derivation,
    DerivedRegistration,
    Digest,
    Parent,
    Policy,
    ResaleRoyalty,
)
from ledger.signing import Signer, recover
from tests.unit.lying import (
    DESIGN,
    NOW,
    OTHER,
    SEALED,
    THIEF,
    Liar,
    proposal,
    refuses,
)

NOTICE = "It breaks."
OTHER_HAND = Signer.from_secret(b"\x07" * 32).address
PARENTS = [Parent(DESIGN, 500), Parent(OTHER, 300)]


@pytest.fixture
def liar() -> Liar:
    return Liar()


def digest(text: str) -> Digest:
    return Digest(hashlib.sha256(text.encode()).digest())


CASES: dict[str, tuple[str, Callable[[Liar], object], Callable[[Liar], Call], Any]] = {
    "recall": (
        "recall",
        lambda liar: standing.recall(liar.desk, DESIGN, NOTICE),
        lambda liar: liar.calls.recall(DESIGN, digest(NOTICE)),
        lambda liar: liar.calls.recall(OTHER, digest(NOTICE)),
    ),
    "notice": (
        "recall",
        lambda liar: standing.recall(liar.desk, DESIGN, NOTICE),
        lambda liar: liar.calls.recall(DESIGN, digest(NOTICE)),
        lambda liar: liar.calls.recall(DESIGN, digest("It pleases.")),
    ),
    "lift": (
        "recall/end",
        lambda liar: standing.lift(liar.desk, DESIGN, NOTICE),
        lambda liar: liar.calls.lift_recall(DESIGN, digest(NOTICE)),
        lambda liar: liar.calls.recall(DESIGN, digest(NOTICE)),
    ),
    "withdraw": (
        "sale/end",
        lambda liar: standing.withdraw_from_sale(liar.desk, DESIGN),
        lambda liar: liar.calls.withdraw_from_sale(DESIGN),
        lambda liar: liar.calls.return_to_sale(DESIGN),
    ),
    "return": (
        "sale",
        lambda liar: standing.return_to_sale(liar.desk, DESIGN),
        lambda liar: liar.calls.return_to_sale(DESIGN),
        lambda liar: liar.calls.transfer_design(DESIGN, liar.desk.address, THIEF),
    ),
    "policy": (
        "policy",
        lambda liar: standing.set_policy(liar.desk, DESIGN, Policy(open=True, share=900)),
        lambda liar: liar.calls.set_policy(DESIGN, Policy(open=True, share=900)),
        lambda liar: liar.calls.set_policy(DESIGN, Policy(open=True, share=0)),
    ),
    "resale": (
        "resale",
        lambda liar: standing.set_resale(liar.desk, DESIGN, ResaleRoyalty(OTHER_HAND, 100)),
        lambda liar: liar.calls.set_resale_royalty(DESIGN, ResaleRoyalty(OTHER_HAND, 100)),
        lambda liar: liar.calls.set_resale_royalty(DESIGN, ResaleRoyalty(THIEF, 100)),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_an_owner_says_is_sent_as_they_said_it_or_not_at_all(liar: Liar, case: str) -> None:
    route, action, honest, lie = CASES[case]
    liar.answers[f"/designs/{DESIGN}/{route}"] = proposal(lie(liar))
    refuses(liar, lambda: action(liar))
    liar.answers[f"/designs/{DESIGN}/{route}"] = proposal(honest(liar))
    action(liar)
    assert liar.broadcasts == 1


def test_another_message_is_not_cancelled(liar: Liar) -> None:
    ours, theirs = digest("ours"), digest("theirs")
    call = liar.calls.cancel_registry_signature(theirs)
    liar.answers["/signatures/cancellation"] = proposal(call)
    refuses(liar, lambda: standing.cancel(liar.desk, ours))


def prepared(
    liar: Liar, file: Path, told: list[Parent], signed: list[Parent], **changed: Any
) -> dict[str, Any]:
    """What the service answers: metadata that tells of some parents, a message of others."""
    design = ContentHash(hashlib.sha256(file.read_bytes()).digest())
    properties = {
        "design": str(design),
        "designer": liar.desk.address,
        "sealed": {"cid": SEALED},
        "parents": [{"design": str(one.design), "share": one.share} for one in told],
    }
    document = json.dumps({"name": "Part", "properties": properties})
    metadata = digest(document)
    message = liar.desk.domain.register_derived(
        DerivedRegistration(
            design,
            metadata,
            liar.desk.address,
            [parent.design for parent in signed],
            [parent.share for parent in signed],
            NOW + 60,
        )
    )
    return {
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
        **changed,
    }


@pytest.mark.parametrize(
    ("told", "signed"),
    [
        ([Parent(DESIGN, 500)], PARENTS),
        (PARENTS, [Parent(DESIGN, 500)]),
        (PARENTS, [Parent(DESIGN, 500), Parent(OTHER, 301)]),
        (PARENTS, PARENTS[::-1]),
        (PARENTS[::-1], PARENTS),
        ([Parent(DESIGN, 500), Parent(OTHER, 0)], PARENTS),
    ],
)
def test_other_parents_or_shares_are_not_signed_for(
    liar: Liar, tmp_path: Path, told: list[Parent], signed: list[Parent]
) -> None:
    file = tmp_path / "part.stl"
    file.write_bytes(b"solid")
    liar.answers["/designs"] = prepared(liar, file, told, signed)
    refuses(liar, lambda: liar.desk.register(file, "Part", parents=PARENTS))


def test_a_plain_design_is_not_made_a_derived_one(liar: Liar, tmp_path: Path) -> None:
    file = tmp_path / "part.stl"
    file.write_bytes(b"solid")
    liar.answers["/designs"] = prepared(liar, file, PARENTS, PARENTS)
    refuses(liar, lambda: liar.desk.register(file, "Part"))


def test_a_wait_beyond_the_deadline_is_not_begun(liar: Liar, tmp_path: Path) -> None:
    file = tmp_path / "part.stl"
    file.write_bytes(b"solid")
    liar.answers["/designs"] = prepared(liar, file, PARENTS, PARENTS, ready_at=NOW + 60)
    refuses(liar, lambda: liar.desk.register(file, "Part", parents=PARENTS))


# -------------------------------------------------------------------- consents


def test_a_consent_survives_its_file(liar: Liar, tmp_path: Path) -> None:
    desk, path = liar.desk, tmp_path / "consent.json"
    said = Derivation(OTHER, DESIGN, 1_250, THIEF, NOW)
    given = consents.give(desk.domain, desk.signer, said)
    path.write_text(json.dumps(consents.dump(desk.domain, given)))
    loaded = consents.load(path)
    assert loaded == given
    assert recover(desk.domain.derivation(loaded.derivation), loaded.signature) == desk.address
    assert loaded.parent == Parent(DESIGN, 1_250, NOW, given.signature)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": 2}', '{"format": 1, "design": "0x12"}', "\xff"]
)
def test_what_is_no_consent_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "consent.json"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(MalformedRequest):
        consents.load(path)
    with pytest.raises(MalformedRequest):
        consents.load(tmp_path / "nothing")


def test_a_mismatch_names_itself(liar: Liar) -> None:
    liar.answers[f"/designs/{DESIGN}/sale"] = proposal(liar.calls.withdraw_from_sale(DESIGN))
    with pytest.raises(TransactionMismatch, match="function"):
        standing.return_to_sale(liar.desk, DESIGN)
