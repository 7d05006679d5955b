"""The two contracts as Python: what they hold, and how calls to them are sent.

Reads answer from the newest block. Calls are built in `ledger.chain.calls`; whoever
holds the right key completes, signs and sends them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from ledger.artifacts import Artifact
from ledger.chain.calls import Call, Calls, as_argument
from ledger.chain.checkpoints import Checkpoints
from ledger.chain.crises import Crises
from ledger.chain.currencies import Currencies
from ledger.chain.deployment import Deployment, verify
from ledger.chain.events import ChainEvent, EventReader
from ledger.chain.license_reads import LicenseReads
from ledger.chain.redemptions import Redemptions
from ledger.chain.registry_reads import RegistryReads
from ledger.chain.reverts import RevertDecoder
from ledger.chain.rpc import Rpc
from ledger.chain.sender import Sender, estimate, fill
from ledger.chain.sights import see
from ledger.chain.views import Views
from ledger.errors import LedgerError, Unavailable
from ledger.models import Address, Digest, PrintToken, Sight
from ledger.signing import Signer


@dataclass(frozen=True, slots=True)
class Mined:
    """A transaction in a block, with the events that it left."""

    transaction: Digest
    block: int
    gas_used: int
    events: tuple[ChainEvent, ...]


class Chain(RegistryReads, LicenseReads, Calls):
    """The contracts of one deployment through JSON-RPC. Raises only LedgerErrors."""

    def __init__(self, url: str, deployment: Deployment, artifacts: Mapping[str, Artifact]) -> None:
        self.deployment = deployment
        self._reverts = RevertDecoder(artifact.abi for artifact in artifacts.values())
        self.rpc = Rpc(url, self._reverts)
        super().__init__(deployment.domain, artifacts, self.rpc.w3)
        self.registry_views = Views(self.rpc, self._registry)
        self.license_views = Views(self.rpc, self._licenses)
        self._redemptions = Redemptions(self.rpc, self._licenses, deployment.block)
        self.currencies = Currencies(self.rpc, deployment.chain_id)
        self.crises: Crises = Crises(self._pledges, self._licenses, self.rpc)
        self.events = EventReader(
            self.rpc,
            {
                deployment.registry: artifacts["DesignRegistry"],
                deployment.licenses: artifacts["PrintLicenses"],
                deployment.domain.pledges: artifacts["CrisisPledges"],
                deployment.checkpoints: artifacts["Checkpoints"],
            },
        )
        self.checkpoints = Checkpoints(
            self.rpc, deployment.checkpoints, artifacts["Checkpoints"], deployment.block
        )

    def verify(self) -> None:
        """Raise DeploymentMismatch unless the chain that answers holds this deployment."""
        verify(self.rpc, self.deployment)

    # ------------------------------------------------------------------ reads

    def now(self) -> int:
        """Timestamp of the newest block."""
        return self.rpc.head()[2]

    def may_issue_in_crisis(self, license: int, signer: Address) -> bool:
        """Whether `signer` is named by the crisis in which this license was taken."""
        return self.crises.may_issue(license, signer)

    def sight(self, token: PrintToken, signer: Address) -> Sight:
        """All that the check of a print token wants to know, in one request; in a crisis, two.

        Raises nothing for what does not exist: the check names it, in its place.
        """
        return see(self, token, signer)

    def redeemed_as(self, token: PrintToken, digest: Digest, serial: int) -> Digest | None:
        """The transaction that spent `serial` under the token with this digest, or None.

        Raises nothing for a serial that is free or was spent under another token:
        both answer None, and only `spent` tells them apart.
        """
        return self._redemptions.transaction(token, digest, serial)

    # ---------------------------------------------------------------- sending

    def complete(self, call: Call, sender: Address) -> dict[str, Any]:
        """The whole unsigned transaction (EIP-1559). Raises what the call would revert with."""
        limit = {} if call.gas is None else {"gas": call.gas}
        whole = {"to": as_argument(call.to), "data": call.data, "value": call.value, **limit}
        return fill(self.rpc, sender, whole)

    def would_pass(self, call: Call, sender: Address) -> bool:
        """Whether the call would be carried out now. Raises ChainUnavailable."""
        request: Any = {"from": sender, "to": call.to, "data": call.data, "value": call.value}
        try:
            with self.rpc.translated():
                self.rpc.w3.eth.call(request)
        except Unavailable:
            raise
        except LedgerError:
            return False
        return True

    def sender(self, signer: Signer) -> Sender:
        """A sender for a local key: share one between all threads that use the key."""
        return Sender(self.rpc, signer)

    def send(self, call: Call, sender: Sender) -> Mined:
        """Send a call from a local key and wait for its block."""
        limit = {} if call.gas is None else {"gas": call.gas}
        whole = {"to": as_argument(call.to), "data": call.data, "value": call.value, **limit}
        return self._mined(sender.send(whole))

    def item_by_item(self, calls: Sequence[Call], sender: Address) -> Call:
        """A batch whose failures are reported as events, with gas for each of its items.

        An item that would fail now is allowed `FAILED_ITEM_GAS`. Raises ChainUnavailable.
        """
        batch = self.batch(calls, all_or_nothing=False)
        return replace(batch, gas=sum(estimate(self.rpc, sender, call) for call in calls))

    def explain(self, reason: str) -> LedgerError:
        """What the `reason` of a BatchItemFailed event (hexadecimal) stands for."""
        return self._reverts.decode(bytes.fromhex(reason.removeprefix("0x")))

    def broadcast(self, raw: bytes) -> Mined:
        """Send a signed transaction and wait for its block."""
        return self._mined(self.rpc.wait(self.rpc.relay(raw)))

    def balance(self, address: Address) -> int:
        """An account's balance in wei."""
        with self.rpc.translated():
            return int(self.rpc.w3.eth.get_balance(cast(Any, address)))

    # --------------------------------------------------------------- internal

    def _mined(self, receipt: Any) -> Mined:
        time = int(self.rpc.block(int(receipt["blockNumber"]))["timestamp"])
        ours = self.events.addresses
        events = (
            self.events.decode(log, time) for log in receipt["logs"] if log["address"] in ours
        )
        return Mined(
            Digest(bytes(receipt["transactionHash"])),
            int(receipt["blockNumber"]),
            int(receipt["gasUsed"]),
            tuple(event for event in events if event is not None),
        )
