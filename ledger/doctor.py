"""What Platemark finds on this machine: what is there, what is missing, what to do."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from ledger import anvil, artifacts, ganache
from ledger.chain import Deployment
from ledger.client import ServiceClient
from ledger.config import Settings
from ledger.errors import LedgerError, ToolMissing
from ledger.kubo import find_kubo

State = Literal["ok", "missing", "absent"]
"""There; not there though nothing works without; not there, and not needed now."""

_SECONDS = 30
_OLDEST_PYTHON = (3, 11)
_OLDEST_NODE = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked for. `advice` is empty where nothing is to be done."""

    name: str
    state: State
    found: str
    advice: str = ""


def examine(settings: Settings, service_url: str, root: Path = artifacts.ROOT) -> list[Finding]:
    """Look at everything; changes nothing and raises nothing."""
    return [
        _python(),
        _node(),
        _packages(root),
        _solc(root),
        _dev_chain(settings, root),
        _go(),
        _kubo(root),
        _deployment(settings),
        *_service(settings, service_url),
        *_private_files(settings),
    ]


def _python() -> Finding:
    if sys.version_info >= _OLDEST_PYTHON:
        return Finding("python", "ok", platform.python_version())
    return Finding("python", "missing", platform.python_version(), "Install Python 3.11 or newer.")


def _node() -> Finding:
    advice = f"Install Node {_OLDEST_NODE} or newer."
    said = _ask(["node", "--version"])
    if said is None:
        return Finding("node", "missing", "not found", advice)
    major = said.removeprefix("v").split(".")[0]
    enough = major.isdigit() and int(major) >= _OLDEST_NODE
    return Finding("node", "ok", said) if enough else Finding("node", "missing", said, advice)


def _packages(root: Path) -> Finding:
    """Npm writes this file last, so that it tells of a complete installation."""
    if (root / "node_modules" / ".package-lock.json").exists():
        return Finding("npm packages", "ok", "installed")
    return Finding("npm packages", "missing", "not installed", "Run `make setup`.")


def _solc(root: Path) -> Finding:
    said = _ask([str(root / "scripts" / "solc"), "--version"])
    if said is None:
        return Finding("solc", "missing", "does not answer", "Run `make setup`.")
    return Finding("solc", "ok", said.splitlines()[-1].removeprefix("Version: "))


def _dev_chain(settings: Settings, root: Path) -> Finding:
    """The node that `platemark up` would run."""
    name = settings.dev_chain
    try:
        ours = ["node", str(ganache.script(root))] if name == "ganache" else [anvil.binary(root)]
        said = _ask([*map(str, ours), "--version"])
    except ToolMissing as error:
        return Finding(name, "missing", error.detail, "Run `make setup`.")
    if said is None:
        return Finding(name, "missing", "does not run", "Run `make setup`.")
    return Finding(name, "ok", said.splitlines()[0])


def _go() -> Finding:
    said = _ask(["go", "env", "GOVERSION"])
    if said is None:
        advice = "Only `make kubo` needs it: Go 1.26 or newer."
        return Finding("go", "absent", "not found", advice)
    return Finding("go", "ok", said.removeprefix("go"))


def _kubo(root: Path) -> Finding:
    found = find_kubo(os.environ, root)
    if found is None:
        advice = "Run `make kubo` for a real IPFS node; without it files are kept in a folder."
        return Finding("kubo", "absent", "not found", advice)
    if found.binary is None:
        return Finding("kubo", "ok", f"PLATEMARK_IPFS_API={found.api}")
    said = _ask([str(found.binary), "version"])
    if said is None:
        return Finding("kubo", "absent", f"{found.binary} does not run", "Run `make kubo`.")
    return Finding("kubo", "ok", f"{said} ({found.binary})")


def _deployment(settings: Settings) -> Finding:
    path = settings.deployment_file
    if not path.exists():
        return Finding("deployment", "absent", f"no {path}", "`platemark up` makes it.")
    try:
        deployment = Deployment.load(path)
    except LedgerError as error:
        return Finding("deployment", "missing", error.detail, f"Remove {path}.")
    found = f"chain {deployment.chain_id}, licenses at {deployment.licenses}"
    return Finding("deployment", "ok", found)


def _service(settings: Settings, url: str) -> Iterator[Finding]:
    try:
        with ServiceClient(url) as client:
            client.ready()
    except LedgerError as error:
        yield Finding("service", "absent", error.detail, "Start it: platemark up.")
        for name, port in (("api port", settings.port), ("chain port", _port(settings.rpc_url))):
            if port is not None:
                yield _port_state(name, port)
    else:
        yield Finding("service", "ok", f"ready at {url}")


def _port(url: str) -> int | None:
    try:
        return urlsplit(url).port
    except ValueError:
        return None


def _port_state(name: str, port: int) -> Finding:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            advice = "Another program listens there: give `platemark up` another port."
            return Finding(name, "absent", f"{port} is in use", advice)
    return Finding(name, "ok", f"{port} is free")


def _private_files(settings: Settings) -> Iterator[Finding]:
    """Keys and passphrases must be readable by their owner only."""
    service = settings.service_folder
    files = [
        *sorted((settings.home / "keys").glob("*.json")),
        *(service / name for name in ("issuer.json", "service.key", "passphrase")),
    ]
    if settings.passphrase_file is not None:
        files.append(settings.passphrase_file)
    present = [path for path in files if path.exists()]
    for path in present:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            yield Finding(
                "private file", "missing", f"{path} has mode {mode:04o}", f"chmod 600 {path}"
            )
    keys = sum(1 for path in present if path.parent == settings.home / "keys")
    advice = "" if keys else "Make a key: platemark key new NAME."
    yield Finding("keys", "ok" if keys else "absent", f"{keys} in {settings.home / 'keys'}", advice)


def _ask(command: list[str]) -> str | None:
    """The first words of a program, or None if it is not there or does not work."""
    program = shutil.which(command[0])
    if program is None:
        return None
    try:
        done = subprocess.run(
            [program, *command[1:]],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None
