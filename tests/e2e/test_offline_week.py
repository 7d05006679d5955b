"""A center without a network for a week prints 500 pieces on two printers from leases.

One gate is a process that is killed (kill -9) at seeded lines of its journal; the machine of
the other has its clock set back in the middle of the week. Then the network is back: chain,
service and both journals agree, the clock is a finding, and one pooled transaction redeemed it.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.testclient import TestClient

from api.app import create_app
from ledger import leasefiles
from ledger.anvil import Anvil
from ledger.gate.journal import State, read
from ledger.gate.leases import orders
from ledger.gate.leases.links import verify
from ledger.gate.leases.shelf import link_of
from ledger.models import Digest, serials_of
from ledger.services import pooled
from ledger.services.context import Ledger
from ledger.signing import Signer
from tests.e2e.offline import LIFE_SECONDS, SlowMachine, Week, set_number
from tests.e2e.press import PROCESSES, Press
from tests.gate.world import make_config
from tests.leasing import lease, serials
from tests.processes import ended
from tests.scene import Scene, new_scene
from tests.service import ETHER, Party, chain_of, new_ledger

pytestmark = pytest.mark.chain

DAY = 86_400
PRINTS = 250
SEED = 20_261_122
SET_BACK = 3 * 3_600
MOST_GAS = 200


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Week:
    return Week(tmp_path_factory.mktemp("time") / "now", int(time.time()))


@pytest.fixture(scope="module")
def ledger(anvil: Anvil, week: Week, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """A service that goes by the week's time, and pools what is handed in until it is told."""
    made = new_ledger(anvil, Path(tmp_path_factory.mktemp("service")))
    patch = pytest.MonkeyPatch()
    patch.setattr(pooled, "POOL_SECONDS", 10**9)
    yield replace(made, clock=lambda: week.now)
    patch.undo()


