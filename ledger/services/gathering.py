"""Gather the rows that an audit is about, and those that they cannot be judged without."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ledger.errors import SubjectNotFound
from ledger.models import WORD_BITS, bit_of, serials_of
from ledger.services.crisisaudit import events_about, events_of
from ledger.services.custody import ancestors
from ledger.services.recallaudit import lineage_events
from ledger.services.subjects import Kind, Subject
from ledger.store import Session, catalog, crises, records
from ledger.store.tables import EventRow, LicenseRow, ReceiptRow, RedemptionRow, TokenRow

MOST_ROWS = 5_000
"""Rows of each sort that one audit reads; what is beyond that is asked for in parts."""

_OF_A_DESIGN = (
    "Transfer",
    "DesignRegistered",
    "DesignDerived",
    "DesignRecalled",
    "RecallLifted",
    "SaleChanged",
)
_OF_A_LICENSE = (
    "LicenseBought",
    "LicenseGranted",
    "CrisisLicenseTaken",
    "LicenseEnded",
    "LicenseSettled",
    "LicenseRefunded",
    "PrintsVoided",
    "LicenseTransferred",
    "LicenseSplit",
)
_OF_AN_ANCESTOR = ("LicenseBought", "LicenseGranted", "CrisisLicenseTaken", "LicenseTransferred")
"""What tells through whose hands the serials came that were split off."""
_Serial = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Gathered:
    """Rows about one subject, each sort in its order; `is_cut` if there may be more."""

    events: Sequence[EventRow] = ()
    redemptions: Sequence[RedemptionRow] = ()
    tokens: Sequence[TokenRow] = ()
    receipts: Sequence[ReceiptRow] = ()
    is_cut: bool = False


def gather(session: Session, subject: Subject) -> Gathered:
    """The rows that name the subject, with what happened around it.

    The crises that its licenses were taken in, the recalls above its design, and the
    designs that are derived from it.

    Raises SubjectNotFound for an unknown license, serial or crisis.
    """
    found = _named(session, subject)
    known = {(row.block, row.log_index) for row in found.events}
    licenses = {row.license for row in found.redemptions} | {
        int(json.loads(row.arguments)["license"])
        for row in found.events
        if row.name == "CrisisLicenseTaken"
    }
    around = [
        *events_about(session, licenses),
        *(event for one in designs_of(session, subject) for event in lineage_events(session, one)),
    ]
    more = {(row.block, row.log_index): row for row in around}
    return replace(
        found, events=[*found.events, *(more[place] for place in sorted(more.keys() - known))]
    )


def designs_of(session: Session, subject: Subject) -> list[str]:
    """The design that the subject is, or is a license of."""
    if subject.kind is Kind.DESIGN:
        return [subject.id]
    row = None if subject.license is None else catalog.license(session, subject.license)
    return [] if row is None else [row.design]


def _named(session: Session, subject: Subject) -> Gathered:
    if subject.kind is Kind.DESIGN:
        return _whole(
            catalog.events(session, MOST_ROWS, design=subject.id),
            catalog.redemptions(session, MOST_ROWS, design=subject.id),
            records.tokens(session, 0, MOST_ROWS, design=subject.id),
            records.receipts(session, 0, MOST_ROWS, design=subject.id),
        )
    if subject.kind in (Kind.PRINTER, Kind.ADDRESS):
        return _whole(
            catalog.events_naming(session, MOST_ROWS, subject.id),
            catalog.redemptions(session, MOST_ROWS, printer=subject.id),
            records.tokens(session, 0, MOST_ROWS, printer=subject.id),
            records.receipts(session, 0, MOST_ROWS, printer=subject.id),
        )
    if subject.license is not None:
        return _of_license(session, subject, subject.license)
    if subject.crisis is not None:
        return _of_crisis(session, subject.crisis)
    if subject.kind in (Kind.TOKEN, Kind.JOB):
        return _of_token_or_job(session, subject)
    if subject.kind is Kind.VARIANT:
        return _of_variant(session, subject)
    return Gathered()


def related(session: Session, found: Gathered) -> Gathered:
    """`found` with what its rows speak of: the redemption of each receipt and its token,
    and every receipt for a redeemed serial, whoever signed it.
    """
    told = {(row.license, row.serial) for row in found.receipts}
    redemptions = {_place(row): row for row in found.redemptions}
    for license, word in _words_of(told):
        for redemption in catalog.redemptions(session, license=license, word=word):
            if not told.isdisjoint(_serials(redemption)):
                redemptions.setdefault(_place(redemption), redemption)

    spent = {serial for row in redemptions.values() for serial in _serials(row)}
    receipts = {row.digest: row for row in found.receipts}
    for license, word in _words_of(spent):
        for receipt in records.receipts_of(session, license, word * WORD_BITS, WORD_BITS):
            if (receipt.license, receipt.serial) in spent:
                receipts.setdefault(receipt.digest, receipt)

    tokens = {row.digest: row for row in found.tokens}
    for digest in {row.token for row in redemptions.values()} - tokens.keys():
        token = records.token(session, digest)
        if token is not None:
            tokens[digest] = token
    return Gathered(
        found.events,
        [redemptions[place] for place in sorted(redemptions)],
        list(tokens.values()),
        list(receipts.values()),
        found.is_cut,
    )


def _whole(
    events: Sequence[EventRow],
    redemptions: Sequence[RedemptionRow],
    tokens: Sequence[TokenRow],
    receipts: Sequence[ReceiptRow],
) -> Gathered:
    is_cut = any(len(rows) >= MOST_ROWS for rows in (events, redemptions, tokens, receipts))
    return Gathered(events, redemptions, tokens, receipts, is_cut)


def _of_token_or_job(session: Session, subject: Subject) -> Gathered:
    """A token or a file: with every redemption and receipt that belongs to its prints."""
    name = "token" if subject.kind is Kind.TOKEN else "job"
    wanted = {"digest" if subject.kind is Kind.TOKEN else "job": subject.id}
    found = related(
        session,
        _whole(
            (),
            catalog.redemptions(session, MOST_ROWS, **{name: subject.id}),
            records.tokens(session, 0, MOST_ROWS, **wanted),
            records.receipts(session, 0, MOST_ROWS, **{name: subject.id}),
        ),
    )
    return replace(found, events=_events_of(session, found.redemptions))


def _of_variant(session: Session, subject: Subject) -> Gathered:
    """A variant's prints, with what is on chain about its design and its licenses."""
    found = _of_token_or_job(session, subject)
    licenses = (
        catalog.license(session, row.license)
        for row in records.variants(session, MOST_ROWS, job=subject.id)
    )
    about = [event for row in licenses if row is not None for event in _about(session, row)]
    events = {(row.block, row.log_index): row for row in (*about, *found.events)}
    return replace(found, events=list(events.values()))


