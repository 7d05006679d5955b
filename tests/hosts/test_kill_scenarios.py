"""kill -9 of gate and host at each step of a job, with real hosts: the laws hold afterwards.

For each of the two hosts six jobs are sliced and printed, two of them from a lease. Each
step that the journal distinguishes is struck twice, once by a kill of the gate and once by
one of the host, some of them together; a seeded throw of dice deals the strikes to the jobs.
Each job prints its seed, its kills and its outcome; `SEED` in the environment plays another.
"""

from __future__ import annotations

import json
import os
import random
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import uvicorn
from starlette.testclient import TestClient

from api.app import create_app
from ledger import leasefiles, tickets
from ledger.anvil import Anvil
from ledger.client import wire
from ledger.gate import Config
from ledger.gate.journal import State, read
from ledger.gate.leases import orders
from ledger.gate.slicing.workshop import Settings
from ledger.models import Outcome, bit_of
from ledger.services import pooled
from ledger.signing import Signer
from tests.conftest import ROOT
from tests.gate.slicing_world import needs
from tests.gate.world import make_config
from tests.hosts.bed import until
from tests.hosts.killing import GATE, Bench, Life, MoonrakerBench, OctoPrintBench, Played, Stop
from tests.hosts.moonraker_bed import Printer, require_moonraker
from tests.hosts.octoprint_bed import OctoPrint, require_octoprint
from tests.hosts.test_octoprint_end_to_end import QUICK
from tests.leasing import lease, serials
from tests.scene import Scene, new_scene
from tests.service import ETHER, Party, chain_of, new_ledger
from tests.unit import files_samples as samples

pytestmark = [pytest.mark.chain, pytest.mark.timeout(400), needs("bwrap", "prusa-slicer")]

SEED = int(os.environ.get("SEED", "5"))
PROFILE = QUICK + "skirts = 0\nstart_gcode = G1 X123.4 Y56.7 F60000\nend_gcode = G4 P100\n"
ONLINE = (
    State.ADMITTED,
    State.FETCHED,
    State.KEY_RECEIVED,
    State.OPENED,
    State.SLICED,
    State.REDEEMING,
    State.REDEEMED,
    State.HANDING,
    State.HANDED,
    State.ENDED,
    State.RECEIPTED,
)
LEASED = (*ONLINE[:5], State.SPENT, *ONLINE[7:])
WAYS = (ONLINE, LEASED, ONLINE, ONLINE, LEASED, ONLINE)
"""The steps of each job, in order."""
TOGETHER = 0.25
"""How often a gate and its host die at once."""


def deal(programs: Sequence[str], seed: int) -> list[list[Stop]]:
    """Each step once with a kill of the gate and once with one of the host, dealt to the jobs."""
    dice = random.Random(seed)
    hands: list[list[Stop]] = [[] for _ in WAYS]
    pairs = [(state, side) for state in {*ONLINE, *LEASED} for side in (GATE, "host")]
    pairs.sort()
    dice.shuffle(pairs)
    # What only some jobs come by is dealt first.
    pairs.sort(key=lambda pair: sum(pair[0] in way for way in WAYS))
    for state, side in pairs:
        fit = [n for n, way in enumerate(WAYS) if state in way]
        free = [n for n in fit if state not in {stop.state for stop in hands[n]}]
        chosen = min(free, key=lambda n: (len(hands[n]), dice.random()))
        hands[chosen].append(throw(state, side, programs, dice))
    return hands


def throw(state: State, side: str, programs: Sequence[str], dice: random.Random) -> Stop:
    """When exactly, and who."""
    some = tuple(sorted(dice.sample(programs, dice.randint(1, len(programs)))))
    if side == GATE:
        together = some if dice.random() < TOGETHER else ()
        return Stop(state, dice.choice(("before", "during", "after")), (GATE, *together))
    return Stop(state, dice.choice(("before", "after")), some)


@dataclass
class Town:
    """A service over HTTP on a chain of its own, with a design that slices in a moment."""

    ours: Scene
    url: str
    rpc_url: str
    folder: Path


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("town")
    with Anvil(ROOT) as anvil:
        ledger = new_ledger(anvil, folder)
        app = create_app(ledger=ledger)
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run)
        with TestClient(app) as http:

            def party() -> Party:
                signer = Signer.generate()
                anvil.set_balance(signer.address, 1_000 * ETHER)
                return Party(signer, http, ledger.domain)

            model = folder / "plate.stl"
            model.write_bytes(samples.binary_stl(samples.box(4, 4, 0.4)))
            ours = new_scene(ledger, party, folder, quota=100, file=model, grace=48)
            thread.start()
            try:
                until(lambda: server.started)
                port = server.servers[0].sockets[0].getsockname()[1]
                yield Town(ours, f"http://127.0.0.1:{port}", anvil.url, folder)
            finally:
                server.should_exit = True
                thread.join(20)


@dataclass
class Site:
    """One printer of the center: a real host, its gate's folder, and what is dealt to it."""

    town: Town
    host: Bench
    life: Life
    hands: list[list[Stop]]

    @property
    def config(self) -> Config:
        return self.life.config


