"""The end of printers: revoked by their centers, or followed by another key."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_TIMES = ("revoked_since", "revoked_at", "revocation_deadline", "rotated_at", "rotation_deadline")
_NAMES = ("predecessor", "successor")
_TEXTS = (
    *("revoked_reason", "revocation_signature", "next_kem_key"),
    *("rotation_signature", "successor_signature"),
)


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("printer") as table:
        for name in _TIMES:
            table.add_column(sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=True))
        for name in _NAMES:
            table.add_column(sa.Column(name, sa.String(), nullable=True))
        for name in _TEXTS:
            table.add_column(sa.Column(name, sa.String(), nullable=False, server_default=""))
        table.create_index("ix_printer_revoked_since", ["revoked_since"])
        table.create_index("ix_printer_predecessor", ["predecessor"])


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("printer") as table:
        table.drop_index("ix_printer_predecessor")
        table.drop_index("ix_printer_revoked_since")
        for name in (*_TIMES, *_NAMES, *_TEXTS):
            table.drop_column(name)
