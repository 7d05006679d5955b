"""JSON-RPC errors, word for word as Anvil 1.7.1 and Ganache 7.9.2 answer them."""

from __future__ import annotations

from typing import Any

import pytest

from ledger import artifacts
from ledger.chain.refusals import is_overtaken, refusal
from ledger.chain.reverts import RevertDecoder
from ledger.errors import (
    ChainUnavailable,
    DesignNotFound,
    InvalidTerms,
    LedgerError,
    UnknownRevert,
)

WHERE = "http://127.0.0.1:8545"
VM = "VM Exception while processing transaction: "
NOT_FOUND = "0x30df87ef" + "0a" * 32


def within(result: str, message: str) -> dict[str, object]:
    """How Ganache's `eth_estimateGas` wraps it."""
    return {"hash": None, "programCounter": 8, "result": result, "reason": None, "message": message}


def answer(message: str, code: int, data: object = None) -> dict[str, object]:
    return {"code": code, "message": message} | ({} if data is None else {"data": data})


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        # The contract says why.
        (answer("execution reverted: custom error 0x30df87ef", 3, NOT_FOUND), DesignNotFound),
        (answer(VM + "revert", -32000, NOT_FOUND), DesignNotFound),
        (answer(VM + "revert", -32000, within(NOT_FOUND, "revert")), DesignNotFound),
        # It says nothing.
        (answer(VM + "revert", -32000, "0x"), UnknownRevert),
        (answer(VM + "revert", -32000, within("0x", "revert")), UnknownRevert),
        # The machine ended it.
        (answer(VM + "out of gas", -32000, "0x"), UnknownRevert),
        (answer(VM + "out of gas", -32000, within("0x", "out of gas")), UnknownRevert),
        (answer(VM + "invalid opcode", -32000, "0x"), UnknownRevert),
        (answer("EVM error OutOfGas", -32603), UnknownRevert),
        (answer("EVM error InvalidFEOpcode", -32603), UnknownRevert),
        (answer("Out of gas: gas required exceeds allowance: 100000", -32003), UnknownRevert),
        # The sender is too poor.
        (answer("Insufficient funds for gas * price + value", -32003), InvalidTerms),
        (answer("insufficient funds for gas * price + value", -32003), InvalidTerms),
        (answer(VM + "insufficient balance", -32000, "0x"), InvalidTerms),
        # The node will not.
        (answer("intrinsic gas too low", -32000), ChainUnavailable),
        (answer("nonce too low", -32003), ChainUnavailable),
        (answer("header not found", -32700), ChainUnavailable),
        ({}, ChainUnavailable),
    ],
)
def test_each_nodes_words_are_understood(error: dict[str, Any], kind: type[LedgerError]) -> None:
    decoder = RevertDecoder(artifact.abi for artifact in artifacts.load().values())
    found = refusal(error, decoder, WHERE)
    assert type(found) is kind
    if kind is DesignNotFound:
        assert found.facts["design"] == "0x" + "0a" * 32


@pytest.mark.parametrize(
    ("message", "overtaken"),
    [
        ("nonce too low", True),
        ("replacement transaction underpriced", True),
        (
            "the tx doesn't have the correct nonce. account has nonce of: 3 tx has nonce of: 1",
            True,
        ),
        ("nonce too high", False),
        ("header not found", False),
    ],
)
def test_a_nonce_that_another_transaction_took_is_told_from_other_refusals(
    message: str, overtaken: bool
) -> None:
    found = refusal(answer(message, -32003), RevertDecoder(()), WHERE)
    assert isinstance(found, ChainUnavailable)
    assert is_overtaken(found) is overtaken


def test_how_a_call_was_ended_is_said() -> None:
    decoder = RevertDecoder(())
    for message in (VM + "out of gas", "Out of gas: gas required exceeds allowance: 1"):
        found = refusal(answer(message, -32000, "0x"), decoder, WHERE)
        assert found.detail.lower() == "the call was ended: out of gas."
