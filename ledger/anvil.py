"""Run Anvil, the local chain that we develop on, as a child process of ours.

The binary of npm's platform package is started directly: its shim would start a
child with another pid, and we end only what we started.
"""

from __future__ import annotations

import platform
from pathlib import Path
from typing import ClassVar

from ledger.devchain import DEV_CHAIN_ID, HARDFORK, MNEMONIC, DevChain
from ledger.errors import ToolMissing
from ledger.models import Address


def binary(root: Path) -> Path:
    """Anvil from npm's platform package. Raises ToolMissing where `npm ci` has not run."""
    machine = platform.machine().lower()
    arch = "arm64" if machine in ("arm64", "aarch64") else "amd64"
    system = "darwin" if platform.system() == "Darwin" else "linux"
    path = root / "node_modules" / "@foundry-rs" / f"anvil-{system}-{arch}" / "bin" / "anvil"
    if not path.exists():
        raise ToolMissing("Anvil is not installed. Run `npm ci`.")
    return path


_HISTORY = 128
"""The states of so many newest blocks can be asked for, and a reorganization goes no deeper."""


class Anvil(DevChain):
    """Anvil. `state` is a file: loaded at start if it exists, written at stop and every 5 s.

    Blocks, transactions and logs are all kept; states only of the newest blocks. Without
    that limit Anvil writes the whole state at each older block (some 2 MB with our
    contracts) into the home of whoever runs it, and leaves it there if it is killed.
    """

    name: ClassVar[str] = "Anvil"

    def _command(self) -> list[str]:
        command = [str(binary(self._root)), "--host", "127.0.0.1", "--port", str(self.port)]
        command += ["--chain-id", str(DEV_CHAIN_ID), "--hardfork", HARDFORK]
        command += ["--mnemonic", MNEMONIC, "--prune-history", str(_HISTORY)]
        if self._state is not None:
            command += ["--state", str(self._state), "--state-interval", "5"]
        return command

    def set_code(self, address: Address, code: str) -> None:
        """Put contract code (hexadecimal) at an address."""
        self.rpc("anvil_setCode", address, code)

    def next_block_at(self, second: int) -> None:
        """Give the next block exactly this time."""
        self.rpc("evm_setNextBlockTimestamp", second)

    def _set_automine(self, *, on: bool) -> None:
        self.rpc("evm_setAutomine", on)