def _about(session: Session, license: LicenseRow) -> list[EventRow]:
    """What happened to a license and its design, and through whose hands it came; but for
    redemptions.
    """
    above = {row.license for row in ancestors(session, license)}
    return [
        event
        for name in (*_OF_A_DESIGN, *_OF_A_LICENSE)
        for event in catalog.events(session, MOST_ROWS, design=license.design, name=name)
        if event.name in _OF_A_DESIGN or _names(event, license, above)
    ]


def _names(event: EventRow, license: LicenseRow, above: set[int]) -> bool:
    """Whether the event is the license's own, or led to it from those that it was split from."""
    said = json.loads(event.arguments)
    if int(said["license"]) == license.license:
        return True
    if event.name == "LicenseSplit":
        return int(said["sublicense"]) in above | {license.license}
    before = (event.block, event.log_index) < (license.block, license.log_index)
    return event.name in _OF_AN_ANCESTOR and int(said["license"]) in above and before


def _of_license(session: Session, subject: Subject, number: int) -> Gathered:
    license = catalog.license(session, number)
    if license is None:
        raise SubjectNotFound(f"There is no license {number}.", license=number)
    if subject.serial is None:
        redemptions = catalog.redemptions(session, MOST_ROWS, license=number)
        tokens = records.tokens(session, 0, MOST_ROWS, license=number)
        receipts = records.receipts(session, 0, MOST_ROWS, license=number)
    else:
        redemptions, tokens, receipts = _of_serial(session, license, subject.serial)
    found = _whole((), redemptions, tokens, receipts)
    about = [row for row in _about(session, license) if _voids(row, subject.serial)]
    return replace(found, events=[*about, *_events_of(session, redemptions)])


