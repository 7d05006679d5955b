"""Nothing is signed that was not built here: each member of a transaction, tampered with."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from ledger.chain import Call, Deployment
from ledger.client.trust import Trust
from ledger.errors import TransactionMismatch
from ledger.models import Address, ContentHash, Digest, Offer
from ledger.signing import Signer, recover

DEPLOYMENT = Deployment(
    31337,
    Address("0x" + "11" * 20),
    Address("0x" + "22" * 20),
    0,
    Address("0x" + "55" * 20),
)
DESIGN = ContentHash(bytes([7]) * 32)
OFFER = Offer(
    design=DESIGN,
    terms=Digest(bytes([8]) * 32),
    currency=Address("0x" + "00" * 20),
    price=10**15,
    min_quota=1,
    max_quota=10,
    opens=1,
    closes=2**33,
    duration=60,
    grace=0,
)


@pytest.fixture(scope="module")
def trust() -> Trust:
    return Trust(DEPLOYMENT)


@pytest.fixture
def call(trust: Trust) -> Call:
    return trust.calls.buy(OFFER, 3)


@pytest.fixture
def proposed(call: Call) -> dict[str, Any]:
    """What an honest service answers."""
    return {
        "to": call.to,
        "data": call.data,
        "value": str(call.value),
        "gas": 120_000,
        "nonce": 4,
        "maxFeePerGas": "2000000000",
        "maxPriorityFeePerGas": "1",
        "chainId": 31337,
        "type": 2,
        "accessList": [{"address": DEPLOYMENT.registry, "storageKeys": ["0x" + "01" * 32]}],
    }


def test_an_honest_transaction_is_signed(
    trust: Trust, call: Call, proposed: dict[str, Any]
) -> None:
    raw = trust.sign_transaction(proposed, call, Signer.generate())
    assert raw[0] == 2
    assert bytes.fromhex(call.data[2:]) in raw


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("to", str(DEPLOYMENT.registry)),
        ("to", None),
        ("chainId", 1),
        ("type", 0),
        ("value", str(4 * 10**15)),
        ("value", "-1"),
        ("value", 1.5),
        ("value", True),
        ("data", "0x"),
        ("data", "0xzz"),
        ("gas", 40_000_000),
        ("maxFeePerGas", str(10**18)),
        ("nonce", "first"),
        ("accessList", [{"address": "x"}]),
        ("accessList", 3),
        ("gasPrice", 1),
        ("authorizationList", []),
    ],
)
def test_a_changed_member_is_refused(
    trust: Trust, call: Call, proposed: dict[str, Any], member: str, value: object
) -> None:
    proposed[member] = value
    with pytest.raises(TransactionMismatch):
        trust.sign_transaction(proposed, call, Signer.generate())


@pytest.mark.parametrize("member", ["to", "data", "value", "gas", "nonce", "chainId", "type"])
def test_a_missing_member_is_refused(
    trust: Trust, call: Call, proposed: dict[str, Any], member: str
) -> None:
    del proposed[member]
    with pytest.raises(TransactionMismatch):
        trust.verified(proposed, call)


@pytest.mark.parametrize(
    "other",
    [
        lambda calls: calls.buy(OFFER, 4).data,
        lambda calls: calls.close_offer(OFFER).data,
        lambda calls: calls.buy(OFFER, 3).data + "00",
        lambda calls: (
            calls.transfer_design(DESIGN, Address("0x" + "33" * 20), Address("0x" + "44" * 20)).data
        ),
    ],
    ids=["argument", "function", "tail", "theft"],
)
def test_another_call_is_refused(
    trust: Trust, call: Call, proposed: dict[str, Any], other: Callable[[Any], str]
) -> None:
    proposed["data"] = other(trust.calls)
    with pytest.raises(TransactionMismatch):
        trust.verified(proposed, call)


def test_what_is_signed_has_nothing_of_the_service_but_nonce_and_fees(
    trust: Trust, call: Call, proposed: dict[str, Any]
) -> None:
    verified = trust.verified(proposed, call)
    assert verified["data"] is call.data
    assert verified["value"] == call.value
    assert isinstance(verified["maxFeePerGas"], int)


def test_an_offer_is_known_by_its_hash(trust: Trust) -> None:
    named = trust.offer_hash(OFFER)
    trust.require_offer(OFFER, named)
    with pytest.raises(TransactionMismatch, match="those of offer"):
        trust.require_offer(OFFER, Digest(bytes(32)))


# ------------------------------------------------------------- words of a license


def settle(trust: Trust, first: int, words: int) -> Call:
    return trust.calls.settle(DESIGN, 9, first, words)


@pytest.mark.parametrize(("first", "words"), [(0, 1), (0, 3), (2, 1)])
def test_words_of_the_license_are_accepted(trust: Trust, first: int, words: int) -> None:
    wanted = settle(trust, first, words)
    built = trust.call_with_words({"data": wanted.data}, 600, lambda f, w: settle(trust, f, w))
    assert built == wanted


@pytest.mark.parametrize(("first", "words"), [(0, 4), (3, 1), (0, 0), (2**255, 2**255)])
def test_words_outside_the_license_are_refused(trust: Trust, first: int, words: int) -> None:
    data = settle(trust, 0, 1).data[:-128] + f"{first:064x}{words:064x}"
    with pytest.raises(TransactionMismatch):
        trust.call_with_words({"data": data}, 600, lambda f, w: settle(trust, f, w))


@pytest.mark.parametrize("proposed", [{}, {"data": 3}, {"data": "0xz"}])
def test_words_that_are_none_are_refused(trust: Trust, proposed: dict[str, Any]) -> None:
    with pytest.raises(TransactionMismatch):
        trust.call_with_words(proposed, 600, lambda f, w: settle(trust, f, w))


# ------------------------------------------------------------------- typed data


def test_typed_data_is_signed_as_we_built_it(trust: Trust) -> None:
    signer = Signer.generate()
    ours = DEPLOYMENT.domain.register(DESIGN, Digest(bytes(32)), signer.address, 5)
    theirs = ours.as_json()
    assert recover(ours, trust.sign_message(ours, theirs, signer)) == signer.address
    theirs["message"]["deadline"] = "5"
    trust.sign_message(ours, theirs, signer)


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data["message"].update(deadline=6),
        lambda data: data["message"].update(owner="0x" + "55" * 20),
        lambda data: data["domain"].update(chainId=1),
        lambda data: data.update(primaryType="PrintToken"),
        lambda data: data["types"]["Register"].pop(),
    ],
)
def test_another_message_is_refused(trust: Trust, change: Callable[[Any], object]) -> None:
    signer = Signer.generate()
    ours = DEPLOYMENT.domain.register(DESIGN, Digest(bytes(32)), signer.address, 5)
    theirs = deepcopy(ours.as_json())
    change(theirs)
    with pytest.raises(TransactionMismatch):
        trust.sign_message(ours, theirs, signer)
