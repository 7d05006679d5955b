"""The audit: from anything one may hold in hand to the chain of facts, and what does not fit.

Every fact says where it can be checked without us: a transaction, a block, a CID, a
signed receipt. Every mismatch between chain, log and files is a finding.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ledger.errors import BadSignature, MalformedRequest, SubjectNotFound
from ledger.models import Address, Cid, Digest, serials_of
from ledger.services import enrolmentaudit, findings, receiptaudit
from ledger.services.bound_files import bound_findings, variants_about
from ledger.services.context import Ledger
from ledger.services.contradictions import contradiction_findings
from ledger.services.coverage import Inclusion, Record, cover
from ledger.services.crisisaudit import crisis_findings
from ledger.services.custody import Holding, holder_at, holders
from ledger.services.facts import Fact, told_in_order
from ledger.services.findings import Evidence, Finding, Severity
from ledger.services.gathering import MOST_ROWS, Gathered, designs_of, gather, related
from ledger.services.leasegathering import lease_findings, waiting_serials
from ledger.services.moneyaudit import money_findings, royalties_to
from ledger.services.orderaudit import order_facts
from ledger.services.recallaudit import recall_findings
from ledger.services.receipts import message_of
from ledger.services.releasing import release_findings
from ledger.services.slices import slice_facts
from ledger.services.subjects import Kind, Subject, resolve
from ledger.services.voidaudit import void_findings
from ledger.signing import parse_signature, require_signer
from ledger.store import Session, catalog, records
from ledger.store.tables import ReceiptRow, VariantRow


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that the ledger knows of a subject, the oldest fact first."""

    subject: Subject
    facts: list[Fact]
    findings: list[Finding]
    log: list[Inclusion]
    """Where its tokens, receipts and refusals, and what made its printers their centers' and
    ended them, stand in the log, and what covers them on chain."""


def audit(ledger: Ledger, text: str) -> Dossier:
    """The dossier of a design id, file hash, license, serial, variant, printer or address.

    Raises MalformedRequest for text of no known form and SubjectNotFound for a
    license, serial or address that never occurs.
    """
    ledger.indexer.catch_up()
    with ledger.database.read() as session:
        subject = resolve(session, text)
        gathered = gather(session, subject)
        received = royalties_to(session, subject)
        gathered = replace(gathered, events=[*gathered.events, *received])
        variants = variants_about(session, subject, gathered)
        evidence = _evidence(ledger, session, subject, gathered, variants)
        enrolment = records.printer(session, subject.id)
        printers = [*evidence.printers, *([enrolment] if enrolment is not None else ())]
        origins = enrolmentaudit.origins(ledger.domain, session, printers)
        of_printers = enrolmentaudit.enrolment_findings(session, evidence, origins)
        signed: list[Record] = [*evidence.tokens, *evidence.receipts, *evidence.refusals]
        signed += {told.digest: told for one in origins for told in one.statements}.values()
        covered = cover(ledger, session, signed)
        approved = slice_facts(session, designs_of(session, subject))
        ordered = order_facts(session, subject, gathered.tokens, evidence.redemptions)
    facts = told_in_order(gathered, enrolment, variants, [*ordered.facts, *approved])
    if not facts and subject.kind in (Kind.LICENSE, Kind.SERIAL, Kind.ADDRESS):
        raise SubjectNotFound(f"Nothing in the ledger names the {subject.kind} {subject.id}.")
    paid = money_findings(ledger, subject)
    ended = [*receiptaudit.judge(evidence), *of_printers, *ordered.findings]
    evidence = replace(evidence, extra=[*evidence.extra, *covered.findings, *paid, *ended])
    return Dossier(subject, facts, findings.judge(evidence), covered.inclusions)


def _evidence(
    ledger: Ledger,
    session: Session,
    subject: Subject,
    gathered: Gathered,
    variants: Sequence[VariantRow],
) -> Evidence:
    whole = related(session, gathered)
    printers = {row.printer for row in whole.redemptions}
    printers |= {row.printer for row in whole.receipts}
    enrolled = (records.printer(session, printer) for printer in sorted(printers))
    refusals = list(records.refusals(session, file=subject.id))
    refusals += records.refusals(session, printer=subject.id)
    forged = frozenset(_forged(ledger, whole.receipts))
    return Evidence(
        redemptions=whole.redemptions,
        receipts=whole.receipts,
        tokens=whole.tokens,
        printers=[row for row in enrolled if row is not None],
        refusals=refusals,
        bad_signatures=forged,
        licensees=_licensees(session, whole),
        waiting=frozenset(waiting_serials(session, whole.receipts)),
        complete=not whole.is_cut and len(variants) < MOST_ROWS,
        extra=[
            *_file_findings(ledger, session, subject),
            *_spent_findings(ledger, whole),
            *bound_findings(ledger, session, subject, variants, whole),
            *crisis_findings(session, gathered.events, whole.redemptions),
            *void_findings(session, ledger.domain, whole, forged),
            *receiptaudit.slice_findings(session, whole.receipts),
            *contradiction_findings(session, whole.receipts),
            *release_findings(session, whole.tokens, ledger.now()),
            *lease_findings(
                session,
                subject.id if subject.kind is Kind.PRINTER else None,
                whole.redemptions,
                whole.receipts,
                (row.digest for row in whole.tokens),
                ledger.now(),
            ),
            *recall_findings(
                ledger,
                session,
                designs_of(session, subject),
                whole.tokens,
                whole.redemptions,
                whole.receipts,
            ),
        ],
    )


def _licensees(session: Session, gathered: Gathered) -> dict[tuple[int, int], str]:
    """Who held the license of each redemption at that moment."""
    known: dict[int, list[Holding]] = {}
    found: dict[tuple[int, int], str] = {}
    for redemption in gathered.redemptions:
        number, place = redemption.license, (redemption.block, redemption.log_index)
        if number not in known:
            license = catalog.license(session, number)
            known[number] = holders(session, license) if license is not None else []
        holder = holder_at(known[number], place)
        if holder is not None:
            found[place] = holder
    return found


def _forged(ledger: Ledger, receipts: Sequence[ReceiptRow]) -> Iterator[str]:
    for row in receipts:
        try:
            message = message_of(ledger.domain, row)
            require_signer(message, parse_signature(row.signature), Address(row.printer))
        except (BadSignature, MalformedRequest, ValueError):  # a changed row may hold anything
            yield row.digest


def _file_findings(ledger: Ledger, session: Session, subject: Subject) -> Iterator[Finding]:
    """Is the file known, and is what was registered still there and still the same?"""
    if subject.kind is Kind.UNKNOWN_FILE:
        yield Finding(
            "unknown-file",
            Severity.WARNING,
            f"No design, variant, job or token has the hash {subject.id}.",
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


def _spent_findings(ledger: Ledger, gathered: Gathered) -> Iterator[Finding]:
    """The chain's bitmap must hold every serial that its events say was redeemed."""
    words = {(row.license, row.word) for row in gathered.redemptions}
    spent = {place: ledger.chain.spent(*place) for place in words}
    for row in gathered.redemptions:
        missing = int(row.take, 16) & ~spent[row.license, row.word]
        if missing:
            yield Finding(
                "redemption-not-on-chain",
                Severity.ERROR,
                f"Serials {list(serials_of(row.word, missing))} of license {row.license} are "
                f"recorded as redeemed, but the chain has them as free.",
                f"transaction {row.transaction}",
            )
