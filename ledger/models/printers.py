"""What is said of a printer itself: its keys, its end, and whether it prints what it likes.

Every class names its EIP-712 members in `MEMBERS`, in the order in which they are hashed;
`ledger.tokens.Domain.typed` makes the message.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ledger.models.identifiers import Address, ContentHash, Digest


@dataclass(frozen=True, slots=True)
class KeyRotation:
    """A printer's old key names its new one; both sign. The KEM key changes as well.

    `successor` is the address of the new signing key: a printer of its own from then on,
    of the same center. `kem_key` is its X25519 public key.
    """

    MEMBERS: ClassVar[str] = (
        "address printer,address successor,bytes32 kemKey,uint40 rotatedAt,uint40 deadline"
    )
    printer: Address
    successor: Address
    kem_key: bytes
    rotated_at: int
    deadline: int


@dataclass(frozen=True, slots=True)
class PrinterRevocation:
    """A center says that a printer is not its own any more: stolen, lost, or sold.

    From `since` on (not in the future) nothing that its key signed counts.
    """

    MEMBERS: ClassVar[str] = (
        "address printer,address center,string reason,uint40 since,uint40 deadline"
    )
    printer: Address
    center: Address
    reason: str
    since: int
    deadline: int


@dataclass(frozen=True, slots=True)
class OwnFiles:
    """The owner's choice, signed by the printer: whether files that are no designs may print."""

    MEMBERS: ClassVar[str] = "address printer,bool allowed,uint40 since"
    printer: Address
    allowed: bool
    since: int


@dataclass(frozen=True, slots=True)
class PrintStart:
    """A printer says that its machine began to print a serial of a token, at `started`."""

    MEMBERS: ClassVar[str] = "bytes32 token,uint32 serial,address printer,uint40 started"
    token: Digest
    serial: int
    printer: Address
    started: int


@dataclass(frozen=True, slots=True)
class Slice:
    """An approved slice, signed by the design's owner or an issuer.

    `job` is the SHA-256 of the G-code that `slicer` (name and version) makes of the design
    with `profile` (SHA-256 of the profile's file), its date lines made plain.
    """

    MEMBERS: ClassVar[str] = (
        "bytes32 design,bytes32 profile,bytes32 job,string slicer,uint40 deadline"
    )
    design: ContentHash
    profile: Digest
    job: Digest
    slicer: str
    deadline: int
