"""Print tokens for a printer that will be offline, and what it tells of them afterwards.

Every class names its EIP-712 members in `MEMBERS`, in the order in which they are hashed;
`ledger.tokens.Domain.typed` makes the message. Reference: docs/leases.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from ledger.models.identifiers import Address, ContentHash, Digest


@dataclass(frozen=True, slots=True)
class LeaseRequest:
    """What a licensee signs to get serials ahead for one printer.

    `lifetime` is how many seconds the lease shall last, and `silence` how many the printer
    may go on printing without news (`News`). `nonce` (32 random bytes) makes each request
    unique; it is void from `deadline` on.
    """

    MEMBERS: ClassVar[str] = (
        "bytes32 design,uint256 license,address printer,uint32 count,uint40 lifetime,"
        "uint40 silence,bytes32 job,bytes32 nonce,uint40 deadline"
    )
    design: ContentHash
    license: int
    printer: Address
    count: int
    lifetime: int
    silence: int
    job: Digest
    nonce: Digest
    deadline: int


@dataclass(frozen=True, slots=True)
class Lease:
    """What the issuer signs over the tokens of a lease.

    `request` is the digest of the `LeaseRequest`; `tokens` the Keccak-256 of the digests
    of its print tokens, one behind the other in the order of their words; `count` how many
    serials they have together; `content` the SHA-256 of the file that is released with it, the
    design's or a variant's; `job` as in the tokens. It may be printed from `not_before` until
    `deadline`, and never longer than `silence` seconds after the newest news that the gate has.
    """

    MEMBERS: ClassVar[str] = (
        "bytes32 request,bytes32 design,uint256 license,address printer,bytes32 tokens,"
        "uint32 count,bytes32 content,bytes32 job,uint40 notBefore,uint40 deadline,uint40 silence"
    )
    request: Digest
    design: ContentHash
    license: int
    printer: Address
    tokens: Digest
    count: int
    content: ContentHash
    job: Digest
    not_before: int
    deadline: int
    silence: int


class JournalKind(StrEnum):
    """What a `JournalEntry` tells of."""

    SPEND = "spend"
    """One serial of a lease was given to a print, before the machine got it."""
    RETURN = "return"
    """The lease was given back: nothing more will be spent of it."""
    CLOCK = "clock"
    """The printer's clock was found behind a time that it had already seen."""
    MACHINE = "machine"
    """The journal was found on another machine than the one that wrote it."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One line of a printer's own journal, signed by the printer: all of them are one chain.

    `sequence` counts from 1 for each printer, and `previous` is the EIP-712 digest of the
    entry before (zero for the first), so two entries of one number are proof that the
    journal was copied or set back. `machine` tells one machine from another (Keccak-256 of
    what identifies it). `at` is the printer's clock, `seen` the latest time that it knows of,
    by whatever clock. `lease` is the digest of the `Lease`, zero where it is about none, and
    `serial` counts for a SPEND only.
    """

    MEMBERS: ClassVar[str] = (
        "address printer,uint64 sequence,bytes32 previous,bytes32 machine,string kind,"
        "bytes32 lease,uint32 serial,uint40 at,uint40 seen"
    )
    printer: Address
    sequence: int
    previous: Digest
    machine: Digest
    kind: JournalKind
    lease: Digest
    serial: int
    at: int
    seen: int


@dataclass(frozen=True, slots=True)
class News:
    """What the issuer signs of all that stops prints: revocations, recalls, stolen printers.

    `number` grows with each edition; `issued_at` is the service's clock and `chain_time` the
    newest block's; `list` is the SHA-256 of the list in canonical JSON (RFC 8785).
    """

    MEMBERS: ClassVar[str] = "uint64 number,uint40 issuedAt,uint40 chainTime,bytes32 list"
    number: int
    issued_at: int
    chain_time: int
    list: Digest
