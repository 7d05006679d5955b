"""A journal that is handed in and redeemed in a process of its own, which can be killed."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import SecretStr

from ledger.bootstrap import build_ledger
from ledger.config import Settings
from ledger.models import Address, JournalEntry
from ledger.services import journals, pooled
from tests.integration.registering import Steps, watched


def hand_in(
    folder: Path,
    url: str,
    printer: Address,
    entries: Sequence[tuple[JournalEntry, bytes]],
    later: int,
    kill_at: int | None,
) -> None:
    """Hand in and redeem, `later` seconds from now by the service's clock; write the steps."""
    settings = Settings(
        home=folder / "home",
        rpc_url=url,
        deployment=folder / "deployment.json",
        passphrase=SecretStr("a passphrase for tests"),
    )
    steps = Steps(kill_at)
    service = watched(build_ledger(settings), steps)
    service = replace(service, clock=lambda: int(time.time()) + later)
    journals.hand_in(service, printer, entries)
    pooled.settle(service, at_once=True)
    service.database.close()
    (folder / "steps.json").write_text(json.dumps(steps.taken))
