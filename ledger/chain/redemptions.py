"""Which transaction spent a serial: looked for from the newest block backwards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from eth_utils.abi import event_abi_to_log_topic

from ledger.chain.rpc import Rpc
from ledger.models import Digest, PrintToken, bit_of

_NAMES = ("SerialsRedeemed", "WordsRedeemed")
_FIRST_BLOCKS = 8
_GROWTH = 8
"""What is asked for was mostly redeemed a moment ago. All redemptions of a license since the
beginning would be more from print to print; so each look goes eight times as far back."""


class Redemptions:
    """The redemptions of one deployment through JSON-RPC. Raises only LedgerErrors."""

    def __init__(self, rpc: Rpc, licenses: Any, first_block: int) -> None:
        """`licenses` is web3's contract; `first_block` is where the contracts were created."""
        self._rpc = rpc
        self._address = str(licenses.address)
        self._first_block = first_block
        self._decoders: dict[bytes, Any] = {}
        for name in _NAMES:
            event = licenses.events[name]()
            self._decoders[bytes(event_abi_to_log_topic(cast(Any, event.abi)))] = event

    def transaction(self, token: PrintToken, digest: Digest, serial: int) -> Digest | None:
        """The transaction that spent `serial` under the token with this digest, or None."""
        word, bit = bit_of(serial)
        for first, last in _backwards(self._first_block, self._rpc.head()[0]):
            for log in self._logs(token, first, last):
                if bytes(digest) not in bytes(log["data"]):
                    continue
                with self._rpc.translated():
                    said = self._decoders[bytes(log["topics"][0])].process_log(log)["args"]
                if any(
                    (one["word"], one["token"]) == (word, bytes(digest)) and one["take"] & bit
                    for one in said.get("words", [said])
                ):
                    return Digest(bytes(log["transactionHash"]))
        return None

    def _logs(self, token: PrintToken, first: int, last: int | str) -> Any:
        topics = [
            ["0x" + topic.hex() for topic in self._decoders],
            str(token.design),
            str(Digest.of_int(token.license)),
        ]
        wanted: Any = {
            "address": self._address,
            "fromBlock": first,
            "toBlock": last,
            "topics": topics,
        }
        with self._rpc.translated():
            return self._rpc.w3.eth.get_logs(wanted)


def _backwards(first: int, newest: int) -> Iterator[tuple[int, int | str]]:
    """Ranges of blocks from the newest down to `first`, each longer than the one before."""
    blocks, last = _FIRST_BLOCKS, newest
    start = max(first, newest - blocks + 1)
    yield start, "latest"  # also what came since the newest block was asked for
    while start > first:
        blocks, last = blocks * _GROWTH, start - 1
        start = max(first, last - blocks + 1)
        yield start, last
