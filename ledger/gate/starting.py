"""Tell the service that the machine began a print: soon if it can be, and never in the way.

The receipt says it again, and counts. So this is told once, is not in the journal (after a
restart it may be told again, which changes nothing), and is let go when the service will not
have it.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import structlog

from ledger.errors import LedgerError, Unavailable
from ledger.gate.bench import Bench
from ledger.gate.book import Job
from ledger.models import PrintStart

AGAIN_SECONDS = 300
"""How long a service that does not answer is left alone with a start."""
_NEVER = 2**62
_log = structlog.get_logger("ledger.gate")


@runtime_checkable
class StartService(Protocol):
    """Where it is told that a print began."""

    def report_start(self, start: PrintStart, signature: bytes) -> None:
        """Hand in a signed start; may be repeated, and answers within seconds or not at all."""
        ...


def tell(bench: Bench, job: Job, started: int | None) -> None:
    """Tell of a job that the machine prints; `started` is the host's word, None if it has none.

    Raises nothing for what the service says or does not say.
    """
    service, now = bench.service, bench.clock.now()
    if job.printing_since is None:
        job.printing_since = max(job.handed_at, min(now if started is None else started, now))
    if now < job.start_due or not isinstance(service, StartService):
        return
    start = PrintStart(job.digest, job.serial, bench.keys.printer, job.printing_since)
    job.start_due = _NEVER
    try:
        service.report_start(start, bench.keys.signer.sign(bench.domain.typed(start)))
    except Unavailable:
        job.start_due = now + AGAIN_SECONDS
    except LedgerError as error:
        _log.info("gate.start_not_taken", key=job.key, error=type(error).__name__)
