"""A gate's folder: where everything lies, its settings in `gate.toml`, and its making.

::

    gate.toml      settings, written once by `init` and then the owner's to edit
    keys/          printer.json (secp256k1 keystore) and kem.json (HPKE), both encrypted
    inbox/         where tickets are dropped
    hot/           the folder that the machine watches (may be elsewhere)
    refused/       what was refused, each with a .reason.json beside it
    sealed/        sealed files, while a job needs them
    journal.jsonl  the gate's memory (ledger.gate.journal)
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from ledger.errors import MalformedRequest, SetupError
from ledger.gate.disk import translated, write_atomically
from ledger.gate.hosts.folder import FolderHost
from ledger.gate.keys import Keys
from ledger.models import Address

FILE = "gate.toml"
MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of one gate. Paths in `gate.toml` are relative to the gate's folder.

    Exactly one of `ipfs_folder` (an embedded block store) and `ipfs_api` (a Kubo RPC) is
    set. Times are in seconds.
    """

    folder: Path
    name: str
    center: Address
    service_url: str
    rpc_url: str
    deployment: Path
    inbox: Path
    hot: Path
    ipfs_folder: Path | None = None
    ipfs_api: str | None = None
    taken_means_done: bool = False
    """The machine takes files away and never says how it went: count taken as done."""
    lost_after_seconds: int = 7 * 86_400
    """When a job that was taken and never came back is reported as interrupted."""
    settle_seconds: int = 2
    """How long a dropped file must stay unchanged before it is looked at."""
    max_sealed_bytes: int = 4 * 2**30
    """The largest sealed file that is fetched."""

    @property
    def journal(self) -> Path:
        """The journal's file."""
        return self.folder / "journal.jsonl"

    @property
    def intake(self) -> Path:
        """Where dropped files wait for their decision, out of everybody's reach."""
        return self.inbox / ".platemark-intake"

    @property
    def refused(self) -> Path:
        """Where refused files are kept."""
        return self.folder / "refused"

    @property
    def sealed(self) -> Path:
        """Where sealed files lie while a job needs them."""
        return self.folder / "sealed"

    @property
    def signing_key(self) -> Path:
        """The keystore of the printer's secp256k1 key."""
        return self.folder / "keys" / "printer.json"

    @property
    def kem_key(self) -> Path:
        """The file of the printer's HPKE key."""
        return self.folder / "keys" / "kem.json"


def load(folder: Path) -> Config:
    """Read `gate.toml`. Raises SetupError if it is missing, or says something impossible."""
    path = folder / FILE
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        return _config(folder.absolute(), table)
    except FileNotFoundError as error:
        raise SetupError(f"There is no gate in {folder}. Run `platemark gate init`.") from error
    except (OSError, ValueError, MalformedRequest) as error:
        raise SetupError(f"{path} cannot be read: {error}") from error


def init(
    folder: Path,
    *,
    name: str,
    center: Address,
    service_url: str,
    rpc_url: str,
    deployment: Path,
    passphrase: str,
    ipfs_folder: Path | None = None,
    ipfs_api: str | None = None,
    inbox: Path | None = None,
    hot: Path | None = None,
    taken_means_done: bool = False,
) -> tuple[Config, Keys]:
    """Make a gate, or finish one that was half made; its settings and its opened keys.

    Folders are 0700 and files 0600. Keys are never overwritten: a second run opens those
    that are there. `gate.toml` is written last; if it is there already it must say the
    same. Raises SetupError if it does not or if the disk does not work, KeystoreLocked if
    keys are there and the passphrase does not open them.
    """
    folder = folder.absolute()
    table: dict[str, Any] = {
        "name": name,
        "center": str(center),
        "service_url": service_url,
        "rpc_url": rpc_url,
        "deployment": str(deployment.absolute()),
        "inbox": str(inbox.absolute()) if inbox else "inbox",
        "hot": str(hot.absolute()) if hot else "hot",
        "taken_means_done": taken_means_done,
    }
    if ipfs_folder:
        table["ipfs_folder"] = str(ipfs_folder.absolute())
    if ipfs_api:
        table["ipfs_api"] = ipfs_api
    try:
        wanted = _config(folder, table)
    except (ValueError, MalformedRequest) as error:
        raise SetupError(f"No gate can be made so: {error}") from error
    path = folder / FILE
    if path.exists():
        _require_same(folder, load(folder), wanted, table)
    with translated(f"The gate's folder {folder}", SetupError):
        for made in (folder, wanted.refused, wanted.sealed, wanted.inbox, wanted.intake):
            made.mkdir(mode=0o700, parents=True, exist_ok=True)
        FolderHost.prepare(wanted.hot)
        keys = Keys.load_or_create(wanted.signing_key, wanted.kem_key, passphrase)
        if not path.exists():
            write_atomically(path, _toml(table))
    return load(folder), keys


_TYPES: dict[str, type] = {
    "name": str,
    "center": str,
    "service_url": str,
    "rpc_url": str,
    "deployment": str,
    "inbox": str,
    "hot": str,
    "ipfs_folder": str,
    "ipfs_api": str,
    "taken_means_done": bool,
    "lost_after_seconds": int,
    "settle_seconds": int,
    "max_sealed_bytes": int,
}
_PATHS = ("deployment", "inbox", "hot", "ipfs_folder")


def _config(folder: Path, table: dict[str, Any]) -> Config:
    """Raises ValueError or MalformedRequest with a sentence."""
    for key, value in table.items():
        if key not in _TYPES:
            raise ValueError(f"there is no setting {key!r}.")
        if type(value) is not _TYPES[key]:
            raise ValueError(f"{key} must be a {_TYPES[key].__name__}.")
        if type(value) is int and value < 0:
            raise ValueError(f"{key} must not be negative.")
    missing = [name for name in list(_TYPES)[:7] if name not in table]
    if missing:
        raise ValueError(f"the setting {missing[0]} is missing.")
    if ("ipfs_folder" in table) == ("ipfs_api" in table):
        raise ValueError("name either ipfs_folder or ipfs_api.")
    if not 0 < len(table["name"]) <= MAX_NAME:
        raise ValueError(f"a printer's name has 1 to {MAX_NAME} characters.")
    values: dict[str, Any] = {**table, "center": Address(table["center"])}
    values.update({key: folder / table[key] for key in _PATHS if key in table})
    return Config(folder=folder, **values)


def _require_same(folder: Path, found: Config, wanted: Config, table: dict[str, Any]) -> None:
    for field in fields(Config):
        if field.name in table and getattr(found, field.name) != getattr(wanted, field.name):
            raise SetupError(
                f"There is a gate in {folder} already, with another {field.name}. "
                f"Edit its {FILE}, or choose another folder."
            )


def _toml(table: dict[str, Any]) -> bytes:
    """TOML's basic strings, integers and booleans are written as JSON writes them.

    Except for DEL, which JSON leaves as it is and TOML does not allow.
    """
    lines = [f"{key} = {json.dumps(value)}" for key, value in table.items()]
    text = "# A Platemark gate. Meaning of each setting: docs/gate.md\n" + "\n".join(lines) + "\n"
    return text.replace("\x7f", "\\u007f").encode()
