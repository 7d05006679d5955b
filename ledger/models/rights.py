"""Designs, offers, licenses and print tokens: what is owned, sold and spent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntFlag, StrEnum

from ledger.errors import MalformedRequest
from ledger.models.identifiers import NOBODY, Address, Cid, ContentHash, Digest


class DesignFormat(StrEnum):
    """File formats that a design may have, told apart by content."""

    STL = "stl"
    THREE_MF = "3mf"
    OBJ = "obj"
    STEP = "step"
    GCODE = "gcode"


@dataclass(frozen=True, slots=True)
class Measures:
    """What a file says of its shape. `None` means: this format or file has no such figure.

    `bounding_box_mm` is (x, y, z) extent; `volume_mm3` is meaningful only where
    the mesh is watertight and is None otherwise. `note` says in one sentence why
    something was not measured.
    """

    format: DesignFormat
    bounding_box_mm: tuple[float, float, float] | None = None
    volume_mm3: float | None = None
    triangles: int | None = None
    watertight: bool | None = None
    note: str | None = None


class Rights(IntFlag):
    """What a license is beyond a number of prints: the contract's flags, without `revoked`.

    An offer or a grant may give IRREVOCABLE, VARIANTS and TRANSFERABLE; CRISIS marks
    a license that was taken in a declared crisis.
    """

    NONE = 0
    IRREVOCABLE = 2
    """It cannot be revoked, only expire."""
    VARIANTS = 4
    """It may be printed from variants of the design, each bound by its token's `job`."""
    TRANSFERABLE = 8
    """Its holder may pass it on, whole or in part."""
    CRISIS = 16
    """It was taken without royalty while a crisis was declared."""

    @property
    def names(self) -> list[str]:
        """The rights by name, in small letters, as JSON and the command line write them."""
        return [str(right.name).lower() for right in Rights if right & self]

    @classmethod
    def named(cls, names: Iterable[str]) -> Rights:
        """The rights of these names. Raises MalformedRequest for another name."""
        rights = cls.NONE
        for name in names:
            if name.upper() not in cls.__members__:
                raise MalformedRequest(f"{name[:40]!r} is not a right of a license.")
            rights |= cls[name.upper()]
        return rights


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Terms at which licenses of a design are sold; the chain keeps only its hash.

    `price` is per print; `duration` in seconds from purchase; `grace` in whole
    hours; the window is [opens, closes). `terms` is the SHA-256 of the terms
    document, which is also its CID's digest. `currency` is an ERC-20 or zero for
    the chain's own. `licensee` is the only one who may buy (zero: anyone);
    `max_per_licensee` the most prints that one licensee can have (0: no limit);
    `rights` what each license carries.
    """

    design: ContentHash
    terms: Digest
    opens: int
    closes: int
    duration: int
    grace: int
    rights: Rights = Rights.NONE
    currency: Address
    price: int
    licensee: Address = NOBODY
    max_per_licensee: int = 0
    min_quota: int
    max_quota: int


@dataclass(frozen=True, slots=True)
class License:
    """The right of `licensee` to print `design` `quota` times, serials 0..quota-1."""

    design: ContentHash
    number: int
    licensee: Address
    quota: int
    expiry: int
    grace: int
    revoked: bool
    rights: Rights = Rights.NONE

    @property
    def redeemable_until(self) -> int:
        """End of the license and its grace: from then on nothing of it can be redeemed."""
        return self.expiry + self.grace * 3600


@dataclass(frozen=True, slots=True)
class Sight:
    """What the chain says of one print token and its signer, asked for at one moment.

    `now` is the newest block's time. `license` is None where there is none; `may_issue` is
    False for a design that nobody registered; `recalled` is the design, or the one above it,
    for whose recall nobody may issue; `spent` is the mask of the token's word.
    """

    now: int
    license: License | None
    may_issue: bool
    recalled: ContentHash | None
    spent: int


@dataclass(frozen=True, slots=True)
class PrintToken:
    """The right of one printer to print these serials of a license (format 1).

    `serials` is a mask over serials word*256 .. word*256+255. `job` is zero (any
    slice of the design) or the SHA-256 of the one file that may be printed.
    Source: docs/token-format.md.
    """

    design: ContentHash
    license: int
    printer: Address
    word: int
    serials: int
    not_before: int
    deadline: int
    job: Digest


@dataclass(frozen=True, slots=True)
class Ticket:
    """A print token with its signature, as it travels from the service to a gate.

    `signer` is who is said to have signed; `cid` and `sealed_size` (bytes) say
    where the sealed file is. None of them is trusted before the gate's check.
    """

    token: PrintToken
    signature: bytes
    signer: Address
    chain_id: int
    contract: Address
    cid: Cid
    sealed_size: int
