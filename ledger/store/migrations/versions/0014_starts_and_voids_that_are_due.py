"""Prints that started, voids that are due, and the order of each webhook."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "print_start",
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("serial", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("printer", sa.String(), nullable=False),
        sa.Column("license", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("started", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("signature", sa.String(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("token", "serial"),
    )
    op.create_table(
        "void_due",
        sa.Column("license", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("due_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("license"),
    )
    op.create_index("ix_void_due_due_at", "void_due", ["due_at"])
    op.create_index("delivery_waiting", "webhook_delivery", ["webhook", "state", "place"])


def downgrade() -> None:
    """Take back."""
    op.drop_index("delivery_waiting", "webhook_delivery")
    op.drop_table("void_due")
    op.drop_table("print_start")
