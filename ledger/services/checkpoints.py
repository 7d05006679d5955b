"""The log to its readers: entries with proofs; and anchoring what it has come to.

The service's log is known on chain by the address of its issuer, which signs the checkpoints
too. The contract keeps no law, so the operator's side keeps it here, against the chain's own
events: the size never shrinks, one size never gets two roots, and the log still gives the
greatest root that it anchored.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from ledger import merkle
from ledger.checkpoints import Anchored
from ledger.errors import (
    CheckpointContradicts,
    CheckpointEmpty,
    CheckpointShrinks,
    EntryNotFound,
    LogDiffers,
    MalformedRequest,
    StoreUnavailable,
)
from ledger.models import Address, Digest
from ledger.services.context import Ledger
from ledger.store import Session, log
from ledger.store.logtables import LogEntryRow

_LOCK = "anchor.lock"


@dataclass(frozen=True, slots=True)
class Head:
    """How far the log has come: its size (entries), and the root over all of them."""

    log: Address
    size: int
    root: Digest


@dataclass(frozen=True, slots=True)
class Proven:
    """An entry, and the hashes that lead from it to the root over the first `size` entries."""

    row: LogEntryRow
    size: int
    root: Digest
    proof: list[Digest]


@dataclass(frozen=True, slots=True)
class Consistency:
    """The roots of two sizes, and the hashes that prove the first to be the other's beginning."""

    first: int
    second: int
    first_root: Digest
    second_root: Digest
    proof: list[Digest]


# -------------------------------------------------------------------- reading


def head(ledger: Ledger) -> Head:
    """The log as it stands."""
    with ledger.database.read() as session:
        size = log.size(session)
        return Head(ledger.issuer.address, size, merkle.root(size, log.nodes(session)))


def proven_entry(ledger: Ledger, index: int, size: int | None = None) -> Proven:
    """The entry at `index` with its inclusion proof in the first `size` entries.

    In all entries unless `size` is given. Raises EntryNotFound where the log has no such
    entry, or is not as long as that.
    """
    with ledger.database.read() as session:
        end = _within(session, size)
        row = log.entry(session, index) if index < end else None
        if row is None:
            raise EntryNotFound(f"The first {end} entries have none with the index {index}.")
        nodes = log.nodes(session)
        proof = merkle.inclusion_proof(index, end, nodes)
        return Proven(row, end, merkle.root(end, nodes), proof)


def consistency(ledger: Ledger, first: int, second: int | None = None) -> Consistency:
    """The proof that the log at size `second` (now, unless given) begins as it was at `first`.

    Raises EntryNotFound where the log is not as long as that, MalformedRequest unless
    0 < first <= second.
    """
    with ledger.database.read() as session:
        end = _within(session, second)
        if not 0 < first <= end:
            raise MalformedRequest(f"The first size must be from 1 to {end}, not {first}.")
        nodes = log.nodes(session)
        proof = merkle.consistency_proof(first, end, nodes)
        return Consistency(first, end, merkle.root(first, nodes), merkle.root(end, nodes), proof)


def _within(session: Session, size: int | None) -> int:
    longest = log.size(session)
    if size is not None and size > longest:
        raise EntryNotFound(f"The log has {longest} entries, not {size}.", size=longest)
    return longest if size is None else size


# ------------------------------------------------------------------ anchoring


def anchor(ledger: Ledger) -> tuple[Anchored, bool]:
    """Anchor what the log has come to; the checkpoint, and whether it is new.

    One at a time for each service folder, whatever process asks. May be run again after
    any interruption: what has landed meanwhile is found on the chain and not sent again.
    Raises CheckpointEmpty for a log without entries; CheckpointShrinks,
    CheckpointContradicts or LogDiffers, and sends nothing, where the chain has
    checkpoints of this log that it no longer lives up to.
    """
    with _alone(ledger):
        anchored = ledger.chain.checkpoints.anchored(ledger.issuer.address)
        with ledger.database.read() as session:
            size = log.size(session)
            nodes = log.nodes(session)
            root = merkle.root(size, nodes)
            _require_lawful(anchored, size, root, nodes)
        present = next((row for row in anchored if row.size == size), None)
        if present is not None:
            return present, False
        mined = ledger.send(ledger.chain.checkpoints.anchor(size, root))
    ledger.indexer.catch_up()
    return Anchored(size, root, mined.transaction, mined.block), True


def _require_lawful(
    anchored: Sequence[Anchored], size: int, root: Digest, nodes: merkle.Nodes
) -> None:
    """Raise what stands against anchoring `root` for `size` after what was anchored."""
    greatest = max(anchored, key=lambda row: row.size, default=None)
    if greatest is None and size == 0:
        raise CheckpointEmpty("The log has no entries yet: there is nothing to anchor.")
    if greatest is None:
        return
    if greatest.size > size:
        raise CheckpointShrinks(
            f"A checkpoint of {greatest.size} entries is anchored (transaction "
            f"{greatest.transaction}), and the log has {size}.",
            size=size,
            anchored=greatest.size,
        )
    first = next(row for row in anchored if row.size == greatest.size)
    if first.size == size and first.root != root:
        raise CheckpointContradicts(
            f"The root {first.root} is anchored for {size} entries (transaction "
            f"{first.transaction}); the log gives {root}.",
            size=size,
            anchored=str(first.root),
        )
    if merkle.root(first.size, nodes) != first.root:
        raise LogDiffers(
            f"The root {first.root} is anchored for {first.size} entries (transaction "
            f"{first.transaction}); the log's first {first.size} give another.",
            size=first.size,
            anchored=str(first.root),
        )


@contextmanager
def _alone(ledger: Ledger) -> Iterator[None]:
    """So that no smaller checkpoint is sent behind a greater one; ends with the process."""
    path = ledger.work_folder.parent / _LOCK
    with ExitStack() as held:
        try:
            lock = held.enter_context(path.open("w"))
            fcntl.flock(lock, fcntl.LOCK_EX)
        except OSError as error:
            raise StoreUnavailable(f"The lock {path} cannot be taken.") from error
        yield
