"""From an admitted job to a file in the machine's hands, one durable step after the other.

The sealed file is fetched before the serial is spent: a file that cannot be had, or was
tampered with, costs nobody a print. The content key is only ever in memory: after a
crash it is asked for again.
"""

from __future__ import annotations

from pathlib import Path

from ledger.errors import (
    ChainUnavailable,
    DesignTooLarge,
    InvalidDesign,
    LicenseNotFound,
    SerialAlreadySpent,
)
from ledger.files import sniff
from ledger.gate.bench import Bench
from ledger.gate.book import BEFORE_HAND_OVER, Job
from ledger.gate.check import Facts, FileProof, Verdict, admit, release
from ledger.gate.disk import host_folder, sha256_of, sync_file, sync_folder, translated
from ledger.gate.journal import State
from ledger.gate.ports import HostState
from ledger.ipfs import cid_of
from ledger.models import KeyRequest, RedemptionRequest, bit_of
from ledger.rules import file_of
from ledger.vault import ContentKey, receive_key, release_info, unseal

_SPENDING = BEFORE_HAND_OVER - {State.ADMITTED, State.FETCHED}
"""States of a job whose serial is spent, or about to be, and not handed over."""

_REQUEST_SECONDS = 300
"""How long a signed request to the service may be answered."""


