"""Types of JSON members. Amounts and serial masks are decimal text; times are seconds."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from ledger.errors import MalformedRequest
from ledger.models import Address, Digest

U32 = 2**32 - 1
U40 = 2**40 - 1
U63 = 2**63 - 1
U96 = 2**96 - 1
U256 = 2**256 - 1


def _address(text: str) -> str:
    try:
        return Address(text)
    except MalformedRequest as error:
        raise ValueError(error.detail) from error


def _digest(text: str) -> str:
    try:
        return str(Digest.parse(text))
    except MalformedRequest as error:
        raise ValueError(error.detail) from error


def _amount(limit: int) -> Any:
    def check(text: str) -> str:
        if not text.isascii() or not text.isdigit() or len(text) > 78 or int(text) > limit:
            raise ValueError(f"a decimal number from 0 to {limit} is needed, as text")
        return str(int(text))

    return check


AddressText = Annotated[
    str,
    AfterValidator(_address),
    Field(examples=["0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"]),
]
DigestText = Annotated[str, AfterValidator(_digest), Field(examples=["0x" + "ab" * 32])]
Wei = Annotated[str, AfterValidator(_amount(U96)), Field(examples=["2000000000000000"])]
Mask = Annotated[str, AfterValidator(_amount(U256)), Field(examples=["1"])]
SignatureText = Annotated[
    str,
    Field(
        pattern=r"^0x([0-9a-fA-F]{2})+$",
        min_length=132,
        max_length=4_002,
        examples=["0x" + "12" * 65],
    ),
]
Seconds = Annotated[int, Field(ge=0, le=U40, examples=[1_800_000_000])]
Uint32 = Annotated[int, Field(ge=0, le=U32, examples=[3])]
Uint63 = Annotated[int, Field(ge=0, le=U63, examples=[0])]
"""A uint64 as far as databases count; what is beyond it nobody prints."""
Hours = Annotated[int, Field(ge=0, le=65_535, examples=[24])]
Number = Annotated[int, Field(ge=0, le=U63, examples=[1])]
LongText = Annotated[
    str, Field(max_length=100_000, examples=["One print for each serial; no resale of the file."])
]
