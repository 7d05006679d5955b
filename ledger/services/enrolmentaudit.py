"""Whether the log shows that a printer was its center's before anything was signed for it.

What makes a printer a center's is an `Enrolment` that both signed, or the `KeyRotation` by which
the key before it named it. Both are entries of the log, and stand before or behind the tokens
and receipts there: whoever has the log sees what is judged here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ledger.errors import BadSignature, LedgerError, MalformedRequest
from ledger.models import Address, Digest, Enrolment, KeyRotation, PrinterRevocation
from ledger.services.findings import Evidence, Finding, Severity
from ledger.signing import TypedData, parse_signature, require_signer
from ledger.store import Session, log, records
from ledger.store.tables import EnrolmentRow, PrinterRow
from ledger.tokens import Domain

MOST_KEYS = 100
"""Keys of one printer, one named by the other, that are gone back."""
MOST_ENROLMENTS = 20
"""Enrolments of one key that are read: the oldest, as the first one counts."""
_TOKEN, _RECEIPT = "print token", "receipt"


@dataclass(frozen=True, slots=True)
class Statement:
    """What was signed of a printer, as its rows tell it: the entry of the log, if it is one.

    `is_signed` tells whether all have signed whose word it takes; `signature` is the logged one.
    """

    message: TypedData
    digest: str
    signature: str
    is_signed: bool

    @property
    def type(self) -> str:
        """The primary type of the message."""
        return self.message.primary_type


@dataclass(frozen=True, slots=True)
class KeyOrigin:
    """What was signed when one key of a printer came: by its center, and by the key before it."""

    enrolments: Sequence[Statement] = ()
    rotation: Statement | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """A printer, and where its keys come from: the first key first, its own last.

    `end` is its revocation, or that of the key which it was ended with.
    """

    printer: str
    center: str
    keys: Sequence[KeyOrigin]
    end: Statement | None = None

    @property
    def statements(self) -> Iterator[Statement]:
        """All of them."""
        for key in self.keys:
            yield from key.enrolments
            if key.rotation is not None:
                yield key.rotation
        if self.end is not None:
            yield self.end


def origins(domain: Domain, session: Session, printers: Iterable[PrinterRow]) -> list[Origin]:
    """Where these printers come from, each once."""
    rows = {row.printer: row for row in printers}
    return [_origin(domain, session, row) for _, row in sorted(rows.items())]


def enrolment_findings(
    session: Session, evidence: Evidence, found: Sequence[Origin]
) -> list[Finding]:
    """Printers that the log does not show to have been their centers' in time."""
    first = _first_signed(evidence)
    wanted = [statement.digest for one in found for statement in one.statements]
    wanted += [digest for (_, printer), digest in first.items()]
    return list(unproven(found, log.indices(session, wanted), first))


def unproven(
    found: Sequence[Origin], places: Mapping[str, int], first: Mapping[tuple[str, str], str]
) -> Iterator[Finding]:
    """No statement that makes the printer its center's stands before what was signed for it.

    `first` has the digests of the first messages of each sort, by sort and printer; `places`
    tells where in the log messages stand.
    """
    for origin in found:
        since = proven_since(origin.keys, places)
        about = [
            (places[first[sort, origin.printer]], sort)
            for sort in (_TOKEN, _RECEIPT)
            if first.get((sort, origin.printer)) in places
        ]
        index, what = min(about, default=(None, ""))
        if since is None:
            detail = (
                f"No enrolment of the printer {origin.printer} that {origin.center} and it have "
                f"signed is in the log: whose it is, this service alone says. Perhaps it was "
                f"enrolled before enrolments were logged."
            )
        elif index is not None and index < since:
            detail = (
                f"The printer {origin.printer} was enrolled by {origin.center} in entry {since} "
                f"of the log, after the {what} in entry {index}."
            )
        else:
            continue
        where = f"printer {origin.printer}"
        yield Finding("enrolment-unproven", Severity.WARNING, detail, where)


