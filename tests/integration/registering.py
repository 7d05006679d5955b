"""Uploads in a process of their own, which can be killed at any step of them.

A step is a call through one of the service's ports, or a change to its work folder:
everything that outlives the process goes through one of them.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from ledger import vault
from ledger.bootstrap import build_ledger
from ledger.chain import Chain
from ledger.config import Settings
from ledger.devchain import rpc
from ledger.errors import DesignAlreadyRegistered
from ledger.models import ContentHash, Variant
from ledger.services import registration, variants
from ledger.services.context import Ledger
from ledger.services.registration import Description
from ledger.services.workfolder import private_folder
from ledger.signing import Signer


@dataclass
class Steps:
    """Counts steps, and ends the process without a word at one of them."""

    kill_at: int | None
    taken: list[str] = field(default_factory=list)

    def take(self, name: str) -> None:
        """Here a step begins or is half done."""
        if len(self.taken) == self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        self.taken.append(name)

    def around(self, name: str, act: Callable[..., Any]) -> Callable[..., Any]:
        """`act`, counted as a step before and after."""

        def counted(*arguments: Any, **options: Any) -> Any:
            self.take(f"before {name}")
            answer = act(*arguments, **options)
            self.take(f"after {name}")
            return answer

        return counted


class _Counted:
    """Any port: every method is a step."""

    def __init__(self, steps: Steps, name: str, port: Any, only: set[str]) -> None:
        self._steps, self._name, self._port, self._only = steps, name, port, only

    def __getattr__(self, method: str) -> Any:
        found = getattr(self._port, method)
        if method not in self._only:
            return found
        return self._steps.around(f"{self._name}.{method}", found)


class _CountedDatabase(_Counted):
    """A transaction is three steps: before it, before its end, after it."""

    @contextmanager
    def write(self) -> Iterator[Any]:
        self._steps.take("before database.write")
        with self._port.write() as session:
            yield session
            session.flush()
            self._steps.take("before commit of database.write")
        self._steps.take("after database.write")


def watched(ledger: Ledger, steps: Steps) -> Ledger:
    """The same service, with every step counted."""
    chain: Any = ledger.chain
    assert isinstance(chain, Chain)
    chain.rpc.wait = steps.around("waiting for a block", chain.rpc.wait)  # type: ignore[method-assign]
    vault.seal = steps.around("vault.seal", vault.seal)
    Path.replace = steps.around("Path.replace", Path.replace)  # type: ignore[method-assign]
    Path.unlink = steps.around("Path.unlink", Path.unlink)  # type: ignore[method-assign]
    return replace(
        ledger,
        database=_CountedDatabase(steps, "database", ledger.database, set()),  # type: ignore[arg-type]
        ipfs=_Counted(steps, "ipfs", ledger.ipfs, {"add", "add_raw_block", "unpin"}),
        indexer=_Counted(steps, "indexer", ledger.indexer, {"catch_up", "rebuild"}),  # type: ignore[arg-type]
        send=steps.around("send", ledger.send),
    )


def settings(home: Path, url: str, deployment: Path) -> Settings:
    """Settings of the service whose registration is broken off."""
    return Settings(
        home=home, rpc_url=url, deployment=deployment, passphrase=SecretStr("for tests")
    )


def register(
    home: Path, url: str, deployment: Path, file: Path, secret: bytes, kill_at: int | None
) -> None:
    """Start the service, upload `file` as the API does, sign, confirm; write what happened."""
    ledger = build_ledger(settings(home, url, deployment))
    rpc(url, "anvil_setBalance", ledger.issuer.address, hex(10**20))
    owner, steps = Signer.from_secret(secret), Steps(kill_at)
    service = watched(ledger, steps)
    try:
        with private_folder(service.work_folder) as folder:
            upload = folder / "design"
            shutil.copyfile(file, upload)
            steps.take("after the upload")
            prepared = registration.prepare(service, upload, owner.address, Description("Part"))
        design = ContentHash.parse(prepared.sealed.design)
        signature = owner.sign(prepared.typed_data)
        registration.confirm(service, design, owner.address, prepared.deadline, signature)
    except DesignAlreadyRegistered as error:
        if error.facts["designer"] != owner.address:
            raise
        steps.taken.append("it was complete")
    (home / "steps.json").write_text(json.dumps(steps.taken))


def upload_variant(
    home: Path,
    url: str,
    deployment: Path,
    file: Path,
    variant: Variant,
    signature: bytes,
    kill_at: int | None,
) -> None:
    """Start the service and take a variant in as the API does; write what happened."""
    steps = Steps(kill_at)
    service = watched(build_ledger(settings(home, url, deployment)), steps)
    with private_folder(service.work_folder) as folder:
        upload = folder / "variant"
        shutil.copyfile(file, upload)
        steps.take("after the upload")
        variants.accept(service, upload, variant, signature)
    (home / "steps.json").write_text(json.dumps(steps.taken))
