"""The host that a gate's settings name, connected."""

from __future__ import annotations

from pathlib import Path

from ledger.errors import SetupError
from ledger.gate.config import Config
from ledger.gate.hosts.folder import FolderHost
from ledger.gate.hosts.moonraker import MoonrakerHost
from ledger.gate.hosts.octoprint import OctoPrintHost
from ledger.gate.hosts.rest import Rest
from ledger.gate.keys import Keys
from ledger.gate.ports import Clock, Host
from ledger.gate.statements import Statements


def connect_host(config: Config, keys: Keys, clock: Clock) -> Host:
    """The host of `config`. Raises SetupError if its API key is missing or open to others."""
    if config.host == "folder" or config.host_url is None or keys.host is None:
        return FolderHost(
            config.hot,
            clock,
            taken_means_done=config.taken_means_done,
            lost_after_seconds=config.lost_after_seconds,
        )
    secret = None if config.host_key_file is None else api_key(config.host_key_file)
    made = OctoPrintHost if config.host == "octoprint" else MoonrakerHost
    return made(
        Rest(config.host_url, {"X-Api-Key": secret} if secret else None),
        Statements(keys.host, paired_name(config, keys), clock),
        config.held,
        clock,
        own_files=config.own_files,
    )


def paired_name(config: Config, keys: Keys) -> str:
    """The name under which the host knows this gate: the printer's address when they were paired.

    Raises SetupError if the file cannot be read that keeps it over a change of keys.
    """
    try:
        return config.paired_as.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return str(keys.printer)
    except (OSError, ValueError) as error:
        raise SetupError(f"{config.paired_as} cannot be read.") from error


def api_key(path: Path) -> str:
    """An API key in a file of its own. Raises SetupError if others can read it."""
    try:
        if path.stat().st_mode & 0o077:
            raise SetupError(f"{path} can be read by others: chmod 600 it.")
        secret = path.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        raise SetupError(f"The host's API key cannot be read from {path}.") from error
    if not secret or not secret.isprintable():
        raise SetupError(f"{path} holds no API key.")
    return secret
