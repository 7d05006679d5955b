"""The audit: from anything one may hold in hand to the chain of facts, and what does not fit.

Every fact says where it can be checked without us: a transaction, a block, a CID, a
signed receipt. Every mismatch between chain, log and files is a finding.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ledger.errors import BadSignature, SubjectNotFound
from ledger.models import Address, Cid, Digest, serials_of
from ledger.services import findings
from ledger.services.context import Ledger
from ledger.services.findings import Evidence, Finding, Severity
from ledger.services.subjects import Kind, Subject, resolve
from ledger.signing import parse_signature, require_signer
from ledger.store import Session, catalog, records
from ledger.store.tables import EventRow, ReceiptRow, RedemptionRow, TokenRow

MOST_ROWS = 5_000
"""Tokens and receipts that one audit reads; a dossier beyond that is asked for in parts."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened: when (Unix seconds), what, where to check it, and its values."""

    when: int
    what: str
    where: str
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that the ledger knows of a subject, the oldest fact first."""

    subject: Subject
    facts: list[Fact]
    findings: list[Finding]


@dataclass(frozen=True, slots=True)
class _Gathered:
    events: Sequence[EventRow]
    redemptions: Sequence[RedemptionRow]
    tokens: Sequence[TokenRow]
    receipts: Sequence[ReceiptRow]


def audit(ledger: Ledger, text: str) -> Dossier:
    """The dossier of a design id, file hash, license, serial, printer or address.

    Raises MalformedRequest for text of no known form and SubjectNotFound for a
    license, serial or address that never occurs.
    """
    ledger.indexer.catch_up()
    with ledger.database.read() as session:
        subject = resolve(session, text)
        gathered = _gather(session, subject)
        evidence = _evidence(ledger, session, subject, gathered)
    facts = sorted(_facts(gathered), key=lambda fact: (fact.when, _step(fact.what)))
    if not facts and subject.kind in (Kind.LICENSE, Kind.SERIAL, Kind.ADDRESS):
        raise SubjectNotFound(f"Nothing in the ledger names the {subject.kind} {subject.id}.")
    return Dossier(subject, facts, findings.judge(evidence))


def _gather(session: Session, subject: Subject) -> _Gathered:
    """The rows that are about the subject."""
    if subject.kind is Kind.DESIGN:
        return _Gathered(
            catalog.events(session, design=subject.id),
            catalog.redemptions(session, design=subject.id),
            records.tokens(session, 0, MOST_ROWS, design=subject.id),
            records.receipts(session, 0, MOST_ROWS, design=subject.id),
        )
    if subject.kind in (Kind.PRINTER, Kind.ADDRESS):
        return _Gathered(
            catalog.events_naming(session, subject.id),
            catalog.redemptions(session, printer=subject.id),
            records.tokens(session, 0, MOST_ROWS, printer=subject.id),
            records.receipts(session, 0, MOST_ROWS, printer=subject.id),
        )
    if subject.license is not None:
        return _of_license(session, subject.license, subject.serial)
    if subject.kind in (Kind.TOKEN, Kind.JOB):
        name = subject.kind.value
        redemptions = catalog.redemptions(session, **{name: subject.id})
        wanted = {"digest" if subject.kind is Kind.TOKEN else "job": subject.id}
        return _Gathered(
            _events_of(session, redemptions),
            redemptions,
            records.tokens(session, 0, MOST_ROWS, **wanted),
            records.receipts(session, 0, MOST_ROWS, **{name: subject.id}),
        )
    return _Gathered((), (), (), ())


def _of_license(session: Session, number: int, serial: int | None) -> _Gathered:
    row = catalog.license(session, number)
    if row is None:
        raise SubjectNotFound(f"There is no license {number}.", license=number)
    redemptions = catalog.redemptions(session, license=number)
    tokens = records.tokens(session, 0, MOST_ROWS, license=number)
    receipts = records.receipts(session, 0, MOST_ROWS, license=number)
    if serial is not None:
        redemptions = [row for row in redemptions if serial in _serials(row.word, row.take)]
        tokens = [row for row in tokens if serial in _serials(row.word, row.serials)]
        receipts = [row for row in receipts if row.serial == serial]
    about = {"LicenseBought", "LicenseGranted", "LicenseEnded", "LicenseSettled"}
    about |= {"LicenseRefunded"}
    events = [
        event
        for event in catalog.events(session, design=row.design)
        if event.name in ("DesignRegistered", "Transfer")
        or (event.name in about and int(json.loads(event.arguments)["license"]) == number)
    ]
    return _Gathered([*events, *_events_of(session, redemptions)], redemptions, tokens, receipts)


def _step(what: str) -> int:
    """What comes first within one second: a token before its redemption, then the print."""
    steps = ["TokenIssued", "SerialsRedeemed", "PrintReported"]
    return steps.index(what) + 1 if what in steps else 0


def _events_of(session: Session, redemptions: Sequence[RedemptionRow]) -> list[EventRow]:
    return [
        event
        for row in redemptions
        for event in catalog.events(session, block=row.block, log_index=row.log_index)
    ]


def _facts(gathered: _Gathered) -> Iterator[Fact]:
    for event in gathered.events:
        yield Fact(
            event.block_time,
            event.name,
            f"transaction {event.transaction}, block {event.block}",
            json.loads(event.arguments),
        )
    for token in gathered.tokens:
        yield Fact(
            token.issued_at,
            "TokenIssued",
            f"print token {token.digest}, signed by {token.signer}",
            token.model_dump(exclude={"place", "request"}),
        )
    for receipt in gathered.receipts:
        yield Fact(
            receipt.ended,
            "PrintReported",
            f"receipt {receipt.digest}, signed by {receipt.printer}",
            receipt.model_dump(exclude={"place"}),
        )


def _evidence(ledger: Ledger, session: Session, subject: Subject, gathered: _Gathered) -> Evidence:
    printers = {row.printer for row in gathered.redemptions}
    enrolled = (records.printer(session, printer) for printer in sorted(printers))
    refusals = list(records.refusals(session, file=subject.id))
    refusals += records.refusals(session, printer=subject.id)
    return Evidence(
        redemptions=gathered.redemptions,
        receipts=gathered.receipts,
        tokens=gathered.tokens,
        printers=[row for row in enrolled if row is not None],
        refusals=refusals,
        bad_signatures=frozenset(_forged(ledger, gathered.receipts)),
        extra=[*_file_findings(ledger, session, subject), *_spent_findings(ledger, gathered)],
    )


def _forged(ledger: Ledger, receipts: Sequence[ReceiptRow]) -> Iterator[str]:
    for row in receipts:
        message = ledger.domain.receipt(findings.receipt_of(row))
        try:
            require_signer(message, parse_signature(row.signature), Address(row.printer))
        except BadSignature:
            yield row.digest


def _file_findings(ledger: Ledger, session: Session, subject: Subject) -> Iterator[Finding]:
    """Is the file known, and is what was registered still there and still the same?"""
    if subject.kind is Kind.UNKNOWN_FILE:
        yield Finding(
            "unknown-file",
            Severity.WARNING,
            f"No design, job or token has the hash {subject.id}.",
            "the whole ledger",
        )
    if subject.kind is not Kind.DESIGN:
        return
    row = catalog.design(session, subject.id)
    sealed = records.sealed(session, subject.id)
    if sealed is None or not ledger.ipfs.has(Cid(sealed.cid)):
        yield Finding(
            "sealed-file-missing",
            Severity.ERROR,
            f"The sealed file of {subject.id} is not pinned here.",
            sealed.cid if sealed else "no CID is known",
        )
    document = records.metadata(session, row.metadata_digest) if row else None
    if document is None or not _is_sound(document.document, document.digest):
        yield Finding(
            "metadata-mismatch",
            Severity.ERROR,
            "The metadata whose digest is on chain is not here, or is not what it was.",
            f"metadata {row.metadata_digest}" if row else subject.id,
        )


def _is_sound(document: str, digest: str) -> bool:
    return str(Digest(hashlib.sha256(document.encode()).digest())) == digest


def _spent_findings(ledger: Ledger, gathered: _Gathered) -> Iterator[Finding]:
    """The chain's bitmap must hold every serial that its events say was redeemed."""
    for row in gathered.redemptions:
        missing = int(row.take, 16) & ~ledger.chain.spent(row.license, row.word)
        if missing:
            yield Finding(
                "redemption-not-on-chain",
                Severity.ERROR,
                f"Serials {list(serials_of(row.word, missing))} of license {row.license} are "
                f"recorded as redeemed, but the chain has them as free.",
                f"transaction {row.transaction}",
            )


def _serials(word: int, mask: str) -> set[int]:
    return set(serials_of(word, int(mask, 16)))
