"""Pledges and crises."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "pledge",
        sa.Column("design", sa.String(), nullable=False),
        sa.Column("council", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("until", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("max_duration", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("quota_per_license", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("quota_in_all", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("taken", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("block", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.Column("transaction", sa.String(), nullable=False),
        sa.Column("pledged_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("design", "council"),
    )
    op.create_index("ix_pledge_council", "pledge", ["council"])
    op.create_index("pledge_place", "pledge", ["block", "log_index"])
    op.create_table(
        "crisis",
        sa.Column("crisis", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("council", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("until", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("signer", sa.String(), nullable=False),
        sa.Column("block", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.Column("transaction", sa.String(), nullable=False),
        sa.Column("declared_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ended_block", sa.BigInteger(), nullable=True),
        sa.Column("ended_log_index", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("crisis"),
    )
    op.create_index("ix_crisis_council", "crisis", ["council"])
    op.create_index("ix_crisis_region", "crisis", ["region"])
    op.create_index("crisis_place", "crisis", ["block", "log_index"])
    op.create_table(
        "crisis_license",
        sa.Column("license", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("crisis", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("design", sa.String(), nullable=False),
        sa.Column("taker", sa.String(), nullable=False),
        sa.Column("quota", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("taken_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("license"),
    )
    for column in ("crisis", "design", "taker"):
        op.create_index(f"ix_crisis_license_{column}", "crisis_license", [column])
    op.create_table(
        "named_center",
        sa.Column("council", sa.String(), nullable=False),
        sa.Column("center", sa.String(), nullable=False),
        sa.Column("named", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("council", "center"),
    )


def downgrade() -> None:
    """Take back."""
    for table in ("named_center", "crisis_license", "crisis", "pledge"):
        op.drop_table(table)
