"""On what grounds a job may be printed, and how its serial is spent: the chain, or a lease."""

from __future__ import annotations

from typing import Protocol

from ledger.errors import ChainUnavailable, LicenseNotFound, SerialAlreadySpent
from ledger.gate.bench import Bench
from ledger.gate.book import Job
from ledger.gate.check import admit, release
from ledger.gate.journal import State
from ledger.gate.verdict import Facts, FileProof
from ledger.models import ContentHash, Digest, KeyRequest, RedemptionRequest, bit_of
from ledger.rules import files_of
from ledger.vault import ContentKey, receive_key, release_info

REQUEST_SECONDS = 300
"""How long a signed request to the service may be answered."""


class Grounds(Protocol):
    """By what a job may be printed. Every method may be repeated after a crash.

    Each raises why not: `Unavailable` errors, KeyNotReleasable and TokenNotYetValid are worth
    another try later, and for any other the job is refused.
    """

    def require(self, job: Job) -> tuple[ContentHash, ...]:
        """Raise unless the job may be printed now, as far as is known before it is opened.

        The SHA-256 of the files that its sealed copy may hold, the likeliest first.
        """
        ...

    def content_key(self, job: Job) -> ContentKey:
        """The key to the job's sealed copy."""
        ...

    def spend(self, job: Job) -> bool:
        """Spend the job's serial, once and durably; whether the job moved.

        The journal says REDEEMED or SPENT then. Only called when the file for the machine
        is ready, and the machine for it, except for a serial that may be spent already.
        """
        ...

    def release(self, job: Job, file: FileProof) -> int | None:
        """The last whole check, right before the hand-over of `file`.

        The first second at which the machine may not begin any more (Unix time), or None if
        the job had to go back; the journal says to where.
        """
        ...


class OnlineGrounds:
    """The chain decides, and the service redeems: for jobs of print tokens."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def require(self, job: Job) -> tuple[ContentHash, ...]:
        """See `Grounds.require`. Raises what the check does."""
        held = self._admit(job).license
        if held is None:
            raise LicenseNotFound(f"There is no license {job.ticket.token.license}.")
        return files_of(job.ticket.token, held)

    def content_key(self, job: Job) -> ContentKey:
        """See `Grounds.content_key`. Raises what the service answers."""
        bench, token = self._bench, job.ticket.token
        deadline = bench.clock.now() + REQUEST_SECONDS
        request = KeyRequest(token.design, token.license, job.digest, bench.keys.printer, deadline)
        signature = bench.keys.signer.sign(bench.domain.key_request(request))
        blob = bench.service.release_key(request, signature)
        info = release_info(token.design, token.license, bench.keys.printer, job.digest)
        return receive_key(blob, bench.keys.kem, info)

    def spend(self, job: Job) -> bool:
        """Redeem the serial, unless an earlier try did so unseen; the chain decides."""
        bench, (_, bit) = self._bench, bit_of(job.serial)
        token = job.ticket.token
        refusal: SerialAlreadySpent | None = None
        if not self._admit(job).spent & bit:
            if job.state is not State.REDEEMING:
                bench.record(job.key, State.REDEEMING)
            try:
                bench.service.redeem(job.ticket, *self._redemption(job.digest, bit))
            except SerialAlreadySpent as error:
                refusal = error  # perhaps by ourselves: the answer to an earlier try was lost
        transaction = bench.chain.redeemed_as(token, job.digest, job.serial)
        if transaction is None:
            if refusal is not None and bench.chain.spent(token.license, token.word) & bit:
                raise refusal
            raise ChainUnavailable("The redemption is not to be seen on the chain yet.")
        bench.record(job.key, State.REDEEMED, transaction=str(transaction))
        return True

    def release(self, job: Job, file: FileProof) -> int | None:
        """See `Grounds.release`; None if the chain took the redemption back (reorganization)."""
        bench = self._bench
        facts = bench.facts_for(job)
        if not facts.spent & bit_of(job.serial)[1]:
            bench.record(job.key, State.REDEEMING)
            return None
        verdict = release(job.raw, facts, bench.clock.now(), job.serial, file)
        verdict.require()
        return verdict.until

    def _redemption(self, token: Digest, take: int) -> tuple[RedemptionRequest, bytes]:
        """What the printer asks the service for, with its signature."""
        bench = self._bench
        deadline = bench.clock.now() + REQUEST_SECONDS
        request = RedemptionRequest(token, take, bench.keys.printer, deadline)
        return request, bench.keys.signer.sign(bench.domain.redemption_request(request))

    def _admit(self, job: Job) -> Facts:
        """Check the ticket again; the facts that it was checked by."""
        facts = self._bench.facts_for(job)
        admit(job.raw, facts, self._bench.clock.now(), job.serial).require()
        return facts
