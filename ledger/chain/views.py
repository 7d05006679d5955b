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

from ledger.chain.rpc import Rpc


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
        view = self._views[name]
        try:
            data = view.selector + encode(view.inputs, arguments)
            values = decode(view.outputs, self._rpc.call(self._to, data))
        except (EncodingError, DecodingError, ValueError, OverflowError):
            return self._as_web3_does(name, arguments)
        return values[0] if len(values) == 1 else values

    def _as_web3_does(self, name: str, arguments: tuple[Any, ...]) -> Any:
        with self._rpc.translated():
            return self._contract.functions[name](*arguments).call()
