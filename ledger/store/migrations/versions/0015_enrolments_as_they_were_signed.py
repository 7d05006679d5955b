"""Enrolments as they were signed, and an index of kept answers by their age.

Enrolments from before are not brought in: their deadlines were not kept, so what was signed is not
known any more, and could not be logged.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "enrolment",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("printer", sa.String(), nullable=False),
        sa.Column("center", sa.String(), nullable=False),
        sa.Column("kem_key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("deadline", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("center_signature", sa.String(), nullable=False),
        sa.Column("printer_signature", sa.String(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("ix_enrolment_printer", "enrolment", ["printer"])
    op.create_index("ix_answer_kept_at", "answer", ["kept_at"])


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_answer_kept_at", "answer")
    op.drop_table("enrolment")
