"""Which serial of which lease is next, what stands in its way, and which lease is over."""

from __future__ import annotations

from ledger.errors import (
    ClockSetBack,
    JournalRolledBack,
    LedgerError,
    LicenseRevoked,
    MachineChanged,
    PrinterRevoked,
    Recalled,
)
from ledger.gate.bench import Bench
from ledger.gate.book import BEFORE_HAND_OVER, Job, key_of
from ledger.gate.disk import sync_folder, translated, write_atomically
from ledger.gate.journal import State
from ledger.gate.leases.check import LeaseFacts, admit
from ledger.gate.leases.links import Link, Pen
from ledger.gate.leases.newsstand import Newsstand
from ledger.gate.leases.shelf import Held, Order, Shelf, data_of
from ledger.gate.leases.timeguard import Reading
from ledger.gate.ports import HostState
from ledger.models import ZERO_DIGEST, Digest, JournalKind
from ledger.newsfiles import NewsFile
from ledger.tickets import dump

TICK_SECONDS = 3600
"""How often the time is written down while a lease lies idle: a memory that can be set back
by no more than that."""


class Desk:
    """Everything about leases that is decided at the gate. It writes through the bench."""

    def __init__(self, bench: Bench, machine: Digest) -> None:
        """`machine` tells this machine from others. Raises StoreUnavailable."""
        self._bench = bench
        self._machine = machine
        self._pen = Pen(bench.keys.signer, bench.domain, machine)
        self.stand = Newsstand(bench.config.news, bench.domain, bench.config.issuer)
        if self.stand.held is not None:
            self._see(self.stand.held)

    @property
    def shelf(self) -> Shelf:
        """What the journal says of leases."""
        return self._bench.book.leases

    @property
    def machine(self) -> Digest:
        """This machine."""
        return self._machine

    def reading(self) -> Reading:
        """What time it is."""
        return self.shelf.guard.read(self._bench.clock.now())

    def require_sound(self) -> None:
        """Raise what keeps every lease from being printed.

        JournalRolledBack and MachineChanged for good, ClockSetBack until the clock is right.
        """
        self.require_home()
        reading = self.reading()
        if reading.set_back:
            raise ClockSetBack(
                f"The clock is {reading.behind} s behind a time that this gate has seen.",
                behind=reading.behind,
            )

    def require_home(self) -> None:
        """Raise JournalRolledBack or MachineChanged unless this journal is the only one."""
        if self.shelf.halted:
            raise JournalRolledBack(self.shelf.halted)
        if self.shelf.home not in (None, self._machine):
            raise MachineChanged(
                "The leases of this gate came in on another machine, or its folder was copied."
            )

    def facts(self, held: Held) -> LeaseFacts:
        """What is known of a lease, for the check."""
        return LeaseFacts(
            digest=held.digest,
            file=held.file,
            domain=self._bench.domain,
            printer=self._bench.keys.printer,
            issuer=self._bench.config.issuer,
            time=self.reading().time,
            news=self.news_for(held.file.news),
            tickets=held.tickets,
            spent=held.spent,
            turn=self._turn(held),
            over=held.ended or ("it was given back" if held.returned else ""),
        )

    def news_for(self, own: NewsFile) -> NewsFile:
        """The newest news that count: those of the stand, or a lease's own."""
        held = self.stand.held
        return own if held is None or held.news.number < own.news.number else held

    def take_news(self, file: NewsFile, *, live: bool) -> bool:
        """Take an edition in; whether it was new. `live`: it was asked of the service just now.

        Raises what `Newsstand.take` does.
        """
        if not self.stand.take(file):
            return False
        clock, issued_at = self._bench.clock.now(), file.news.issued_at
        if live and self.shelf.guard.disproved(clock, issued_at):
            self._bench.record("time", State.TIME, trusted=issued_at)
        self._see(file)
        return True

    def enter(self, kind: JournalKind, lease: Digest = ZERO_DIGEST) -> None:
        """Write a signed entry that is about no print."""
        link = self._sign(kind, lease, 0)
        self._bench.record(f"journal-{link.entry.sequence}", State.ENTERED, **data_of(link))

    def spend(self, job: str, lease: Digest, serial: int) -> None:
        """Spend a serial: from this line of the journal on, and once."""
        link = self._sign(JournalKind.SPEND, lease, serial)
        self._bench.record(job, State.SPENT, **data_of(link))

    def look(self) -> bool:
        """Write down what is new of machine and clock; whether anything was.

        Only for a gate that has leases, or had: no other journal is anybody's business.
        """
        shelf, clock = self.shelf, self._bench.clock.now()
        if not shelf.leases:
            return False
        if shelf.machine != self._machine:
            self.enter(JournalKind.MACHINE)
            return True
        shelf.guard = shelf.guard.looked(clock)
        if shelf.guard.wants_note(clock):
            self.enter(JournalKind.CLOCK)
            return True
        if shelf.live() and clock >= shelf.last_at + TICK_SECONDS:
            self._bench.record("time", State.TIME)
            return True
        return False

    def close_leases(self) -> bool:
        """End the leases that are over, and wipe their keys; whether any was."""
        moved = False
        for held in self.shelf.live():
            why = self._why_over(held)
            if why and not self._under_way(held.digest):
                self._bench.record(
                    str(held.digest), State.LEASE_ENDED, lease=str(held.digest), why=why
                )
                moved = True
        if moved:
            self.wipe()
        return moved

    def wipe(self) -> None:
        """Remove every key of no live lease. Raises StoreUnavailable."""
        folder = self._bench.config.lease_keys
        kept = {f"{held.digest.hex()}.key" for held in self.shelf.live()}
        with translated(f"The folder {folder}"):
            if not folder.is_dir():
                return
            over = [path for path in folder.iterdir() if path.name not in kept]
            for path in over:
                path.unlink()
            if over:
                sync_folder(folder)

    def keep_key(self, lease: Digest, blob: bytes) -> None:
        """Keep a wrapped key, mode 0600. Raises StoreUnavailable."""
        folder = self._bench.config.lease_keys
        with translated(f"The folder {folder}"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_atomically(folder / f"{lease.hex()}.key", blob)

    def key(self, lease: Digest) -> bytes:
        """The wrapped key of a lease. Raises StoreUnavailable."""
        path = self._bench.config.lease_keys / f"{lease.hex()}.key"
        with translated(f"The key {path}"):
            return path.read_bytes()

    def admit_next(self) -> bool:
        """Make the next print that was ordered a job, if the machine is free for it.

        One at a time: what news stop tomorrow was not begun today.
        """
        orders = self.shelf.open_orders()
        if not orders or any(self._under_way(held.digest) for held in self.shelf.live()):
            return False
        for order in orders:
            if self._printable(order):
                if self._bench.host.state() is not HostState.READY:
                    return False
                return self._admit(order)
        return False

    def _admit(self, order: Order) -> bool:
        held = self.shelf.leases[order.lease]
        serial = self._next(held)
        if serial is None:
            return False
        ticket, token = held.tickets[serial]
        self._bench.record(
            key_of(token, serial),
            State.ADMITTED,
            ticket=dump(ticket).decode(),
            serial=serial,
            claim=order.key,
            file=order.file,
            lease=str(held.digest),
            order=order.key,
        )
        return True

    def _printable(self, order: Order) -> bool:
        held = self.shelf.leases[order.lease]
        serial = self._next(held)
        if serial is None:
            return False
        try:
            self.require_sound()
        except LedgerError:
            return False
        return admit(self.facts(held), serial).error is None

    def _why_over(self, held: Held) -> str:
        if self.shelf.halted:
            return "the journal was set back"
        if held.returned:
            return "it was given back"
        if self.reading().time >= held.file.lease.deadline:
            return "its time is over"
        serial = self._next(held)
        if serial is None:
            return "all of it is printed"
        return self._stopped(held, serial)

    def stops(self, job: Job) -> bool:
        """Whether the news stop what a job of a lease prints, wherever it is by now."""
        held = None if job.lease is None else self.shelf.leases.get(job.lease)
        return held is not None and bool(self._stopped(held, job.serial))

    def _stopped(self, held: Held, serial: int) -> str:
        """Why the news stop a lease; empty if they do not."""
        error = admit(self.facts(held), serial).error
        if isinstance(error, LicenseRevoked | Recalled | PrinterRevoked):
            return error.detail
        if held.digest in self.news_for(held.file.news).stopped.leases:
            return "its signer has no authority any more"
        return ""

    def left(self, held: Held) -> int:
        """How many prints of a lease can still be ordered."""
        free = sum(1 for serial in held.serials if self._is_free(held, serial))
        return free - sum(o.left for o in self.shelf.open_orders() if o.lease == held.digest)

    def _next(self, held: Held) -> int | None:
        """The first serial that is not printed and not under way."""
        return next((s for s in held.serials if self._is_free(held, s)), None)

    def _is_free(self, held: Held, serial: int) -> bool:
        """Whether nothing was handed over for a serial: what was refused before may go on."""
        job = self._bench.book.job(key_of(held.tickets[serial][1], serial))
        return serial not in held.gone and (job is None or job.state is State.REFUSED)

    def _turn(self, held: Held) -> int | None:
        """The first serial that can still be spent: free, or of a job that is under way."""
        for serial in held.serials:
            if serial in held.spent or serial in held.gone:
                continue
            job = self._bench.book.job(key_of(held.tickets[serial][1], serial))
            if job is None or job.state is State.REFUSED or job.lease == held.digest:
                return serial
        return None

    def _under_way(self, lease: Digest) -> bool:
        jobs = self._bench.book.unfinished()
        return any(job.lease == lease and job.state in BEFORE_HAND_OVER for job in jobs)

    def _sign(self, kind: JournalKind, lease: Digest, serial: int) -> Link:
        reading = self.reading()
        return self._pen.write(
            self.shelf.head, kind, at=reading.clock, seen=reading.time, lease=lease, serial=serial
        )

    def _see(self, file: NewsFile) -> None:
        self.shelf.guard = self.shelf.guard.saw(file.news.issued_at)
