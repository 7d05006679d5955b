"""The database: tables, transactions and queries. The one package that knows sqlmodel."""

from sqlmodel import Session

from ledger.store.engine import Database

__all__ = ["Database", "Session"]
