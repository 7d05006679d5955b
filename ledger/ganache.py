"""Run Ganache, an implementation of the EVM in JavaScript, as a child process of ours.

What holds on Anvil and on Ganache holds because of the contracts, and not because of
one node's way of running them. Its script is started by Node directly, without npm's
shim, and works without the native addons that an installation script would build.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import ClassVar

from ledger.devchain import DEV_CHAIN_ID, HARDFORK, MNEMONIC, DevChain
from ledger.errors import ToolMissing
from ledger.models import Address


def script(root: Path) -> Path:
    """Ganache's program. Raises ToolMissing where `npm ci` has not run."""
    path = root / "node_modules" / "ganache" / "dist" / "node" / "cli.js"
    if not path.exists():
        raise ToolMissing("Ganache is not installed. Run `npm ci`.")
    return path


class Ganache(DevChain):
    """Ganache. `state` is a folder, written as the chain grows.

    With `step`, time does not follow the clock: each block is so many seconds later than
    the one before, so that `next_block_at` is exact however slow the machine is.
    """

    name: ClassVar[str] = "Ganache"

    def __init__(
        self,
        root: Path,
        port: int | None = None,
        state: Path | None = None,
        log: Path | None = None,
        *,
        step: int | None = None,
    ) -> None:
        super().__init__(root, port, state, log)
        self._step = step

    def _command(self) -> list[str]:
        node = shutil.which("node")
        if node is None:
            raise ToolMissing("Ganache needs Node, which was not found.")
        command = [node, str(script(self._root))]
        command += ["--server.host", "127.0.0.1", "--server.port", str(self.port)]
        command += ["--chain.chainId", str(DEV_CHAIN_ID), "--chain.networkId", str(DEV_CHAIN_ID)]
        command += ["--chain.hardfork", HARDFORK, "--wallet.mnemonic", MNEMONIC]
        command += ["--wallet.defaultBalance", "10000"]  # as Anvil gives
        # A transaction's hash is answered once it is mined. Its count of "pending"
        # transactions leaves out those that wait: only so do a sender's nonces follow.
        command += ["--miner.instamine", "eager"]
        if self._step is not None:
            command += ["--miner.timestampIncrement", str(self._step)]
        if self._state is not None:
            command += ["--database.dbPath", str(self._state)]
        return command

    def set_code(self, address: Address, code: str) -> None:
        """Put contract code (hexadecimal) at an address."""
        self.rpc("evm_setAccountCode", address, code)

    def next_block_at(self, second: int) -> None:
        """Give the next block this time: exactly with `step`, else to the second or so."""
        self.rpc("evm_setTime", (second - (self._step or 0)) * 1000)

    def _set_automine(self, *, on: bool) -> None:
        self.rpc("miner_start" if on else "miner_stop")
