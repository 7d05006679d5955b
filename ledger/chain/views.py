"""Reads of one contract in one request each.

web3 looks a function up by all its overloads, asks for the chain's id before and after each
call and formats every value twice: three requests and some ten milliseconds for a word of 32
bytes. Here the function is looked up once. Whatever is not a plain answer (a revert, an
error, bytes that do not decode) is asked for once more through web3, which knows how to say
what it stands for; so no refusal is read in two ways.
"""

from __future__ import annotations

from typing import Any, NamedTuple, cast

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError, EncodingError
from eth_utils.abi import collapse_if_tuple, function_abi_to_4byte_selector

from ledger.chain.rpc import Request, Rpc


class _View(NamedTuple):
    selector: bytes
    inputs: list[str]
    outputs: list[str]


class Views:
    """The functions of one contract that change nothing, as of the newest block."""

    def __init__(self, rpc: Rpc, contract: Any) -> None:
        """`contract` is web3's."""
        self._rpc = rpc
        self._contract = contract
        self._to = str(contract.address)
        self._views: dict[str, _View] = {}
        for entry in contract.abi:
            if entry["type"] == "function" and entry["stateMutability"] in ("view", "pure"):
                self._views[entry["name"]] = _View(
                    bytes(function_abi_to_4byte_selector(entry)),
                    [collapse_if_tuple(cast(Any, one)) for one in entry["inputs"]],
                    [collapse_if_tuple(cast(Any, one)) for one in entry["outputs"]],
                )

    def ask(self, name: str, *arguments: Any) -> Any:
        """What a function answers: its value, or a tuple of them. Raises what it reverts with."""
        try:
            found = self.read(name, self._rpc.ask(*self.request(name, *arguments)))
        except EncodingError:
            found = None
        if found is not None:
            return found
        with self._rpc.translated():
            return self._contract.functions[name](*arguments).call()

    def request(self, name: str, *arguments: Any) -> Request:
        """What is asked of the node, alone or with others: `read` takes its answer."""
        view = self._views[name]
        data = view.selector + encode(view.inputs, arguments)
        return "eth_call", [{"to": self._to, "data": "0x" + data.hex()}, "latest"]

    def read(self, name: str, answer: Any) -> Any:
        """The value in a node's answer; None where there is none, and `ask` says why."""
        try:
            values = decode(self._views[name].outputs, bytes.fromhex(answer.removeprefix("0x")))
        except (DecodingError, ValueError, OverflowError, AttributeError):
            return None
        return values[0] if len(values) == 1 else values
