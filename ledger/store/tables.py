"""The tables: a projection of the chain, and what only this service knows.

Digests and addresses are text as printed (0x…). Amounts are decimal and serial masks
hexadecimal text: wider than a database integer. Rows of the projection carry the place
of the event that made them.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Text
from sqlmodel import Field, SQLModel

from ledger.models import NOBODY
from ledger.store.contradictions import ContradictionRow as ContradictionRow
from ledger.store.crisistables import CenterRow, CrisisLicenseRow, CrisisRow, PledgeRow
from ledger.store.hooktables import (
    DeliveryRow as DeliveryRow,
    HookCursorRow as HookCursorRow,
    WebhookRow as WebhookRow,
)
from ledger.store.leasetables import (
    DueSpendRow as DueSpendRow,
    JournalEntryRow as JournalEntryRow,
    LeaseRow as LeaseRow,
    LeaseTokenRow as LeaseTokenRow,
    NewsRow as NewsRow,
)
from ledger.store.lifetables import PassingRow, VoidRow
from ledger.store.lineagetables import AncestorRow, CommitmentRow as CommitmentRow, StandingRow
from ledger.store.logtables import CheckpointRow
from ledger.store.moneytables import MONEY
from ledger.store.printertables import (
    EnrolmentRow as EnrolmentRow,
    PrinterRow as PrinterRow,
    ReceiptRow as ReceiptRow,
    RefusalRow as RefusalRow,
    StartRow as StartRow,
)
from ledger.store.queuetables import (
    OrderRow as OrderRow,
    PieceRow as PieceRow,
    StatementRow as StatementRow,
    VoidClaimRow as VoidClaimRow,
    VoidDueRow as VoidDueRow,
    VoidShareRow as VoidShareRow,
)
from ledger.store.sealedtables import (
    MetadataRow as MetadataRow,
    SealedRow as SealedRow,
    VariantRow as VariantRow,
)
from ledger.store.slicetables import KeyReleaseRow as KeyReleaseRow, SliceRow as SliceRow


def _big(*, primary_key: bool = False, index: bool = False) -> Column[int]:
    return Column(
        BigInteger, nullable=False, primary_key=primary_key, index=index, autoincrement=False
    )


# --- the projection: dropped and rebuilt from the chain ---------------------


class EventRow(SQLModel, table=True):
    """One event of the chain, as it was read."""

    __tablename__ = "event"
    block: int = Field(sa_column=_big(primary_key=True))
    log_index: int = Field(primary_key=True)
    name: str
    arguments: str = Field(sa_column=Column(Text, nullable=False))
    block_hash: str
    block_time: int = Field(sa_column=_big())
    transaction: str = Field(index=True)
    design: str | None = Field(default=None, index=True)


class PartyRow(SQLModel, table=True):
    """An account that an event names, in whatever role."""

    __tablename__ = "party"
    account: str = Field(primary_key=True)
    block: int = Field(sa_column=_big(primary_key=True))
    log_index: int = Field(primary_key=True)


class CursorRow(SQLModel, table=True):
    """How far the projection has come: one row."""

    __tablename__ = "cursor"
    id: int = Field(default=1, primary_key=True)
    block: int = Field(sa_column=_big())
    block_hash: str


class DesignRow(SQLModel, table=True):
    """A registered design."""

    __tablename__ = "design"
    __table_args__ = (Index("design_place", "block", "log_index"),)
    design: str = Field(primary_key=True)
    owner: str = Field(index=True)
    designer: str
    metadata_digest: str
    block: int = Field(sa_column=_big())
    log_index: int
    transaction: str
    registered_at: int = Field(sa_column=_big())


class IssuerRow(SQLModel, table=True):
    """An issuer and until when a designer lets it sign (0: not any more)."""

    __tablename__ = "issuer"
    designer: str = Field(primary_key=True)
    issuer: str = Field(primary_key=True)
    expiry: int = Field(sa_column=_big())


class OfferRow(SQLModel, table=True):
    """An offer with its terms in full."""

    __tablename__ = "offer"
    __table_args__ = (Index("offer_place", "block", "log_index"),)
    offer: str = Field(primary_key=True)
    design: str = Field(index=True)
    terms: str
    currency: str
    price: str
    min_quota: int = Field(sa_column=_big())
    max_quota: int = Field(sa_column=_big())
    opens: int = Field(sa_column=_big())
    closes: int = Field(sa_column=_big())
    duration: int = Field(sa_column=_big())
    grace: int
    licensee: str = NOBODY
    max_per_licensee: int = Field(default=0, sa_column=_big())
    rights: int = 0
    open: bool
    block: int = Field(sa_column=_big())
    log_index: int
    transaction: str


class LicenseRow(SQLModel, table=True):
    """A license and what became of its serials; `parent` is the license that it was split from."""

    __tablename__ = "license"
    __table_args__ = (Index("license_place", "block", "log_index"),)
    license: int = Field(sa_column=_big(primary_key=True))
    design: str = Field(index=True)
    licensee: str = Field(index=True)
    quota: int = Field(sa_column=_big())
    expiry: int = Field(sa_column=_big())
    grace: int
    revoked: bool = False
    offer: str | None = None
    currency: str = NOBODY
    price: str = "0"
    rights: int = 0
    spent: int = Field(default=0, sa_column=_big())
    earned: int = Field(default=0, sa_column=_big())
    refunded: int = Field(default=0, sa_column=_big())
    voided: int = Field(default=0, sa_column=_big())
    parent: int | None = Field(
        default=None,
        sa_column=Column(BigInteger, nullable=True, index=True, autoincrement=False),
    )
    block: int = Field(sa_column=_big())
    log_index: int
    transaction: str
    issued_at: int = Field(sa_column=_big())


class RedemptionRow(SQLModel, table=True):
    """Serials of one token that were spent in one call; `item` counts the tokens of the call."""

    __tablename__ = "redemption"
    block: int = Field(sa_column=_big(primary_key=True))
    log_index: int = Field(primary_key=True)
    item: int = Field(default=0, primary_key=True)
    design: str = Field(index=True)
    license: int = Field(sa_column=_big(index=True))
    printer: str = Field(index=True)
    word: int = Field(sa_column=_big())
    take: str
    job: str = Field(index=True)
    token: str = Field(index=True)
    signer: str
    transaction: str
    redeemed_at: int = Field(sa_column=_big())


class SpentRow(SQLModel, table=True):
    """The spent serials of one word of a license, as a mask."""

    __tablename__ = "spent"
    license: int = Field(sa_column=_big(primary_key=True))
    word: int = Field(sa_column=_big(primary_key=True))
    serials: str = "0x0"


PROJECTION: tuple[type[SQLModel], ...] = (
    EventRow,
    PartyRow,
    CursorRow,
    DesignRow,
    IssuerRow,
    OfferRow,
    LicenseRow,
    RedemptionRow,
    SpentRow,
    VoidRow,
    PassingRow,
    *MONEY,
    CheckpointRow,
    PledgeRow,
    CrisisRow,
    CrisisLicenseRow,
    CenterRow,
    AncestorRow,
    StandingRow,
)


# --- what only this service knows: never dropped (and in sealedtables.py, printertables.py)


class RequestRow(SQLModel, table=True):
    """A print request that was answered: its digest makes a replay visible."""

    __tablename__ = "print_request"
    digest: str = Field(primary_key=True)
    licensee: str
    signature: str
    answered_at: int = Field(sa_column=_big())


class TokenRow(SQLModel, table=True):
    """A print token that was issued. While it can be redeemed, its serials are reserved."""

    __tablename__ = "print_token"
    __table_args__ = (Index("token_reservations", "license", "redeemable_until"),)
    digest: str = Field(primary_key=True)
    request: str
    design: str = Field(index=True)
    license: int = Field(sa_column=_big())
    printer: str = Field(index=True)
    word: int = Field(sa_column=_big())
    serials: str
    not_before: int = Field(sa_column=_big())
    deadline: int = Field(sa_column=_big())
    job: str = Field(index=True)
    signature: str
    signer: str
    redeemable_until: int = Field(sa_column=_big())
    issued_at: int = Field(sa_column=_big())
    place: int = Field(sa_column=_big(index=True))


class DeploymentRow(SQLModel, table=True):
    """Whose ledger this is: one row, written at the first start."""

    __tablename__ = "deployment"
    id: int = Field(default=1, primary_key=True)
    chain_id: int = Field(sa_column=_big())
    registry_address: str
    licenses_address: str


class AnswerRow(SQLModel, table=True):
    """An answer that is kept for its idempotency key."""

    __tablename__ = "answer"
    key: str = Field(primary_key=True)
    fingerprint: str
    status: int | None = None
    headers: str = ""
    body: bytes = Field(default=b"", sa_column=Column(LargeBinary, nullable=False))
    kept_at: int = Field(sa_column=_big(index=True))
