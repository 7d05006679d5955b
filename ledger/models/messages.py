"""What parties sign to the service and to the record (EIP-712, docs/token-format.md)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ledger.models.identifiers import ZERO_DIGEST, Address, ContentHash, Digest


@dataclass(frozen=True, slots=True)
class PrintRequest:
    """What a licensee signs to get print tokens for one printer.

    `nonce` (32 random bytes) makes each request unique; the request is void from
    `deadline` on. `lifetime` is how many seconds the tokens shall be valid.
    """

    design: ContentHash
    license: int
    printer: Address
    count: int
    lifetime: int
    job: Digest
    nonce: Digest
    deadline: int


@dataclass(frozen=True, slots=True)
class Variant:
    """What a licensee signs to have a variant of the design printed under their license.

    `job` is the SHA-256 of the variant's file, by which a print token names it;
    `reference` is a digest that tells the licensee for whom it was made, and nobody
    else anything (zero: none). The message is void from `deadline` on.
    """

    design: ContentHash
    license: int
    job: Digest
    reference: Digest
    deadline: int


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A print center takes a printer into service: signed by the center and by the printer.

    `kem_key` is the printer's X25519 public key (32 bytes) for content keys.
    """

    center: Address
    printer: Address
    kem_key: bytes
    name: str
    deadline: int


@dataclass(frozen=True, slots=True)
class RedemptionRequest:
    """A printer asks the service to spend serials of its token on chain, and to pay the gas.

    `take` is a mask over the token's word.
    """

    token: Digest
    take: int
    printer: Address
    deadline: int


@dataclass(frozen=True, slots=True)
class KeyRequest:
    """A printer asks for the content key of a design that it has redeemed a serial of."""

    design: ContentHash
    license: int
    token: Digest
    printer: Address
    deadline: int


class Outcome(StrEnum):
    """How a print ended."""

    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


UNKNOWN_SHARE = 0xFFFF
"""What `Receipt.recycled` says where nobody knows it."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the printer signs afterwards: one for each serial.

    `token` is the EIP-712 digest of the print token; `job` the SHA-256 of the
    file that was handed to the host; `profile` that of the slicing profile (zero: the file
    was printed as it is). `duration` is how many seconds the machine was printing by its
    own measure, `material` the kind (`PLA`) and `material_mg` its mass in milligrams, and
    `energy_joule` in joules: 0 or empty where the host does not know them. `recycled` is the
    recycled share of the material in basis points, or `UNKNOWN_SHARE`; `photo` the
    SHA-256 of a picture of the piece, or zero.
    """

    token: Digest
    design: ContentHash
    license: int
    serial: int
    printer: Address
    job: Digest
    started: int
    ended: int
    outcome: Outcome
    material_mg: int
    energy_joule: int
    profile: Digest = ZERO_DIGEST
    duration: int = 0
    material: str = ""
    recycled: int = UNKNOWN_SHARE
    photo: Digest = ZERO_DIGEST


@dataclass(frozen=True, slots=True)
class Refusal:
    """A gate's signed report that it refused a file; `error` is the error's class name."""

    printer: Address
    file: Digest
    error: str
    refused_at: int
