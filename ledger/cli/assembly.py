"""What runs without the service, put together: a gate, and the indexer."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ledger import artifacts
from ledger.bootstrap import build_ledger, connect_chain
from ledger.chain import Chain, Deployment
from ledger.checkpoints import Anchored
from ledger.client import ServiceClient
from ledger.client.pins import Pin
from ledger.config import Settings
from ledger.errors import ChainUnavailable, EvidenceUnfit
from ledger.gate import Config, Gate, Keys
from ledger.gate.firstcontact import FirstContact
from ledger.gate.hosts.choice import connect_host
from ledger.gate.ports import Content
from ledger.indexer import Indexer
from ledger.ipfs import EmbeddedIpfs, KuboIpfs
from ledger.models import ContentHash, Digest
from ledger.services import checkpoints, voidpolicy, voids
from ledger.services.context import Ledger, Mined
from ledger.store import Database


class SystemClock:
    """This machine's clock."""

    def now(self) -> int:
        """Unix seconds."""
        return int(time.time())


def build_gate(config: Config, keys: Keys, service: ServiceClient) -> Gate:
    """The gate of `config`, with its journal opened.

    PLATEMARK_IPFS_API, where set, comes before the gate's settings: a node that the
    development stack runs has another port each time.

    A chain that does not answer is verified when it does: leases need no network. Raises
    SetupError or DeploymentMismatch.
    """
    deployment = Deployment.load(config.deployment)
    chain = FirstContact(Chain(config.rpc_url, deployment, artifacts.load()))
    with suppress(ChainUnavailable):
        chain.now()
    clock = SystemClock()
    host = connect_host(config, keys, clock)
    return Gate(config, keys, chain, service, _content(config), host, clock, leases=service)


def anchor_log(settings: Settings) -> tuple[Anchored, bool]:
    """Anchor the log of the service of these settings; the checkpoint, and whether it is new.

    A service that runs is not disturbed. Raises what `build_ledger` and
    `ledger.services.checkpoints.anchor` do.
    """
    with _own_ledger(settings) as ledger:
        return checkpoints.anchor(ledger)


def void_prints(settings: Settings, license: int, serials: list[int]) -> Mined:
    """Void failed prints in the name of the service of these settings.

    Raises EvidenceUnfit for a serial that no receipt says has failed, and what
    `build_ledger` and `ledger.services.voids` do.
    """
    with _own_ledger(settings) as ledger:
        known = {one.receipt.serial: one for one in voids.failures(ledger, license).items}
        for serial in serials:
            if serial not in known:
                raise EvidenceUnfit(
                    f"No receipt and no sign-off says that serial {serial} of license {license} "
                    f"failed and could be replaced.",
                    license=license,
                    serial=serial,
                )
        evidence = [Digest.parse(known[serial].evidence) for serial in serials]
        return voids.void_by_hand(ledger, license, evidence)


def choose_void_share(settings: Settings, subject: ContentHash | int, share: int) -> None:
    """Write down the operator's choice; raises what `build_ledger` does."""
    with _own_ledger(settings) as ledger:
        voidpolicy.choose_share(ledger, subject, share)


def anchored_by(settings: Settings, pin: Pin, block: int) -> tuple[Deployment, list[Anchored]]:
    """The pinned deployment, and all that its service's log anchored from `block` on.

    Asked of the chain node of these settings. Raises DeploymentMismatch or ChainUnavailable.
    """
    deployment = Deployment(pin.chain_id, pin.registry, pin.licenses, block, pin.checkpoints)
    chain = Chain(settings.rpc_url, deployment, artifacts.load())
    chain.verify()
    return deployment, chain.checkpoints.anchored(pin.issuer)


def rebuild_projection(settings: Settings) -> int:
    """Drop the database's copy of the chain and read it anew; how many events there were.

    No key is needed for it, and a running service goes on meanwhile. Raises SetupError,
    DeploymentMismatch, ChainUnavailable or StoreUnavailable.
    """
    chain = connect_chain(settings)
    chain.verify()
    database = Database(settings.database)
    try:
        database.migrate()
        return Indexer(database, chain.events, chain.rpc, chain.deployment.block).rebuild()
    finally:
        database.close()


@contextmanager
def _own_ledger(settings: Settings) -> Iterator[Ledger]:
    """The service whose folder is here, beside one that runs perhaps."""
    if (settings.service_folder / "passphrase").exists():
        # As `platemark up` has it: the service's own passphrase, not that of the user's keys.
        settings = settings.model_copy(update={"passphrase": None, "passphrase_file": None})
    ledger = build_ledger(settings)
    try:
        yield ledger
    finally:
        ledger.database.close()


def _content(config: Config) -> Content:
    api = os.environ.get("PLATEMARK_IPFS_API") or config.ipfs_api
    if api or config.ipfs_folder is None:
        return KuboIpfs(api or "")
    return EmbeddedIpfs(config.ipfs_folder)