class Production:
    """Takes jobs forward up to the hand-over."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._verified: set[str] = set()
        self._steps = {
            State.ADMITTED: self._fetch,
            State.FETCHED: self._redeem,
            State.REDEEMING: self._redeem,
            State.REDEEMED: self._open,
            State.KEY_RECEIVED: self._open,
            State.OPENED: self._prepare,
            State.HANDING: self._hand,
        }

    def advance(self, job: Job) -> bool:
        """Take a job as far as it goes now; whether it moved.

        Raises `Unavailable` errors and ContentNotFound, KeyNotReleasable (worth another
        try later), and whatever else the job is to be refused for.
        """
        moved = False
        while (step := self._steps.get(job.state)) is not None and step(job):
            moved = True
        if moved:
            self.tidy()
        return moved

    def tidy(self) -> None:
        """Remove sealed files that no job needs any more. Raises StoreUnavailable."""
        needed = self._bench.needed_cids()
        with translated("The folder of sealed files"):
            for path in self._bench.config.sealed.iterdir():
                if path.name not in needed:
                    path.unlink()
                    self._verified.discard(path.name)

    def _fetch(self, job: Job) -> bool:
        # A token that has run out meanwhile is refused here, not after a long download.
        self._admit(job)
        self._sealed(job)
        self._bench.record(job.key, State.FETCHED)
        return True

    def _sealed(self, job: Job) -> Path:
        """The sealed file, verified against its CID, fetched if it is not there."""
        ticket, config = job.ticket, self._bench.config
        path = config.sealed / ticket.cid
        with translated("The folder of sealed files"):
            if path.exists() and path.name not in self._verified:
                with path.open("rb") as file:
                    if cid_of(file) == ticket.cid:
                        self._verified.add(path.name)
            if path.name in self._verified and path.exists():
                return path
            if ticket.sealed_size > config.max_sealed_bytes:
                raise DesignTooLarge(
                    f"The sealed file has {ticket.sealed_size} bytes; this gate takes at most "
                    f"{config.max_sealed_bytes} (max_sealed_bytes in gate.toml)."
                )
            partial = path.with_suffix(".part")
            try:
                with partial.open("wb") as sink:
                    self._bench.content.fetch(ticket.cid, sink, max_bytes=ticket.sealed_size)
                partial.replace(path)
            finally:
                partial.unlink(missing_ok=True)
        self._verified.add(path.name)
        return path

    def _redeem(self, job: Job) -> bool:
        """Spend the serial, unless an earlier try did so unseen; the chain decides."""
        bench, (_, bit) = self._bench, bit_of(job.serial)
        token = job.ticket.token
        refusal: SerialAlreadySpent | None = None
        if job.state is State.FETCHED and not self._may_begin(job):
            return False
        if not self._admit(job).spent & bit:
            if job.state is not State.REDEEMING:
                bench.record(job.key, State.REDEEMING)
            try:
                bench.service.redeem(job.ticket, *self._redemption(job, bit))
            except SerialAlreadySpent as error:
                refusal = error  # perhaps by ourselves: the answer to an earlier try was lost
        transaction = bench.chain.redeemed_as(token, job.digest, job.serial)
        if transaction is None:
            if refusal is not None and bench.chain.spent(token.license, token.word) & bit:
                raise refusal
            raise ChainUnavailable("The redemption is not to be seen on the chain yet.")
        bench.record(job.key, State.REDEEMED, transaction=str(transaction))
        return True

    def _may_begin(self, job: Job) -> bool:
        """Whether a serial can be spent for a job: only for a machine that can print it now.

        And of each license only one at a time: should a key not be released, not a whole
        lease is spent for nothing.
        """
        if self._bench.host.state() is not HostState.READY:
            return False
        token = job.ticket.token
        return not any(
            other.state in _SPENDING and other.ticket.token.license == token.license
            for other in self._bench.book.unfinished()
        )

    def _redemption(self, job: Job, take: int) -> tuple[RedemptionRequest, bytes]:
        """What the printer asks the service for, with its signature."""
        bench = self._bench
        deadline = bench.clock.now() + _REQUEST_SECONDS
        request = RedemptionRequest(job.digest, take, bench.keys.printer, deadline)
        return request, bench.keys.signer.sign(bench.domain.redemption_request(request))

    def _open(self, job: Job) -> bool:
        """Get the content key and open the sealed file where only the gate can read it."""
        bench = self._bench
        license = self._admit(job).license
        if license is None:
            raise LicenseNotFound(f"There is no license {job.ticket.token.license}.")
        sealed = self._sealed(job)
        key, content = self._content_key(job), file_of(job.ticket.token, license)
        bench.record(job.key, State.KEY_RECEIVED)
        path = bench.host.hold(bench.at_host(job))
        with host_folder(path.parent), sealed.open("rb") as source:
            with path.open("wb") as sink:
                size = unseal(source, sink, key, content)
            sync_file(path)
            sync_folder(path.parent)
        # Without a slicer the opened file is the one for the host.
        name = _name(job, path)
        bench.record(job.key, State.OPENED, size=size, name=name, job=str(content))
        return True

    def _content_key(self, job: Job) -> ContentKey:
        bench, token = self._bench, job.ticket.token
        deadline = bench.clock.now() + _REQUEST_SECONDS
        request = KeyRequest(token.design, token.license, job.digest, bench.keys.printer, deadline)
        signature = bench.keys.signer.sign(bench.domain.key_request(request))
        blob = bench.service.release_key(request, signature)
        info = release_info(token.design, token.license, bench.keys.printer, job.digest)
        return receive_key(blob, bench.keys.kem, info)

    def _prepare(self, job: Job) -> bool:
        """Announce the hand-over; from here on a missing file means that it took place."""
        bench = self._bench
        if bench.host.held(bench.at_host(job)) is None:
            return self._open(job)  # plaintext does not outlive a crash
        bench.record(job.key, State.HANDING)
        return True

    def _hand(self, job: Job) -> bool:
        """The last look, then the hand-over, which happens once."""
        bench = self._bench
        at_host = bench.at_host(job)
        if bench.host.is_handed(at_host):  # a crash came between the deed and its record
            bench.record(job.key, State.HANDED, handed_at=bench.clock.now())
            return True
        held = bench.host.held(at_host)
        if held is None or bench.host.state() is not HostState.READY:
            return False
        facts = bench.facts_for(job)
        if not facts.spent & bit_of(job.serial)[1]:
            # A reorganization of the chain took the redemption back.
            bench.record(job.key, State.REDEEMING)
            return True
        with host_folder(held.parent):
            found = sha256_of(held)
        now, file = bench.clock.now(), FileProof(opened=found, handed=found)
        verdict = release(job.raw, facts, now, job.serial, file)
        verdict.require()
        bench.host.start(at_host)
        bench.record(job.key, State.HANDED, handed_at=now, job=str(found), until=verdict.until)
        return True

    def _admit(self, job: Job) -> Facts:
        """Check the ticket again; the facts that it was checked by. Raises why not."""
        facts = self._bench.facts_for(job)
        verdict: Verdict = admit(job.raw, facts, self._bench.clock.now(), job.serial)
        verdict.require()
        return facts


def _name(job: Job, path: Path) -> str:
    """The file name that the machine shows; its ending is told by the content."""
    try:
        ending = sniff(path).value
    except InvalidDesign:  # registered all the same: a format that is not known here
        ending = "bin"
    token = job.ticket.token
    return (
        f"{token.design.hex()[:12]}-L{token.license}-S{job.serial}-{job.digest.hex()[:8]}.{ending}"
    )
