"""Failed prints: which wait for a decision, what an issuer signs, what is voided without asking.

The evidence of a void is one receipt, so one print is voided at a time; several go into one
`batch`. This service voids by itself up to a share of each license (`void_share`), and the
rest is decided by hand: by the design's owner, or by the service's operator.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ledger import rules
from ledger.errors import EvidenceUnfit, LicenseNotFound, MalformedRequest
from ledger.models import WORD_BITS, Address, ContentHash, Digest, Void, bit_of
from ledger.services import telling
from ledger.services.context import Call, Ledger, Mined
from ledger.services.evidence import waiting
from ledger.services.terms import ToSign
from ledger.signing import TypedData
from ledger.store import Session, catalog, life, log, queue
from ledger.store.tables import LicenseRow, PieceRow, ReceiptRow, VoidShareRow

SIGNED_SECONDS = 86_400
"""How long a void that an issuer is to sign by hand can be sent."""
MOST_VOIDS = 100
"""Voids in one transaction: each costs some 60,000 gas, and a block must hold them."""

CLAIM_SECONDS = 600
"""For so long a void that is being sent is left alone by every other process."""


@dataclass(frozen=True, slots=True)
class Failures:
    """A license's failed prints that are not voided, and how many more go without asking.

    `pieces` has the queue's piece beside a receipt, by the receipt's token.
    """

    receipts: list[ReceiptRow]
    left: int
    pieces: Mapping[str, PieceRow] = field(default_factory=dict)


def failures(ledger: Ledger, number: int) -> Failures:
    """What waits for a decision. Raises LicenseNotFound."""
    ledger.indexer.catch_up()
    with ledger.database.read() as session:
        row = _license(session, number)
        found = _waiting(session, number)
        beside = {one.token: queue.piece(session, one.token) for one in found}
        pieces = {token: piece for token, piece in beside.items() if piece is not None}
        return Failures(found, _left(ledger, session, row), pieces)


def to_sign(
    ledger: Ledger, number: int, sender: Address, receipts: Sequence[Digest]
) -> tuple[list[ReceiptRow], ToSign]:
    """What the design's owner or an issuer signs and pays, with the receipts beside it.

    Raises LicenseNotFound, EvidenceUnfit, and what the contract refuses with (NotIssuer).
    """
    chosen = _chosen(ledger, number, receipts)
    call = _call(ledger, chosen)
    return chosen, ToSign(ledger.chain.complete(call, sender), _summary(number, chosen))


def message(
    ledger: Ledger, number: int, issuer: Address, receipt: Digest
) -> tuple[ReceiptRow, Void, TypedData]:
    """The void of one print that `issuer` signs, for anybody to send. Raises as `to_sign`."""
    (row,) = _chosen(ledger, number, [receipt])
    word, bit = bit_of(row.serial)
    design, deadline = ContentHash.parse(row.design), ledger.now() + SIGNED_SECONDS
    void = Void(design, number, word, bit, receipt, issuer, deadline)
    return row, void, ledger.domain.void(void)


def relayed(ledger: Ledger, void: Void, signature: bytes, sender: Address) -> ToSign:
    """What anybody signs and pays to have a signed void take effect. Raises as `relay`."""
    _require_fit(ledger, void)
    call = ledger.chain.void_prints_by_sig(void, signature)
    summary = f"Void a failed print of license {void.license} for {void.issuer}."
    return ToSign(ledger.chain.complete(call, sender), summary)


def relay(ledger: Ledger, void: Void, signature: bytes) -> Mined:
    """Send a void that an issuer signed; this service pays.

    Raises EvidenceUnfit unless a receipt that is kept here shows that this very print failed,
    and what the contract refuses with: SignatureExpired, SignatureSpent, BadSignature,
    NotIssuer, NotVoidable.
    """
    _require_fit(ledger, void)
    mined = ledger.send(ledger.chain.void_prints_by_sig(void, signature))
    ledger.indexer.catch_up()
    return mined


def void_by_share(ledger: Ledger, number: int) -> Mined | None:
    """Void what failed as far as the share goes, the oldest report first; None if that is nothing.

    Raises what the contract refuses with, NotIssuer above all.
    """
    ledger.indexer.catch_up()
    now = ledger.now()
    with ledger.database.write() as session:
        log.lock(session)  # two processes must not both find the last void of the share free
        row = _license(session, number)
        busy = queue.claims(session, number, now)
        due = [one for one in _waiting(session, number) if one.digest not in busy]
        left = max(_left(ledger, session, row) - len(busy), 0)
        chosen = due[: min(left, MOST_VOIDS)]
        queue.claim(session, number, [one.digest for one in chosen], now + CLAIM_SECONDS)
        for one in due[len(chosen) :]:
            telling.void_waiting(session, one, now)
    return _send(ledger, chosen) if chosen else None


def choose_share(ledger: Ledger, subject: ContentHash | int, share: int) -> None:
    """The operator's choice for one design, or for one license, which goes before its design's.

    `share` in basis points. Raises MalformedRequest.
    """
    if not 0 <= share <= rules.BASIS_POINTS:
        raise MalformedRequest(f"A share is 0 to {rules.BASIS_POINTS} basis points.")
    with ledger.database.write() as session:
        session.merge(VoidShareRow(subject=str(subject), share=share, chosen_at=ledger.now()))


def void_by_hand(ledger: Ledger, number: int, receipts: Sequence[Digest]) -> Mined:
    """Void in this service's own name what its operator decided. Raises as `to_sign`."""
    chosen, now = _chosen(ledger, number, receipts), ledger.now()
    with ledger.database.write() as session:
        log.lock(session)
        busy = queue.claims(session, number, now)
        for one in chosen:
            if one.digest in busy:
                raise EvidenceUnfit(
                    f"The void of the receipt {one.digest} is being sent.", receipt=one.digest
                )
        queue.claim(session, number, [one.digest for one in chosen], now + CLAIM_SECONDS)
    return _send(ledger, chosen)


