"""The Checkpoints contract: what a log anchors, and what is read of it."""

from __future__ import annotations

from typing import Any

from ledger.artifacts import Artifact
from ledger.chain.calls import Call, as_argument
from ledger.chain.rpc import Rpc
from ledger.checkpoints import Anchored
from ledger.models import Address, Digest

WINDOW = 5_000
"""Blocks that one `eth_getLogs` asks for: what public nodes allow."""


class Checkpoints:
    """The checkpoints of one deployment through JSON-RPC. Raises only LedgerErrors."""

    def __init__(self, rpc: Rpc, address: Address, artifact: Artifact, first_block: int) -> None:
        """`first_block` is where the contracts were created."""
        self.address = address
        self._rpc = rpc
        self._first_block = first_block
        self._contract: Any = rpc.w3.eth.contract(as_argument(address), abi=artifact.abi)

    def anchor(self, size: int, root: Digest) -> Call:
        """Anchor a checkpoint of the sender's log."""
        data = self._contract.encode_abi("anchor", args=(size, bytes(root)))
        return Call(self.address, data)

    def anchored(self, log: Address) -> list[Anchored]:
        """All that a log anchored, in the chain's order, up to the newest block."""
        head = self._rpc.head()[0]
        event, found = self._contract.events.Anchored(), list[Anchored]()
        for start in range(self._first_block, head + 1, WINDOW):
            with self._rpc.translated():
                found += [
                    Anchored(
                        int(row["args"]["size"]),
                        Digest(bytes(row["args"]["root"])),
                        Digest(bytes(row["transactionHash"])),
                        int(row["blockNumber"]),
                    )
                    for row in event.get_logs(
                        from_block=start,
                        to_block=min(start + WINDOW - 1, head),
                        argument_filters={"log": as_argument(log)},
                    )
                ]
        return found