@pytest.fixture(scope="module")
def ours(anvil: Anvil, ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with TestClient(create_app(ledger=ledger)) as http:

        def party() -> Party:
            signer = Signer.generate()
            anvil.rpc("anvil_setBalance", signer.address, hex(1_000 * ETHER))
            return Party(signer, http, ledger.domain)

        folder = tmp_path_factory.mktemp("files")
        yield new_scene(ledger, party, folder, quota=1_000, grace=48)


@pytest.fixture
def server(ledger: Ledger) -> Iterator[Callable[[], str]]:
    """Brings the network back: the same service over HTTP."""
    made = uvicorn.Server(uvicorn.Config(create_app(ledger=ledger), port=0, log_level="warning"))
    thread = threading.Thread(target=made.run)

    def start() -> str:
        thread.start()
        until(lambda: made.started)
        return f"http://127.0.0.1:{made.servers[0].sockets[0].getsockname()[1]}"

    yield start
    if thread.is_alive():
        made.should_exit = True
        thread.join(20)


@pytest.fixture
def presses(ours: Scene, week: Week, tmp_path: Path) -> Iterator[list[Press]]:
    made: list[Press] = []
    blocks = ours.ledger.work_folder.parent / "blocks"
    for number, printer in enumerate((ours.printer, ours.enrolled()), start=1):
        folder = tmp_path / f"press-{number}"
        folder.mkdir()
        config = replace(
            make_config(folder),
            ipfs_folder=blocks,
            settle_seconds=0,
            issuer=ours.ledger.issuer.address,
        )
        file = lease(ours, printer, count=PRINTS, lifetime=9 * DAY, silence=9 * DAY)
        wanted = orders.Wanted(leasefiles.digest_of(file), PRINTS)
        (config.inbox / "1.lease.json").write_bytes(leasefiles.dump(file))
        (config.inbox / "2.print.json").write_bytes(orders.dump(wanted))
        offset = folder / "offset"
        set_number(offset, 0)
        machine = SlowMachine(config.hot, week, -(-7 * DAY // (2 * PRINTS)))
        # Blocks of a young chain run ahead of the clock, and the lease begins with the chain.
        week.pass_(max(0, file.lease.not_before - week.now))
        made.append(Press(ours, week, printer, config, machine, file, offset, PRINTS))
    yield made
    for press in made:
        press.machine.close()


@pytest.mark.timeout(600)
def test_an_offline_week(
    anvil: Anvil,
    ours: Scene,
    week: Week,
    presses: list[Press],
    server: Callable[[], str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    PROCESSES.set_forkserver_preload(["tests.e2e.offline"])
    began, (killed, behind) = week.now, presses
    blocks = anvil.rpc("eth_blockNumber")
    killer = threading.Thread(target=killed.live_and_die, args=(random.Random(SEED),))
    killer.start()
    set_back(behind, killed)
    killer.join(LIFE_SECONDS)
    assert not killer.is_alive()
    assert len(killed.deaths) >= 5
    assert week.now - began >= 7 * DAY
    assert anvil.rpc("eth_blockNumber") == blocks, "the chain heard nothing of it"
    for press in presses:
        names = [name for name, _ in press.machine.printed]
        assert len(names) == len(set(names)) == PRINTS
        assert press.spent == serials(press.file)

    anvil.next_block_at(week.now)
    anvil.rpc("evm_mine")
    url = server()
    for press in presses:
        reconnect(press, url)
    before = int(str(anvil.rpc("eth_blockNumber")), 16)
    assert pooled.settle(ours.ledger, at_once=True) == 2 * PRINTS
    gas, transactions = gas_since(anvil, before)
    each = gas / (2 * PRINTS)
    with capsys.disabled():
        print(  # noqa: T201
            f"\noffline week: seed {SEED}, {2 * PRINTS} prints, {len(killed.deaths)} kills "
            f"({', '.join(killed.deaths)}); redeemed in {transactions} transaction(s), "
            f"{gas:,} gas, {each:.1f} a print"
        )
    assert each <= MOST_GAS
    for press in presses:
        agree(ours, press)
    assert findings(ours, killed) == set()
    assert findings(ours, behind) == {"clock-set-back"}


def set_back(press: Press, other: Press) -> None:
    """Let a gate live, and set its clock back until it has said so; then set it right.

    The other machine rests meanwhile: the time that its pieces take would bring the clock that
    was set back past the last entry, from where the gate rightly goes on.
    """
    process = press.life(None)
    try:
        until(lambda: len(press.machine.printed) >= PRINTS // 3)
        other.machine.running.clear()
        set_number(press.offset, -SET_BACK)
        until(lambda: "clock" in press.kinds)
        printed = len(press.machine.printed)
        time.sleep(0.3)
        assert len(press.machine.printed) <= printed + 1, "nothing is begun with a wrong clock"
        set_number(press.offset, 0)
        other.machine.running.set()
        assert ended(process, LIFE_SECONDS) == 0
    finally:
        if process.is_alive():
            process.kill()
            process.join(10)


def reconnect(press: Press, url: str) -> None:
    with press.gate(url) as gate:
        end = time.monotonic() + LIFE_SECONDS
        while not gate.idle:
            if not gate.step():
                press.week.pass_(1)
            assert time.monotonic() < end


def agree(ours: Scene, press: Press) -> None:
    """The chain's bits, the service's journal and the gate's own say the same."""
    chain, file = chain_of(ours.ledger), press.file
    for ticket in file.tickets:
        word, mask = ticket.token.word, ticket.token.serials
        assert chain.spent(ours.license, word) == mask, "and nothing else"
    assert sorted(press.spent) == [
        s for t in file.tickets for s in serials_of(t.token.word, t.token.serials)
    ]
    links = [link_of(r.data) for r in read(press.config.journal) if "entry" in r.data]
    head = verify(
        [(link.entry, link.signature) for link in links], ours.ledger.domain, press.printer.address
    )
    known = ours.center.ok("GET", f"/printers/{press.printer.address}/journal")
    assert (known["sequence"], Digest.parse(known["head"])) == (head.sequence, head.digest)
    assert (known["redeemed"], known["due"]) == (PRINTS, 0)
    assert sum(r.state is State.REPORTED for r in read(press.config.journal)) == PRINTS


def findings(ours: Scene, press: Press) -> set[str]:
    """What the audit of a printer, and of its journal, has found."""
    known = ours.center.ok("GET", f"/printers/{press.printer.address}/journal")
    said = {finding["kind"] for finding in known["findings"]}
    return said | set(ours.findings(press.printer.address))


def gas_since(anvil: Anvil, block: int) -> tuple[int, int]:
    """Gas and number of all transactions after a block."""
    gas = transactions = 0
    for number in range(block + 1, int(str(anvil.rpc("eth_blockNumber")), 16) + 1):
        row: Any = anvil.rpc("eth_getBlockByNumber", hex(number), False)
        gas += int(row["gasUsed"], 16)
        transactions += len(row["transactions"])
    return gas, transactions


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + LIFE_SECONDS / 2
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)
