"""The store: its tables come from the migrations alone; its file is private and durable."""

from __future__ import annotations

import sqlite3
import stat
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from pydantic import SecretStr
from sqlalchemy import event, text
from sqlmodel import SQLModel

from ledger.anvil import Anvil
from ledger.bootstrap import build_ledger
from ledger.config import Settings
from ledger.devchain import free_port
from ledger.errors import ChainUnavailable, DeploymentMismatch, SetupError, StoreUnavailable
from ledger.models import Address
from ledger.store import Database, engine, records, tables
from ledger.store.engine import _alembic
from tests.service import new_deployment, settings_for


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    found = Database(f"sqlite:///{tmp_path}/store/ledger.db")
    found.migrate()
    yield found
    found.close()


def test_the_migrations_make_exactly_the_tables_that_the_code_has(database: Database) -> None:
    with database._writers.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []
        unique = connection.execute(
            text("SELECT sql FROM sqlite_master WHERE name = 'receipt'")
        ).scalar_one()
    assert "UNIQUE (license, serial, token, printer)" in unique


def test_every_migration_can_be_taken_back(database: Database) -> None:
    with database._writers.connect() as connection:
        config = _alembic(connection)
        command.downgrade(config, "base")
        left = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'"))
        assert set(left.scalars()) == {"alembic_version"}
        command.upgrade(config, "head")
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, SQLModel.metadata) == []
        assert len(ScriptDirectory.from_config(config).get_heads()) == 1


def test_migrating_again_and_at_once_changes_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ledger.db"
    databases = [Database(url) for _ in range(4)]
    threads = [threading.Thread(target=database.migrate) for database in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for database in databases:
        with database.write() as session:
            session.merge(tables.AnswerRow(key="k", fingerprint="f", kept_at=1))


def test_migrations_are_done_all_at_once(tmp_path: Path) -> None:
    """Or another process that starts at the same time would do some of them too."""
    database, commits = Database(f"sqlite:///{tmp_path}/ledger.db"), list[object]()
    event.listen(database._writers, "commit", commits.append)
    database.migrate()
    assert len(commits) == 1


def test_a_new_database_that_another_process_makes_is_waited_for(tmp_path: Path) -> None:
    """SQLite itself does not wait there."""
    path = tmp_path / "ledger.db"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    done = threading.Timer(0.3, other.close)
    done.start()
    Database(f"sqlite:///{path}").migrate()
    done.join()


def test_a_database_of_a_newer_version_is_refused(database: Database) -> None:
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SetupError, match="9999"):
        database.migrate()


def test_nobody_else_can_read_the_database_and_what_is_written_stays(
    database: Database, tmp_path: Path
) -> None:
    with database.write() as session:
        records.put(session, tables.AnswerRow(key="k", fingerprint="f", kept_at=1))
    files = list((tmp_path / "store").iterdir())
    assert {path.name for path in files} >= {"ledger.db", "ledger.db-wal"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    with database.read() as session:
        assert session.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert session.execute(text("PRAGMA synchronous")).scalar() == 2
        assert session.execute(text("PRAGMA foreign_keys")).scalar() == 1


def test_a_transaction_is_done_as_a_whole_or_not_at_all(database: Database) -> None:
    def half() -> None:
        with database.write() as session:
            records.put(session, tables.AnswerRow(key="half", fingerprint="f", kept_at=1))
            session.flush()
            raise KeyError

    with pytest.raises(KeyError):
        half()
    with database.read() as session:
        assert session.get(tables.AnswerRow, "half") is None


def test_readers_see_one_state_while_others_write(database: Database) -> None:
    with database.read() as session:
        assert session.get(tables.AnswerRow, "later") is None
        with database.write() as writer:
            records.put(writer, tables.AnswerRow(key="later", fingerprint="f", kept_at=1))
        assert session.get(tables.AnswerRow, "later") is None
    with database.read() as session:
        assert session.get(tables.AnswerRow, "later") is not None


def test_a_locked_database_is_unavailable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "LOCK_TIMEOUT_SECONDS", 0.1)
    database = Database(f"sqlite:///{tmp_path}/ledger.db")
    database.migrate()
    other = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="locked"), database.write():
        pass
    with database.read() as session:
        assert session.get(tables.AnswerRow, "k") is None
    other.close()
    with database.write():
        pass


def test_connections_that_are_all_in_use_are_unavailable(database: Database) -> None:
    pool = database._readers.pool
    held = [database._readers.connect() for _ in range(15)]
    pool._timeout = 0.05  # type: ignore[attr-defined]
    with pytest.raises(StoreUnavailable, match="in use"), database.read() as session:
        session.get(tables.AnswerRow, "k")
    for connection in held:
        connection.close()


def test_64_threads_write_without_losing_anything(database: Database) -> None:
    def write(number: int) -> None:
        for part in range(4):
            with database.write() as session:
                row = session.get(tables.AnswerRow, "sum")
                count = int(row.fingerprint) if row else 0
                session.merge(
                    tables.AnswerRow(key="sum", fingerprint=str(count + 1), kept_at=number + part)
                )

    threads = [threading.Thread(target=write, args=(number,)) for number in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        assert session.get_one(tables.AnswerRow, "sum").fingerprint == "256"


def test_a_database_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable):
        Database(f"sqlite:///{tmp_path}/file/ledger.db")
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(StoreUnavailable):
        Database(f"sqlite:///{tmp_path}/folder.db")


# --- starting on the wrong chain -------------------------------------------------


def test_a_service_starts_on_its_own_chain_and_deployment_only(
    anvil: Anvil, tmp_path: Path
) -> None:
    first = new_deployment(anvil, tmp_path)
    settings = settings_for(anvil, tmp_path)
    ledger = build_ledger(settings)
    issuer = ledger.issuer.address
    ledger.database.close()
    assert build_ledger(settings).issuer.address == issuer

    second = new_deployment(anvil, tmp_path)
    assert second.licenses != first.licenses
    with pytest.raises(DeploymentMismatch, match="belongs to"):
        build_ledger(settings)
    first.save(tmp_path / "deployment.json")
    build_ledger(settings)


def test_a_deployment_that_the_chain_does_not_hold_is_refused_before_anything_is_made(
    anvil: Anvil, tmp_path: Path
) -> None:
    deployment = new_deployment(anvil, tmp_path)
    elsewhere = replace(deployment, chain_id=1)
    nowhere = replace(deployment, licenses=Address("0x" + "77" * 20))
    for wrong in (elsewhere, nowhere):
        wrong.save(tmp_path / "deployment.json")
        with pytest.raises(DeploymentMismatch):
            build_ledger(settings_for(anvil, tmp_path))
    (tmp_path / "deployment.json").write_text("{}")
    with pytest.raises(SetupError, match="not a deployment"):
        build_ledger(settings_for(anvil, tmp_path))
    (tmp_path / "deployment.json").unlink()
    with pytest.raises(SetupError, match="are the contracts deployed"):
        build_ledger(settings_for(anvil, tmp_path))
    deployment.save(tmp_path / "deployment.json")
    away = Settings(
        home=tmp_path / "home",
        rpc_url=f"http://127.0.0.1:{free_port()}",
        deployment=tmp_path / "deployment.json",
        passphrase=SecretStr("x"),
    )
    with pytest.raises(ChainUnavailable):
        build_ledger(away)
    made = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert made == []