def proven_since(keys: Sequence[KeyOrigin], places: Mapping[str, int]) -> int | None:
    """The entry of the log from which on the last key is proven to be the center's, if any.

    A key that another named is so from that on, if the other one was then.
    """
    since: int | None = None
    for key in keys:
        known = [_place(one, places) for one in key.enrolments]
        named = _place(key.rotation, places)
        if since is not None and named is not None:
            known.append(max(since, named))
        since = min((place for place in known if place is not None), default=None)
    return since


def _place(statement: Statement | None, places: Mapping[str, int]) -> int | None:
    if statement is None or not statement.is_signed:
        return None
    return places.get(statement.digest)


def _first_signed(evidence: Evidence) -> dict[tuple[str, str], str]:
    """The first token for each printer, and its first receipt, of those that are in evidence."""
    found: dict[tuple[str, str], str] = {}
    for token in sorted(evidence.tokens, key=lambda row: row.place):
        found.setdefault((_TOKEN, token.printer), token.digest)
    for receipt in sorted(evidence.receipts, key=lambda row: row.place):
        found.setdefault((_RECEIPT, receipt.printer), receipt.digest)
    return found


def _origin(domain: Domain, session: Session, row: PrinterRow) -> Origin:
    chain = [row]
    while chain[-1].predecessor is not None and len(chain) < MOST_KEYS:
        before = records.printer(session, chain[-1].predecessor)
        if before is None or before.center != row.center:
            break
        chain.append(before)
    keys = [
        KeyOrigin(_enrolments(domain, session, one), _rotation(domain, before, one))
        for one, before in zip(chain, [*chain[1:], None], strict=True)
    ]
    return Origin(row.printer, row.center, keys[::-1], _end(domain, chain))


def _enrolments(domain: Domain, session: Session, row: PrinterRow) -> list[Statement]:
    told = records.enrolments(session, row.printer, MOST_ENROLMENTS)
    found = (_enrolment(domain, one) for one in told if one.center == row.center)
    return [one for one in found if one is not None]


def _enrolment(domain: Domain, row: EnrolmentRow) -> Statement | None:
    center, printer = row.center, row.printer
    try:
        kem_key = Digest.parse(row.kem_key)
        told = Enrolment(Address(center), Address(printer), kem_key, row.name, row.deadline)
        message = domain.enrolment(told)
        by = {center: row.center_signature, printer: row.printer_signature}
        return Statement(message, str(message.digest()), row.center_signature, _all(message, by))
    except (LedgerError, ValueError):  # a changed row may hold anything
        return None


def _rotation(domain: Domain, before: PrinterRow | None, row: PrinterRow) -> Statement | None:
    if before is None or before.successor != row.printer:
        return None
    try:
        old, new = Address(before.printer), Address(row.printer)
        kem_key = Digest.parse(before.next_kem_key)
        times = before.rotated_at or 0, before.rotation_deadline or 0
        message = domain.typed(KeyRotation(old, new, kem_key, *times))
        by = {row.printer: before.successor_signature, before.printer: before.rotation_signature}
        signature = before.rotation_signature
        return Statement(message, str(message.digest()), signature, _all(message, by))
    except (LedgerError, ValueError):  # a changed row may hold anything
        return None


def _end(domain: Domain, chain: Sequence[PrinterRow]) -> Statement | None:
    """The revocation of the first printer; it may name one of those before it, as signed."""
    row, found = chain[0], list[Statement]()
    if row.revoked_since is None:
        return None
    try:
        for one in chain:
            said = Address(one.printer), Address(row.center), row.revoked_reason
            times = row.revoked_since, row.revocation_deadline or 0
            message = domain.typed(PrinterRevocation(*said, *times))
            by = {row.center: row.revocation_signature}
            digest = str(message.digest())
            found.append(Statement(message, digest, by[row.center], _all(message, by)))
    except (LedgerError, ValueError):  # a changed row may hold anything
        return None
    return next((one for one in found if one.is_signed), found[0])


def _all(message: TypedData, signatures: Mapping[str, str]) -> bool:
    """Whether each of these accounts has signed the message."""
    try:
        for account, signature in signatures.items():
            require_signer(message, parse_signature(signature), Address(account))
    except (BadSignature, MalformedRequest):
        return False
    return True
