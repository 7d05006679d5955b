"""The whole development stack in one process and its children: `platemark up`.

In this order: the chain (Anvil or Ganache, its state kept), the contracts (deployed once), IPFS
(Kubo, or the embedded store), the API. Everything listens on loopback only, but for an API
that has a certificate and was told to listen elsewhere; and everything that was started is
stopped again, in the reverse order.
"""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import uvicorn

from api.app import create_app
from ledger import artifacts
from ledger.anvil import Anvil
from ledger.bootstrap import connect_ipfs
from ledger.chain import Chain, Deployment, deploy
from ledger.client import pins
from ledger.config import Settings
from ledger.devchain import DevChain, dev_account
from ledger.errors import ChainUnavailable, DeploymentMismatch, ServiceUnavailable, SetupError
from ledger.ganache import Ganache
from ledger.kubo import KuboDaemon, find_kubo
from ledger.listening import LOOPBACK, listen, own_url, require_tls
from ledger.models import Address
from ledger.services.context import Ledger
from ledger.stopping import StopRequest, stopped_by_signals

ISSUER_WEI = 1_000 * 10**18
"""What the service's issuer is given whenever it has less than a tenth of it."""
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""They ask for an orderly end."""

_START_SECONDS = 30.0
_STOP_SECONDS = 20.0
_LOOK_SECONDS = 2.0
_NODES: Mapping[str, tuple[type[DevChain], str]] = {
    "anvil": (Anvil, "chain.json"),
    "ganache": (Ganache, "ganache"),
}
"""What runs as the chain, and under which name it keeps it."""
Say = Callable[[str, str], None]
"""Is told each part that came up, and where it is."""


class Stack:
    """The development stack, from `start` to `stop`; also a context manager.

    `url`, `settings` and `deployment` say where everything is once it has started.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        port: int = 8700,
        chain_port: int = 8545,
        say: Say = lambda _what, _where: None,
        stop: StopRequest | None = None,
    ) -> None:
        """Nothing runs yet. A port of 0 means: any that is free.

        `stop` asks for the end; where it is not given, SIGINT, SIGTERM and SIGHUP do.
        """
        self.settings = settings
        self.url = ""
        self.deployment: Deployment
        self._folder = settings.home / "dev"
        self._port = port
        self._chain_port = chain_port
        self._say = say
        self._started = ExitStack()
        self._stop = stop or StopRequest()
        self._hears_signals = stop is None
        self._chain: DevChain
        self._server: _Server

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> Self:
        """Start all parts; returns when the API answers.

        Raises SetupError if another stack runs here or a port is taken, ToolMissing,
        ChainUnavailable or IpfsUnavailable; whatever was started is stopped then.
        """
        try:
            if self._hears_signals:
                self._started.enter_context(stopped_by_signals(self._stop, ENDING))
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop what was started, the last first; harmless if nothing runs."""
        self._stop.set()
        self._started.close()

    def wait(self) -> None:
        """Return when the end is asked for.

        Raises ChainUnavailable or ServiceUnavailable if a part ends by itself.
        """
        while not self._stop.wait(_LOOK_SECONDS):
            if not self._server.is_alive:
                raise ServiceUnavailable("The API ended by itself.")
            if not self._chain.is_alive:
                # What ends all programs reaches the chain too, perhaps before it reaches us.
                if self._stop.wait(_LOOK_SECONDS):
                    return
                raise ChainUnavailable(
                    f"{self._chain.name} ended by itself: see {self._folder / 'chain.log'}."
                )

    # ------------------------------------------------------------------ parts

    def _start(self) -> None:
        for folder in (self.settings.home, self._folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock()
        # Both ports are taken before anything slow starts, so that a conflict shows at once.
        require_tls(self.settings)
        listener = self._listen(self._port, "The API's port", "--port", self.settings.host)
        self._port = int(listener.getsockname()[1])
        self._start_chain()
        self._deploy()
        ipfs_api = self._start_ipfs()
        self.settings = self.settings.model_copy(
            update={
                "rpc_url": self._chain.url,
                "deployment": self._deployment_file,
                "ipfs_api": ipfs_api,
                "port": self._port,
                # The issuer's keystore opens with the passphrase file beside it. That of
                # the environment is the user's, who may have another one tomorrow.
                "passphrase": None,
                "passphrase_file": None,
            }
        )
        self._say("ipfs", connect_ipfs(self.settings).ping())
        self._start_api(listener)

    def _lock(self) -> None:
        lock = self._started.enter_context((self._folder / "lock").open("w"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise SetupError(f"Another `platemark up` runs with {self.settings.home}.") from error

    def _start_chain(self) -> None:
        if self._chain_port:  # the node itself says nothing helpful about a port in use
            self._listen(self._chain_port, "The chain's port", "--chain-port").close()
        log = self._folder / "chain.log"
        log.unlink(missing_ok=True)
        node, state = _NODES[self.settings.dev_chain]
        for name, (other, kept) in _NODES.items():
            if other is not node and (self._folder / kept).exists():
                # Its contracts would be deployed anew, under the same addresses.
                raise SetupError(
                    f"{self._folder} keeps a chain of {other.name}: set PLATEMARK_DEV_CHAIN to "
                    f"{name}, or choose another PLATEMARK_HOME."
                )
        self._chain = node(artifacts.ROOT, self._chain_port or None, self._folder / state, log)
        self._started.enter_context(self._chain)
        self._say("chain", self._chain.url)

    @property
    def _deployment_file(self) -> Path:
        return self._folder / "deployment.json"

    def _deploy(self) -> None:
        """Use the contracts of the last run, if the chain still has them."""
        compiled = artifacts.load()
        if self._deployment_file.exists():
            self.deployment = Deployment.load(self._deployment_file)
            try:
                Chain(self._chain.url, self.deployment, compiled).verify()
            except DeploymentMismatch:
                self._say("contracts", "are not on this chain any more: deployed anew")
            else:
                self._say("contracts", f"kept: licenses at {self.deployment.licenses}")
                return
        self.deployment = deploy(
            self._chain.url, dev_account(0), compiled, self.settings.minimum_age
        )
        self.deployment.save(self._deployment_file)
        self._say("contracts", f"deployed: licenses at {self.deployment.licenses}")

    def _start_ipfs(self) -> str | None:
        """The RPC address of a Kubo, or None for the embedded store."""
        if self.settings.ipfs_api:
            return self.settings.ipfs_api
        repository = self._folder / "ipfs"
        blocks = self.settings.service_folder / "blocks"
        if not repository.exists() and blocks.is_dir() and any(blocks.iterdir()):
            # What was pinned there would be out of reach behind another store.
            return None
        found = find_kubo(os.environ, artifacts.ROOT)
        if found is None or found.binary is None:
            return found.api if found else None
        return self._started.enter_context(KuboDaemon(found.binary, repository)).api

    def _start_api(self, listener: socket.socket) -> None:
        app = create_app(self.settings)
        ledger: Ledger = app.state.ledger
        self._fund(ledger.issuer.address)
        self.url = own_url(self.settings, self._port)
        pin = pins.Pin(
            self.deployment.chain_id,
            self.deployment.registry,
            self.deployment.licenses,
            ledger.issuer.address,
            self.deployment.checkpoints,
        )
        # It is this user's own service: nothing has to be trusted on first contact.
        pins.save(self.settings.home, self.url, pin)
        self._server = _Server(app, listener, self.settings.tls_certificate, self.settings.tls_key)
        self._server.start()
        self._started.callback(self._server.stop)
        self._say("issuer", ledger.issuer.address)
        self._say("api", f"{self.url} (interactive reference: {self.url}/docs)")

    def _fund(self, issuer: Address) -> None:
        """The issuer pays for registrations and redemptions: here with test ether."""
        balance = int(str(self._chain.rpc("eth_getBalance", issuer, "latest")), 16)
        if balance < ISSUER_WEI // 10:
            self._chain.set_balance(issuer, ISSUER_WEI)

    # ---------------------------------------------------------------- internal

    def _listen(self, port: int, what: str, option: str, host: str = LOOPBACK) -> socket.socket:
        return self._started.enter_context(listen(host, port, what, option))


class _Server:
    """uvicorn in a thread of its own, so that the signals stay ours."""

    def __init__(
        self, app: object, listener: socket.socket, certificate: Path | None, key: Path | None
    ) -> None:
        self._listener = listener
        self._server = uvicorn.Server(
            uvicorn.Config(
                # fastapi enters through api alone, so its type is not named here.
                app,  # type: ignore[arg-type]
                log_level="warning",
                timeout_graceful_shutdown=5,
                ssl_certfile=certificate,
                ssl_keyfile=key,
            )
        )
        self._thread = threading.Thread(target=self._run, name="api", daemon=True)

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def start(self) -> None:
        self._thread.start()
        waiting = threading.Event()
        waited = 0.0
        while not self._server.started:
            if not self._thread.is_alive() or waited > _START_SECONDS:
                self.stop()
                raise ServiceUnavailable("The API did not start.")
            waiting.wait(0.05)
            waited += 0.05

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(_STOP_SECONDS)

    def _run(self) -> None:
        self._server.run(sockets=[self._listener])
