"""The log of what was signed: entries with proofs, and the checkpoints on chain."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.dependencies import Paged, Service
from api.fields import U63, Number
from ledger.models import Digest
from ledger.services import checkpoints
from ledger.store import log
from ledger.store.logtables import CheckpointRow, LogEntryRow

router = APIRouter(tags=["log"])
Size = Annotated[int | None, Query(ge=1, le=U63, description="How many entries; all, unless given")]


@router.get("/checkpoints", summary="What this log anchored on chain, the oldest first")
def list_checkpoints(ledger: Service, page: Paged) -> dict[str, Any]:
    """`verdict` holds each against those before: good, repeated, shrinks or contradicts."""
    with ledger.database.read() as session:
        rows = log.checkpoints(session, ledger.issuer.address, page.place(), page.limit)
    return page.answer(rows, _checkpoint, lambda row: (row.block, row.log_index))


@router.get("/log", summary="Entries, the oldest first")
def list_entries(ledger: Service, page: Paged) -> dict[str, Any]:
    """With all of them anybody can compute every root themselves."""
    with ledger.database.read() as session:
        rows = log.page(session, page.number(), page.limit)
    return page.answer(rows, _entry, lambda row: (row.index + 1,))


@router.get("/log/head", summary="How many entries there are, and the root over them")
def show_head(ledger: Service) -> dict[str, Any]:
    """`log` is the account that anchors it."""
    head = checkpoints.head(ledger)
    return {"log": head.log, "size": head.size, "root": str(head.root)}


@router.get("/log/consistency", summary="Proof that a smaller log is the beginning of a larger")
def show_consistency(
    ledger: Service, first: Annotated[int, Query(ge=1, le=U63)], second: Size = None
) -> dict[str, Any]:
    """Hashes as RFC 9162, 2.1.4, has them; `second` is all entries unless given."""
    return _plain(asdict(checkpoints.consistency(ledger, first, second)))


@router.get("/log/{index}", summary="One entry with its inclusion proof")
def show(index: Number, ledger: Service, size: Size = None) -> dict[str, Any]:
    """Proof as RFC 9162, 2.1.3, has it, to the root over the first `size` entries."""
    proven = checkpoints.proven_entry(ledger, index, size)
    proof = {"size": proven.size, "root": proven.root, "proof": proven.proof}
    return {**_entry(proven.row), **_plain(proof)}


def _entry(row: LogEntryRow) -> dict[str, Any]:
    """`entry` is the text whose UTF-8 bytes are hashed as the leaf."""
    return {
        "index": row.index,
        "type": row.type,
        "digest": row.digest,
        "entry": row.entry.decode(),
    }


def _checkpoint(row: CheckpointRow) -> dict[str, Any]:
    return {**row.model_dump(exclude={"log_index"}), "size": int(row.size)}


def _plain(members: dict[str, Any]) -> dict[str, Any]:
    return {
        name: [str(each) for each in value] if isinstance(value, list)
        else str(value) if isinstance(value, Digest)
        else value
        for name, value in members.items()
    }  # fmt: skip
