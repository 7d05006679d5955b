"""What the tests of the log share: its rows, its tree, and a client that asks the API."""

from __future__ import annotations

from typing import Any

from sqlmodel import select

from ledger.checkpoints import Anchored
from ledger.client.logside import LogConsistency, LogEntry, LogSide, ProvenEntry
from ledger.merkle import Tree
from ledger.services.context import Ledger
from ledger.store import log
from ledger.store.logtables import LogEntryRow, LogNodeRow
from tests.scene import Scene


def rows(ledger: Ledger) -> list[LogEntryRow]:
    with ledger.database.read() as session:
        return list(log.page(session, 0, 10_000))


def anchored(ledger: Ledger) -> list[Anchored]:
    """What the chain has of the service's own log."""
    return ledger.chain.checkpoints.anchored(ledger.issuer.address)


def tree(ledger: Ledger) -> Tree:
    found = Tree()
    for row in rows(ledger):
        found.append(row.entry)
    return found


class Asked(LogSide):
    """The client's questions, answered by the API in this process."""

    def __init__(self, ours: Scene) -> None:
        self._ours = ours

    def log_entry(self, index: int, size: int | None = None) -> ProvenEntry:
        params = {} if size is None else {"size": size}
        return ProvenEntry(**self._ours.center.ok("GET", f"/log/{index}", params=params))

    def log_entries(self) -> Any:
        cursor: str | None = None
        while True:
            params = {"limit": 3, **({"cursor": cursor} if cursor else {})}
            page = self._ours.center.ok("GET", "/log", params=params)
            yield from (LogEntry(**row) for row in page["items"])
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def log_consistency(self, first: int, second: int) -> LogConsistency:
        params = {"first": first, "second": second}
        return LogConsistency(**self._ours.center.ok("GET", "/log/consistency", params=params))


def store(ledger: Ledger, whole: Tree) -> None:
    """Write the hashes of a tree over those that are kept."""
    with ledger.database.write() as session:
        for row in session.exec(select(LogNodeRow)):
            row.hash = str(whole.node(row.level, row.index))
