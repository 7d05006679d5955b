"""A gate's folder: where everything lies, and its settings in `gate.toml`.

::

    gate.toml      settings, written once by `init` and then the owner's to edit
    keys/          printer.json (secp256k1 keystore), kem.json (HPKE) and, for a host that is
                   a program, host.json (Ed25519), all encrypted
    keys/paired-as the name under which that program knows the gate, if the printer's keys
                   were replaced since
    keys/leases/   wrapped content keys, while their leases live
    news.json      the newest news
    inbox/         where tickets are dropped
    hot/           the folder that the machine watches (may be elsewhere)
    work/          opened models, while they are sliced
    held/          files that wait for a host that is a program
    refused/       what was refused, each with a .reason.json beside it
    sealed/        sealed files, while a job needs them
    journal.jsonl  the gate's memory (ledger.gate.journal)
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ledger.errors import MalformedRequest, SetupError
from ledger.gate.slicing.workshop import Settings, settings_of
from ledger.models import Address

FILE = "gate.toml"
MAX_NAME = 200
HOSTS = ("folder", "octoprint", "moonraker")


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
    host: str = "folder"
    """What makes the machine print: one of `HOSTS`."""
    host_url: str | None = None
    """Where a host that is a program answers."""
    host_key_file: Path | None = None
    """A file (0600) with that program's API key."""
    queue: bool = False
    """Whether the gate asks its center's queue for work whenever the machine is free."""
    own_files: bool = False
    """The owner's own files, which are no registered designs, are released too."""
    issuer: Address | None = None
    """Whose signature makes a lease and news; without it no lease is taken."""
    news_seconds: int = 300
    """How often the service is asked for news, while there are leases."""
    slicing: Settings = field(default_factory=Settings)
    """How models are sliced: `profile`, `slicer`, `bed`, `sandbox`, `slice_...`."""

    @property
    def journal(self) -> Path:
        """The journal's file."""
        return self.folder / "journal.jsonl"

    def journal_of(self, printer: Address) -> Path:
        """Where the journal lies of a printer that this gate was before its keys were replaced."""
        return self.folder / f"journal-{printer}.jsonl"

    @property
    def old_journals(self) -> list[Path]:
        """All of these that there are."""
        return sorted(self.folder.glob("journal-0x*.jsonl"))

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
    def next_keys(self) -> Path:
        """Where new keys wait until the service has taken them."""
        return self.folder / "keys" / "next"

    @property
    def service_pin(self) -> Path:
        """The only certificate that the service may show, where it is spoken to over https."""
        return self.folder / "keys" / "service.pem"

    @property
    def kem_key(self) -> Path:
        """The file of the printer's HPKE key."""
        return self.folder / "keys" / "kem.json"

    @property
    def host_key(self) -> Path:
        """The file of the key that signs releases for the host."""
        return self.folder / "keys" / "host.json"

    @property
    def paired_as(self) -> Path:
        """The file with the name under which the host was paired, if it is an earlier address."""
        return self.folder / "keys" / "paired-as"

    @property
    def key_for_host(self) -> Path | None:
        """`host_key` where the host is a program, which has to be told; else None."""
        return None if self.host == "folder" else self.host_key

    @property
    def lease_keys(self) -> Path:
        """Where wrapped content keys lie while their leases live."""
        return self.folder / "keys" / "leases"

    @property
    def news(self) -> Path:
        """The newest news that were taken."""
        return self.folder / "news.json"

    @property
    def work(self) -> Path:
        """Where opened models lie, mode 0700, while they are sliced."""
        return self.folder / "work"

    @property
    def held(self) -> Path:
        """Where files lie, mode 0700, that were not handed to a host that is a program."""
        return self.folder / "held"


def load(folder: Path) -> Config:
    """Read `gate.toml`. Raises SetupError if it is missing, or says something impossible."""
    path = folder / FILE
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        return read(folder.absolute(), table)
    except FileNotFoundError as error:
        raise SetupError(f"There is no gate in {folder}. Run `platemark gate init`.") from error
    except (OSError, ValueError, MalformedRequest) as error:
        raise SetupError(f"{path} cannot be read: {error}") from error


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
    "host": str,
    "host_url": str,
    "host_key_file": str,
    "own_files": bool,
    "queue": bool,
    "issuer": str,
    "news_seconds": int,
    "profile": str,
    "slicer": str,
    "bed": list,
    "sandbox": str,
    "slice_seconds": int,
    "slice_memory_mb": int,
    "slice_output_mb": int,
}
_SLICING = tuple(list(_TYPES)[-7:])
_PATHS = ("deployment", "inbox", "hot", "ipfs_folder", "host_key_file")


def read(folder: Path, table: dict[str, Any]) -> Config:
    """The settings in a table. Raises ValueError or MalformedRequest with a sentence."""
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
    _require_host(table)
    values: dict[str, Any] = {**table, "center": Address(table["center"])}
    if "issuer" in table:
        values["issuer"] = Address(table["issuer"])
    values.update({key: folder / table[key] for key in _PATHS if key in table})
    slicing = {key: values.pop(key) for key in _SLICING if key in table}
    return Config(folder=folder, slicing=settings_of(folder, slicing), **values)


def _require_host(table: dict[str, Any]) -> None:
    host = table.get("host", "folder")
    if host not in HOSTS:
        raise ValueError(f"host must be one of {', '.join(HOSTS)}.")
    if host == "folder":
        for name in ("host_url", "host_key_file"):
            if name in table:
                raise ValueError(f"a hot folder has no {name}.")
        if table.get("own_files"):
            raise ValueError("a hot folder holds nobody's files back: own_files is not for it.")
    elif "host_url" not in table:
        raise ValueError(f"host_url says where {host} answers: it is missing.")
    elif host == "octoprint" and "host_key_file" not in table:
        raise ValueError("host_key_file names the file with OctoPrint's API key: it is missing.")
