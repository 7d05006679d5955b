"""Which deployment a user goes by with each service: told once, then held to.

The first contact with a service writes down its chain, contracts and issuer, as SSH does
with host keys. From then on the file decides: a service that names others is refused.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from ledger.client.answers import ServiceInfo
from ledger.errors import DeploymentMismatch, SetupError
from ledger.models import Address


@dataclass(frozen=True, slots=True)
class Pin:
    """A service's chain, contracts and token-signing key."""

    chain_id: int
    registry: Address
    licenses: Address
    issuer: Address
    checkpoints: Address

    @classmethod
    def of(cls, info: ServiceInfo) -> Pin:
        """What a service says of itself."""
        return cls(info.chain_id, info.registry, info.licenses, info.issuer, info.checkpoints)


def pin_file(home: Path, url: str) -> Path:
    """Where the pin of the service at `url` is kept."""
    name = hashlib.sha256(url.rstrip("/").encode()).hexdigest()[:16]
    return home / "services" / f"{name}.json"


def load(home: Path, url: str) -> Pin | None:
    """The pin of a service, None before the first contact. Raises SetupError if it is broken."""
    path = pin_file(home, url)
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
        return Pin(
            int(row["chain_id"]),
            Address(row["registry"]),
            Address(row["licenses"]),
            Address(row["issuer"]),
            Address(row["checkpoints"]),
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SetupError(f"{path} is not the pin of a service: remove it.") from error


def save(home: Path, url: str, pin: Pin) -> None:
    """Write the pin of a service, over an older one. Raises SetupError."""
    path = pin_file(home, url)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = path.with_suffix(f".{os.getpid()}.part")
        partial.write_text(json.dumps({"service": url, **asdict(pin)}, indent=2) + "\n")
        partial.replace(path)
    except OSError as error:
        raise SetupError(f"{path} cannot be written: {error.strerror}.") from error


def require(home: Path, url: str, info: ServiceInfo) -> Pin:
    """The pin that holds for a service; the first contact makes it.

    Raises DeploymentMismatch if the service is not the one that was met before.
    """
    found, held = Pin.of(info), load(home, url)
    if held is None:
        save(home, url, found)
        return found
    if held != found:
        raise DeploymentMismatch(
            f"The service at {url} works with another deployment or issuer than before. "
            f"If that is meant to be so, remove {pin_file(home, url)}.",
            known=f"{held.chain_id}:{held.licenses}:{held.issuer}",
            found=f"{found.chain_id}:{found.licenses}:{found.issuer}",
        )
    return held
