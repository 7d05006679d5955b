"""Check a service's log against the chain, believing the service nothing.

What is anchored is read from a chain node of one's own; entries and proofs come from the
service. In this order, and the first that fails is the error:

1. The log never broke its law: no checkpoint shrinks it, none contradicts another.
2. The entry is in canonical form, and signed by the printer or center that it names (`SPEAKERS`),
   or by an issuer that the reader goes by (`OF_ISSUERS`).
3. Its hash leads by the inclusion proof to the first checkpoint that covers it.
4. That checkpoint's log is the beginning of the newest one's.

`check_all` needs no proofs: it hashes every entry and computes every root itself.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ledger import entries, merkle
from ledger.checkpoints import BROKEN, Anchored, Verdict, judge_all
from ledger.client.logside import LogEntry, LogSide
from ledger.entries import Entry
from ledger.errors import BadSignature, CheckpointNotFound, LogDiffers, MalformedRequest
from ledger.models import Address, Digest
from ledger.tokens import Domain

SPEAKERS = {
    "Receipt": "printer",
    "Refusal": "printer",
    "JournalEntry": "printer",
    "OwnFiles": "printer",
    "KeyRotation": "printer",
    "Enrolment": "center",
    "PrinterRevocation": "center",
}
"""The member that names who signs, by type."""

OF_ISSUERS = frozenset({"PrintToken", "Lease"})
"""What only the service's issuer signs, whom no member names. The other types name nobody who
has to: the chain tells who held the license of an order."""


@dataclass(frozen=True, slots=True)
class CheckedEntry:
    """An entry that holds: who signed what, and the two checkpoints that it was led to."""

    index: int
    entry: Entry
    digest: Digest
    signer: Address
    checkpoint: Anchored
    newest: Anchored


@dataclass(frozen=True, slots=True)
class CheckedLog:
    """A whole log that holds: its entries, and the checkpoints that it gives."""

    entries: int
    checkpoints: Sequence[Anchored]

    @property
    def uncovered(self) -> int:
        """Entries behind the newest checkpoint: they can be changed yet without a trace."""
        return self.entries - (self.checkpoints[-1].size if self.checkpoints else 0)


def lawful(anchored: Sequence[Anchored]) -> list[Anchored]:
    """The good checkpoints of one log, smallest first.

    Raises LogDiffers if any shrinks the log or contradicts another.
    """
    judged = judge_all(anchored)
    for row, verdict in judged:
        if verdict in BROKEN:
            raise LogDiffers(
                f"The checkpoint of {row.size} entries in transaction {row.transaction} "
                f"{verdict} what the same log anchored before.",
                size=row.size,
                transaction=str(row.transaction),
            )
    return [row for row, verdict in judged if verdict is Verdict.GOOD]


def check_entry(
    service: LogSide,
    domain: Domain,
    issuers: Collection[Address],
    anchored: Sequence[Anchored],
    index: int,
) -> CheckedEntry:
    """Check one entry; `anchored` is all that the log anchored, as one's own node has it.

    `issuers` are those whose tokens and leases the reader takes: the pinned one, as a rule.

    Raises CheckpointNotFound if none covers it yet, EntryNotFound, LogDiffers or
    ProofInvalid.
    """
    good = lawful(anchored)
    covering = next((row for row in good if row.size > index), None)
    if covering is None:
        raise CheckpointNotFound(f"No checkpoint covers the entry {index} yet.", index=index)
    answer, newest = service.log_entry(index, covering.size), good[-1]
    entry, signer = _signed(answer, domain, issuers)
    leaf = merkle.leaf_hash(answer.entry.encode())
    merkle.verify_inclusion(leaf, index, covering.size, answer.proof, covering.root)
    if newest.size > covering.size:
        told = service.log_consistency(covering.size, newest.size)
        merkle.verify_consistency(
            covering.size, newest.size, told.proof, covering.root, newest.root
        )
    return CheckedEntry(index, entry, entry.digest(domain), signer, covering, newest)


def check_all(
    service: LogSide, domain: Domain, issuers: Collection[Address], anchored: Sequence[Anchored]
) -> CheckedLog:
    """Check every entry and every checkpoint of a log; `issuers` as for `check_entry`.

    Raises LogDiffers.
    """
    good, tree = lawful(anchored), merkle.Tree()
    waiting = iter(good)
    awaited = next(waiting, None)
    for answer in service.log_entries():
        if answer.index != tree.size:
            raise LogDiffers(f"The entry {tree.size} is missing from the log.")
        _signed(answer, domain, issuers)
        tree.append(answer.entry.encode())
        if awaited is not None and tree.size == awaited.size:
            if tree.root() != awaited.root:
                raise LogDiffers(
                    f"The first {awaited.size} entries give the root {tree.root()}; anchored is "
                    f"{awaited.root}, in transaction {awaited.transaction}.",
                    size=awaited.size,
                    transaction=str(awaited.transaction),
                )
            awaited = next(waiting, None)
    if awaited is not None:
        raise LogDiffers(
            f"{awaited.size} entries are anchored, and the service shows {tree.size}.",
            size=tree.size,
            anchored=awaited.size,
        )
    return CheckedLog(tree.size, good)


def _signed(
    answer: LogEntry, domain: Domain, issuers: Collection[Address]
) -> tuple[Entry, Address]:
    """Raises LogDiffers unless it is an entry with the signature that it must have."""
    try:
        entry = entries.decode(answer.entry.encode())
        signer = entry.signer(domain)
    except (MalformedRequest, BadSignature, UnicodeEncodeError) as error:
        raise LogDiffers(
            f"The entry {answer.index} is none: {error}", index=answer.index
        ) from error
    speaks = entry.message[SPEAKERS[entry.type]] if entry.type in SPEAKERS else signer
    if signer != speaks:
        raise LogDiffers(
            f"The {entry.type} at {answer.index} names {speaks}; it is signed by {signer}.",
            index=answer.index,
        )
    if entry.type in OF_ISSUERS and signer not in issuers:
        raise LogDiffers(
            f"The {entry.type} at {answer.index} is signed by {signer}, and not by the issuer "
            f"that you go by ({', '.join(issuers)}).",
            index=answer.index,
        )
    return entry, signer
