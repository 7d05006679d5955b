"""What the log and its checkpoints say of the records that an audit is about.

Each record is hashed anew and led to the root that is anchored on chain. So a record that was
changed, an entry that was changed, and a log that was exchanged are all seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ledger import entries, merkle
from ledger.checkpoints import Verdict
from ledger.errors import LedgerError, ProofInvalid
from ledger.models import Address, Digest, Refusal
from ledger.services.context import Ledger
from ledger.services.enrolmentaudit import Statement
from ledger.services.findings import Finding, Severity
from ledger.services.issuing import token_of
from ledger.services.receipts import message_of
from ledger.signing import TypedData, parse_signature
from ledger.store import Session, log
from ledger.store.logtables import CheckpointRow
from ledger.store.tables import ReceiptRow, RefusalRow, TokenRow

MOST_PROVEN = 500
"""Records that one audit proves; each takes some ten reads and half a kilobyte to tell."""
MOST_BROKEN = 100
"""Checkpoints that break the law which one audit names: one is enough to prove it."""
_NAMES = {
    "PrintToken": "print token",
    "Receipt": "receipt",
    "Refusal": "refusal",
    "Enrolment": "enrolment",
    "KeyRotation": "key rotation",
    "PrinterRevocation": "revocation",
}
Record = TokenRow | ReceiptRow | RefusalRow | Statement


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Where a record stands in the log, and which checkpoint covers it.

    `proof` leads from its entry to `root`, which is anchored for `size` entries by
    `transaction`. Both are None, and the proof empty, while no checkpoint covers it.
    """

    type: str
    digest: str
    index: int
    size: int | None = None
    root: str | None = None
    transaction: str | None = None
    block: int | None = None
    proof: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Coverage:
    """The inclusions of the records in the log's order, and what does not fit."""

    inclusions: list[Inclusion]
    findings: list[Finding]


def cover(ledger: Ledger, session: Session, records: Sequence[Record]) -> Coverage:
    """Prove the records against what is anchored, the first `MOST_PROVEN` of them."""
    own = ledger.issuer.address
    found, problems = list[Inclusion](), list(_law(session, own))
    if not records:
        return Coverage(found, problems)
    nodes, places = log.nodes(session), log.indices(session, (row.digest for row in records))
    problems += _log_as_it_stands(session, own, nodes)
    checkpoint: CheckpointRow | None = None
    for row in sorted(records, key=lambda row: places.get(row.digest, -1))[:MOST_PROVEN]:
        name, index = _name(row), places.get(row.digest)
        if index is None:
            problems.append(_not_in_log(name))
            continue
        if checkpoint is None or int(checkpoint.size) <= index:
            checkpoint = log.covering(session, own, index)
        try:
            found.append(_included(ledger, session, row, index, checkpoint, nodes))
        except ProofInvalid as error:
            problems.append(_differs(f"The {name} is not what was logged: {error.detail}", name))
    if len(records) > MOST_PROVEN:
        problems.append(
            Finding(
                "not-all-proven",
                Severity.NOTE,
                f"{len(records)} records are in question, and {MOST_PROVEN} were held against "
                f"the log. Ask for single licenses or serials.",
                "the log",
            )
        )
    return Coverage(found, problems)


def _included(
    ledger: Ledger,
    session: Session,
    row: Record,
    index: int,
    checkpoint: CheckpointRow | None,
    nodes: merkle.Nodes,
) -> Inclusion:
    """Raises ProofInvalid if the record is not the logged one, or the log not the anchored."""
    type_, leaf = _type(row), merkle.leaf_hash(_entry(ledger, row))
    size = int(checkpoint.size) if checkpoint else log.size(session)
    if size > log.size(session):
        raise ProofInvalid(f"{size} entries are anchored, and the log has fewer.")
    root = Digest.parse(checkpoint.root) if checkpoint else merkle.root(size, nodes)
    proof = merkle.inclusion_proof(index, size, nodes)
    merkle.verify_inclusion(leaf, index, size, proof, root)
    if checkpoint is None:
        return Inclusion(type_, row.digest, index)
    return Inclusion(
        type_,
        row.digest,
        index,
        size,
        str(root),
        checkpoint.transaction,
        checkpoint.block,
        tuple(str(hash_) for hash_ in proof),
    )


def _law(session: Session, own: Address) -> Iterator[Finding]:
    """Checkpoints of this log that break its law: whoever anchored them held its key."""
    for row in log.broken(session, own, MOST_BROKEN):
        shrinks = row.verdict == Verdict.SHRINKS
        yield Finding(
            "checkpoint-shrinks" if shrinks else "checkpoint-contradicts",
            Severity.ERROR,
            f"{own} anchored {int(row.size)} entries with the root {row.root}, "
            + ("after more of them." if shrinks else "and another root for them before."),
            f"transaction {row.transaction}",
        )


def _log_as_it_stands(session: Session, own: Address, nodes: merkle.Nodes) -> Iterator[Finding]:
    """The log must still give the newest root that is anchored."""
    newest = log.newest(session, own)
    if newest is None:
        return
    size, where = int(newest.size), f"transaction {newest.transaction}"
    if size > log.size(session):
        yield _differs(f"{size} entries are anchored, and the log has fewer.", where)
    elif str(merkle.root(size, nodes)) != newest.root:
        yield _differs(
            f"The root {newest.root} is anchored for {size} entries; the log gives another.", where
        )


def _differs(detail: str, where: str) -> Finding:
    return Finding("log-differs-from-checkpoint", Severity.ERROR, detail, where)


def _not_in_log(name: str) -> Finding:
    return Finding("not-in-log", Severity.ERROR, f"The {name} is in no entry of the log.", name)


def _entry(ledger: Ledger, row: Record) -> bytes:
    """The entry that this record would be. Raises ProofInvalid if it could be none."""
    try:
        return entries.encode(_message(ledger, row), parse_signature(row.signature))
    except (LedgerError, ValueError) as error:  # a changed row may hold anything
        raise ProofInvalid("The record cannot be read.") from error


def _message(ledger: Ledger, row: Record) -> TypedData:
    if isinstance(row, Statement):
        return row.message
    if isinstance(row, TokenRow):
        return ledger.domain.print_token(token_of(row))
    if isinstance(row, ReceiptRow):
        return message_of(ledger.domain, row)
    refusal = Refusal(Address(row.printer), Digest.parse(row.file), row.error, row.refused_at)
    return ledger.domain.refusal(refusal)


def _type(row: Record) -> str:
    if isinstance(row, Statement):
        return row.type
    if isinstance(row, TokenRow):
        return "PrintToken"
    return "Receipt" if isinstance(row, ReceiptRow) else "Refusal"


def _name(row: Record) -> str:
    return f"{_NAMES[_type(row)]} {row.digest}"
