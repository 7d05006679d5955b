"""The log, filled with what was signed before there was one; and its checkpoints.

The order of what was there: by the second at which it was written down (a refusal's own, as
nothing else is known of it), then tokens, receipts, refusals, each in their own order. It
follows from the rows alone, so two copies of a database become the same log.
"""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# As they were when this was written: a migration gives the same bytes for ever.
_SAFE = 2**53
_TOKENS = sa.text("SELECT * FROM print_token ORDER BY issued_at, place")
_RECEIPTS = sa.text("SELECT * FROM receipt ORDER BY received_at, place")
_REFUSALS = sa.text("SELECT * FROM refusal ORDER BY refused_at, digest")


def upgrade() -> None:
    """Apply."""
    entries = op.create_table(
        "log_entry",
        sa.Column("index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("index"),
        sa.UniqueConstraint("digest"),
    )
    nodes = op.create_table(
        "log_node",
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("level", "index"),
    )
    head = op.create_table(
        "log_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "checkpoint",
        sa.Column("block", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.Column("log", sa.String(), nullable=False),
        sa.Column("size", sa.String(), nullable=False),
        sa.Column("root", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("transaction", sa.String(), nullable=False),
        sa.Column("anchored_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("block", "log_index"),
    )
    op.create_index("checkpoint_size", "checkpoint", ["log", "size"])
    _fill(entries, nodes, head)


def downgrade() -> None:
    """Take back."""
    for table in ("checkpoint", "log_head", "log_node", "log_entry"):
        op.drop_table(table)


def _fill(entries: sa.Table, nodes: sa.Table, head: sa.Table) -> None:
    connection, edge, index = op.get_bind(), list[bytes](), 0
    for type_, digest, entry in _signed(connection):
        connection.execute(
            entries.insert(), {"index": index, "type": type_, "digest": digest, "entry": entry}
        )
        level, place, hash_ = 0, index, hashlib.sha256(b"\x00" + entry).digest()
        rows = [{"level": level, "index": place, "hash": "0x" + hash_.hex()}]
        while place & 1:  # `edge` holds the complete subtrees on the right, the smallest last
            hash_ = hashlib.sha256(b"\x01" + edge.pop() + hash_).digest()
            level, place = level + 1, place >> 1
            rows.append({"level": level, "index": place, "hash": "0x" + hash_.hex()})
        edge.append(hash_)
        connection.execute(nodes.insert(), rows)
        index += 1
    connection.execute(head.insert(), {"id": 1, "size": index})


def _signed(connection: sa.Connection) -> Iterator[tuple[str, str, bytes]]:
    found = [
        *((row["issued_at"], 0, row) for row in connection.execute(_TOKENS).mappings()),
        *((row["received_at"], 1, row) for row in connection.execute(_RECEIPTS).mappings()),
        *((row["refused_at"], 2, row) for row in connection.execute(_REFUSALS).mappings()),
    ]
    found.sort(key=lambda item: item[:2])  # stable: each sort keeps its own order
    for _, sort, row in found:
        type_, message = (
            ("PrintToken", _token) if sort == 0 else
            ("Receipt", _receipt) if sort == 1 else
            ("Refusal", _refusal)
        )  # fmt: skip
        document = {"type": type_, "message": message(row), "signature": row["signature"]}
        text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        yield type_, row["digest"], text.encode()


def _token(row: Any) -> dict[str, Any]:
    return {
        "design": row["design"],
        "license": _number(row["license"]),
        "printer": row["printer"],
        "word": row["word"],
        "serials": _number(int(row["serials"], 16)),
        "notBefore": row["not_before"],
        "deadline": row["deadline"],
        "job": row["job"],
    }


def _receipt(row: Any) -> dict[str, Any]:
    return {
        "token": row["token"],
        "design": row["design"],
        "license": _number(row["license"]),
        "serial": row["serial"],
        "printer": row["printer"],
        "job": row["job"],
        "started": row["started"],
        "ended": row["ended"],
        "outcome": row["outcome"],
        "materialMg": _number(row["material_mg"]),
        "energyJoule": _number(row["energy_joule"]),
    }


def _refusal(row: Any) -> dict[str, Any]:
    return {
        "printer": row["printer"],
        "file": row["file"],
        "error": row["error"],
        "refusedAt": row["refused_at"],
    }


def _number(value: int) -> int | str:
    return str(value) if value > _SAFE else value
