"""After the hand-over: watch the print, sign its receipt, and hand in what is due."""

from __future__ import annotations

from ledger.gate.bench import Bench
from ledger.gate.book import Job
from ledger.gate.journal import State
from ledger.gate.ports import Phase, Progress
from ledger.models import Outcome


def watch(bench: Bench, job: Job) -> bool:
    """Ask the host for the outcome of a handed job; whether it ended. Raises HostUnavailable."""
    at_host, now = bench.at_host(job), bench.clock.now()
    progress = bench.host.progress(at_host)
    if progress.phase is Phase.WAITING and now >= job.until and bench.host.cancel(at_host):
        # Nobody took it in time, and what starts after the token's end has no right to.
        progress = Progress(Phase.ENDED, Outcome.CANCELLED, ended=now)
    if progress.outcome is None:
        return False
    started = job.handed_at if progress.started is None else progress.started
    ended = now if progress.ended is None else progress.ended
    bench.record(
        job.key,
        State.ENDED,
        outcome=progress.outcome.value,
        started=started,
        ended=max(started, ended),
        material_mg=progress.material_mg,
        energy_joule=progress.energy_joule,
        duration=progress.duration,
        material=progress.material,
        recycled=progress.recycled,
        photo=str(progress.photo),
    )
    bench.host.discard(at_host)
    return True


def sign(bench: Bench, job: Job) -> None:
    """Sign the receipt of a job that ended, and keep it until the service has it."""
    signature = bench.keys.signer.sign(bench.domain.receipt(job.receipt()))
    bench.record(job.key, State.RECEIPTED, signature=signature.hex())


def report(bench: Bench, job: Job) -> None:
    """Hand in a signed receipt. Raises what the service does; the receipt stays."""
    bench.service.report_receipt(job.receipt(), job.signature)
    bench.record(job.key, State.REPORTED)
