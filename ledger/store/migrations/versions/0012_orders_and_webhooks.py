"""Orders and webhooks."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "print_order",
        sa.Column("digest", sa.String(), nullable=False),
        _big("place"),
        _big("rank"),
        sa.Column("center", sa.String(), nullable=False),
        sa.Column("design", sa.String(), nullable=False),
        *map(_big, ("license", "quantity", "retries", "until")),
        sa.Column("sign_off", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        _big("done"),
        _big("failed"),
        sa.Column("signed", sa.Text(), nullable=False),
        sa.Column("signature", sa.String(), nullable=False),
        _big("received_at"),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("order_state", "print_order", ["center", "state", "rank"])
    for column in ("place", "design", "license"):
        op.create_index(f"ix_print_order_{column}", "print_order", [column])
    op.create_table(
        "order_piece",
        sa.Column("token", sa.String(), nullable=False),
        _big("place"),
        *_texts("order", "printer"),
        _big("license"),
        _big("serial"),
        *_texts("state", "request", "nonce", "refused"),
        _big("deadline"),
        *_texts("signature"),
        _big("given_at"),
        _big("until"),
        sa.Column("receipt", sa.String(), nullable=True),
        sa.Column("accepted", sa.Boolean(), nullable=True),
        sa.Column("unfit", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("token"),
    )
    op.create_index("piece_printer", "order_piece", ["printer", "state"])
    op.create_index("piece_order", "order_piece", ["order", "state"])
    op.create_index("piece_due", "order_piece", ["state", "until"])
    for column in ("place", "request", "receipt"):
        op.create_index(f"ix_order_piece_{column}", "order_piece", [column])
    op.create_table(
        "order_statement",
        sa.Column("digest", sa.String(), nullable=False),
        _big("place"),
        *_texts("order", "kind"),
        sa.Column("message", sa.Text(), nullable=False),
        *_texts("signature"),
        _big("received_at"),
        sa.PrimaryKeyConstraint("digest"),
    )
    for column in ("place", "order"):
        op.create_index(f"ix_order_statement_{column}", "order_statement", [column])
    _voids()
    _webhooks()


def downgrade() -> None:
    """Take back."""
    for table in ("webhook_cursor", "webhook_delivery", "webhook", "void_share", "void_claim"):
        op.drop_table(table)
    for table in ("order_statement", "order_piece", "print_order"):
        op.drop_table(table)


def _voids() -> None:
    op.create_table(
        "void_claim",
        *_texts("receipt"),
        _big("license"),
        _big("until"),
        sa.PrimaryKeyConstraint("receipt"),
    )
    op.create_index("ix_void_claim_license", "void_claim", ["license"])
    op.create_table(
        "void_share",
        *_texts("subject"),
        sa.Column("share", sa.Integer(), nullable=False),
        _big("chosen_at"),
        sa.PrimaryKeyConstraint("subject"),
    )


def _webhooks() -> None:
    op.create_table(
        "webhook",
        *_texts("id", "owner", "url", "events"),
        sa.Column("wrapped_secret", sa.LargeBinary(), nullable=False),
        *_texts("signature", "state"),
        _big("added_at"),
        _big("ended_at", nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("webhook_active", "webhook", ["state", "owner"])
    op.create_index("ix_webhook_owner", "webhook", ["owner"])
    op.create_table(
        "webhook_delivery",
        *_texts("webhook", "event"),
        _big("place"),
        *_texts("kind"),
        sa.Column("body", sa.Text(), nullable=False),
        *_texts("state"),
        _big("created_at"),
        _big("due_at"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        _big("last_at", nullable=True),
        *_texts("last_result"),
        sa.PrimaryKeyConstraint("webhook", "event"),
    )
    op.create_index("delivery_due", "webhook_delivery", ["state", "due_at"])
    op.create_index("delivery_order", "webhook_delivery", ["webhook", "place"])
    op.create_index("ix_webhook_delivery_place", "webhook_delivery", ["place"])
    op.create_table(
        "webhook_cursor",
        sa.Column("id", sa.Integer(), nullable=False),
        _big("block"),
        sa.PrimaryKeyConstraint("id"),
    )


def _big(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=nullable)


def _texts(*names: str) -> tuple[sa.Column[str], ...]:
    return tuple(sa.Column(name, sa.String(), nullable=False) for name in names)
