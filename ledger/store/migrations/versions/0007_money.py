"""Whom offers are for, what licenses carry, and earnings by currency."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_NOBODY = "0x" + "00" * 20
_SUMS = ("settled", "received", "passed", "withdrawn")


def upgrade() -> None:
    """Apply. Licenses that are there already were all paid in the chain's own currency."""
    with op.batch_alter_table("offer") as table:
        table.add_column(sa.Column("licensee", sa.String(), nullable=False, server_default=_NOBODY))
        table.add_column(
            sa.Column(
                "max_per_licensee",
                sa.BigInteger(),
                autoincrement=False,
                nullable=False,
                server_default="0",
            )
        )
        table.add_column(sa.Column("rights", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("license") as table:
        table.add_column(sa.Column("currency", sa.String(), nullable=False, server_default=_NOBODY))
        table.add_column(sa.Column("rights", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "earning",
        sa.Column("design", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in _SUMS),
        sa.PrimaryKeyConstraint("design", "currency"),
    )
    op.create_table(
        "royalty",
        sa.Column("design", sa.String(), nullable=False),
        sa.Column("parent", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("amount", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("design", "parent", "currency"),
    )
    op.create_index("ix_royalty_parent", "royalty", ["parent"])


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_royalty_parent", "royalty")
    op.drop_table("royalty")
    op.drop_table("earning")
    for name, columns in (
        ("license", ("rights", "currency")),
        ("offer", ("rights", "max_per_licensee", "licensee")),
    ):
        with op.batch_alter_table(name) as table:
            for column in columns:
                table.drop_column(column)
