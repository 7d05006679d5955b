"""Pledges and crises: what owners promise, what councils declare."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from ledger.errors import MalformedRequest
from ledger.models.identifiers import Address, ContentHash, Digest

_REGION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")


class Region(str):
    """Where a crisis is: a country (ISO 3166-1 alpha-2) or a part of one (ISO 3166-2)."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Raises MalformedRequest for text that has not the form of such a code."""
        if not _REGION.fullmatch(text):
            raise MalformedRequest(f"{text[:40]!r} is not a region: UA and TR-31 are.")
        return super().__new__(cls, text)

    @property
    def word(self) -> Digest:
        """As the contract keeps it: the text, left aligned, and zeros."""
        return Digest(self.encode().ljust(32, b"\0"))

    @staticmethod
    def show(word: Digest) -> str:
        """What a council declared, which no contract checks: the code, or the bytes as they are."""
        text = bytes(word).rstrip(b"\0").decode("ascii", "replace")
        return text if _REGION.fullmatch(text) else str(word)


@dataclass(frozen=True, slots=True)
class PledgeTerms:
    """What an owner offers to a council.

    Licenses can be taken until `until`; each lasts `max_duration` seconds at most, for at
    most `quota_per_license` prints, and all of them for `quota_in_all`. `document` is the
    SHA-256 of a text that says what the pledge is for.
    """

    until: int
    max_duration: int
    quota_per_license: int
    quota_in_all: int
    document: Digest


@dataclass(frozen=True, slots=True)
class Pledge:
    """A design that is pledged to a council; `taken` prints of it are licensed already."""

    design: ContentHash
    council: Address
    terms: PledgeTerms
    taken: int


@dataclass(frozen=True, slots=True)
class Crisis:
    """A crisis that `council` declared; its region and evidence are in the event alone.

    Licenses can be taken until `until`, or until `ended` where the council ended it
    before. `signer` may sign print tokens of those licenses.
    """

    number: int
    council: Address
    until: int
    ended: int | None
    signer: Address

    @property
    def over_from(self) -> int:
        """First second at which no license can be taken any more."""
        return self.until if self.ended is None else self.ended


@dataclass(frozen=True, slots=True)
class CrisisDeclaration:
    """What a council signs to declare a crisis; anybody may send it until `deadline`.

    `evidence` is the SHA-256 of what the council decided upon; `salt` (32 random bytes)
    tells two declarations of the same apart.
    """

    council: Address
    region: Digest
    until: int
    evidence: Digest
    signer: Address
    salt: Digest
    deadline: int
