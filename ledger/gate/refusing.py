"""Refusals: written down, kept with their reason, and reported to the service."""

from __future__ import annotations

import json
from pathlib import Path

from ledger.errors import LedgerError
from ledger.gate.bench import Bench
from ledger.gate.book import Job, Refused
from ledger.gate.disk import move, sync_folder, translated, write_atomically
from ledger.gate.inbox import original_name
from ledger.gate.journal import State
from ledger.models import Digest, Refusal


def refuse_claim(bench: Bench, claim: Path, file: Digest, error: LedgerError) -> None:
    """Refuse a dropped file as a whole; it goes to `refused/`."""
    kept, original = claim.name, original_name(claim.name)
    bench.record(
        claim.name, State.REFUSED, **_reason(error), file=str(file), kept=kept, original=original
    )
    _keep_last(bench, claim.name)


def refuse_job(bench: Bench, job: Job, error: LedgerError) -> None:
    """Refuse one serial that the machine does not have; its plaintext is removed.

    The ticket can be dropped again: as long as nothing was handed over, a serial that was
    redeemed under it is not lost.
    """
    original = original_name(job.claim)
    kept = f"{job.claim.removesuffix('.token.json')}.serial-{job.serial}.token.json"
    bench.record(
        job.key, State.REFUSED, **_reason(error), file=str(job.file), kept=kept, original=original
    )
    _keep_last(bench, job.key)
    bench.host.discard(bench.at_host(job))


def keep(bench: Bench, entry: Refused) -> None:
    """See to it that what was refused lies in `refused/` with its reason beside it.

    Harmless to repeat: after a crash it is. Raises StoreUnavailable.
    """
    folder = bench.config.refused
    reason = {
        "file": entry.original,
        "sha256": str(entry.file),
        "error": entry.error,
        "detail": entry.detail,
        "refused_at": entry.at,
    }
    with translated(f"The folder {folder}"):
        claim, target = bench.config.intake / entry.kept, folder / entry.kept
        beside = target.with_name(entry.kept + ".reason.json")
        if beside.exists():  # written last, so all is done
            return
        job = bench.book.job(entry.key)
        if job is not None:
            write_atomically(target, job.raw)
        elif claim.is_symlink() or claim.exists():
            move(claim, target)
        write_atomically(beside, json.dumps(reason, indent=1).encode() + b"\n")


def report(bench: Bench, entry: Refused) -> None:
    """Sign a refusal and hand it in. Raises what the service does."""
    keep(bench, entry)
    refusal = Refusal(bench.keys.printer, entry.file, entry.error, entry.at)
    signature = bench.keys.signer.sign(bench.domain.refusal(refusal))
    bench.service.report_refusal(refusal, signature)
    bench.record(entry.key, State.REFUSAL_REPORTED, refusal=entry.number)


def drop_claim(claim: Path) -> None:
    """Remove a ticket that is in the journal now. Raises StoreUnavailable."""
    with translated("The inbox"):
        claim.unlink()
        sync_folder(claim.parent)


def _keep_last(bench: Bench, key: str) -> None:
    entry = bench.book.refusal_of(key)
    if entry is not None:  # it was written a moment ago
        keep(bench, entry)


def _reason(error: LedgerError) -> dict[str, str]:
    return {"error": type(error).__name__, "detail": error.detail}