def _voids(event: EventRow, serial: int | None) -> bool:
    """False for the void of other serials than the one that is asked about."""
    if event.name != "PrintsVoided" or serial is None:
        return True
    said = json.loads(event.arguments)
    word, bit = bit_of(serial)
    return said["word"] == word and bool(int(said["serials"]) & bit)


def _of_crisis(session: Session, number: int) -> Gathered:
    """The licenses that were taken in a crisis, and what was printed on them."""
    crisis = crises.crisis(session, number)
    if crisis is None:
        raise SubjectNotFound(f"No crisis {number} was declared.", crisis=number)
    taken = crises.licenses_of(session, MOST_ROWS, crisis=number)
    redemptions: list[RedemptionRow] = []
    tokens: list[TokenRow] = []
    receipts: list[ReceiptRow] = []
    for row in taken:
        redemptions += catalog.redemptions(session, MOST_ROWS, license=row.license)
        tokens += records.tokens(session, 0, MOST_ROWS, license=row.license)
        receipts += records.receipts(session, 0, MOST_ROWS, license=row.license)
        if max(len(redemptions), len(tokens), len(receipts)) >= MOST_ROWS:
            break
    licenses = (catalog.license(session, row.license) for row in taken)
    issued = [
        event
        for row in licenses
        if row is not None
        for event in catalog.events(session, block=row.block, log_index=row.log_index)
    ]
    found = _whole(issued, redemptions, tokens, receipts)
    about = [*events_of(session, crisis), *issued, *_events_of(session, redemptions)]
    return replace(found, events=about)


def _of_serial(
    session: Session, license: LicenseRow, serial: int
) -> tuple[Sequence[RedemptionRow], Sequence[TokenRow], Sequence[ReceiptRow]]:
    number = license.license
    if serial >= license.quota:
        raise SubjectNotFound(
            f"License {number} has the serials 0 to {license.quota - 1}.", license=number
        )
    wanted = {"license": number, "word": serial // WORD_BITS}
    bit = 1 << serial % WORD_BITS
    return (
        [row for row in catalog.redemptions(session, **wanted) if int(row.take, 16) & bit],
        [
            row
            for row in records.tokens(session, 0, MOST_ROWS, **wanted)
            if int(row.serials, 16) & bit
        ],
        records.receipts(session, 0, MOST_ROWS, license=number, serial=serial),
    )


def _events_of(session: Session, redemptions: Iterable[RedemptionRow]) -> list[EventRow]:
    places = dict.fromkeys((row.block, row.log_index) for row in redemptions)
    return [
        event
        for block, log_index in places
        for event in catalog.events(session, block=block, log_index=log_index)
    ]


def _words_of(serials: Iterable[_Serial]) -> set[tuple[int, int]]:
    return {(license, serial // WORD_BITS) for license, serial in serials}


def _serials(row: RedemptionRow) -> list[_Serial]:
    return [(row.license, serial) for serial in serials_of(row.word, int(row.take, 16))]


def _place(row: RedemptionRow) -> tuple[int, int, int]:
    return row.block, row.log_index, row.item
