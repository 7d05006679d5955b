"""When the service can be reached: compare journals, hand in what is new, fetch news."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

from ledger.errors import Conflict, JournalForked
from ledger.gate.bench import Bench
from ledger.gate.journal import State
from ledger.gate.leases.desk import Desk
from ledger.gate.leases.links import Head, Link, contradicts
from ledger.models import ZERO_DIGEST, Address
from ledger.newsfiles import NewsFile

BATCH = 256
"""Entries that are handed in at once."""


class LeaseService(Protocol):
    """What a gate with leases asks of the service. All of it may be repeated safely."""

    def journal_head(self, printer: Address) -> Head:
        """The last entry of a printer's journal that the service has."""
        ...

    def hand_in(self, printer: Address, links: Sequence[Link]) -> Head:
        """Hand in entries that follow each other; the head that the service has then.

        Raises JournalForked if it has another entry under one of the numbers (it keeps both
        as evidence), JournalGap if entries before them are missing.
        """
        ...

    def news(self) -> NewsFile:
        """The newest news, signed just now."""
        ...


class Contact:
    """Keeps a gate and its service together, as often as the settings say."""

    def __init__(self, bench: Bench, desk: Desk, service: LeaseService) -> None:
        self._bench = bench
        self._desk = desk
        self._service = service
        self._last: int | None = None
        self._known = Head()
        self._shown = False
        self._asked = False

    @property
    def known(self) -> Head:
        """The last entry that the service has, as far as this life of the gate knows."""
        return self._known

    @property
    def asked(self) -> bool:
        """Whether this life of the gate has asked the service once, answered or not."""
        return self._asked

    def step(self) -> bool:
        """Do what is due; whether anything was. Raises what the service does.

        The comparison comes first: a gate whose journal was set back must not print a
        serial again. Once it was found, leases are over here for good.
        """
        if self._desk.shelf.halted:
            return self._show()
        if not self._due():
            return False
        self._asked = True
        try:
            self._compare_and_hand_in()
        finally:
            # A printer that is not answered any more learns from the news why.
            if self._desk.shelf.live():
                self._desk.take_news(self._service.news(), live=True)
        self._last = self._bench.clock.now()
        return True

    def _compare_and_hand_in(self) -> None:
        printer, links = self._bench.keys.printer, self._desk.shelf.links
        head = self._service.journal_head(printer)
        foreign = next((link.entry for link in links if link.entry.printer != printer), None)
        if foreign is not None:
            self._halt(
                f"Entry {foreign.sequence} of the journal here was written by {foreign.printer}, "
                f"not by {printer}: it was copied."
            )
        elif contradicts(links, head):
            self._halt(self._set_back(head))
        else:
            self._hand_in(head)

    def _due(self) -> bool:
        shelf = self._desk.shelf
        unsent = shelf.links[self._known.sequence :]
        if not (shelf.live() or unsent):
            return False
        if self._last is None:
            return True
        if unsent and not shelf.live():  # serials that were given back are free at once
            return True
        return not 0 <= self._bench.clock.now() - self._last < self._pause()

    def _pause(self) -> int:
        """Seconds between two contacts: often enough for the strictest lease."""
        live = self._desk.shelf.live()
        silences = [held.file.lease.silence // 4 for held in live]
        return max(1, min([self._bench.config.news_seconds, *silences]))

    def _hand_in(self, head: Head) -> None:
        shelf = self._desk.shelf
        self._known = head
        try:
            for first in range(head.sequence, len(shelf.links), BATCH):
                part = shelf.links[first : first + BATCH]
                self._known = self._service.hand_in(self._bench.keys.printer, part)
        except JournalForked:
            self._halt(self._set_back(head))
        if self._known.sequence != shelf.handed_in:
            self._bench.record("time", State.TIME, handed_in=self._known.sequence)

    def _set_back(self, head: Head) -> str:
        own = self._desk.shelf.head
        return (
            f"The service has entry {head.sequence} of this printer's journal as {head.digest}; "
            f"the journal here ends with entry {own.sequence}, {own.digest}: it was set back."
        )

    def _halt(self, detail: str) -> None:
        """Stop all leases, and report it as a refusal that is signed like any other."""
        self._bench.record("leases", State.HALTED, detail=detail)
        self._bench.record(
            "leases",
            State.REFUSED,
            error="JournalRolledBack",
            detail=detail,
            file=str(ZERO_DIGEST),
            kept="journal-set-back",
            original="journal-set-back",
        )

    def _show(self) -> bool:
        """Hand in what this gate wrote all the same, once: the service keeps both as evidence.

        From the first entry on, since nobody knows here where the two part; what is known
        there already changes nothing.
        """
        if self._shown:
            return False
        links = self._desk.shelf.links
        for first in range(0, len(links), BATCH):
            with suppress(Conflict):
                self._service.hand_in(self._bench.keys.printer, links[first : first + BATCH])
        self._shown = True
        return True
