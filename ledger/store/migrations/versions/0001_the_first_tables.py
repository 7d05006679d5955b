"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "answer",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "cursor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("block", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("block_hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "design",
        sa.Column("design", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("designer", sa.String(), nullable=False),
        sa.Column("metadata_digest", sa.String(), nullable=False),
        sa.Column("block", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.Column("transaction", sa.String(), nullable=False),
        sa.Column("registered_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("design"),
    )
    with op.batch_alter_table("design", schema=None) as batch_op:
        batch_op.create_index("design_place", ["block", "log_index"], unique=False)
        batch_op.create_index(batch_op.f("ix_design_owner"), ["owner"], unique=False)

    op.create_table(
        "event",
        sa.Column("block", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("arguments", sa.Text(), nullable=False),
        sa.Column("block_hash", sa.String(), nullable=False),
        sa.Column("block_time", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("transaction", sa.String(), nullable=False),
        sa.Column("design", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("block", "log_index"),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_design"), ["design"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_transaction"), ["transaction"], unique=False)

    op.create_table(
        "issuer",
        sa.Column("designer", sa.String(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("expiry", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("designer", "issuer"),
    )
    op.create_table(
        "license",
        sa.Column("license", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("design", sa.String(), nullable=False),
        sa.Column("licensee", sa.String(), nullable=False),
        sa.Column("quota", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("expiry", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("grace", sa.Integer(), nullable=False),
        sa.Column("revoked", sa.Boolean(), nullable=False),
        sa.Column("offer", sa.String(), nullable=True),
        sa.Column("price", sa.String(), nullable=False),
        sa.Column("spent", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("earned", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("refunded", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("block", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.Column("transaction", sa.String(), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("license"),
    )
    with op.batch_alter_table("license", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_license_design"), ["design"], unique=False)
        batch_op.create_index(batch_op.f("ix_license_licensee"), ["licensee"], unique=False)
        batch_op.create_index("license_place", ["block", "log_index"], unique=False)

    op.create_table(
        "metadata",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("design", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    with op.batch_alter_table("metadata", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_metadata_design"), ["design"], unique=False)

    op.create_table(
        "offer",
        sa.Column("offer", sa.String(), nullable=False),
        sa.Column("design", sa.String(), nullable=False),
        sa.Column("terms", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("price", sa.String(), nullable=False),
        sa.Column("min_quota", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("max_quota", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("opens", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("closes", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("duration", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("grace", sa.Integer(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("block", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.Column("transaction", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("offer"),
    )
    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_offer_design"), ["design"], unique=False)
        batch_op.create_index("offer_place", ["block", "log_index"], unique=False)

    op.create_table(
        "party",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("block", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account", "block", "log_index"),
    )
    op.create_table(
        "print_request",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("licensee", sa.String(), nullable=False),
        sa.Column("signature", sa.String(), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "print_token",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("request", sa.String(), nullable=False),
        sa.Column("design", sa.String(), nullable=False),
        sa.Column("license", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("printer", sa.String(), nullable=False),
        sa.Column("word", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("serials", sa.String(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("deadline", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("signature", sa.String(), nullable=False),
        sa.Column("signer", sa.String(), nullable=False),
        sa.Column("redeemable_until", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("issued_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("place", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    with op.batch_alter_table("print_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_print_token_design"), ["design"], unique=False)
        batch_op.create_index(batch_op.f("ix_print_token_job"), ["job"], unique=False)
        batch_op.create_index(batch_op.f("ix_print_token_place"), ["place"], unique=False)
        batch_op.create_index(batch_op.f("ix_print_token_printer"), ["printer"], unique=False)
        batch_op.create_index("token_reservations", ["license", "redeemable_until"], unique=False)

    op.create_table(
        "printer",
        sa.Column("printer", sa.String(), nullable=False),
        sa.Column("center", sa.String(), nullable=False),
        sa.Column("kem_key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("center_signature", sa.String(), nullable=False),
        sa.Column("printer_signature", sa.String(), nullable=False),
        sa.Column("enrolled_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("printer"),
    )
    with op.batch_alter_table("printer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_printer_center"), ["center"], unique=False)

    op.create_table(
        "receipt",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("place", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("design", sa.String(), nullable=False),
        sa.Column("license", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("serial", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("printer", sa.String(), nullable=False),
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("started", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ended", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("material_mg", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("energy_joule", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("signature", sa.String(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("digest"),
        sa.UniqueConstraint("license", "serial", "token", "printer"),
    )
    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_receipt_design"), ["design"], unique=False)
        batch_op.create_index(batch_op.f("ix_receipt_job"), ["job"], unique=False)
        batch_op.create_index(batch_op.f("ix_receipt_license"), ["license"], unique=False)
        batch_op.create_index(batch_op.f("ix_receipt_place"), ["place"], unique=False)
        batch_op.create_index(batch_op.f("ix_receipt_printer"), ["printer"], unique=False)
        batch_op.create_index(batch_op.f("ix_receipt_token"), ["token"], unique=False)

    op.create_table(
        "redemption",
        sa.Column("block", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
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
        sa.PrimaryKeyConstraint("block", "log_index"),
    )
    with op.batch_alter_table("redemption", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_redemption_design"), ["design"], unique=False)
        batch_op.create_index(batch_op.f("ix_redemption_job"), ["job"], unique=False)
        batch_op.create_index(batch_op.f("ix_redemption_license"), ["license"], unique=False)
        batch_op.create_index(batch_op.f("ix_redemption_printer"), ["printer"], unique=False)
        batch_op.create_index(batch_op.f("ix_redemption_token"), ["token"], unique=False)

    op.create_table(
        "refusal",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("printer", sa.String(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("refused_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("signature", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    with op.batch_alter_table("refusal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_refusal_file"), ["file"], unique=False)
        batch_op.create_index(batch_op.f("ix_refusal_printer"), ["printer"], unique=False)

    op.create_table(
        "sealed",
        sa.Column("design", sa.String(), nullable=False),
        sa.Column("cid", sa.String(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("measures", sa.Text(), nullable=False),
        sa.Column("plain_size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sealed_size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("preview_cid", sa.String(), nullable=True),
        sa.Column("sealed_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("design"),
    )
    with op.batch_alter_table("sealed", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sealed_cid"), ["cid"], unique=False)

    op.create_table(
        "spent",
        sa.Column("license", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("word", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("serials", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("license", "word"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("spent")
    with op.batch_alter_table("sealed", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sealed_cid"))

    op.drop_table("sealed")
    with op.batch_alter_table("refusal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_refusal_printer"))
        batch_op.drop_index(batch_op.f("ix_refusal_file"))

    op.drop_table("refusal")
    with op.batch_alter_table("redemption", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_redemption_token"))
        batch_op.drop_index(batch_op.f("ix_redemption_printer"))
        batch_op.drop_index(batch_op.f("ix_redemption_license"))
        batch_op.drop_index(batch_op.f("ix_redemption_job"))
        batch_op.drop_index(batch_op.f("ix_redemption_design"))

    op.drop_table("redemption")
    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_receipt_token"))
        batch_op.drop_index(batch_op.f("ix_receipt_printer"))
        batch_op.drop_index(batch_op.f("ix_receipt_place"))
        batch_op.drop_index(batch_op.f("ix_receipt_license"))
        batch_op.drop_index(batch_op.f("ix_receipt_job"))
        batch_op.drop_index(batch_op.f("ix_receipt_design"))

    op.drop_table("receipt")
    with op.batch_alter_table("printer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_printer_center"))

    op.drop_table("printer")
    with op.batch_alter_table("print_token", schema=None) as batch_op:
        batch_op.drop_index("token_reservations")
        batch_op.drop_index(batch_op.f("ix_print_token_printer"))
        batch_op.drop_index(batch_op.f("ix_print_token_place"))
        batch_op.drop_index(batch_op.f("ix_print_token_job"))
        batch_op.drop_index(batch_op.f("ix_print_token_design"))

    op.drop_table("print_token")
    op.drop_table("print_request")
    op.drop_table("party")
    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.drop_index("offer_place")
        batch_op.drop_index(batch_op.f("ix_offer_design"))

    op.drop_table("offer")
    with op.batch_alter_table("metadata", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_metadata_design"))

    op.drop_table("metadata")
    with op.batch_alter_table("license", schema=None) as batch_op:
        batch_op.drop_index("license_place")
        batch_op.drop_index(batch_op.f("ix_license_licensee"))
        batch_op.drop_index(batch_op.f("ix_license_design"))

    op.drop_table("license")
    op.drop_table("issuer")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_event_transaction"))
        batch_op.drop_index(batch_op.f("ix_event_design"))

    op.drop_table("event")
    with op.batch_alter_table("design", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_design_owner"))
        batch_op.drop_index("design_place")

    op.drop_table("design")
    op.drop_table("cursor")
    op.drop_table("answer")
