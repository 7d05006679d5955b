"""Names of things: digests, design ids, addresses, CIDs. Each has one spelling."""

from __future__ import annotations

import base64
import binascii
import re
from functools import lru_cache
from typing import Self

from eth_utils.address import is_hex_address, to_checksum_address

from ledger.errors import MalformedRequest


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
        """Raises MalformedRequest unless `text` is 20 bytes of hexadecimal after 0x.

        Mixed case is a checksum and must be the right one.
        """
        if not text.startswith("0x") or not is_hex_address(text):
            raise MalformedRequest(f"{text[:60]!r} is not an address (0x and 40 digits).")
        digits, checked = text[2:], _checksummed(text)
        if text != checked and digits not in (digits.lower(), digits.upper()):
            raise MalformedRequest(f"The address {text} is mistyped: its checksum is wrong.")
        return super().__new__(cls, checked)


@lru_cache(maxsize=4096)
def _checksummed(text: str) -> str:
    # The same few addresses come again and again, and each costs a Keccak-256 anew.
    return str(to_checksum_address(text))


NOBODY = Address("0x" + "00" * 20)
"""The zero address, where the contracts mean nobody in particular."""

NATIVE_CURRENCY = NOBODY
"""How an offer names the chain's own currency."""


_CID_FORM = re.compile(r"b(afkrei|afybei)[a-h][a-z2-7]{50}[aeimquy4]")
"""36 bytes in base32: 01 55 12 20 or 01 70 12 20 (CIDv1, raw or dag-pb, 32 bytes of SHA-256),
which end with the first two bits of the eighth character, and the SHA-256. The last
character's last two bits stand for nothing and are 0: two texts would else name the same bytes.
"""
_CID_CODECS = {b"\x01\x55\x12\x20": "raw", b"\x01\x70\x12\x20": "dag-pb"}


class Cid(str):
    """A CIDv1 in base32 (multibase `b`), the form in which Platemark writes every CID."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Raises MalformedRequest unless it is a CIDv1 of a raw or dag-pb block by SHA-256."""
        if not _CID_FORM.fullmatch(text):
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
