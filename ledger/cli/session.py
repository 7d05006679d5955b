"""What a command works with: settings, keys, and the connection to the service."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from pydantic import ValidationError

from ledger.cli.output import note
from ledger.config import Settings
from ledger.errors import KeystoreLocked, MalformedRequest, SetupError
from ledger.models import Address

if TYPE_CHECKING:
    from ledger.client import ServiceClient
    from ledger.client.desk import Desk
    from ledger.client.pins import Pin
    from ledger.client.tls import Certificate
    from ledger.signing import Signer

_KEY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def read_settings() -> Settings:
    """The settings from the environment. Raises SetupError if one of them is impossible."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "PLATEMARK_" + "_".join(str(part) for part in first["loc"]).upper()
        raise SetupError(f"{name} cannot be used: {first['msg']}.") from error


@dataclass(frozen=True)
class Session:
    """One run of the command line."""

    url: str
    """The service's address."""

    settings: Settings

    trusted: Certificate | None = None
    """The only certificate that the service may show; else what this machine's authorities say."""

    @property
    def key_folder(self) -> Path:
        """Where this user's keystores are."""
        return self.settings.home / "keys"

    # ------------------------------------------------------------------- keys

    def key_file(self, name: str) -> Path:
        """Where the key of this name is, or would be. Raises MalformedRequest."""
        if not _KEY_NAME.fullmatch(name):
            raise MalformedRequest(
                f"{name[:80]!r} cannot name a key: letters, digits, '.', '_' and '-' can."
            )
        return self.key_folder / f"{name}.json"

    def key_names(self) -> list[str]:
        """The names of all keys, sorted."""
        return sorted(path.stem for path in self.key_folder.glob("*.json"))

    def chosen_key(self, name: str | None) -> str:
        """`name`, or the only key that there is. Raises SetupError."""
        names = self.key_names()
        if name is None and len(names) == 1:
            return names[0]
        if name is None:
            raise SetupError(
                f"Say which key signs: --key NAME (there are: {', '.join(names)})."
                if names
                else "There is no key yet. Make one: platemark key new NAME."
            )
        if not self.key_file(name).exists():
            raise SetupError(f"There is no key {name!r} in {self.key_folder}.")
        return name

    def signer(self, name: str | None) -> Signer:
        """The opened key. Raises SetupError or KeystoreLocked."""
        from ledger.signing import Signer

        chosen = self.chosen_key(name)
        return Signer.load(self.key_file(chosen), self.passphrase(f"Passphrase of {chosen}"))

    def passphrase(self, prompt: str, *, twice: bool = False) -> str:
        """From PLATEMARK_PASSPHRASE, from the file that PLATEMARK_PASSPHRASE_FILE names, or asked.

        Raises SetupError for a file that others can read, KeystoreLocked where there is
        nobody to ask.
        """
        if self.settings.passphrase is not None:
            return self.settings.passphrase.get_secret_value()
        if self.settings.passphrase_file is not None:
            return _first_line(self.settings.passphrase_file)
        if not sys.stdin.isatty():
            raise KeystoreLocked("No passphrase was given, and there is no terminal to ask at.")
        answer: str = typer.prompt(prompt, hide_input=True, confirmation_prompt=twice, err=True)
        return answer

    def address(self, text: str) -> Address:
        """An address, or that of the key with this name. Raises MalformedRequest, SetupError."""
        from ledger.signing import keystore_address

        if text.startswith("0x"):
            return Address(text)
        return keystore_address(self.key_file(self.chosen_key(text)))

    # ---------------------------------------------------------------- service

    @contextmanager
    def service(self) -> Iterator[ServiceClient]:
        """The connection to the service."""
        from ledger.client import ServiceClient
        from ledger.client.transport import Transport

        with ServiceClient(self.url, transport=Transport(self.url, pinned=self.trusted)) as client:
            yield client

    def pin(self, service: ServiceClient) -> Pin:
        """What this user goes by at this service. Raises DeploymentMismatch."""
        from ledger.client import pins

        first = pins.load(self.settings.home, self.url) is None
        pin = pins.require(self.settings.home, self.url, service.deployment())
        if first:
            note(
                f"First contact with {self.url}: chain {pin.chain_id}, licenses at "
                f"{pin.licenses}, issuer {pin.issuer}. From now on nothing else is accepted."
            )
        return pin

    @contextmanager
    def desk(self, key: str | None) -> Iterator[Desk]:
        """The service, with a key that signs what this user checked."""
        from ledger.client.desk import Desk

        signer = self.signer(key)
        with self.service() as service:
            yield Desk(service, self.pin(service), signer, max_fee_wei=_max_fee())


def session_of(context: typer.Context) -> Session:
    """The session that the root command made."""
    session = context.find_object(Session)
    if session is None:
        raise SetupError("The command line was started without its root command.")
    return session


def now() -> int:
    """Unix seconds."""
    return int(time.time())


def _max_fee() -> int:
    from ledger.client.trust import MAX_FEE_WEI

    text = os.environ.get("PLATEMARK_MAX_FEE_WEI", str(MAX_FEE_WEI))
    if not text.isascii() or not text.isdigit():
        raise SetupError("PLATEMARK_MAX_FEE_WEI must be a whole number of wei.")
    return int(text)


def _first_line(path: Path) -> str:
    try:
        if path.stat().st_mode & 0o077:
            raise SetupError(f"{path} can be read by others. Run: chmod 600 {path}")
        return path.read_text(encoding="utf-8").splitlines()[0]
    except (OSError, IndexError, UnicodeDecodeError) as error:
        raise SetupError(f"The passphrase file {path} cannot be read.") from error
