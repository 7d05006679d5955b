"""Measure the gate on a running stack: `make bench`.

Prints lines of JSON. First, how long a job takes from the request for its token to the
moment when the machine may print (seconds at the 50th and 99th percentile): signed request,
token, intake, content key, opening, redemption on the chain, last check, hand-over. The
service and the chain run as processes of their own. Then the same way step by step: how long
it took (50th percentile) until each line stood in the gate's journal, from the one before.
Then how many token checks one core makes in a second, and beside it, in the same run, what
eth_account needs to recover one signature: the check cannot be quicker than that.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import structlog
from eth_account import Account
from eth_account.messages import encode_typed_data

from ledger.bootstrap import connect_chain
from ledger.chain import Deployment
from ledger.cli.assembly import build_gate
from ledger.client import ServiceClient
from ledger.client.desk import Desk, license_of
from ledger.client.pins import Pin
from ledger.config import Settings
from ledger.devchain import dev_account
from ledger.gate import Config, Gate, Keys, init
from ledger.gate.bench import Bench
from ledger.gate.check import admit
from ledger.gate.journal import Journal, Record, State
from ledger.models import Ticket, serials_of
from ledger.signing import Signer
from ledger.tickets import dump

ROOT = Path(__file__).resolve().parents[1]
MODEL = ROOT / "tests" / "data" / "models" / "box.3mf"
WARM = 10
"""Jobs that are not counted: the first ones pay for imports and connections."""
CHECK_SECONDS = 5.0
TURN = 50
"""How often one is run before it is another's turn."""
START_SECONDS = 60
JOB_SECONDS = 30


@contextmanager
def running_stack(home: Path) -> Iterator[dict[str, str]]:
    """`platemark up` as a process; what it says of its parts."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ledger.cli", "up", "--port", "0", "--chain-port", "0"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,  # what it says to people goes there
        env={**os.environ, "PLATEMARK_HOME": str(home)},
        cwd=ROOT,
        text=True,
    )
    try:
        if process.stdout is None:
            raise RuntimeError("The stack has no output.")
        parts: dict[str, str] = {}
        for line in process.stdout:
            name, _, where = line.strip().partition(" ")
            parts[name] = where.strip().split(" ")[0]
            if line.startswith("Ready"):
                break
        yield parts
    finally:
        process.terminate()
        process.communicate(timeout=START_SECONDS)


def license_for(service: ServiceClient, pin: Pin, prints: int) -> tuple[int, Desk]:
    """A design with a license for so many prints; its number and the center's desk."""
    designer = Desk(service, pin, dev_account(1))
    center = Desk(service, pin, dev_account(2))
    designer.authorize_issuer(designer.now() + 30 * 86_400)
    prepared, _ = designer.register(MODEL, title="A box", description="What is measured with.")
    sent = designer.grant(prepared.design, center.address, prints, designer.now() + 86_400, 0)
    return license_of(sent), center


class Watch:
    """Notes when each line of a gate's journal is written, and so how long each step takes."""

    def __init__(self, journal: Journal) -> None:
        self.steps: dict[str, list[float]] = {}
        self._last = 0.0
        append = journal.append

        def noted(at: int, key: str, state: State, data: Mapping[str, Any]) -> Record:
            record = append(at, key, state, data)
            self.note(state.value)
            return record

        setattr(journal, "append", noted)  # noqa: B010  a method, for a type checker

    def start(self) -> None:
        """The clock runs from here."""
        self._last = time.perf_counter()

    def note(self, step: str) -> None:
        """A step ended here, and the next begins."""
        now = time.perf_counter()
        self.steps.setdefault(step, []).append(now - self._last)
        self._last = now

    def forget(self) -> None:
        """Begin anew."""
        self.steps.clear()

    def tell(self) -> None:
        """Print how long each step took, in the order in which they come."""
        for step, taken in self.steps.items():
            tell("step", until=step, times=len(taken), p50_ms=statistics.median(taken) * 1e3)


