"""Open the database, migrate it, and hand out transactions.

SQLite runs in WAL mode with full synchronisation: what was committed survives a
power cut. A writing transaction takes the write lock at its start (BEGIN
IMMEDIATE), so that what it reads cannot change before it writes.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, TimeoutError as PoolTimeout
from sqlmodel import Session

from ledger.errors import SetupError, StoreUnavailable

LOCK_TIMEOUT_SECONDS = 20
_AGAIN_SECONDS = 0.02
_MIGRATING = threading.Lock()
"""Alembic keeps what it works on in module variables: one migration at a time."""
_MIGRATIONS = Path(__file__).parent / "migrations"


class Database:
    """One database for all threads of a process. Raises StoreUnavailable."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self._sqlite = self.url.get_backend_name() == "sqlite"
        self._create_private_file()
        self._readers = self._engine("BEGIN")
        self._writers = self._engine("BEGIN IMMEDIATE") if self._sqlite else self._readers

    def migrate(self) -> None:
        """Bring the tables up to date; does nothing if they are.

        Raises SetupError for a database that a newer version of this program has made.
        """
        # In one transaction from the first look on: with one for each migration, two processes
        # that start at once would get in each other's way.
        with self._translated(), _MIGRATING, self._writers.begin() as connection:
            try:
                command.upgrade(_alembic(connection), "head")
            except CommandError as error:
                raise SetupError(f"This database cannot be brought up to date: {error}") from error

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that only reads, on one consistent state."""
        with self._translated(), Session(self._readers, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that writes: all of it, or none if the block raises."""
        with (
            self._translated(),
            Session(self._writers, expire_on_commit=False) as session,
            session.begin(),
        ):
            session.connection()  # begins, and so takes the lock, now and not at the first query
            yield session

    def close(self) -> None:
        """Give all connections back."""
        self._readers.dispose()
        self._writers.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise StoreUnavailable(f"The database does not answer: {error.orig}") from error
        except PoolTimeout as error:
            raise StoreUnavailable("All connections to the database are in use.") from error

    def _create_private_file(self) -> None:
        """Wrapped keys and tokens lie in it: nobody else on the machine may read it."""
        if not self._sqlite or not self.url.database:
            return
        path = Path(self.url.database)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
        except OSError as error:
            raise StoreUnavailable(f"The database file {path} cannot be opened.") from error

    def _engine(self, begin: str) -> Engine:
        if not self._sqlite:
            return create_engine(self.url, pool_pre_ping=True)
        engine = create_engine(self.url, connect_args={"timeout": LOCK_TIMEOUT_SECONDS})

        @event.listens_for(engine, "connect")
        def _prepare(connection: Any, _record: Any) -> None:
            connection.isolation_level = None  # the driver shall not begin on its own
            _use_wal(connection)
            for pragma in ("synchronous=FULL", "foreign_keys=ON"):
                connection.execute(f"PRAGMA {pragma}")

        @event.listens_for(engine, "begin")
        def _begin(connection: Any) -> None:
            connection.exec_driver_sql(begin)

        return engine


def _use_wal(connection: Any) -> None:
    """Into WAL mode, where it stays. Raises sqlite3.OperationalError.

    While another process makes the same new database, SQLite says "locked" without a wait: it
    cannot know that the other does not wait for this one.
    """
    deadline = time.monotonic() + LOCK_TIMEOUT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_AGAIN_SECONDS)
        else:
            return


def _alembic(connection: Any) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
