"""Sign nothing that was not built here: the service's transactions against our own.

The service proposes nonce, gas and fees; who is called with what and for how much value
is worked out locally, from the deployment that the user goes by, and must agree to the
last byte. Typed data is always rebuilt and never signed as it came.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from eth_utils.crypto import keccak

from ledger import artifacts
from ledger.chain import Call, Calls, Deployment
from ledger.errors import MalformedRequest, TransactionMismatch
from ledger.models import Address, Digest, Offer
from ledger.signing import Signer, TypedData

MAX_FEE_WEI = 5 * 10**16
"""The most that a transaction may cost in fees: 0.05 ether."""

_MAX_GAS = 30_000_000
_NUMBERS = ("nonce", "gas", "maxFeePerGas", "maxPriorityFeePerGas")
_MEMBERS = frozenset((*_NUMBERS, "to", "data", "value", "chainId", "type", "accessList"))
_SELECTOR_BYTES = 4
_WORD = 32


class Trust:
    """What one user knows for certain: the deployment, and what its calls look like."""

    def __init__(self, deployment: Deployment, *, max_fee_wei: int = MAX_FEE_WEI) -> None:
        """Raises ToolMissing or CompilationFailed if the contracts' ABI cannot be had."""
        self.deployment = deployment
        self.max_fee_wei = max_fee_wei
        self.calls = Calls(deployment.domain, artifacts.load())

    def sign_transaction(self, proposed: Mapping[str, Any], call: Call, signer: Signer) -> bytes:
        """The raw transaction, signed. Raises TransactionMismatch unless it is `call`."""
        return signer.sign_transaction(self.verified(proposed, call))

    def verified(self, proposed: Mapping[str, Any], call: Call) -> dict[str, Any]:
        """The proposed transaction, put together anew from what was checked.

        Raises TransactionMismatch if chain, contract, function, arguments or value are
        not those of `call`, or if it could cost more than `max_fee_wei` in fees.
        """
        try:
            numbers = {name: _whole(proposed[name]) for name in _NUMBERS}
            self._require("chain", _whole(proposed["chainId"]), self.deployment.chain_id)
            self._require("type", _whole(proposed["type"]), 2)
            self._require("contract", Address(str(proposed["to"])), call.to)
            self._require("function", _hex(proposed["data"])[:_SELECTOR_BYTES], _selector(call))
            self._require("arguments", _hex(proposed["data"]), _hex(call.data))
            self._require("value", _whole(proposed["value"]), call.value)
            reads = _access_list(proposed.get("accessList", []))
        except (KeyError, TypeError, ValueError, MalformedRequest) as error:
            raise TransactionMismatch(
                "The service proposed something that is no complete transaction."
            ) from error
        if unknown := proposed.keys() - _MEMBERS:
            raise TransactionMismatch(f"The transaction has a member {min(unknown)[:40]!r}.")
        self._require_affordable(numbers)
        return {
            **numbers,
            "to": str(call.to),
            "data": call.data,
            "value": call.value,
            "chainId": self.deployment.chain_id,
            "type": 2,
            "accessList": reads,
        }

    def sign_message(self, ours: TypedData, theirs: object, signer: Signer) -> bytes:
        """Sign `ours`. Raises TransactionMismatch if the service asked for another message."""
        if _plain(theirs) != _plain(ours.as_json()):
            raise TransactionMismatch(
                f"The {ours.primary_type} message that the service wants signed "
                f"is not the one that this action asks for."
            )
        return signer.sign(ours)

    def require_offer(self, offer: Offer, named: Digest) -> None:
        """Raise TransactionMismatch unless `offer` has the hash that the user named."""
        if (actual := self.offer_hash(offer)) != named:
            raise TransactionMismatch(
                f"The terms that the service shows are those of offer {actual}, not of {named}."
            )

    def offer_hash(self, offer: Offer) -> Digest:
        """keccak256 of the offer's ABI encoding, which is all that follows the selector."""
        return Digest(keccak(_hex(self.calls.open_offer(offer).data)[_SELECTOR_BYTES:]))

    def call_with_words(
        self, proposed: Mapping[str, Any], quota: int, build: Callable[[int, int], Call]
    ) -> Call:
        """A settlement or refund over the words that the service chose.

        Which slice of a license is counted first is the service's to choose: the last two
        arguments are taken from it, all others are ours. Raises TransactionMismatch if
        they lie outside the license.
        """
        held = -(-quota // 256)
        try:
            tail = _hex(proposed["data"])[-2 * _WORD :]
        except (KeyError, TypeError, ValueError) as error:
            raise TransactionMismatch("The service proposed no complete transaction.") from error
        first, words = int.from_bytes(tail[:_WORD], "big"), int.from_bytes(tail[_WORD:], "big")
        if not (words >= 1 and first + words <= max(held, 1)):
            raise TransactionMismatch("The proposed words are not all in this license.")
        return build(first, words)

    def _require(self, what: str, found: object, expected: object) -> None:
        if found != expected:
            raise TransactionMismatch(
                f"The transaction's {what} is not the one that was asked for.",
                member=what,
                found=_shown(found),
                expected=_shown(expected),
            )

    def _require_affordable(self, numbers: Mapping[str, int]) -> None:
        fee = numbers["gas"] * numbers["maxFeePerGas"]
        if numbers["gas"] > _MAX_GAS or fee > self.max_fee_wei:
            raise TransactionMismatch(
                f"The transaction could cost {fee} wei in fees; "
                f"at most {self.max_fee_wei} are allowed (PLATEMARK_MAX_FEE_WEI).",
                fee=str(fee),
                limit=str(self.max_fee_wei),
            )


def _whole(value: object) -> int:
    """A number from JSON, which may be decimal text. Raises ValueError."""
    number = int(value) if isinstance(value, str | int) and not isinstance(value, bool) else -1
    if number < 0:
        raise ValueError("not a whole number")
    return number


def _hex(text: object) -> bytes:
    if not isinstance(text, str):
        raise TypeError("hexadecimal is text")
    return bytes.fromhex(text.removeprefix("0x"))


def _selector(call: Call) -> bytes:
    return _hex(call.data)[:_SELECTOR_BYTES]


def _shown(value: object) -> str:
    return ("0x" + value.hex() if isinstance(value, bytes) else str(value))[:200]


def _access_list(rows: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Which slots are read is a matter of price alone, so its form is all there is to check."""
    return [
        {
            "address": Address(row["address"]),
            "storageKeys": [str(Digest.parse(key)) for key in row["storageKeys"]],
        }
        for row in rows
    ]


def _plain(value: object) -> object:
    """Typed data with one way of writing numbers and addresses, for comparison."""
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return str(value).lower()