@pytest.fixture(scope="module", params=["moonraker", "octoprint"])
def site(request: pytest.FixtureRequest, town: Town) -> Iterator[Site]:
    name: str = request.param
    folder = town.folder / name
    folder.mkdir()
    if name == "moonraker":
        require_moonraker()
        with Printer(folder / "printer") as printer:
            key, host = printer.key.expose(), MoonrakerBench(printer)
            yield make_site(town, folder, host, printer.url, (key, printer.statements._host))
    else:
        require_octoprint()
        (folder / "printer").mkdir()
        with OctoPrint(folder / "printer") as octoprint:
            pair = octoprint.key.expose(), octoprint.statements._host
            yield make_site(town, folder, OctoPrintBench(octoprint), octoprint.url, pair)


def make_site(town: Town, folder: Path, host: Bench, url: str, paired: tuple[bytes, str]) -> Site:
    ours = town.ours
    printer, chain = ours.enrolled(), chain_of(ours.ledger)
    config = make_config(folder)
    profile = config.folder / "profile.ini"
    profile.write_text(PROFILE)
    config.held.mkdir(mode=0o700)
    config = replace(
        config,
        service_url=town.url,
        rpc_url=town.rpc_url,
        ipfs_folder=ours.ledger.work_folder.parent / "blocks",
        settle_seconds=0,
        issuer=ours.ledger.issuer.address,
        host="octoprint" if isinstance(host, OctoPrintBench) else "moonraker",
        host_url=url,
        slicing=Settings(profile=profile),
    )
    life = Life(
        config,
        printer.signer._account.key,
        printer.kem.expose(),
        *paired,
        deployment=chain.deployment,
    )
    # Each transaction took the young chain's clock a second further: let ours catch up.
    until(lambda: time.time() >= chain.now() + 1)
    of_it = replace(town, ours=replace(ours, printer=printer))
    return Site(of_it, host, life, deal(host.programs, SEED))


@pytest.mark.parametrize("job", range(len(WAYS)))
def test_whoever_is_killed_at_a_step_of_a_job_it_is_printed_once_at_most_and_told_of_once(
    site: Site, job: int, capsys: pytest.CaptureFixture[str]
) -> None:
    dice, stops = random.Random(SEED * 100 + job), site.hands[job]
    before = site.host.begun()
    serial = order(site, leased=WAYS[job] is LEASED)
    played = Played(site.life, site.host, dice)
    try:
        struck = played.play(stops)
    finally:
        played.close()
    assert sorted(struck) == sorted(map(str, stops)), "each kill fell where it was meant to"
    outcome = laws(site, serial, site.host.begun() - before)
    told = {"host": site.config.host, "seed": SEED, "job": job, "serial": serial}
    with capsys.disabled():
        print("\n" + json.dumps({**told, "kills": struck, "outcome": outcome}))  # noqa: T201


def order(site: Site, *, leased: bool) -> int:
    """Drop a ticket, or a lease with an order for its one print; the serial."""
    ours, inbox = site.town.ours, site.config.inbox
    if leased:
        file = lease(ours, count=1)
        wanted = orders.Wanted(leasefiles.digest_of(file), 1)
        put(inbox / "1.lease.json", leasefiles.dump(file))
        put(inbox / "2.print.json", orders.dump(wanted))
        return serials(file)[0]
    ticket = wire.ticket(ours.ticket())
    put(inbox / "1.token.json", tickets.dump(ticket))
    return ticket.token.word * 256 + ticket.token.serials.bit_length() - 1


def put(path: Path, data: bytes) -> None:
    partial = path.with_name(path.name + ".part")
    partial.write_bytes(data)
    partial.rename(path)


def laws(site: Site, serial: int, prints: int) -> str:
    """What holds of a serial whatever was killed; what became of it."""
    ours = site.town.ours
    found = ours.center.ok("GET", f"/receipts?license={ours.license}&limit=100")["items"]
    (outcome,) = [row["outcome"] for row in found if row["serial"] == serial]
    assert prints <= 1, "never two prints on one serial"
    if outcome == Outcome.DONE.value:
        assert prints == 1
    pooled.settle(ours.ledger, at_once=True)
    word, bit = bit_of(serial)
    assert chain_of(ours.ledger).spent(ours.license, word) & bit, "what is told of is redeemed"
    rows = [row for row in read(site.config.journal) if row.data.get("serial") == serial]
    key = rows[0].key
    states = [row.state for row in read(site.config.journal) if row.key == key]
    for once in (State.HANDED, State.ENDED, State.RECEIPTED, State.REPORTED):
        assert states.count(once) == 1
    for folder in (site.config.held, site.config.work):
        assert not [path for path in folder.rglob("*") if path.is_file()], "no plaintext stays"
    errors = [f for f in ours.dossier(ours.design)["findings"] if f["severity"] == "error"]
    assert errors == []
    return str(outcome)
