"""What the gate asks of the world around it. Adapters are passed in from outside.

Every method may raise the LedgerError that its text names and `Unavailable` ones;
none waits without a limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Protocol

from ledger.models import (
    UNKNOWN_SHARE,
    ZERO_DIGEST,
    Address,
    Cid,
    ContentHash,
    Digest,
    Enrolment,
    KeyRequest,
    Outcome,
    PrintToken,
    Receipt,
    RedemptionRequest,
    Refusal,
    Sight,
    Ticket,
)
from ledger.tokens import Domain


class Clock(Protocol):
    """The gate's own clock."""

    def now(self) -> int:
        """Unix seconds."""
        ...


class HasDomain(Protocol):
    """A deployment of the contracts."""

    @property
    def domain(self) -> Domain:
        """The EIP-712 domain of its messages."""
        ...


class ChainView(Protocol):
    """What the gate reads of the chain; `ledger.chain.Chain` is one."""

    @property
    def deployment(self) -> HasDomain:
        """The contracts that this gate goes by."""
        ...

    def now(self) -> int:
        """Timestamp of the newest block."""
        ...

    def sight(self, token: PrintToken, signer: Address) -> Sight:
        """All that the check wants to know of a token that `signer` is said to have signed."""
        ...

    def may_issue(self, design: ContentHash, signer: Address) -> bool:
        """Whether `signer` may sign tokens for `design` now. Raises DesignNotFound, Recalled."""
        ...

    def spent(self, number: int, word: int) -> int:
        """The spent serials of one word, as a mask."""
        ...

    def redeemed_as(self, token: PrintToken, digest: Digest, serial: int) -> Digest | None:
        """The transaction that spent `serial` under this very token, or None."""
        ...


class Service(Protocol):
    """What the gate asks of the Platemark service. All of it may be repeated safely."""

    def redeem(self, ticket: Ticket, request: RedemptionRequest, signature: bytes) -> Digest:
        """Spend the serials `request.take` of a ticket on chain; the transaction.

        Raises what the contract refuses with (SerialAlreadySpent, LicenseRevoked, ...).
        """
        ...

    def release_key(self, request: KeyRequest, signature: bytes) -> bytes:
        """The design's content key, encrypted to this printer (HPKE).

        Raises KeyNotReleasable, PrinterNotEnrolled.
        """
        ...

    def report_receipt(self, receipt: Receipt, signature: bytes) -> None:
        """Hand in what became of a print. Returns when the service has it for good.

        Raises ReceiptContradicts, PrinterRevoked: see `ledger.gate.final`.
        """
        ...

    def report_refusal(self, refusal: Refusal, signature: bytes) -> None:
        """Hand in that a file was refused. Returns when the service has it for good."""
        ...

    def enrol(
        self, enrolment: Enrolment, center_signature: bytes, printer_signature: bytes
    ) -> None:
        """Make the printer known; both have signed the enrolment."""
        ...


class Content(Protocol):
    """Where sealed files come from; every adapter of `ledger.ipfs` is one."""

    def fetch(self, cid: Cid, sink: BinaryIO, *, max_bytes: int) -> int:
        """Write the bytes of `cid` to `sink`, verified against the CID; their number.

        Raises ContentNotFound, DigestMismatch.
        """
        ...


class HostState(StrEnum):
    """Whether the machine can be given a job."""

    READY = "ready"
    BUSY = "busy"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class HostJob:
    """A job as the host knows it.

    `id` is the gate's own and unique for ever; `name` is the file name that the machine
    shows; `handed_at` is 0 before the hand-over.
    """

    id: str
    name: str
    handed_at: int = 0


class Phase(StrEnum):
    """Where a job is that was handed over."""

    WAITING = "waiting"
    PRINTING = "printing"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Progress:
    """What the host knows of a job; times in Unix seconds, None where it does not know.

    `outcome` is there when the phase is ENDED, and only then. `duration` is how many
    seconds the machine itself says that it printed, `material` the kind (`PLA`),
    `recycled` its recycled share in basis points, and `photo` the SHA-256 of a picture.
    """

    phase: Phase
    outcome: Outcome | None = None
    started: int | None = None
    ended: int | None = None
    material_mg: int = 0
    energy_joule: int = 0
    duration: int = 0
    material: str = ""
    recycled: int = UNKNOWN_SHARE
    photo: Digest = ZERO_DIGEST


class Host(Protocol):
    """The program or folder that makes the machine print. Raises HostUnavailable.

    A file is first *held*, where the machine cannot see it, and then *started*: the one
    step after which the machine may print. `is_handed` must tell after any crash
    whether that step took place; all of "never print twice" hangs on it.
    """

    def state(self) -> HostState:
        """Whether a job could be started now."""
        ...

    def hold(self, job: HostJob) -> Path:
        """Where to write the file: private to this user, and not seen by the machine."""
        ...

    def held(self, job: HostJob) -> Path | None:
        """The held file, if there is one that was not handed over."""
        ...

    def start(self, job: HostJob) -> None:
        """Hand the held file to the machine, in one step."""
        ...

    def is_handed(self, job: HostJob) -> bool:
        """For a job that was held: whether `start` took place."""
        ...

    def progress(self, job: HostJob) -> Progress:
        """What became of a job that was handed over."""
        ...

    def cancel(self, job: HostJob) -> bool:
        """Pull the job back; False if the machine has it already."""
        ...

    def discard(self, job: HostJob) -> None:
        """Forget what is still held of the job. Harmless if there is nothing."""
        ...

    def sweep(self, keep: frozenset[str]) -> None:
        """Discard everything held, except for the jobs with these ids."""
        ...
