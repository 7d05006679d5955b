"""Prints that failed, and whose serials are replaced."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.models.identifiers import Address, ContentHash, Digest


@dataclass(frozen=True, slots=True)
class Void:
    """What the design's owner or an issuer of theirs signs to have failed prints replaced.

    `serials` is a mask over serials word*256 .. word*256+255, all of them spent. `evidence`
    is the digest of what shows the failure: of the printer's signed receipt. The message
    is void from `deadline` on; anybody may send it. Source: IVoids.sol.
    """

    design: ContentHash
    license: int
    word: int
    serials: int
    evidence: Digest
    issuer: Address
    deadline: int
