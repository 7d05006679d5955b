"""Send transactions from one local account, one nonce after the other."""

from __future__ import annotations

import threading
from typing import Any, cast

from web3.types import TxReceipt

from ledger.chain.call import Call
from ledger.chain.refusals import is_overtaken
from ledger.chain.rpc import Request, Rpc
from ledger.errors import (
    BatchFailed,
    ChainUnavailable,
    CommitmentTooYoung,
    LedgerError,
    Unavailable,
)
from ledger.models import Address, Digest
from ledger.signing import Signer

_GAS_MARGIN = 1.2
"""Over the estimate: a slot may turn from warm to fresh between estimate and block."""

_NONCES = 5
"""How many nonces are tried in turn, where others take them."""

FAILED_ITEM_GAS = 200_000
"""For an item of a batch that would fail now: what its checks cost at most before it does."""


class Sender:
    """Completes, signs, sends and waits. Safe to share between threads."""

    def __init__(self, rpc: Rpc, signer: Signer) -> None:
        self._rpc = rpc
        self._signer = signer
        self._lock = threading.Lock()

    @property
    def address(self) -> Address:
        """The paying account."""
        return self._signer.address

    def send(self, transaction: dict[str, Any]) -> TxReceipt:
        """Send and wait until it is mined; a revert is raised as the error it stands for.

        The gas estimate runs the call first, so what would revert is refused
        before it costs anything.
        """
        with self._lock:
            hash_ = self._sent(transaction)
        return self._rpc.wait(hash_)

    def _sent(self, transaction: dict[str, Any]) -> Digest:
        """The hash. Another process with the same key may take the nonce at the same moment."""
        for _ in range(_NONCES - 1):
            try:
                return self._try(transaction)
            except ChainUnavailable as error:
                if not is_overtaken(error):
                    raise
        return self._try(transaction)

    def _try(self, transaction: dict[str, Any]) -> Digest:
        complete = fill(self._rpc, self._signer.address, transaction)
        return self._rpc.send_raw(self._signer.sign_transaction(complete))


def fill(rpc: Rpc, sender: Address, transaction: dict[str, Any]) -> dict[str, Any]:
    """Add chain id, nonce, fees and gas limit (EIP-1559). Raises what the call reverts with."""
    base = {"from": str(sender), "value": 0, **transaction}
    access, nonce, tip, base_fee, chain_id = _terms(rpc, base)
    base["accessList"] = access
    complete = {
        **base,
        "chainId": chain_id,
        "nonce": nonce,
        "gas": base.get("gas") or _estimated(rpc, base),
        "maxFeePerGas": 2 * base_fee + tip,
        "maxPriorityFeePerGas": tip,
        "type": 2,
    }
    del complete["from"]
    return complete


def estimate(rpc: Rpc, sender: Address, call: Call) -> int:
    """Gas for a call as an item of a batch, with a margin; `FAILED_ITEM_GAS` if it would fail.

    An estimate covers a whole transaction, which pays for the item's part of the batch's
    own cost. Raises ChainUnavailable.
    """
    request: Any = {"from": sender, "to": call.to, "data": call.data, "value": call.value}
    try:
        return _estimated(rpc, request)
    except Unavailable:
        raise
    except LedgerError:
        return FAILED_ITEM_GAS


def _estimated(rpc: Rpc, transaction: Any) -> int:
    """The estimate with its margin. Raises what the call reverts with."""
    try:
        with rpc.translated():
            return int(rpc.w3.eth.estimate_gas(transaction) * _GAS_MARGIN)
    except (CommitmentTooYoung, BatchFailed):
        # An idle chain's newest block may be old: what came of age since then holds in the next.
        with rpc.translated():
            return int(rpc.w3.eth.estimate_gas(transaction, "pending") * _GAS_MARGIN)


def _terms(
    rpc: Rpc, transaction: dict[str, Any]
) -> tuple[list[dict[str, Any]], int, int, int, int]:
    """Access list, nonce, tip, base fee and chain id: in one request where the node allows it."""
    sender = transaction["from"]
    requests: list[Request] = [
        ("eth_getTransactionCount", [sender, "pending"]),
        ("eth_maxPriorityFeePerGas", []),
        ("eth_getBlockByNumber", ["latest", False]),
        ("eth_chainId", []),
    ]
    if transaction.get("to"):
        requests.append(("eth_createAccessList", [rpc.as_json(transaction), "latest"]))
    nonce, tip, block, chain_id, *listed = rpc.ask_together(requests)
    access = _access_list(str(transaction["to"]), listed[0]) if listed else []
    try:
        base_fee = int(block.get("baseFeePerGas", "0x0"), 16)
        return access, int(nonce, 16), int(tip, 16), base_fee, int(chain_id, 16)
    except (TypeError, ValueError, AttributeError):  # asked one by one, a node says why not
        if listed:
            access = _access_list(str(transaction["to"]), rpc.ask(*requests[-1]))
    with rpc.translated():
        eth = rpc.w3.eth
        base_fee = int(eth.get_block("latest").get("baseFeePerGas", 0))
        nonce = eth.get_transaction_count(cast(Any, sender), "pending")
        return access, int(nonce), int(eth.max_priority_fee), base_fee, int(eth.chain_id)


def _access_list(to: str, answer: Any) -> list[dict[str, Any]]:
    """What the call reads in other contracts than the called one (EIP-2930).

    Naming it beforehand makes each cold read 100 gas cheaper; the called
    contract's own slots are left out, because its address would have to be paid.
    A node without `eth_createAccessList` (Ganache) gives an empty list.
    """
    entries = (answer or {}).get("accessList") or []
    return [
        entry
        for entry in entries
        if entry["storageKeys"] and entry["address"].lower() != to.lower()
    ]
