"""The contracts' events as values: what happened, and where on the chain it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from eth_utils.abi import event_abi_to_log_topic
from web3.types import LogReceipt

from ledger.artifacts import Artifact
from ledger.chain.rpc import Rpc
from ledger.models import Address, Digest

INDEXED_EVENTS = frozenset(
    {
        "DesignRegistered",
        "Transfer",
        "IssuerAuthorized",
        "DesignDerived",
        "DerivativePolicySet",
        "DesignRecalled",
        "RecallLifted",
        "SaleChanged",
        "Committed",
        "Revealed",
        "ResaleRoyaltySet",
        "SignatureCancelled",
        "BatchItemFailed",
        "OfferOpened",
        "OfferClosed",
        "LicenseBought",
        "LicenseGranted",
        "LicenseEnded",
        "SerialsRedeemed",
        "WordsRedeemed",
        "PrintsVoided",
        "LicenseTransferred",
        "LicenseSplit",
        "LicenseSettled",
        "LicenseRefunded",
        "RoyaltyPassed",
        "EarningsWithdrawn",
        "Anchored",
        "DesignPledged",
        "CenterNamed",
        "CrisisDeclared",
        "CrisisEnded",
        "CrisisLicenseTaken",
    }
)
"""What the ledger follows; approvals say nothing that a transfer does not say again."""


@dataclass(frozen=True, slots=True)
class ChainEvent:
    """One log entry. `arguments` are JSON values: hex text for bytes, decimal text past 2^53."""

    name: str
    arguments: Mapping[str, Any]
    block: int
    block_hash: Digest
    block_time: int
    transaction: Digest
    log_index: int


class EventReader:
    """Fetches and decodes the events of one deployment."""

    def __init__(
        self, rpc: Rpc, contracts: Mapping[Address, Artifact], window: int = 5_000
    ) -> None:
        """`window` is how many blocks one `eth_getLogs` asks for."""
        self._rpc = rpc
        self._window = window
        self.addresses = tuple(contracts)
        self._decoders: dict[bytes, Any] = {}
        for artifact in contracts.values():
            factory: Any = rpc.w3.eth.contract(abi=artifact.abi)
            for entry in artifact.abi:
                if entry["type"] == "event" and entry["name"] in INDEXED_EVENTS:
                    topic = bytes(event_abi_to_log_topic(cast(Any, entry)))
                    self._decoders[topic] = factory.events[entry["name"]]()

    def read(self, first: int, last: int) -> Iterable[ChainEvent]:
        """Yield the events of blocks `first`..`last` in the chain's order."""
        times: dict[int, int] = {}
        for start in range(first, last + 1, self._window):
            end = min(start + self._window - 1, last)
            wanted: Any = {"address": list(self.addresses), "fromBlock": start, "toBlock": end}
            with self._rpc.translated():
                logs = self._rpc.w3.eth.get_logs(wanted)
            for log in sorted(logs, key=lambda row: (row["blockNumber"], row["logIndex"])):
                number = int(log["blockNumber"])
                if number not in times:
                    times[number] = int(self._rpc.block(number)["timestamp"])
                event = self.decode(log, times[number])
                if event is not None:
                    yield event

    def decode(self, log: LogReceipt, block_time: int) -> ChainEvent | None:
        """The event of one log entry; None for one that the ledger does not follow."""
        decoder = self._decoders.get(bytes(log["topics"][0]))
        if decoder is None:
            return None
        with self._rpc.translated():
            decoded = decoder.process_log(log)
        return ChainEvent(
            name=decoded["event"],
            arguments={name: _plain(value) for name, value in decoded["args"].items()},
            block=int(log["blockNumber"]),
            block_hash=Digest(bytes(log["blockHash"])),
            block_time=block_time,
            transaction=Digest(bytes(log["transactionHash"])),
            log_index=int(log["logIndex"]),
        )


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, int) and value > 2**53:
        return str(value)
    return value
