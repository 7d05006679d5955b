"""The printer's own journal as others see it: signed entries, each of which names the last.

An entry carries the EIP-712 digest of the entry before, so its signature covers all that
was ever written: nothing can be taken out, changed or put in without the printer's key, and
with the key only by leaving two entries of one number, which is proof by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ledger.errors import BadSignature, JournalForked, JournalGap
from ledger.models import ZERO_DIGEST, Address, Digest, JournalEntry, JournalKind
from ledger.signing import Signer, require_signer
from ledger.tokens import Domain


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry of a journal: its number and digest; 0 and zero before the first."""

    sequence: int = 0
    digest: Digest = ZERO_DIGEST


@dataclass(frozen=True, slots=True)
class Link:
    """An entry with the printer's signature and its EIP-712 digest."""

    entry: JournalEntry
    signature: bytes
    digest: Digest

    @property
    def head(self) -> Head:
        """The journal's head once this is its last entry."""
        return Head(self.entry.sequence, self.digest)


@dataclass(frozen=True, slots=True)
class Pen:
    """Who writes: a printer's key, for a deployment, on one machine."""

    signer: Signer
    domain: Domain
    machine: Digest

    def write(
        self,
        head: Head,
        kind: JournalKind,
        *,
        at: int,
        seen: int,
        lease: Digest = ZERO_DIGEST,
        serial: int = 0,
    ) -> Link:
        """The next entry behind `head`, signed."""
        entry = JournalEntry(
            printer=self.signer.address,
            sequence=head.sequence + 1,
            previous=head.digest,
            machine=self.machine,
            kind=kind,
            lease=lease,
            serial=serial,
            at=at,
            seen=seen,
        )
        message = self.domain.typed(entry)
        return Link(entry, self.signer.sign(message), message.digest())


def verify(
    entries: Iterable[tuple[JournalEntry, bytes]],
    domain: Domain,
    printer: Address,
    head: Head | None = None,
) -> Head:
    """Follow signed entries from `head` (the beginning unless given); the head they lead to.

    Raises JournalGap if a number is missing or comes twice, JournalForked if an entry
    continues another journal than the one before it, BadSignature if one is not the
    printer's own.
    """
    head = head or Head()
    for entry, signature in entries:
        message = domain.typed(entry)
        if entry.printer != printer:
            raise BadSignature(f"The entry is of {entry.printer}, not of {printer}.")
        require_signer(message, signature, printer)
        if entry.sequence != head.sequence + 1:
            raise JournalGap(
                f"Entry {entry.sequence} does not follow entry {head.sequence}.",
                sequence=entry.sequence,
            )
        if entry.previous != head.digest:
            raise JournalForked(
                f"Entry {entry.sequence} continues {entry.previous}, not {head.digest}.",
                sequence=entry.sequence,
            )
        head = Head(entry.sequence, message.digest())
    return head


def fork(ours: Sequence[Link], theirs: Sequence[Link]) -> int | None:
    """The first number under which two journals have different entries, None if there is none.

    One of them may be longer, and they may begin at different numbers.
    """
    known = {link.entry.sequence: link.digest for link in ours}
    differing = (
        link.entry.sequence
        for link in theirs
        if known.get(link.entry.sequence, link.digest) != link.digest
    )
    return min(differing, default=None)


def contradicts(ours: Sequence[Link], known: Head) -> bool:
    """Whether somebody knows a head that our own journal does not have: it was set back.

    `ours` are all entries, from the first. A journal that is merely longer does not
    contradict.
    """
    if known.sequence == 0:
        return False
    return known.sequence > len(ours) or ours[known.sequence - 1].digest != known.digest
