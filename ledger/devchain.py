"""A development chain as a child process of ours: what Anvil and Ganache have in common.

Both fund the same well-known accounts and follow the rules of the same fork. They name
differently what no real chain can do (give ether, put code, set the clock, mine by
hand): those words are methods here, and each node says them in its own way.
"""

from __future__ import annotations

import json
import platform
import socket
import subprocess
import time
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPException
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from ledger.errors import ChainUnavailable
from ledger.models import Address
from ledger.signing import Signer

DEV_CHAIN_ID = 31337
HARDFORK = "shanghai"
"""What the contracts are compiled for: the newest that Ganache knows."""
MNEMONIC = "test test test test test test test test test test test junk"

# The first keys of the mnemonic, which both nodes fund on every development chain.
# They are public: nothing of value may ever be theirs.
DEV_SECRETS = (
    "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
    "5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
    "7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6",
    "47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a",
)
_START_SECONDS = 20
_STOP_SECONDS = 20
_CALL_SECONDS = 10
_given_ports: set[int] = set()


def dev_account(index: int) -> Signer:
    """One of the funded accounts of a development chain."""
    return Signer.from_secret(bytes.fromhex(DEV_SECRETS[index]))


def free_port() -> int:
    """A loopback port that nobody listens on at this moment; another one each time.

    Who was given the one before may listen on it later only.
    """
    for _ in range(100):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port not in _given_ports:
            break
    _given_ports.add(port)
    return port


class DevChain(ABC):
    """A chain on loopback, from `start` to `stop`; also a context manager."""

    name: ClassVar[str]
    """As it calls itself."""

    def __init__(
        self,
        root: Path,
        port: int | None = None,
        state: Path | None = None,
        log: Path | None = None,
    ) -> None:
        """`root` is the folder with node_modules; `state` is where the chain is kept, if at all."""
        self._root = root
        self._state = state
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    @abstractmethod
    def _command(self) -> list[str]:
        """The program and its arguments. Raises ToolMissing if it is not installed."""

    def start(self) -> Self:
        """Start and wait until it answers. Raises ToolMissing or ChainUnavailable."""
        command = self._command()
        if self._state is not None:
            self._state.parent.mkdir(parents=True, exist_ok=True)
        with ExitStack() as until_it_answers:
            until_it_answers.enter_context(self._port_kept())
            log = until_it_answers.enter_context(self._log.open("ab")) if self._log else None
            output = subprocess.DEVNULL if log is None else log
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C is for us: we end it in our own order
            )
            try:
                self._wait_until_it_answers()
            except BaseException:
                self.stop()  # or it would outlive us: nobody has got it yet
                raise
        return self

    def stop(self) -> None:
        """End the process and wait, so that what it keeps is complete."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(_STOP_SECONDS)
        self._process = None

    @property
    def is_alive(self) -> bool:
        """Whether the process that was started runs, however slow its answers are."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process else None

    def rpc(self, method: str, *parameters: object) -> object:
        """One JSON-RPC call. Raises ChainUnavailable, also where the node refuses."""
        return rpc(self.url, method, *parameters)

    def set_balance(self, address: Address, wei: int) -> None:
        """Let an account have so much test ether."""
        self.rpc(_BALANCE_METHODS[self.name], address, hex(wei))

    @abstractmethod
    def set_code(self, address: Address, code: str) -> None:
        """Put contract code (hexadecimal) at an address."""

    @abstractmethod
    def next_block_at(self, second: int) -> None:
        """Give the next block exactly this time, which must be later than the newest block's."""

    def mine(self) -> None:
        """Make one block, of the transactions that wait, if any."""
        self.rpc("evm_mine")

    @contextmanager
    def held(self) -> Iterator[None]:
        """Within it, transactions wait until `mine`; after it, each makes its block again.

        Ganache makes one more block (empty, if nothing waits) as it goes on.
        """
        self._set_automine(on=False)
        try:
            yield
        finally:
            self._set_automine(on=True)

    @abstractmethod
    def _set_automine(self, *, on: bool) -> None:
        """Whether each transaction makes a block at once."""

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if not self.is_alive:
                raise ChainUnavailable(f"{self.name} ended at once on port {self.port}.")
            if time.monotonic() > deadline:
                raise ChainUnavailable(f"{self.name} did not answer within {_START_SECONDS} s.")
            time.sleep(0.05)

    @contextmanager
    def _port_kept(self) -> Iterator[None]:
        """Nobody has the port, or who listens there would be taken for ours.

        On Linux nobody is given it meanwhile, either: it is bound here, and the node, which
        reuses addresses, can bind it all the same. Elsewhere it could not.
        """
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", self.port))
            except OSError as error:
                raise ChainUnavailable(f"{self.name}'s port {self.port} is in use.") from error
            if platform.system() != "Linux":
                probe.close()
            yield

    def _answers(self) -> bool:
        try:
            self.rpc("eth_chainId")
        except ChainUnavailable:
            return False
        return True

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


_BALANCE_METHODS = {"Anvil": "anvil_setBalance", "Ganache": "evm_setAccountBalance"}


def give_balance(url: str, address: Address, wei: int) -> None:
    """`DevChain.set_balance` on a node that somebody else started. Raises ChainUnavailable."""
    version = str(rpc(url, "web3_clientVersion"))  # "anvil/v1.7.1", "Ganache/v7.9.2/..."
    name = version.split("/")[0].capitalize()
    rpc(url, _BALANCE_METHODS.get(name, "anvil_setBalance"), address, hex(wei))


def rpc(url: str, method: str, *parameters: object) -> object:
    """One JSON-RPC call to a development chain. Raises ChainUnavailable."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters})
    request = urllib.request.Request(  # noqa: S310 - http on loopback, never a file
        url, body.encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=_CALL_SECONDS) as answer:  # noqa: S310 - as above
            reply = json.load(answer)
    # The last is what http.client makes of an answer that broke off.
    except (OSError, ValueError, HTTPException) as error:
        raise ChainUnavailable(f"The chain at {url} does not answer {method}.") from error
    if "error" in reply:
        message = reply["error"].get("message", reply["error"])
        raise ChainUnavailable(f"The chain at {url} refused {method}: {message}")
    return reply["result"]
