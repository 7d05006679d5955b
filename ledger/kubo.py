"""Find a Kubo node, or run one of our own that calls nobody."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ledger.errors import IpfsUnavailable, SetupError, ToolMissing

_INIT_SECONDS = 30.0
_STOP_SECONDS = 10.0
_POLL_SECONDS = 0.05

_QUIET = {
    "Routing": {"Type": "none"},
    "AutoTLS": {"Enabled": False},
    "AutoConf": {"Enabled": False},
    "Discovery": {"MDNS": {"Enabled": False}},
    "Provide": {"Enabled": False},
    "Swarm": {"DisableNatPortMap": True},
    "Version": {"SwarmCheckEnabled": False},
    "Plugins": {"Plugins": {"telemetry": {"Disabled": True}}},
    "Bootstrap": [],
    "Addresses": {
        "API": "/ip4/127.0.0.1/tcp/0",
        "Swarm": ["/ip4/127.0.0.1/tcp/0"],
        "Gateway": [],
    },
}
"""Settings laid over those of the `test` profile: loopback only, no calls home."""


@dataclass(frozen=True, slots=True)
class KuboFound:
    """A running node's RPC address, or a program that can be run; exactly one of the two."""

    api: str | None
    binary: Path | None


def find_kubo(env: Mapping[str, str], repo_root: Path) -> KuboFound | None:
    """Where a Kubo is to be had, or None.

    First the running node that `PLATEMARK_IPFS_API` names (it is not asked whether it
    answers), then `.tools/bin/ipfs` as `make kubo` builds it, then `ipfs` on the PATH.
    """
    if api := env.get("PLATEMARK_IPFS_API"):
        return KuboFound(api=api, binary=None)
    built = repo_root / ".tools" / "bin" / "ipfs"
    if os.access(built, os.X_OK):
        return KuboFound(api=None, binary=built)
    if found := shutil.which("ipfs", path=env.get("PATH", "")):
        return KuboFound(api=None, binary=Path(found))
    return None


class KuboDaemon:
    """A Kubo of our own, as a context manager: started on entry, stopped on exit.

    Its repository is `folder`, made at the first start and kept. `api` is the RPC
    address while it runs; its output goes to `daemon.log` in the folder.
    """

    def __init__(self, binary: Path, folder: Path, *, start_seconds: float = 30.0) -> None:
        """Nothing runs yet. `start_seconds` is how long a start may take."""
        self.api = ""
        self._binary = binary
        self._folder = folder
        self._start_seconds = start_seconds
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the node and wait until its RPC answers.

        Raises ToolMissing if the program cannot be run, SetupError if the repository
        cannot be made or read, IpfsUnavailable if the node does not come up in time
        (another one may be running in this folder).
        """
        if not (self._folder / "config").exists():
            self._init()
        self._configure()
        log = self._folder / "daemon.log"
        with log.open("wb") as output:
            self._process = self._run_daemon(output.fileno())
        try:
            self._wait_until_ready(log)
            self.api = (self._folder / "api").read_text().strip()
        except BaseException:
            self.stop()  # or it would outlive us: nobody has got it yet
            raise

    def stop(self) -> None:
        """Stop the node that `start` started, and no other; harmless if none runs."""
        process, self._process, self.api = self._process, None, ""
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(_STOP_SECONDS)

    def _wait_until_ready(self, log: Path) -> None:
        deadline = time.monotonic() + self._start_seconds
        # The address file may be an earlier run's, so the log decides when it is good.
        while b"Daemon is ready" not in log.read_bytes():
            ended = self._process is None or self._process.poll() is not None
            if ended or time.monotonic() > deadline:
                said = log.read_text(errors="replace").strip().splitlines()
                raise IpfsUnavailable(
                    f"Kubo did not start in {self._folder}: {said[-1] if said else 'no output'}"
                )
            time.sleep(_POLL_SECONDS)

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "IPFS_PATH": str(self._folder), "IPFS_TELEMETRY": "off"}

    def _init(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            done = subprocess.run(
                [self._binary, "init", "--profile=test,autoconf-off"],
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_INIT_SECONDS,
                check=False,
            )
        except OSError as error:
            raise ToolMissing(f"{self._binary} cannot be run: {error.strerror}.") from error
        except subprocess.TimeoutExpired as error:
            raise SetupError(f"{self._binary} init took over {_INIT_SECONDS:.0f} s.") from error
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip()[-300:]
            raise SetupError(f"{self._binary} init failed: {said}")

    def _configure(self) -> None:
        """Lay `_QUIET` over the repository's settings; quicker than a dozen `ipfs config`."""
        path = self._folder / "config"
        try:
            settings = json.loads(path.read_bytes())
            _overlay(settings, _QUIET)
            path.write_text(json.dumps(settings, indent=2))
        except (OSError, ValueError) as error:
            raise SetupError(f"{path} is not the configuration of a Kubo.") from error

    def _run_daemon(self, output: int) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                [self._binary, "daemon"],
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us: we end it in our own order
            )
        except OSError as error:
            raise ToolMissing(f"{self._binary} cannot be run: {error.strerror}.") from error


def _overlay(base: dict[str, Any], change: Mapping[str, Any]) -> None:
    """Merge `change` into `base`, objects within objects, everything else replaced."""
    for name, value in change.items():
        if isinstance(value, dict) and isinstance(base.get(name), dict):
            _overlay(base[name], value)
        else:
            base[name] = value
