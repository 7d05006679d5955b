"""ERC-20s as strangers: what they say is capped, checked or left out.

Anybody can deploy a currency, so nothing here raises for what one answers, or does not.
Sources: ERC-20, ERC-2612 (permits), ERC-5267 (domains of EIP-712).
"""

from __future__ import annotations

import re
from typing import Any, cast

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError

from ledger.chain.rpc import Rpc
from ledger.errors import ChainUnavailable, LedgerError
from ledger.models import NATIVE_CURRENCY, Address, Currency, Digest
from ledger.permits import PermitTerms, separator

ERC20_ABI: list[dict[str, Any]] = [
    {
        "type": "function",
        "name": "approve",
        "stateMutability": "nonpayable",
        "inputs": [{"name": "spender", "type": "address"}, {"name": "value", "type": "uint256"}],
        "outputs": [{"name": "", "type": "bool"}],
    },
]
"""What is called of a currency."""

_SYMBOL = re.compile(r"[A-Za-z0-9$€£₮.+-]{1,12}")
"""What is shown as a symbol; another could hide what it stands beside."""
_MOST_DECIMALS = 36
_MOST_NAME = 100
_CALL_GAS = 200_000
"""An answer that takes more is none."""
_MOST_ANSWER = 1_024
_VERSIONS = ("1", "2")
"""Versions of a currency's domain that are tried where it does not name its own."""
_NAMES = {
    "symbol": "95d89b41",
    "decimals": "313ce567",
    "name": "06fdde03",
    "domain": "3644e515",
    "eip712": "84b0196e",
    "balance": "70a08231",
    "nonce": "7ecebe00",
    "allowance": "dd62ed3e",
}
"""Selectors: symbol(), decimals(), name(), DOMAIN_SEPARATOR(), eip712Domain(), balanceOf,
nonces, allowance."""


class Currencies:
    """The currencies of one chain."""

    def __init__(self, rpc: Rpc, chain_id: int) -> None:
        self._rpc = rpc
        self._chain_id = chain_id

    def about(self, address: Address) -> Currency:
        """A currency as people read it. Raises only ChainUnavailable."""
        if address == NATIVE_CURRENCY:
            return Currency(address, "ether", 18)
        symbol, decimals = self._text(address, "symbol"), self._word(address, "decimals")
        return Currency(
            address,
            symbol if symbol is not None and _SYMBOL.fullmatch(symbol) else None,
            decimals if decimals is not None and decimals <= _MOST_DECIMALS else None,
        )

    def balance(self, address: Address, account: Address) -> int:
        """What an account has, as the currency says. 0 where it says nothing."""
        return self._word(address, "balance", account) or 0

    def allowance(self, address: Address, owner: Address, spender: Address) -> int:
        """What `spender` may take of the owner's, as the currency says. 0 where nothing."""
        return self._word(address, "allowance", owner, spender) or 0

    def permit_terms(self, address: Address, owner: Address) -> PermitTerms | None:
        """How the owner signs a permit of this currency; None where it has none to be used."""
        nonce, own = self._word(address, "nonce", owner), self._ask(address, "domain")
        if nonce is None or own is None or len(own) < 32:
            return None
        for name, version in self._domains(address):
            if separator(name, version, self._chain_id, address) == Digest(own[:32]):
                return PermitTerms(name, version, nonce)
        return None

    def _domains(self, address: Address) -> list[tuple[str, str]]:
        told = self._ask(address, "eip712")
        if told is not None:
            try:
                kinds = ["bytes1", "string", "string", "uint256", "address", "bytes32", "uint256[]"]
                _, name, version, *_rest = decode(kinds, told)
                return [(str(name)[:_MOST_NAME], str(version)[:_MOST_NAME])]
            except (DecodingError, UnicodeDecodeError, OverflowError):
                pass
        name = self._text(address, "name")
        return [] if name is None else [(name, version) for version in _VERSIONS]

    def _word(self, address: Address, what: str, *accounts: Address) -> int | None:
        answer = self._ask(address, what, *accounts)
        return None if answer is None or len(answer) < 32 else int.from_bytes(answer[:32], "big")

    def _text(self, address: Address, what: str) -> str | None:
        """A string, or 32 bytes of one as the first currencies answered it."""
        answer = self._ask(address, what)
        if answer is None:
            return None
        try:
            if len(answer) == 32:
                return answer.rstrip(b"\0").decode()[:_MOST_NAME]
            (text,) = decode(["string"], answer)
            return str(text)[:_MOST_NAME]
        except (DecodingError, UnicodeDecodeError, OverflowError):
            return None

    def _ask(self, address: Address, what: str, *accounts: Address) -> bytes | None:
        words = "".join(account[2:].rjust(64, "0") for account in accounts)
        request = {"to": str(address), "data": "0x" + _NAMES[what] + words, "gas": _CALL_GAS}
        try:
            with self._rpc.translated():
                answer = bytes(self._rpc.w3.eth.call(cast(Any, request)))
        except ChainUnavailable:
            raise
        except LedgerError:
            return None
        return answer if 0 < len(answer) <= _MOST_ANSWER else None
