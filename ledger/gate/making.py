"""The making of a gate's folder, and the change of a setting."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

from ledger.errors import MalformedRequest, SetupError
from ledger.gate.config import FILE, Config, load, read
from ledger.gate.disk import translated, write_atomically
from ledger.gate.hosts.folder import FolderHost
from ledger.gate.keys import Keys
from ledger.models import Address


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
    host: str = "folder",
    host_url: str | None = None,
    host_key_file: Path | None = None,
    issuer: Address | None = None,
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
    given = {"ipfs_folder": ipfs_folder, "host_key_file": host_key_file}
    table |= {key: str(path.absolute()) for key, path in given.items() if path}
    texts = {"ipfs_api": ipfs_api, "host": host if host != "folder" else None, "host_url": host_url}
    texts["issuer"] = str(issuer) if issuer else None
    table |= {key: text for key, text in texts.items() if text}
    try:
        wanted = read(folder, table)
    except (ValueError, MalformedRequest) as error:
        raise SetupError(f"No gate can be made so: {error}") from error
    path = folder / FILE
    if path.exists():
        _require_same(folder, load(folder), wanted, table)
    with translated(f"The gate's folder {folder}", SetupError):
        for made in (folder, wanted.refused, wanted.sealed, wanted.inbox, wanted.intake):
            made.mkdir(mode=0o700, parents=True, exist_ok=True)
        if wanted.host == "folder":
            FolderHost.prepare(wanted.hot)
        else:
            wanted.held.mkdir(mode=0o700, exist_ok=True)
        keys = Keys.load_or_create(
            wanted.signing_key, wanted.kem_key, passphrase, wanted.key_for_host
        )
        if not path.exists():
            write_atomically(path, _toml(table))
    return load(folder), keys


def change(folder: Path, **settings: str | int | bool) -> Config:
    """Write settings into `gate.toml`, and leave everything else in it as it is.

    Raises SetupError if the gate cannot be so; then nothing was changed.
    """
    folder = folder.absolute()
    load(folder)
    path = folder / FILE
    with translated(f"The gate's folder {folder}", SetupError):
        lines = path.read_text(encoding="utf-8").splitlines()
        for name, value in settings.items():
            line = f"{name} = {json.dumps(value)}"
            lines = [each for each in lines if not re.match(rf"{name}\s*=", each)] + [line]
        try:
            config = read(folder, tomllib.loads("\n".join(lines)))
        except (ValueError, MalformedRequest) as error:
            raise SetupError(f"No gate can be so: {error}") from error
        write_atomically(path, ("\n".join(lines) + "\n").encode())
    return config


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
