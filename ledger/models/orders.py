"""What stands in a center's queue, and what is said about it; requests about webhooks.

Every class names its EIP-712 members in `MEMBERS`, in the order in which they are hashed;
`ledger.tokens.Domain.typed` makes the message. References: docs/queue.md, docs/webhooks.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from ledger.models.identifiers import Address, ContentHash, Digest


@dataclass(frozen=True, slots=True)
class PrintOrder:
    """What a licensee signs to have pieces printed one after the other, until `until`.

    It stands for tokens of one serial each: `quantity` good pieces, on any of `printers` (on
    any of the center's, where none is named), with up to `retries` failed ones replaced. With
    `sign_off` a printer gets nothing more until the center looked at its piece. `job` is as in
    a print token; the message itself is handed in before `deadline`.
    """

    MEMBERS: ClassVar[str] = (
        "bytes32 design,uint256 license,uint32 quantity,address[] printers,bytes32 job,"
        "uint32 retries,bool signOff,bytes32 nonce,uint40 until,uint40 deadline"
    )
    design: ContentHash
    license: int
    quantity: int
    printers: tuple[Address, ...]
    job: Digest
    retries: int
    sign_off: bool
    nonce: Digest
    until: int
    deadline: int


@dataclass(frozen=True, slots=True)
class NextJob:
    """A printer asks what it shall print next.

    `refused` is the digest of a queue's token that its gate will not print (zero: none).
    The same message again, as after a lost answer, gets the same token.
    """

    MEMBERS: ClassVar[str] = "address printer,bytes32 refused,bytes32 nonce,uint40 deadline"
    printer: Address
    refused: Digest
    nonce: Digest
    deadline: int


class OrderAction(StrEnum):
    """What a center decides about an order of its queue."""

    RETRY = "retry"
    """Allow `value` more failed pieces, and go on."""
    CANCEL = "cancel"
    PAUSE = "pause"
    RESUME = "resume"
    UP = "up"
    """One place earlier among the center's orders."""
    DOWN = "down"
    QUANTITY = "quantity"
    """`value` good pieces are wanted now."""


@dataclass(frozen=True, slots=True)
class OrderChange:
    """A center's decision about one of its orders (`order` is the digest of `PrintOrder`)."""

    MEMBERS: ClassVar[str] = (
        "bytes32 order,string action,uint32 value,bytes32 nonce,uint40 deadline"
    )
    order: Digest
    action: OrderAction
    value: int
    nonce: Digest
    deadline: int


@dataclass(frozen=True, slots=True)
class SignOff:
    """A center says that the plate is clear, and whether the piece of `token` is good."""

    MEMBERS: ClassVar[str] = "bytes32 order,bytes32 token,bool accepted,string note,uint40 deadline"
    order: Digest
    token: Digest
    accepted: bool
    note: str
    deadline: int


class HookAction(StrEnum):
    """What an owner of webhooks asks for."""

    ADD = "add"
    LIST = "list"
    REMOVE = "remove"
    TEST = "test"
    DELIVERIES = "deliveries"


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """A center or designer asks something about their own webhooks.

    `webhook` is the digest of the request that added it (zero where none is meant). `url` and
    `events` (kinds, separated by commas; empty: all) count for ADD only.
    """

    MEMBERS: ClassVar[str] = (
        "address owner,string action,bytes32 webhook,string url,string events,bytes32 nonce,"
        "uint40 deadline"
    )
    owner: Address
    action: HookAction
    webhook: Digest
    url: str
    events: str
    nonce: Digest
    deadline: int
