"""Leases, printers' journals, and the spends that are to be redeemed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "lease",
        sa.Column("digest", sa.String(), nullable=False),
        _big("place"),
        sa.Column("request", sa.String(), nullable=False),
        sa.Column("design", sa.String(), nullable=False),
        _big("license"),
        sa.Column("printer", sa.String(), nullable=False),
        *(_big(name) for name in ("count", "not_before", "deadline", "silence", "issued_at")),
        _big("returned_at", nullable=True),
        sa.Column("file", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
        sa.UniqueConstraint("request"),
    )
    for column in ("place", "design", "license", "printer"):
        op.create_index(f"ix_lease_{column}", "lease", [column])
    op.create_index("lease_open", "lease", ["returned_at", "deadline"])
    op.create_table(
        "lease_token",
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("lease", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("token"),
    )
    op.create_index("ix_lease_token_lease", "lease_token", ["lease"])
    op.create_table(
        "journal_entry",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("printer", sa.String(), nullable=False),
        _big("sequence"),
        *(
            sa.Column(name, sa.String(), nullable=False)
            for name in ("previous", "machine", "kind", "lease")
        ),
        *(_big(name) for name in ("serial", "at", "seen")),
        sa.Column("signature", sa.String(), nullable=False),
        sa.Column("forked", sa.Boolean(), nullable=False),
        _big("received_at"),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("journal_chain", "journal_entry", ["printer", "forked", "sequence"])
    op.create_index("journal_serial", "journal_entry", ["lease", "serial"])
    op.create_table(
        "due_spend",
        _big("license"),
        _big("serial"),
        *(
            sa.Column(name, sa.String(), nullable=False)
            for name in ("lease", "token", "printer", "entry", "state", "error")
        ),
        sa.Column("transaction", sa.String(), nullable=True),
        _big("stored_at"),
        _big("next_try"),
        sa.PrimaryKeyConstraint("license", "serial"),
    )
    for column in ("lease", "token", "printer"):
        op.create_index(f"ix_due_spend_{column}", "due_spend", [column])
    op.create_index("due_license", "due_spend", ["state", "license", "next_try"])
    op.create_index("due_next", "due_spend", ["state", "next_try"])
    op.create_table(
        "news",
        sa.Column("id", sa.Integer(), nullable=False),
        _big("number"),
        _big("issued_at"),
        sa.Column("file", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    """Take back."""
    for table in ("news", "due_spend", "journal_entry", "lease_token", "lease"):
        op.drop_table(table)


def _big(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=nullable)
