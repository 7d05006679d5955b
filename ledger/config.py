"""Settings, read once from the environment (`PLATEMARK_...`); nothing happens at import."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

GIB = 2**30


def _networks(text: str) -> str:
    for one in filter(None, text.split(",")):
        ipaddress.ip_network(one.strip())  # raises ValueError for what is none
    return text


class Settings(BaseSettings):
    """Where everything is, and what is allowed. Every field is `PLATEMARK_` and its name."""

    model_config = SettingsConfigDict(env_prefix="PLATEMARK_", extra="ignore", frozen=True)

    home: Path = Field(default_factory=lambda: Path.home() / ".platemark")
    """Folder of keys, the database, sealed files and the development chain."""

    rpc_url: str = "http://127.0.0.1:8545"
    """JSON-RPC of the chain."""

    dev_chain: Literal["anvil", "ganache"] = "anvil"
    """The node that `platemark up` runs as its chain: anvil or ganache."""

    deployment: Path | None = None
    """The deployment file; `<home>/dev/deployment.json` unless set."""

    database_url: str | None = None
    """SQLAlchemy URL; SQLite at `<home>/service/ledger.db` unless set."""

    ipfs_api: str | None = None
    """RPC address of a running Kubo (multiaddr or URL); the embedded store unless set."""

    host: str = "127.0.0.1"
    """Address that the API listens on."""

    port: int = 8700
    """Port that the API listens on."""

    tls_certificate: Path | None = None
    """PEM of the certificate that the API serves https with, its chain behind it; http unless
    set, and then on this machine only."""

    tls_key: Path | None = None
    """PEM of that certificate's key, mode 0600."""

    passphrase: SecretStr | None = None
    """Opens the keystores; or name a file of mode 0600 in `passphrase_file`."""

    passphrase_file: Path | None = None
    """A file of mode 0600 whose first line opens the keystores."""

    max_design_bytes: int = 2 * GIB
    """Largest design that is accepted."""

    void_share: int = Field(default=0, ge=0, le=10_000)
    """Share of a license's prints, in basis points, that the service voids by itself when their
    printers report them as failed; what is beyond is decided by hand."""

    enrolments_a_day: int = Field(default=200, ge=1)
    """Enrolments that the service takes from one print center within 24 hours; each is an entry of
    the log for ever. One that was taken already is not counted again."""

    webhook_networks: Annotated[str, AfterValidator(_networks)] = ""
    """Networks beside the public ones to which webhooks may go, separated by commas, such as
    10.1.0.0/16 or 127.0.0.0/8. This machine is none of them unless it is named."""

    webhook_days: int = Field(default=30, ge=1)
    """Days for which `webhook deliveries` shows what was delivered, given up or ended; what is
    still to be delivered stays as long as it is."""

    minimum_age: int = Field(default=0, ge=0)
    """Seconds that a commitment must be old before its design is registered, in contracts that
    are deployed from here; 0: no commitment is needed."""

    @property
    def service_folder(self) -> Path:
        """Folder of the service's own secrets and data (mode 0700)."""
        return self.home / "service"

    @property
    def deployment_file(self) -> Path:
        """The deployment file in force."""
        return self.deployment or self.home / "dev" / "deployment.json"

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite:///{self.service_folder / 'ledger.db'}"
