"""Follow the chain: new blocks into the projection, and back when the chain turns.

The projection remembers the hash of the block that it stands on. If the chain has
another block there, a reorganization took place: the projection is dropped and
built again from the deployment's first block, which is always right. (A rebuild
from a nearer ancestor is faster and changes nothing that can be seen.)
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Protocol

from ledger.errors import ChainUnavailable
from ledger.models import Digest
from ledger.store import Database, Session, projection
from ledger.store.projection import Event

_ROUNDS = 5
"""How often a chain that turns while it is read is read again before we give up."""


class EventSource(Protocol):
    """What the indexer asks of the chain."""

    def read(self, first: int, last: int) -> Iterable[Event]:
        """The events of blocks `first`..`last` in order."""
        ...


class Blocks(Protocol):
    """Headers of the chain."""

    def head(self) -> tuple[int, Digest, int]:
        """`(number, hash, timestamp)` of the newest block."""
        ...

    def hash_of(self, number: int) -> Digest | None:
        """The hash of a block; None where the chain is not that long."""
        ...


class Indexer:
    """Brings the projection to the chain's head; safe to call from several threads."""

    def __init__(
        self, database: Database, source: EventSource, blocks: Blocks, first_block: int
    ) -> None:
        self._database = database
        self._source = source
        self._blocks = blocks
        self.first_block = first_block
        self._lock = threading.Lock()

    def catch_up(self) -> int:
        """Index up to the head; return how many events were new.

        Raises ChainUnavailable or StoreUnavailable, and changes nothing then.
        """
        with self._lock:
            wanted, turns = -1, 0
            while turns < _ROUNDS:
                with self._database.read() as session:
                    place = projection.position(session)
                number, hash_, _time = self._blocks.head()
                if place == (number, str(hash_)):
                    return 0
                wanted = number if wanted < 0 else wanted
                turned = place is not None and not self._has(place)
                first = self.first_block if turned or place is None else place[0] + 1
                events = list(self._source.read(first, number))
                if self._blocks.hash_of(number) != hash_:
                    turns += 1  # while we read
                    continue
                with self._database.write() as session:
                    found = projection.position(session)
                    if found == place:
                        if turned:
                            projection.drop(session)
                        return projection.advance(session, events, number, hash_)
                # Another process was quicker. It may have come as far as it was to go when this
                # began, though the chain has grown since; or else we go on from where it ended.
                if found is not None and found[0] > wanted and self._has(found):
                    return 0
        raise ChainUnavailable("The chain turned each time that it was read.")

    def _has(self, place: tuple[int, str]) -> bool:
        """Whether the chain still has the block that a projection stands on."""
        return str(self._blocks.hash_of(place[0])) == place[1]

    def position(self, session: Session) -> int | None:
        """The last block that the projection holds; None before the first round."""
        place = projection.position(session)
        return place[0] if place else None

    def rebuild(self) -> int:
        """Drop the projection and build it anew from the chain; return how many events.

        The old one is seen until the new one is complete.
        """
        with self._lock:
            for _ in range(_ROUNDS):
                number, hash_, _time = self._blocks.head()
                events = list(self._source.read(self.first_block, number))
                if self._blocks.hash_of(number) != hash_:
                    continue
                with self._database.write() as session:
                    projection.drop(session)
                    return projection.advance(session, events, number, hash_)
        raise ChainUnavailable("The chain turned each time that it was read.")

    def follow(self, stop: threading.Event, seconds: float, on_error: ErrorSink) -> None:
        """Catch up every so many seconds until `stop`; failures go to `on_error`, then again."""
        while not stop.wait(seconds):
            try:
                self.catch_up()
            except Exception as error:
                # A fault of ours in one round too: the projection must not stand still until a
                # restart.
                on_error(error)


class ErrorSink(Protocol):
    """Where a failed round is told."""

    def __call__(self, error: Exception, /) -> None:
        """Take note of it: a LedgerError, or a fault of ours."""
        ...