def one_job(
    gate: Gate, desk: Desk, license: int, keys: Keys, config: Config, watch: Watch
) -> float:
    """Seconds from asking for a token until the file is in the machine's hands."""
    inbox, hot = config.inbox, config.hot
    started = time.perf_counter()
    watch.start()
    (ticket,) = desk.request_tokens(license, keys.printer)
    watch.note("token issued")
    dropped = inbox / "job.token.json.part"
    dropped.write_bytes(dump(ticket))
    dropped.rename(inbox / "job.token.json")
    while not (file := next((p for p in hot.iterdir() if p.is_file()), None)):
        gate.step()
        if time.perf_counter() - started > JOB_SECONDS:
            raise RuntimeError("A job did not get to the machine in time.")
    seconds = time.perf_counter() - started
    file.rename(hot / "done" / file.name)
    while not gate.idle:
        gate.step()
    return seconds


def latencies(jobs: int, prepared: Callable[[], float], watch: Watch) -> None:
    """Print the percentiles of so many jobs, and what their steps took."""
    for _ in range(WARM):
        prepared()
    watch.forget()
    taken = sorted(prepared() for _ in range(jobs))
    cuts = statistics.quantiles(taken, n=100, method="inclusive")
    tell("request_to_may_print", jobs=jobs, p50_ms=cuts[49] * 1e3, p99_ms=cuts[98] * 1e3)
    watch.tell()


def rates(bench: Bench, ticket: Ticket) -> None:
    """Print how often the check and a bare recovery run in a second, on this one core."""
    facts, data = bench.facts(ticket), dump(ticket)
    now = bench.clock.now()
    serial = next(serials_of(ticket.token.word, ticket.token.serials))
    admit(data, facts, now, serial).require()
    message = encode_typed_data(full_message=bench.domain.print_token(ticket.token).as_json())
    recover, checks = per_second(
        lambda: Account.recover_message(message, signature=ticket.signature),
        lambda: admit(data, facts, now, serial).require(),
    )
    tell("eth_account_recover", per_s=recover)
    tell("token_check", per_s=checks, of_recovery=checks / recover)


def per_second(*actions: Callable[[], object]) -> list[float]:
    """How often each runs in a second of one core's time, over `CHECK_SECONDS` of it.

    They take turns, so that none has the machine at a better moment than another.
    """
    spent = [0.0] * len(actions)
    rounds = 0
    while min(spent) < CHECK_SECONDS:
        rounds += 1
        for index, action in enumerate(actions):
            started = time.process_time()
            for _ in range(TURN):
                action()
            spent[index] += time.process_time() - started
    return [rounds * TURN / one for one in spent]


def tell(measurement: str, **figures: float | str) -> None:
    """One line."""
    rounded = {
        name: value if isinstance(value, str) else round(value, 3)
        for name, value in figures.items()
    }
    print(json.dumps({"measurement": measurement, **rounded}), flush=True)


def measure(folder: Path, jobs: int) -> None:
    """Everything, in a folder that is thrown away."""
    home = folder / "home"
    with running_stack(home) as parts, ServiceClient(parts["api"]) as service:
        info = service.deployment()
        pin = Pin.of(info)
        number, desk = license_for(service, pin, jobs + WARM + 1)
        deployment = folder / "deployment.json"
        Deployment(pin.chain_id, pin.registry, pin.licenses, info.block, pin.checkpoints).save(
            deployment
        )
        settings = Settings(home=home, rpc_url=parts["chain"], deployment=deployment)
        connect_chain(settings).verify()
        kubo = home / "dev" / "ipfs" / "api"  # written by the real node, where there is one
        config, keys = init(
            folder / "gate",
            name="Measured",
            center=desk.address,
            service_url=parts["api"],
            rpc_url=parts["chain"],
            deployment=deployment,
            passphrase=Signer.generate().address,
            ipfs_folder=None if kubo.exists() else settings.service_folder / "blocks",
            ipfs_api=kubo.read_text().strip() if kubo.exists() else None,
        )
        desk.enrol(*keys.enrolment(desk.domain, desk.address, config.name, desk.now() + 300))
        config = replace(config, settle_seconds=0)
        with build_gate(config, keys, service) as gate:
            watch = Watch(gate._bench.journal)
            latencies(jobs, lambda: one_job(gate, desk, number, keys, config, watch), watch)
            (ticket,) = desk.request_tokens(number, keys.printer)
            rates(gate._bench, ticket)


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--jobs", type=int, default=1_000, help="jobs to time (1,000)")
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    with tempfile.TemporaryDirectory(prefix="platemark-bench-") as name:
        measure(Path(name), arguments.jobs)


if __name__ == "__main__":
    main()
