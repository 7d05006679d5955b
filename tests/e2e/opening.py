"""Brings a print center up, on a chain of its own: see `tests.e2e.center`."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.testclient import TestClient

from api.app import create_app
from ledger.anvil import Anvil
from ledger.services import pooled
from ledger.signing import Signer
from tests.conftest import ROOT
from tests.e2e.center import GRACE_HOURS, Center
from tests.e2e.line import Line
from tests.gate.fakes import FakeClock
from tests.scene import new_scene
from tests.service import ETHER, Party, new_ledger

STARTED_SECONDS = 30


@contextmanager
def open_center(folder: Path, **settings: Any) -> Iterator[Center]:
    """Everything up, with a design, a license and nobody printing; more settings if given."""
    clock = FakeClock(int(time.time()))
    with pytest.MonkeyPatch.context() as patch, Anvil(ROOT) as anvil:
        # What is handed in waits until the test has it redeemed.
        patch.setattr(pooled, "POOL_SECONDS", 10**9)
        ledger = replace(new_ledger(anvil, folder, **settings), clock=clock.now)
        app = create_app(ledger=ledger)
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run)
        with TestClient(app) as http, ExitStack() as cut:

            def party() -> Party:
                signer = Signer.generate()
                anvil.set_balance(signer.address, 1_000 * ETHER)
                return Party(signer, http, ledger.domain)

            ours = new_scene(ledger, party, folder, quota=100, grace=GRACE_HOURS)
            thread.start()
            try:
                end = time.monotonic() + STARTED_SECONDS
                while not server.started:
                    assert time.monotonic() < end
                    time.sleep(0.01)
                port = server.servers[0].sockets[0].getsockname()[1]
                line, chain_line = Line(port), Line(anvil.port)
                for each in (line, chain_line):
                    cut.callback(each.cut)
                center = Center(anvil, ours, clock, line, chain_line)
                center.catch_up()
                yield center
            finally:
                cut.close()
                server.should_exit = True
                thread.join(STARTED_SECONDS)