def _send(ledger: Ledger, receipts: Sequence[ReceiptRow]) -> Mined:
    try:
        mined = ledger.send(_call(ledger, receipts))
        ledger.indexer.catch_up()
    finally:
        with ledger.database.write() as session:
            queue.unclaim(session, [row.digest for row in receipts])
    return mined


def _call(ledger: Ledger, receipts: Sequence[ReceiptRow]) -> Call:
    """One void, or a batch of them that does all or nothing."""
    calls = [
        ledger.chain.void_prints(
            ContentHash.parse(row.design),
            row.license,
            *bit_of(row.serial),
            Digest.parse(row.digest),
        )
        for row in receipts
    ]
    return calls[0] if len(calls) == 1 else ledger.chain.batch(calls, all_or_nothing=True)


def _summary(number: int, receipts: Sequence[ReceiptRow]) -> str:
    serials = ", ".join(str(row.serial) for row in receipts)
    return f"Void the failed prints of license {number} with the serials {serials}."


def _chosen(ledger: Ledger, number: int, receipts: Sequence[Digest]) -> list[ReceiptRow]:
    """The named receipts, once each. Raises EvidenceUnfit if one is none that waits."""
    known = {row.digest: row for row in failures(ledger, number).receipts}
    wanted = list(dict.fromkeys(str(digest) for digest in receipts))
    for digest in wanted:
        if digest not in known:
            raise EvidenceUnfit(
                f"The receipt {digest} shows no failed print of license {number} that could be "
                f"replaced.",
                receipt=digest,
                license=number,
            )
    if not 0 < len(wanted) <= MOST_VOIDS:
        raise EvidenceUnfit(f"One void is for 1 to {MOST_VOIDS} receipts, not {len(wanted)}.")
    return [known[digest] for digest in wanted]


def _require_fit(ledger: Ledger, void: Void) -> None:
    """The evidence must be here, and show that this print failed and no other."""
    (row,) = _chosen(ledger, void.license, [void.evidence])
    if (str(void.design), (void.word, void.serials)) != (row.design, bit_of(row.serial)):
        raise EvidenceUnfit(
            f"The receipt {row.digest} is about serial {row.serial}, and the void is not.",
            receipt=row.digest,
            license=void.license,
        )


def _waiting(session: Session, number: int) -> list[ReceiptRow]:
    receipts = life.failed_receipts(session, number)
    words = {row.serial // WORD_BITS for row in receipts}
    redemptions = [
        row for word in words for row in catalog.redemptions(session, license=number, word=word)
    ]
    return waiting(receipts, redemptions, life.voided_words(session, number))


def _left(ledger: Ledger, session: Session, row: LicenseRow) -> int:
    share = queue.void_share(session, row.license, row.design, ledger.void_share)
    return rules.voids_left(row.quota, row.voided, share)


def _license(session: Session, number: int) -> LicenseRow:
    row = catalog.license(session, number)
    if row is None:
        raise LicenseNotFound(f"There is no license {number}.", license=number)
    return row
