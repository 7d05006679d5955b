"""After the hand-over: watch the print, sign its receipt, and hand in what is due."""

from __future__ import annotations

import structlog

from ledger.errors import LedgerError
from ledger.gate import starting
from ledger.gate.bench import Bench
from ledger.gate.book import Job
from ledger.gate.final import is_final
from ledger.gate.journal import State
from ledger.gate.plausible import believe
from ledger.gate.ports import Phase, Progress
from ledger.models import Outcome

_log = structlog.get_logger("ledger.gate")


def watch(bench: Bench, job: Job, *, stopped: bool = False) -> bool:
    """Ask the host for the outcome of a handed job; whether it ended. Raises HostUnavailable.

    One that was `stopped` since is pulled back, if the machine has not begun.
    """
    at_host, now = bench.at_host(job), bench.clock.now()
    progress = bench.host.progress(at_host)
    over = stopped or now >= job.until
    if progress.phase is Phase.WAITING and over and bench.host.cancel(at_host):
        # Nobody took it in time, and what starts after the token's end has no right to.
        progress = Progress(Phase.ENDED, Outcome.CANCELLED, ended=now)
    if progress.phase is Phase.PRINTING:
        starting.tell(bench, job, progress.started)
    told = believe(progress, job.handed_at, now)
    believed = told.progress
    if told.doubts:
        _log.warning("gate.doubts", key=job.key, doubts=told.doubts)
    if believed.outcome is None or believed.started is None or believed.ended is None:
        return False
    # What the host does not know, the G-code says; but only of a whole print.
    material, material_mg = job.material if believed.outcome is Outcome.DONE else ("", 0)
    bench.record(
        job.key,
        State.ENDED,
        outcome=believed.outcome.value,
        started=believed.started,
        ended=believed.ended,
        material_mg=believed.material_mg or material_mg,
        energy_joule=believed.energy_joule,
        duration=believed.duration,
        material=believed.material or material,
        recycled=believed.recycled,
        photo=str(believed.photo),
        **({"doubts": list(told.doubts)} if told.doubts else {}),
    )
    bench.host.discard(at_host)
    return True


def sign(bench: Bench, job: Job) -> None:
    """Sign the receipt of a job that ended, and keep it until the service has it."""
    signature = bench.keys.signer.sign(bench.domain.receipt(job.receipt()))
    bench.record(job.key, State.RECEIPTED, signature=signature.hex())


def report(bench: Bench, job: Job) -> None:
    """Hand in a signed receipt. Raises what the service does, if that may pass.

    The receipt stays in any case. One that the service can never take is written down with
    its answer, told of, and offered no more.
    """
    receipt = job.receipt()
    try:
        bench.service.report_receipt(receipt, job.signature)
    except LedgerError as error:
        digest = bench.domain.receipt(receipt).digest()
        if not is_final(error, digest):
            raise
        said = {"error": type(error).__name__, "detail": error.detail}
        answer = {**said, "facts": dict(error.facts)}
        bench.record(job.key, State.RECEIPT_REFUSED, receipt=str(digest), answer=answer)
        _log.warning("gate.receipt_refused", key=job.key, receipt=str(digest), **said)
        return
    bench.record(job.key, State.REPORTED)
