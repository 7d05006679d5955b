"""Slices and key releases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "slice",
        sa.Column("design", sa.String(), nullable=False),
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("profile", sa.String(), nullable=False),
        sa.Column("slicer", sa.String(), nullable=False),
        sa.Column("deadline", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("signer", sa.String(), nullable=False),
        sa.Column("signature", sa.String(), nullable=False),
        sa.Column("approved_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("design", "job"),
    )
    op.create_index("ix_slice_job", "slice", ["job"])
    op.create_table(
        "key_release",
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("printer", sa.String(), nullable=False),
        sa.Column("released_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("token", "printer"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("key_release")
    op.drop_table("slice")
