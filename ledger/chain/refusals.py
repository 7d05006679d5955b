"""What a node's JSON-RPC error stands for: the nodes agree on the protocol, not on its errors.

A revert comes from Anvil (as from Geth) with code 3 and its bytes as `data`, and web3
knows it. Ganache has one code for everything; `eth_call` answers the bytes as `data`,
`eth_estimateGas` as the `result` within it, and only the message tells a revert from
another halt of the machine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ledger.chain.reverts import RevertDecoder
from ledger.errors import ChainUnavailable, InvalidTerms, LedgerError, UnknownRevert

_HALT = re.compile(r"VM Exception while processing transaction: (.+)|EVM error (\w+)|(Out of gas)")
"""A call that the machine ended: Ganache's words, and two of Anvil's."""
_TOO_POOR = ("insufficient funds", "insufficient balance")
_NONCE_TAKEN = ("nonce too low", "underpriced", "the correct nonce")
"""Mined already; waiting still; and Ganache's word for either."""


def reverted_with(data: object) -> bytes:
    """The bytes of a revert in an error's `data`; none where it holds nothing of the kind."""
    if isinstance(data, Mapping):
        data = data.get("result")
    return bytes.fromhex(data.removeprefix("0x")) if isinstance(data, str) else b""


def is_overtaken(error: ChainUnavailable) -> bool:
    """Whether a node refused a transaction because another one of its sender took the nonce."""
    return any(words in error.detail.lower() for words in _NONCE_TAKEN)


def refusal(error: Mapping[str, Any], decoder: RevertDecoder, where: str) -> LedgerError:
    """The error that a JSON-RPC error object of the node at `where` stands for.

    A revert is what the contract says; InvalidTerms where the sender cannot pay;
    UnknownRevert where the machine itself ended the call (out of gas, a bad opcode);
    ChainUnavailable for whatever else the node refuses.
    """
    message = str(error.get("message", error))
    halt = _HALT.match(message)
    data = reverted_with(error.get("data"))
    if len(data) >= 4 or (halt and halt[1] == "revert"):
        return decoder.decode(data)
    if any(words in message.lower() for words in _TOO_POOR):
        return InvalidTerms("The sending account cannot pay for this transaction and its gas.")
    if halt:
        return UnknownRevert(f"The call was ended: {next(filter(None, halt.groups()))}.")
    return ChainUnavailable(f"The chain at {where} refused: {message[:300]}")
