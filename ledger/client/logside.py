"""The log of a service as its readers ask for it; nothing of it is believed here."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.client import answers
from ledger.client.answers import Account, Answered, Hash
from ledger.client.printerside import PrinterSide

MOST_ENTRIES = 200
"""Entries that the service puts on one page at most."""


class LogHead(Answered):
    """How far the log has come; `log` is the account that anchors it."""

    log: Account
    size: int
    root: Hash


class LogEntry(Answered):
    """An entry; the leaf is the hash of the UTF-8 bytes of `entry`."""

    index: int
    type: str
    digest: Hash
    entry: str


class ProvenEntry(LogEntry):
    """An entry with the proof that it is in the first `size` entries."""

    size: int
    root: Hash
    proof: list[Hash]


class LogConsistency(Answered):
    """The proof that the log of `second` entries begins with that of `first`."""

    first: int
    second: int
    first_root: Hash
    second_root: Hash
    proof: list[Hash]


class Checkpoint(Answered):
    """A checkpoint as the service has it from the chain, with its verdict."""

    log: Account
    size: int
    root: Hash
    verdict: str
    transaction: Hash
    block: int
    anchored_at: int


class LogSide(PrinterSide):
    """The calls about the log: a part of `ServiceClient`."""

    def checkpoints(self, cursor: str | None = None, limit: int = 50) -> answers.Page[Checkpoint]:
        """What the service's log anchored, a page at a time."""
        return self._page("/checkpoints", Checkpoint, cursor, limit)

    def log_head(self) -> LogHead:
        """How many entries the log has, and the root over them."""
        return self._get("/log/head", LogHead)

    def log_entry(self, index: int, size: int | None = None) -> ProvenEntry:
        """One entry, proven in the first `size`. Raises EntryNotFound."""
        return answers.read(ProvenEntry, self._transport.get(f"/log/{index}", {"size": size}).json)

    def log_entries(self) -> Iterator[LogEntry]:
        """All entries in their order, fetched a page at a time."""
        cursor: str | None = None
        while True:
            page = self._page("/log", LogEntry, cursor, MOST_ENTRIES)
            yield from page.items
            cursor = page.next_cursor
            if cursor is None:
                return

    def log_consistency(self, first: int, second: int) -> LogConsistency:
        """The proof that the log of `second` entries begins with that of `first`."""
        sizes = {"first": first, "second": second}
        return answers.read(LogConsistency, self._transport.get("/log/consistency", sizes).json)
