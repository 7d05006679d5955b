"""All of a gate's leases put together, as the gate's own loop drives them."""

from __future__ import annotations

from ledger.gate.bench import Bench
from ledger.gate.book import Job
from ledger.gate.leases.contact import Contact, LeaseService
from ledger.gate.leases.desk import Desk
from ledger.gate.leases.grounds import LeaseGrounds
from ledger.gate.leases.intake import LeaseIntake
from ledger.gate.sealed import SealedFiles
from ledger.models import Digest


class LeaseOffice:
    """Grounds and intake for the gate, and its own three steps."""

    def __init__(self, bench: Bench, machine: Digest, service: LeaseService | None) -> None:
        """Without `service` the gate is never in contact. Raises StoreUnavailable."""
        self.desk = Desk(bench, machine)
        self.grounds = LeaseGrounds(bench, self.desk)
        self.intake = LeaseIntake(bench, self.desk)
        self._contact = None if service is None else Contact(bench, self.desk, service)
        self._sealed = SealedFiles(bench)

    @property
    def busy(self) -> bool:
        """Whether prints are ordered that are no jobs yet, or entries are to be handed in."""
        shelf = self.desk.shelf
        unsent = self._contact is not None and self._contact.known != shelf.head
        return bool(shelf.open_orders()) or (unsent and not shelf.halted)

    def recover(self) -> None:
        """After a start: no key of an ended lease stays. Raises StoreUnavailable."""
        self.desk.wipe()

    def contact(self) -> bool:
        """Hand in and ask for news where it is due. Raises what the service does."""
        return self._contact is not None and self._contact.step()

    def step(self, *, silent: bool = False) -> bool:
        """Look at clock and machine, end what is over, and begin what was ordered.

        Nothing is begun before the service was asked once, which may know this printer's
        journal better; unless it is known not to answer (`silent`).
        """
        moved = self.desk.look()
        if self.desk.close_leases():
            self._sealed.tidy()
            moved = True
        asked = silent or self._contact is None or self._contact.asked
        return (asked and self.desk.admit_next()) or moved

    def stops(self, job: Job) -> bool:
        """Whether the news stop what a job of a lease prints."""
        return self.desk.stops(job)

    def fetch(self) -> bool:
        """Have the sealed file of every lease here before the network is gone.

        False always: a file that was there already is nothing new. Raises what
        `SealedFiles.fetch` does.
        """
        for held in self.desk.shelf.live():
            self._sealed.fetch(held.file.tickets[0])
        return False
