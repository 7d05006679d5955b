"""A database from before the log gets one: of all that was signed, in one order for everybody."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from alembic import command
from sqlmodel import select
from starlette.testclient import TestClient

from api.app import create_app
from ledger import merkle
from ledger.models import Digest
from ledger.services import checkpoints
from ledger.services.context import Ledger
from ledger.store import Database, log
from ledger.store.engine import _alembic
from ledger.store.tables import ReceiptRow, TokenRow
from ledger.tokens import FIRST_RECEIPT
from tests.integration.logged import rows, tree
from tests.scene import Scene


@pytest.fixture(scope="module")
def http(ledger: Ledger) -> TestClient:
    """A service that takes no steps of its own: a file is copied, and tables come and go."""
    return TestClient(create_app(ledger=ledger))


@pytest.fixture(scope="module")
def ours(scene: Callable[..., Scene]) -> Scene:
    """A scene with a past: tokens, receipts and refusals in turn."""
    found = scene(quota=1_000)
    told = partial(found.receipt, form=FIRST_RECEIPT)
    for number in range(3):
        ticket = found.tickets(count=300)[0]
        found.center.ok("POST", "/receipts", json=told(ticket, 300 * number))
        file = Digest(bytes([number + 1]) * 32)
        found.center.ok("POST", "/refusals", json=found.refusal(file))
    return found


def migrate(ledger: Ledger, *revisions: str) -> None:
    """Take the database down to a revision, or up to it, one after the other."""
    with ledger.database._writers.connect() as connection:
        config = _alembic(connection)
        for revision in revisions:
            step = command.upgrade if revision == "head" else command.downgrade
            step(config, revision)
        connection.commit()


def test_what_was_signed_before_is_brought_in_byte_for_byte(ours: Scene) -> None:
    ledger = ours.ledger
    later = ("Enrolment",)  # nothing of what was signed then was kept before that was logged
    written = {row.digest: row.entry for row in rows(ledger) if row.type not in later}
    assert len(written) > 9
    migrate(ledger, "0002", "head")
    found = rows(ledger)
    assert {row.digest: row.entry for row in found} == written
    assert [row.index for row in found] == list(range(len(written)))
    head = checkpoints.head(ledger)
    assert (head.size, head.root) == (len(found), tree(ledger).root())


def test_the_order_is_that_of_time_and_of_each_sort(ours: Scene) -> None:
    ledger = ours.ledger
    migrate(ledger, "0002", "head")
    digests = [row.digest for row in rows(ledger)]
    with ledger.database.read() as session:
        for table in (TokenRow, ReceiptRow):
            own = session.exec(select(table.digest).order_by(table.place)).all()  # type: ignore[arg-type]
            assert [digest for digest in digests if digest in set(own)] == list(own)
        times = dict(session.exec(select(TokenRow.digest, TokenRow.issued_at)).all())
        times |= dict(session.exec(select(ReceiptRow.digest, ReceiptRow.received_at)).all())
    known = [times[digest] for digest in digests if digest in times]
    assert known == sorted(known)


def test_two_copies_of_a_database_get_the_same_log(ours: Scene, tmp_path: Path) -> None:
    ledger = ours.ledger
    migrate(ledger, "0002")
    with ledger.database.write() as session:  # all of it into the one file
        session.connection()
    ledger.database.close()
    source = Path(str(ledger.database.url.database))
    roots = set()
    for name in ("one.db", "two.db"):
        for suffix in ("", "-wal", "-shm"):
            part = source.with_name(source.name + suffix)
            if part.exists():
                shutil.copy(part, tmp_path / (name + suffix))
        copy = Database(f"sqlite:///{tmp_path / name}")
        copy.migrate()
        with copy.read() as session:
            roots.add(merkle.root(log.size(session), log.nodes(session)))
        copy.close()
    ledger.database.migrate()
    roots.add(checkpoints.head(ledger).root)
    assert len(roots) == 1


def test_the_log_goes_on_behind_what_was_brought_in(ours: Scene) -> None:
    ledger = ours.ledger
    migrate(ledger, "0002", "head")
    ledger.indexer.rebuild()
    before = len(rows(ledger))
    ours.ticket()
    assert len(rows(ledger)) == before + 1
    assert checkpoints.head(ledger).root == tree(ledger).root()
    checkpoint, new = checkpoints.anchor(ledger)
    assert (checkpoint.size, new) == (before + 1, True)
