"""Anvil as we run it: what it keeps, where, and what it still answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ledger.anvil import Anvil
from ledger.devchain import dev_account
from ledger.models import Address
from tests.conftest import ROOT

BLOCKS = 700
"""More than Anvil keeps in memory when it is not told how many: it would write the rest to disk."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home for the node."""
    empty = tmp_path / "home"
    empty.mkdir()
    monkeypatch.setenv("HOME", str(empty))
    return empty


def test_a_chain_writes_nothing_into_the_home_of_whoever_runs_it(home: Path) -> None:
    with Anvil(ROOT) as anvil:
        anvil.rpc("anvil_mine", hex(BLOCKS))
        assert [path for path in home.rglob("*") if path.is_file()] == []


def test_old_blocks_and_their_transactions_are_still_answered(home: Path) -> None:
    with Anvil(ROOT) as anvil:
        sent = pay(anvil, 1)
        anvil.rpc("anvil_mine", hex(BLOCKS))
        receipt: Any = anvil.rpc("eth_getTransactionReceipt", sent)
        block: Any = anvil.rpc("eth_getBlockByNumber", receipt["blockNumber"], False)
        assert block["transactions"] == [sent]


def test_a_kept_chain_goes_on_where_it_stopped(home: Path, tmp_path: Path) -> None:
    state = tmp_path / "chain.json"
    with Anvil(ROOT, state=state) as anvil:
        sent = pay(anvil, 5)
        anvil.rpc("anvil_mine", hex(BLOCKS))
        height = anvil.rpc("eth_blockNumber")
    with Anvil(ROOT, state=state) as again:
        assert again.rpc("eth_blockNumber") == height
        receipt: Any = again.rpc("eth_getTransactionReceipt", sent)
        assert receipt["status"] == "0x1"
        assert again.rpc("eth_getBalance", PAID, "latest") == hex(5)
        pay(again, 2)
        assert again.rpc("eth_getBalance", PAID, "latest") == hex(7)


def test_what_is_kept_of_a_chain_does_not_grow_by_its_whole_state_with_each_block(
    home: Path, tmp_path: Path
) -> None:
    state = tmp_path / "chain.json"
    with Anvil(ROOT, state=state) as anvil:
        anvil.set_code(PAID, "0x" + "00" * 20_000)
        anvil.rpc("anvil_mine", hex(BLOCKS))
    assert state.stat().st_size < 2 * 1024 * 1024  # the state once, and the blocks


PAID = Address("0x00000000000000000000000000000000000a11ce")


def pay(anvil: Anvil, wei: int) -> str:
    """Send test ether to PAID, and wait for its block; answers the transaction's hash."""
    payment = {"from": dev_account(0).address, "to": PAID, "value": hex(wei)}
    receipt: Any = anvil.rpc("eth_sendTransactionSync", payment)
    return str(receipt["transactionHash"])
