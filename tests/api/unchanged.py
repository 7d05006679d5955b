"""What must stay as it was: all, after a refused request; the projection, when it is rebuilt."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlmodel import SQLModel, select

from ledger.services.context import Ledger
from ledger.store import projection, tables
from tests.service import chain_of

_KEPT = [
    table
    for table in vars(tables).values()
    if isinstance(table, type) and issubclass(table, SQLModel) and table is not SQLModel
]


def state(ledger: Ledger) -> dict[str, object]:
    """Everything that a request could change, in a form that compares."""
    with ledger.database.read() as session:
        rows = {
            table.__name__: sorted(
                json.dumps(row.model_dump(), default=repr, sort_keys=True)
                for row in session.exec(select(table))
            )
            for table in _KEPT
            if table not in (tables.CursorRow, tables.AnswerRow)
        }
    number, hash_, _ = chain_of(ledger).rpc.head()
    blocks = ledger.work_folder.parent / "blocks"
    return rows | {
        "chain": (number, str(hash_)),
        "blocks": _files(blocks),
        "work folder": _files(ledger.work_folder),
    }


@contextmanager
def nothing_changes(ledger: Ledger) -> Iterator[None]:
    """Fails if anything is different after the block."""
    before = state(ledger)
    yield
    after = state(ledger)
    assert {name: after[name] for name in after if after[name] != before[name]} == {}


def rebuilds_to_the_same_bytes(ledger: Ledger) -> None:
    """Fails if the projection, dropped and rebuilt from chain and log, is another one."""
    with ledger.database.read() as session:
        before = projection.fingerprint(session)
    ledger.indexer.rebuild()
    with ledger.database.read() as session:
        assert projection.fingerprint(session) == before


def _files(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }
