"""Voids, passing on, and redemptions of several tokens in one event."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_INDEXED = ("design", "job", "license", "printer", "token")
_KEPT = (
    *("block", "log_index", "design", "license", "printer", "word", "take", "job", "token"),
    *("signer", "transaction", "redeemed_at"),
)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "void",
        sa.Column("block", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.Column("design", sa.String(), nullable=False),
        sa.Column("license", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("word", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("serials", sa.String(), nullable=False),
        sa.Column("quota", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("transaction", sa.String(), nullable=False),
        sa.Column("voided_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("block", "log_index"),
    )
    op.create_index("ix_void_design", "void", ["design"])
    op.create_index("ix_void_evidence", "void", ["evidence"])
    op.create_index("void_word", "void", ["license", "word"])
    op.create_table(
        "passing",
        sa.Column("block", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.Column("design", sa.String(), nullable=False),
        sa.Column("license", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sublicense", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("giver", sa.String(), nullable=False),
        sa.Column("receiver", sa.String(), nullable=False),
        sa.Column("quota", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("transaction", sa.String(), nullable=False),
        sa.Column("passed_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("block", "log_index"),
    )
    for column in ("design", "license", "sublicense"):
        op.create_index(f"ix_passing_{column}", "passing", [column])
    with op.batch_alter_table("license") as table:
        table.add_column(
            sa.Column(
                "voided", sa.BigInteger(), autoincrement=False, nullable=False, server_default="0"
            )
        )
        table.add_column(sa.Column("parent", sa.BigInteger(), autoincrement=False, nullable=True))
        table.create_index("ix_license_parent", ["parent"])
    _redemption("item")


def downgrade() -> None:
    """Take back."""
    op.execute("DELETE FROM redemption WHERE item > 0")
    _redemption()
    with op.batch_alter_table("license") as table:
        table.drop_index("ix_license_parent")
        table.drop_column("parent")
        table.drop_column("voided")
    op.drop_table("passing")
    op.drop_table("void")


def _redemption(*more: str) -> None:
    """Make the table anew with another primary key, and keep its rows."""
    for column in _INDEXED:
        op.drop_index(f"ix_redemption_{column}", "redemption")
    op.rename_table("redemption", "redemption_before")
    op.create_table(
        "redemption",
        sa.Column("block", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in more),
        sa.Column("design", sa.String(), nullable=False),
        sa.Column("license", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("printer", sa.String(), nullable=False),
        sa.Column("word", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("take", sa.String(), nullable=False),
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("signer", sa.String(), nullable=False),
        sa.Column("transaction", sa.String(), nullable=False),
        sa.Column("redeemed_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("block", "log_index", *more, name=f"redemption_by{len(more)}"),
    )
    before = sa.table("redemption_before", *map(sa.column, _KEPT))
    after = sa.table("redemption", *map(sa.column, (*_KEPT, *more)))
    rows = sa.select(*before.columns, *(sa.literal_column("0") for _ in more))
    op.execute(after.insert().from_select([*_KEPT, *more], rows))
    op.drop_table("redemption_before")
    for column in _INDEXED:
        op.create_index(f"ix_redemption_{column}", "redemption", [column])
