"""Users' signed transactions over HTTP: carried out once, or refused by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ledger.services.context import Ledger
from tests.api.unchanged import nothing_changes
from tests.scene import NOBODY, Scene
from tests.service import ETHER, Party


def bare(party: Party, **changed: Any) -> str:
    values = {
        "to": NOBODY,
        "value": 1,
        "gas": 21_000,
        "nonce": 0,
        "chainId": party.domain.chain_id,
        "maxFeePerGas": 10**10,
        "maxPriorityFeePerGas": 1,
        "type": 2,
        **changed,
    }
    return "0x" + party.signer.sign_transaction(values).hex()


def test_a_transaction_sent_twice_is_carried_out_once(party: Callable[[], Party]) -> None:
    someone = party()
    raw = bare(someone)
    first = someone.ok("POST", "/transactions", json={"raw": raw})
    again = someone.ok("POST", "/transactions", json={"raw": raw})
    assert first == again
    assert first["events"] == []


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"chainId": 1}, "TransactionMismatch"),
        ({"gas": 20_000}, "BadRequest"),
        ({"maxFeePerGas": 1}, "BadRequest"),
        ({"value": 5_000 * ETHER}, "InvalidTerms"),
    ],
)
def test_a_transaction_that_the_chain_does_not_take_is_the_senders_to_correct(
    ledger: Ledger, party: Callable[[], Party], changed: dict[str, Any], error: str
) -> None:
    someone = party()
    with nothing_changes(ledger):
        body = {"raw": bare(someone, **changed)}
        someone.refused(error, "POST", "/transactions", json=body)


def test_a_nonce_that_was_used_is_the_senders_to_correct(party: Callable[[], Party]) -> None:
    someone = party()
    someone.ok("POST", "/transactions", json={"raw": bare(someone)})
    answer = someone.refused(
        "BadRequest", "POST", "/transactions", json={"raw": bare(someone, value=2)}
    )
    assert "nonce" in answer["detail"]


@pytest.mark.parametrize("raw", ["0x", "0x0", "0xzz", "12", "0x00", "0x02c0", "0x" + "ab" * 150])
def test_bytes_that_are_no_transaction_are_malformed(
    ledger: Ledger, party: Callable[[], Party], raw: str
) -> None:
    with nothing_changes(ledger):
        party().refused("MalformedRequest", "POST", "/transactions", json={"raw": raw})


def test_a_transaction_that_reverts_is_refused_by_the_contracts_error(ours: Scene) -> None:
    path = f"/designs/{ours.design}/withdrawal"
    settle = {"sender": ours.center.address}
    ours.redeem(ours.ticket())
    ours.center.send(ours.center.ok("POST", f"/licenses/{ours.license}/settlement", json=settle))
    body = {"owner": ours.designer.address, "to": ours.designer.address}
    twice = [ours.designer.ok("POST", path, json=body) for _ in range(2)]
    twice[1]["transaction"]["nonce"] += 1
    ours.designer.send(twice[0])
    with pytest.raises(AssertionError, match="NothingToWithdraw"):
        ours.designer.send(twice[1])
