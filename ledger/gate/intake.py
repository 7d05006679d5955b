"""Decide what becomes of a file that was dropped: jobs, or a refusal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ledger import tickets
from ledger.errors import (
    JobWithoutToken,
    LeaseEnded,
    LedgerError,
    MalformedTicket,
    SerialAlreadySpent,
    TokenNotYetValid,
    Unavailable,
)
from ledger.gate.bench import Bench
from ledger.gate.book import Job, key_of
from ledger.gate.check import admit
from ledger.gate.disk import sha256_of, translated
from ledger.gate.inbox import read_ticket
from ledger.gate.journal import State
from ledger.gate.leases.intake import LeaseIntake
from ledger.gate.refusing import drop_claim, keep, refuse_claim, refuse_job
from ledger.models import ZERO_DIGEST, Digest, Ticket, serials_of


def decide(bench: Bench, claim: Path, leases: LeaseIntake) -> None:
    """Turn one claimed file into jobs or a refusal; it is gone from the intake then.

    What is about leases is for `leases` to decide.

    Raises ChainUnavailable, StoreUnavailable or TokenNotYetValid if it cannot be decided
    yet; then it stays. Safe to repeat after a crash at any point.
    """
    refused = bench.book.refusal_of(claim.name)
    if refused is not None:  # a crash came before the file was moved
        keep(bench, refused)
        return
    with translated("The inbox"):
        regular = claim.is_file() and not claim.is_symlink()
        digest = sha256_of(claim) if regular else ZERO_DIGEST
    try:
        if regular and leases.takes(claim.name):
            leases.decide(claim, digest)
            return
        ticket, data = _read(claim, regular=regular)
        _decide_ticket(bench, claim, digest, ticket, data)
    except (Unavailable, TokenNotYetValid):
        raise
    except LedgerError as error:
        if bench.journal.broken:
            raise
        refuse_claim(bench, claim, digest, error)


def _read(claim: Path, *, regular: bool) -> tuple[Ticket, bytes]:
    if not regular or not claim.name.endswith(tickets.SUFFIX):
        raise JobWithoutToken("A file was dropped that is no print token, so nothing is printed.")
    with translated("The inbox"):
        data = read_ticket(claim)
    return tickets.parse(data), data


def _decide_ticket(bench: Bench, claim: Path, file: Digest, ticket: Ticket, data: bytes) -> None:
    digest = tickets.digest_of(ticket)
    serials = tuple(serials_of(ticket.token.word, ticket.token.serials))
    jobs = {serial: bench.book.job(key_of(digest, serial)) for serial in serials}
    fresh = [serial for serial in serials if _is_fresh(jobs[serial], claim)]
    mine = [job for job in jobs.values() if job is not None and job.claim == claim.name]
    if not fresh and not mine:
        raise SerialAlreadySpent(
            "This ticket was dropped before: all its serials are printed or under way.",
            token=str(digest),
        )
    if not mine and bench.book.leases.is_given_back(digest):
        raise LeaseEnded("This token is one of a lease that was given back.", token=str(digest))
    refused: dict[int, LedgerError] = {}
    admitted = list(mine)
    facts = bench.facts(ticket)
    for serial in fresh:
        earlier = jobs[serial]
        ours = earlier is not None and bench.facts_for(earlier).redeemed_here
        facts = replace(facts, redeemed_here=ours)
        error = admit(data, facts, bench.clock.now(), serial).error
        if isinstance(error, TokenNotYetValid):
            raise error
        if error is not None:
            refused[serial] = error
            continue
        admitted.append(_admit(bench, claim, file, data, digest, serial))
    if not admitted:
        raise next(iter(refused.values()))
    for serial, error in refused.items():  # the others are printed
        refuse_job(bench, _admit(bench, claim, file, data, digest, serial), error)
    drop_claim(claim)


def _is_fresh(job: Job | None, claim: Path) -> bool:
    """Never seen, or refused before it was handed over and dropped again since."""
    return job is None or (job.state is State.REFUSED and job.claim != claim.name)


def _admit(
    bench: Bench, claim: Path, file: Digest, data: bytes, digest: Digest, serial: int
) -> Job:
    key = key_of(digest, serial)
    bench.record(
        key,
        State.ADMITTED,
        ticket=data.decode(),
        serial=serial,
        claim=claim.name,
        file=str(file),
    )
    job = bench.book.job(key)
    if job is None:
        raise MalformedTicket("The ticket is not the one that was checked.")
    return job
