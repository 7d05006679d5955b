"""Hashes of EIP-712 messages that are plain: flat, and each value written in its usual way.

A plain message has one type, whose members are `uintN`, `bytesN`, `address`, `bool`,
`string`, `bytes` or arrays of these; a value is an integer in its range or its decimal
digits, `0x` and just the right number of hexadecimal digits, an address whose checksum is
right, true or false, text, or a list. What is not plain is not judged here: `hashes` says
None, and whoever asked goes by eth_account. So nothing is read in two ways, and what is
malformed is refused by one encoder only. Why: docs/decisions/0037-own-typed-data-hashing.md.
Source: EIP-712, "Definition of encodeData".
"""

from __future__ import annotations

import re
from binascii import unhexlify
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from eth_utils.crypto import keccak

from ledger.errors import MalformedRequest
from ledger.models import Address

_Word = Callable[[Any], bytes]
"""Makes the 32 bytes that encodeData has for a value. Raises ValueError if it is not plain."""

_DOMAIN_MEMBERS = (
    ("string", "name"),
    ("string", "version"),
    ("uint256", "chainId"),
    ("address", "verifyingContract"),
)
_SIZED = re.compile(r"(uint|bytes)([1-9][0-9]{0,2})")
_MOST_DIGITS = 78
"""Of 2^256 in decimal."""


def hashes(
    domain: Mapping[str, Any],
    primary_type: str,
    members: Sequence[Mapping[str, str]],
    message: Mapping[str, Any],
) -> tuple[bytes, bytes] | None:
    """`(domain separator, struct hash)` of a plain message, 32 bytes each; None of another.

    `members` are the type's, in their order, each with its `type` and `name`.
    """
    if len(domain) != len(_DOMAIN_MEMBERS) or primary_type == "EIP712Domain":
        return None
    try:
        type_hash, words = _form(primary_type, tuple((one["type"], one["name"]) for one in members))
        body = b"".join([word(message[name]) for name, word in words])
        name, version, chain_id, contract = (domain[name] for _, name in _DOMAIN_MEMBERS)
        if type(chain_id) is not int:  # True and 1.0 would be taken for the 1 that is cached
            return None
        return _separator(name, version, chain_id, contract), keccak(type_hash + body)
    except (ValueError, KeyError, TypeError, MalformedRequest):  # TypeError: cannot be cached
        return None


@lru_cache(maxsize=64)
def _separator(name: str, version: str, chain_id: int, contract: str) -> bytes:
    type_hash, words = _form("EIP712Domain", _DOMAIN_MEMBERS)
    values = (name, version, chain_id, contract)
    encoded = (word(value) for (_, word), value in zip(words, values, strict=True))
    return keccak(type_hash + b"".join(encoded))


@lru_cache(maxsize=256)
def _form(
    name: str, members: tuple[tuple[str, str], ...]
) -> tuple[bytes, tuple[tuple[str, _Word], ...]]:
    """A type's hash, and of each member its name and how it is written."""
    inside = ",".join(f"{kind} {member}" for kind, member in members)
    words = tuple((member, _word_for(kind)) for kind, member in members)
    return keccak(text=f"{name}({inside})"), words


def _word_for(kind: str) -> _Word:
    if kind.endswith("[]"):
        return _array_of(_atom_for(kind.removesuffix("[]")))
    return _atom_for(kind)


def _atom_for(kind: str) -> _Word:
    if kind in _ATOMS:
        return _ATOMS[kind]
    sized = _SIZED.fullmatch(kind)
    size = int(sized[2]) if sized else 0
    if sized and sized[1] == "bytes" and size <= 32:
        return _fixed_bytes(size)
    if sized and sized[1] == "uint" and size <= 256 and size % 8 == 0:
        return _unsigned(size)
    raise ValueError("no plain type")


def _unsigned(bits: int) -> _Word:
    def word(value: Any) -> bytes:
        number = value
        if type(value) is str and value.isascii() and value.isdigit():
            number = int(value) if len(value) <= _MOST_DIGITS else -1
        if type(number) is not int or not 0 <= number < 1 << bits:
            raise ValueError("no plain number")
        return number.to_bytes(32, "big")

    return word


def _fixed_bytes(size: int) -> _Word:
    def word(value: Any) -> bytes:
        found = _hexadecimal(value)
        if len(found) != size:
            raise ValueError("bytes of another length")
        return found.ljust(32, b"\0")

    return word


def _array_of(atom: _Word) -> _Word:
    def word(value: Any) -> bytes:
        if type(value) is not list:
            raise ValueError("no plain list")
        return keccak(b"".join([atom(one) for one in value]))

    return word


def _hexadecimal(value: Any) -> bytes:
    if type(value) is not str or not value.startswith("0x"):
        raise ValueError("no plain bytes")
    return unhexlify(value[2:])


def _address(value: Any) -> bytes:
    if not isinstance(value, str):
        raise ValueError("no plain address")
    return bytes(12) + unhexlify(Address(value)[2:])


def _truth(value: Any) -> bytes:
    if type(value) is not bool:
        raise ValueError("neither true nor false")
    return value.to_bytes(32, "big")


def _text(value: Any) -> bytes:
    if not isinstance(value, str):
        raise ValueError("no plain text")
    return keccak(value.encode())


_ATOMS: Mapping[str, _Word] = {
    "address": _address,
    "bool": _truth,
    "string": _text,
    "bytes": lambda value: keccak(_hexadecimal(value)),
}
