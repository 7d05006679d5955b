"""A second EIP-712, written from the standard with nothing but keccak.

It shares no line with the one that signs, so that both would have to make the
same mistake. Only what Platemark's messages need: flat structs of atomic types,
arrays of them, and strings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from eth_utils.crypto import keccak

DOMAIN_TYPE = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"


def members_of(type_string: str) -> list[tuple[str, str]]:
    """`Name(type a,type b)` -> [(type, a), (type, b)]."""
    inside = type_string[type_string.index("(") + 1 : -1]
    return [(kind, name) for kind, name in (member.split(" ") for member in inside.split(","))]


def word(kind: str, value: Any) -> bytes:
    """One member as the 32 bytes that encodeData has for it."""
    if kind == "string":
        return keccak(str(value).encode("utf-8"))
    if kind.endswith("[]"):
        return keccak(b"".join(word(kind[:-2], member) for member in value))
    number = int(value, 0) if isinstance(value, str) else int(value)
    bits = {"address": 160, "bytes32": 256, "bool": 1}.get(kind) or int(kind.removeprefix("uint"))
    if not 0 <= number < 2**bits:
        raise ValueError(f"{value} does not fit {kind}")
    return number.to_bytes(32, "big")


def struct_hash(type_string: str, values: Sequence[Any]) -> bytes:
    """hashStruct: keccak of the type's hash and the encoded members."""
    kinds = [kind for kind, _ in members_of(type_string)]
    encoded = [word(kind, value) for kind, value in zip(kinds, values, strict=True)]
    return keccak(keccak(type_string.encode()) + b"".join(encoded))


def separator(domain: Mapping[str, Any]) -> bytes:
    """The domain separator: the struct hash of the domain."""
    return struct_hash(DOMAIN_TYPE, [domain[name] for _, name in members_of(DOMAIN_TYPE)])


def digest(domain_separator: bytes, hash_: bytes) -> bytes:
    """What is signed."""
    return keccak(b"\x19\x01" + domain_separator + hash_)
