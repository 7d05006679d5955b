"""Lineage, recalls, sales and commitments."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "ancestor",
        sa.Column("design", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("ancestor", sa.String(), nullable=False),
        sa.Column("share", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("design", "place"),
    )
    op.create_index("ix_ancestor_ancestor", "ancestor", ["ancestor"])
    op.create_table(
        "standing",
        sa.Column("design", sa.String(), nullable=False),
        sa.Column("recalled", sa.Boolean(), nullable=False),
        sa.Column("notice", sa.String(), nullable=True),
        sa.Column("recalled_at", sa.BigInteger(), nullable=True),
        sa.Column("on_sale", sa.Boolean(), nullable=False),
        sa.Column("policy_open", sa.Boolean(), nullable=False),
        sa.Column("policy_share", sa.Integer(), nullable=False),
        sa.Column("resale_receiver", sa.String(), nullable=True),
        sa.Column("resale_share", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("design"),
    )
    op.create_table(
        "commitment",
        sa.Column("design", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("salt", sa.String(), nullable=False),
        sa.Column("commitment", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("design", "owner"),
    )


def downgrade() -> None:
    """Take back."""
    for table in ("commitment", "standing", "ancestor"):
        op.drop_table(table)
