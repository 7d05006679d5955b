"""What an auditor may ask about, told apart by its form and by what the ledger knows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from ledger.errors import MalformedRequest
from ledger.models import Address, Digest
from ledger.store import Session, catalog, records


class Kind(StrEnum):
    """Sorts of subjects."""

    DESIGN = "design"
    JOB = "job"
    VARIANT = "variant"
    TOKEN = "token"
    LICENSE = "license"
    SERIAL = "serial"
    CRISIS = "crisis"
    PRINTER = "printer"
    ADDRESS = "address"
    REFUSED_FILE = "refused-file"
    UNKNOWN_FILE = "unknown-file"


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing to be audited: its id as text, and the numbers in that."""

    kind: Kind
    id: str
    license: int | None = None
    serial: int | None = None
    crisis: int | None = None


_NUMBER = re.compile(r"[0-9]{1,18}")
_SERIAL = re.compile(r"([0-9]{1,18}):([0-9]{1,10})")
_CRISIS = re.compile(r"crisis:([0-9]{1,18})")
_DIGEST = re.compile(r"(0x)?[0-9a-fA-F]{64}")


def resolve(session: Session, text: str) -> Subject:
    """What `text` names: a design id or file hash, `12` a license, `12:3` a serial, an address,
    `crisis:2` a crisis.

    A hash that nothing answers to is an unknown file: that is a finding, not an
    error. Raises MalformedRequest for any other form.
    """
    if _NUMBER.fullmatch(text):
        return Subject(Kind.LICENSE, text, license=int(text))
    serial = _SERIAL.fullmatch(text)
    if serial:
        return Subject(Kind.SERIAL, text, license=int(serial[1]), serial=int(serial[2]))
    crisis = _CRISIS.fullmatch(text)
    if crisis:
        return Subject(Kind.CRISIS, text, crisis=int(crisis[1]))
    if _DIGEST.fullmatch(text):
        digest = str(Digest.parse(text))
        return Subject(_kind_of_digest(session, digest), digest)
    if text.startswith("0x"):
        address = Address(text)
        enrolled = records.printer(session, address) is not None
        return Subject(Kind.PRINTER if enrolled else Kind.ADDRESS, address)
    raise MalformedRequest(
        f"{text[:80]!r} is neither a design id or file hash (64 hexadecimal digits), a license "
        f"(12), a serial (12:3), a crisis (crisis:2) nor an address."
    )


def _kind_of_digest(session: Session, digest: str) -> Kind:
    if catalog.design(session, digest) is not None:
        return Kind.DESIGN
    if records.token(session, digest) or catalog.redemptions(session, token=digest):
        return Kind.TOKEN
    if records.variants(session, 1, job=digest):
        return Kind.VARIANT
    if catalog.redemptions(session, job=digest) or records.receipts(session, 0, 1, job=digest):
        return Kind.JOB
    if records.refusals(session, file=digest):
        return Kind.REFUSED_FILE
    return Kind.UNKNOWN_FILE
