"""Receipts tell more: profile, duration, material, recycled share, photo, and their own form."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_NOTHING = "0x" + "0" * 64
_NUMBERS = {"form": 1, "duration": 0, "recycled": 0xFFFF}
_TEXTS = {"profile": _NOTHING, "material": "", "photo": _NOTHING}


def upgrade() -> None:
    """What is here was signed in the first form; it says nothing of what comes new."""
    with op.batch_alter_table("receipt") as table:
        for name, number in _NUMBERS.items():
            kind, default = sa.BigInteger(), str(number)
            table.add_column(
                sa.Column(name, kind, autoincrement=False, nullable=False, server_default=default)
            )
        for name, text in _TEXTS.items():
            table.add_column(sa.Column(name, sa.String(), nullable=False, server_default=text))


def downgrade() -> None:
    """A receipt of the later form could not be checked without what goes; the log keeps it."""
    op.execute("DELETE FROM receipt WHERE form > 1")
    with op.batch_alter_table("receipt") as table:
        for name in (*_NUMBERS, *_TEXTS):
            table.drop_column(name)
