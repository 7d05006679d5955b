"""The tables of printers and of what they tell: enrolment, end, receipts, refusals.

Only this service knows them; they are never dropped.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from ledger.models import UNKNOWN_SHARE, ZERO_DIGEST


def _big(*, primary_key: bool = False, nullable: bool = False, index: bool = False) -> Column[int]:
    return Column(
        BigInteger, nullable=nullable, primary_key=primary_key, index=index, autoincrement=False
    )


class PrinterRow(SQLModel, table=True):
    """A printer that a print center took into service, and how that ended.

    `revoked_since` is from when the center says that it is not its own any more, and
    `revoked_at` when this service heard of it. `successor` is the printer that its key named
    in its place: what both signed is kept here, with the successor's KEM key in `next_kem_key`.
    A successor's `center_signature` is empty: its center signed for its `predecessor`.
    """

    __tablename__ = "printer"
    printer: str = Field(primary_key=True)
    center: str = Field(index=True)
    kem_key: str
    name: str
    center_signature: str
    printer_signature: str
    enrolled_at: int = Field(sa_column=_big())
    revoked_since: int | None = Field(default=None, sa_column=_big(nullable=True, index=True))
    revoked_reason: str = ""
    revoked_at: int | None = Field(default=None, sa_column=_big(nullable=True))
    revocation_deadline: int | None = Field(default=None, sa_column=_big(nullable=True))
    revocation_signature: str = ""
    predecessor: str | None = Field(default=None, index=True)
    successor: str | None = None
    next_kem_key: str = ""
    rotated_at: int | None = Field(default=None, sa_column=_big(nullable=True))
    rotation_deadline: int | None = Field(default=None, sa_column=_big(nullable=True))
    rotation_signature: str = ""
    successor_signature: str = ""


class EnrolmentRow(SQLModel, table=True):
    """An enrolment as it was signed, one of perhaps several of a printer: never changed.

    What was enrolled before these were kept has none: its deadline is not known any more, and
    so not what was signed.
    """

    __tablename__ = "enrolment"
    digest: str = Field(primary_key=True)
    printer: str = Field(index=True)
    center: str
    kem_key: str
    name: str
    deadline: int = Field(sa_column=_big())
    center_signature: str
    printer_signature: str
    received_at: int = Field(sa_column=_big())


class ReceiptRow(SQLModel, table=True):
    """A receipt that a printer signed: one for each serial of a token.

    `form` says which of the forms of `ledger.services.receipts` it was signed in.
    The printer is part of the key, so that nobody else's printer can take the place of
    the true receipt by being quicker; the audit shows who spoke of a serial not theirs.
    """

    __tablename__ = "receipt"
    __table_args__ = (UniqueConstraint("license", "serial", "token", "printer"),)
    digest: str = Field(primary_key=True)
    place: int = Field(sa_column=_big(index=True))
    token: str = Field(index=True)
    design: str = Field(index=True)
    license: int = Field(sa_column=_big(index=True))
    serial: int = Field(sa_column=_big())
    printer: str = Field(index=True)
    job: str = Field(index=True)
    profile: str = str(ZERO_DIGEST)
    started: int = Field(sa_column=_big())
    ended: int = Field(sa_column=_big())
    duration: int = Field(default=0, sa_column=_big())
    outcome: str
    material: str = ""
    material_mg: int = Field(sa_column=_big())
    recycled: int = Field(default=UNKNOWN_SHARE, sa_column=_big())
    energy_joule: int = Field(sa_column=_big())
    photo: str = str(ZERO_DIGEST)
    signature: str
    received_at: int = Field(sa_column=_big())
    form: int = Field(sa_column=_big())


class RefusalRow(SQLModel, table=True):
    """A gate's signed report that it refused a file."""

    __tablename__ = "refusal"
    digest: str = Field(primary_key=True)
    printer: str = Field(index=True)
    file: str = Field(index=True)
    error: str
    refused_at: int = Field(sa_column=_big())
    signature: str


class StartRow(SQLModel, table=True):
    """What a printer said when its machine began a print (`PrintStart`): the first word counts."""

    __tablename__ = "print_start"
    token: str = Field(primary_key=True)
    serial: int = Field(sa_column=_big(primary_key=True))
    printer: str
    license: int = Field(sa_column=_big())
    started: int = Field(sa_column=_big())
    signature: str
    received_at: int = Field(sa_column=_big())
