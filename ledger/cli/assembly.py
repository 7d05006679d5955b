"""Put a gate together: its folder, and the adapters that its settings name."""

from __future__ import annotations

import os
import time

from ledger import artifacts
from ledger.chain import Chain, Deployment
from ledger.client import ServiceClient
from ledger.gate import Config, Gate, Keys
from ledger.gate.hosts.folder import FolderHost
from ledger.gate.ports import Content
from ledger.ipfs import EmbeddedIpfs, KuboIpfs


class SystemClock:
    """This machine's clock."""

    def now(self) -> int:
        """Unix seconds."""
        return int(time.time())


def build_gate(config: Config, keys: Keys, service: ServiceClient) -> Gate:
    """The gate of `config`, with its journal opened.

    PLATEMARK_IPFS_API and PLATEMARK_RPC_URL, where set, come before the gate's settings:
    a node may have moved. Raises SetupError, DeploymentMismatch or ChainUnavailable.
    """
    deployment = Deployment.load(config.deployment)
    rpc_url = os.environ.get("PLATEMARK_RPC_URL") or config.rpc_url
    chain = Chain(rpc_url, deployment, artifacts.load())
    chain.verify()
    clock = SystemClock()
    host = FolderHost(
        config.hot,
        clock,
        taken_means_done=config.taken_means_done,
        lost_after_seconds=config.lost_after_seconds,
    )
    return Gate(config, keys, chain, service, _content(config), host, clock)


def _content(config: Config) -> Content:
    api = os.environ.get("PLATEMARK_IPFS_API") or config.ipfs_api
    if api or config.ipfs_folder is None:
        return KuboIpfs(api or "")
    return EmbeddedIpfs(config.ipfs_folder)
