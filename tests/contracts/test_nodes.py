"""What the ledger relies on in a node, on each of them, beyond what the contracts do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import requests

from ledger.anvil import Anvil
from ledger.artifacts import ROOT
from ledger.chain import Call
from ledger.devchain import DEV_SECRETS, DevChain, dev_account, give_balance
from ledger.errors import (
    BadRequest,
    ChainUnavailable,
    DesignAlreadyRegistered,
    DesignNotFound,
    InvalidTerms,
    ToolMissing,
    UnknownRevert,
)
from ledger.ganache import Ganache
from ledger.models import Address, ContentHash
from ledger.signing import Signer
from tests.contracts.scene import DAY, ETHER, Job, Scene, event_in, fresh_digest

SOMEWHERE = Address("0x00000000000000000000000000000000C0FFEE00")
BURN, HALT, REVERT = "0x5b600056", "0xfe", "0x600080fd"
"""A loop without end, a bad opcode, and a revert that says nothing."""


def registration(scene: Scene) -> Call:
    return scene.chain.register(ContentHash(fresh_digest()), fresh_digest())


def number(node: DevChain, method: str, *parameters: object) -> int:
    return int(str(node.rpc(method, *parameters)), 16)


# ------------------------------------------------------------------ sending


def test_a_sender_fills_in_what_a_transaction_needs(scene: Scene, owner: Signer) -> None:
    sender = scene.chain.sender(owner)
    for _ in range(3):
        mined = scene.chain.send(registration(scene), sender)
        assert event_in(mined, "DesignRegistered").arguments["design"]
    assert number(scene.node, "eth_getTransactionCount", owner.address, "latest") == 3


def test_a_refusal_is_known_before_anything_is_sent(scene: Scene, job: Job, owner: Signer) -> None:
    before = number(scene.node, "eth_getTransactionCount", owner.address, "latest")
    again = scene.chain.register(job.design, fresh_digest())
    with pytest.raises(DesignAlreadyRegistered):
        scene.chain.send(again, scene.chain.sender(owner))
    unknown = scene.chain.revoke(ContentHash(fresh_digest()), 1, fresh_digest())
    with pytest.raises(DesignNotFound):
        scene.chain.send(unknown, scene.chain.sender(owner))
    assert not scene.chain.would_pass(again, owner.address)
    assert number(scene.node, "eth_getTransactionCount", owner.address, "latest") == before


def test_who_cannot_pay_is_told_so(scene: Scene, job: Job, owner: Signer) -> None:
    poor = Signer.from_secret(bytes(fresh_digest()))
    with pytest.raises(InvalidTerms):
        scene.chain.broadcast(scene._signed(registration(scene), poor, 200_000))
    scene.node.set_balance(poor.address, ETHER // 100)
    offer = scene.open(owner, job.design, price=ETHER)
    dear = scene.chain.buy(offer, 1)
    with pytest.raises(InvalidTerms):
        scene.chain.send(dear, scene.chain.sender(poor))


def test_a_transaction_is_carried_out_once_however_often_it_is_sent(
    scene: Scene, owner: Signer
) -> None:
    """Its nonce is 0: Ganache takes that for no nonce at all."""
    raw = scene._signed(Call(SOMEWHERE, "0x", ETHER), owner, 21_000)
    before = scene.chain.balance(SOMEWHERE)
    first = scene.chain.broadcast(raw)
    assert scene.chain.broadcast(raw) == first
    assert scene.chain.balance(SOMEWHERE) == before + ETHER


def test_a_nonce_that_was_used_is_for_the_sender_to_correct(scene: Scene, owner: Signer) -> None:
    for _ in range(2):
        scene.send(registration(scene), owner)
    spent = {"type": 2, "chainId": 31337, "nonce": 1, "to": SOMEWHERE, "data": "0x", "value": 0}
    fees = {"gas": 21_000, "maxFeePerGas": 10**11, "maxPriorityFeePerGas": 0}
    with pytest.raises(BadRequest):
        scene.chain.broadcast(owner.sign_transaction(spent | fees))


@pytest.mark.parametrize("code", [BURN, HALT, REVERT], ids=["burn", "halt", "revert"])
def test_what_fails_without_a_reason_is_a_revert_of_its_own(
    scene: Scene, owner: Signer, code: str
) -> None:
    scene.node.set_code(SOMEWHERE, code)
    try:
        with pytest.raises(UnknownRevert):
            scene.send(Call(SOMEWHERE, "0x"), owner, gas=100_000)
        if code != BURN:  # Ganache would burn 50 million gas, and takes a minute for it
            with pytest.raises(UnknownRevert):
                scene.chain.complete(Call(SOMEWHERE, "0x"), owner.address)
            assert not scene.chain.would_pass(Call(SOMEWHERE, "0x"), owner.address)
    finally:
        scene.node.set_code(SOMEWHERE, "0x")


# ------------------------------------------------------------------ reading


def test_events_are_read_in_windows_of_any_size(scene: Scene, owner: Signer) -> None:
    first = scene.chain.rpc.head()[0] + 1
    designs = [scene.design(owner) for _ in range(5)]
    last = scene.chain.rpc.head()[0]
    for window in (1, 2, 5_000):
        scene.chain.events._window = window
        found = [
            event.arguments["design"]
            for event in scene.chain.events.read(first, last)
            if event.name == "DesignRegistered"
        ]
        assert found == [str(design) for design in designs]


def test_many_calls_fit_one_request_and_a_failure_spoils_no_other(scene: Scene) -> None:
    methods = ("eth_chainId", "no_such_method", "eth_blockNumber")
    body = [
        {"jsonrpc": "2.0", "id": index, "method": method, "params": []}
        for index, method in enumerate(methods)
    ]
    rows = requests.post(scene.node.url, json=body, timeout=10).json()
    answers = {row["id"]: row for row in rows}
    assert int(answers[0]["result"], 16) == 31337
    assert "error" in answers[1]
    assert int(answers[2]["result"], 16) == scene.chain.rpc.head()[0]


def test_a_block_that_is_not_there_has_no_hash(scene: Scene) -> None:
    assert scene.chain.rpc.hash_of(10**9) is None
    assert not scene.chain.rpc.knows(fresh_digest())


# --------------------------------------------------------- a node's own words


def test_the_next_block_is_in_the_second_that_was_asked_for(scene: Scene, owner: Signer) -> None:
    start = scene.now()
    for later in (1, 2, 60, 400 * DAY):
        scene.send(registration(scene), owner, at=start + later)
        assert scene.now() == start + later
    scene.pass_to(start + 401 * DAY)
    assert scene.now() == start + 401 * DAY


def test_a_chain_goes_back_to_where_a_snapshot_was_taken(scene: Scene, owner: Signer) -> None:
    here = scene.chain.rpc.head()
    snapshot = scene.node.rpc("evm_snapshot")
    scene.design(owner)
    assert scene.node.rpc("evm_revert", snapshot) is True
    assert scene.chain.rpc.head() == here


def test_ether_can_be_given_and_taken(scene: Scene, stranger: Signer) -> None:
    for wei in (0, 1, 10**30):
        scene.node.set_balance(stranger.address, wei)
        assert scene.chain.balance(stranger.address) == wei
        give_balance(scene.node.url, stranger.address, wei + 1)
        assert scene.chain.balance(stranger.address) == wei + 1


def test_both_nodes_fund_the_same_accounts(scene: Scene) -> None:
    for index in range(1, len(DEV_SECRETS)):
        assert scene.chain.balance(dev_account(index).address) == 10_000 * ETHER


def test_a_method_that_a_node_lacks_is_a_refusal(scene: Scene) -> None:
    with pytest.raises(ChainUnavailable, match="refused no_such_method"):
        scene.node.rpc("no_such_method")


@pytest.mark.parametrize("kind", [Anvil, Ganache])
def test_a_node_that_was_ended_answers_no_more(kind: type[DevChain]) -> None:
    with kind(ROOT) as node:
        assert node.pid is not None
        assert number(node, "eth_chainId") == 31337
    assert node.pid is None
    with pytest.raises(ChainUnavailable, match="does not answer"):
        node.rpc("eth_chainId")


@pytest.mark.parametrize("kind", [Anvil, Ganache])
def test_who_listens_on_the_port_already_is_not_taken_for_a_node_of_ours(
    kind: type[DevChain], scene: Scene
) -> None:
    with pytest.raises(ChainUnavailable, match=f"{scene.node.port} is in use"):
        kind(ROOT, scene.node.port).start()


@pytest.mark.parametrize("kind", [Anvil, Ganache])
def test_a_node_that_is_not_installed_is_missing(kind: type[DevChain], tmp_path: Path) -> None:
    assert shutil.which("node")
    with pytest.raises(ToolMissing, match="npm ci"):
        kind(tmp_path).start()
