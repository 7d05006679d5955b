"""Value objects: the nouns that every other module speaks in.

All of them are immutable and compare by value. Times are whole Unix seconds
(UTC), money is in the currency's smallest unit (wei), lengths in millimetres.
Every interval of time is half open: it holds from its start until just before
its end.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from eth_utils.address import is_hex_address, to_checksum_address

from ledger.errors import MalformedRequest

WORD_BITS = 256
"""Serials per word: one storage slot of the chain's bitmap."""

MAX_QUOTA = 2**32 - 1
"""Prints that one license can hold (its quota is a uint32)."""


class Digest(bytes):
    """32 bytes of SHA-256 or Keccak-256; printed as 0x and 64 hexadecimal digits."""

    def __new__(cls, value: bytes) -> Self:
        """Raises MalformedRequest unless `value` has 32 bytes."""
        if len(value) != 32:
            raise MalformedRequest(f"A digest has 32 bytes; this has {len(value)}.")
        return super().__new__(cls, value)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read 64 hexadecimal digits, with or without 0x. Raises MalformedRequest."""
        try:
            return cls(binascii.unhexlify(text[2:] if text[:2] in ("0x", "0X") else text))
        except ValueError as error:
            raise MalformedRequest(
                f"{text[:80]!r} is not a digest: 64 hexadecimal digits are needed."
            ) from error

    @classmethod
    def of_int(cls, number: int) -> Self:
        """The 32 bytes of an unsigned integer (an ERC-721 token id), big-endian."""
        return cls(number.to_bytes(32, "big"))

    def __str__(self) -> str:
        return "0x" + self.hex()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self})"

    def __int__(self) -> int:
        return int.from_bytes(self, "big")


class ContentHash(Digest):
    """SHA-256 of a design's plaintext file: the design's id and its ERC-721 token id."""


ZERO_DIGEST = Digest(bytes(32))


class Address(str):
    """An Ethereum address, always in its checksummed form (EIP-55)."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Raises MalformedRequest unless `text` is 20 bytes of hexadecimal after 0x."""
        if not text.startswith("0x") or not is_hex_address(text):
            raise MalformedRequest(f"{text[:60]!r} is not an address (0x and 40 digits).")
        return super().__new__(cls, to_checksum_address(text))


NATIVE_CURRENCY = Address("0x" + "00" * 20)
"""How an offer names the chain's own currency."""


_CID_FORM = re.compile(r"b[a-z2-7]{58}")
_CID_CODECS = {b"\x01\x55\x12\x20": "raw", b"\x01\x70\x12\x20": "dag-pb"}


class Cid(str):
    """A CIDv1 in base32 (multibase `b`), the form in which Platemark writes every CID."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Raises MalformedRequest unless it is a CIDv1 of a raw or dag-pb block by SHA-256."""
        if (
            not _CID_FORM.fullmatch(text)
            or cls._unbase(text)[:4] not in _CID_CODECS
            or cls._base(cls._unbase(text)) != text  # two texts would name the same bytes
        ):
            raise MalformedRequest(f"{text[:80]!r} is not a CIDv1 (base32, sha2-256).")
        return super().__new__(cls, text)

    @classmethod
    def of_raw_block(cls, digest: bytes) -> Self:
        """The CID of one block stored as it is, from the SHA-256 of its bytes."""
        return cls(cls._base(b"\x01\x55\x12\x20" + digest))

    @staticmethod
    def _base(data: bytes) -> str:
        return "b" + base64.b32encode(data).decode().rstrip("=").lower()

    @staticmethod
    def _unbase(text: str) -> bytes:
        return base64.b32decode(text[1:].upper() + "=" * (-len(text[1:]) % 8))

    @property
    def digest(self) -> Digest:
        """SHA-256 of the root block."""
        return Digest(self._unbase(self)[4:])

    @property
    def codec(self) -> str:
        """`raw` for a file of one block, `dag-pb` for the root of a larger one."""
        return _CID_CODECS[self._unbase(self)[:4]]


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


@dataclass(frozen=True, slots=True)
class Offer:
    """Terms at which licenses of a design are sold; the chain keeps only its hash.

    `price` is per print; `duration` in seconds from purchase; `grace` in whole
    hours; the window is [opens, closes). `terms` is the SHA-256 of the terms
    document, which is also its CID's digest.
    """

    design: ContentHash
    terms: Digest
    currency: Address
    price: int
    min_quota: int
    max_quota: int
    opens: int
    closes: int
    duration: int
    grace: int


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

    @property
    def redeemable_until(self) -> int:
        """End of the license and its grace: from then on nothing of it can be redeemed."""
        return self.expiry + self.grace * 3600


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


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the printer signs afterwards: one for each serial.

    `token` is the EIP-712 digest of the print token; `job` the SHA-256 of the
    file that was handed to the host; `material_mg` in milligrams and
    `energy_joule` in joules are 0 where the host does not know them.
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


@dataclass(frozen=True, slots=True)
class Refusal:
    """A gate's signed report that it refused a file; `error` is the error's class name."""

    printer: Address
    file: Digest
    error: str
    refused_at: int


def serials_of(word: int, mask: int) -> Iterator[int]:
    """Yield the serials that `mask` names in `word`, ascending."""
    while mask:
        lowest = mask & -mask
        yield word * WORD_BITS + lowest.bit_length() - 1
        mask ^= lowest


def bit_of(serial: int) -> tuple[int, int]:
    """`(word, mask)` of one serial; the inverse of `serials_of` for one bit."""
    return serial // WORD_BITS, 1 << (serial % WORD_BITS)


def word_mask(quota: int, word: int) -> int:
    """The serials of `word` that a license of `quota` prints has, as a mask."""
    held = min(max(quota - word * WORD_BITS, 0), WORD_BITS)
    return (1 << held) - 1
