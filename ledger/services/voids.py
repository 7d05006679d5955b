"""Failed prints: which wait for a decision, and what an issuer signs to void them.

The evidence of a void is one receipt, or one center's word, so one print is voided at a time;
several go into one `batch`. What the service voids without asking is in `voidpolicy`; the rest
is decided by hand: by the design's owner, or by the service's operator.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ledger.errors import EvidenceUnfit
from ledger.models import Address, ContentHash, Digest, Void, bit_of
from ledger.services import voiding
from ledger.services.context import Ledger, Mined
from ledger.services.evidence import Failed
from ledger.services.terms import ToSign
from ledger.services.voiding import CLAIM_SECONDS, MOST_VOIDS
from ledger.signing import TypedData
from ledger.store import log, queue
from ledger.store.tables import PieceRow

SIGNED_SECONDS = 86_400
"""How long a void that an issuer is to sign by hand can be sent."""


@dataclass(frozen=True, slots=True)
class Failures:
    """A license's failed prints that are not voided, and how many more go without asking.

    `pieces` has the queue's piece beside a receipt, by the receipt's token.
    """

    items: list[Failed]
    left: int
    pieces: Mapping[str, PieceRow] = field(default_factory=dict)


def failures(ledger: Ledger, number: int) -> Failures:
    """What waits for a decision. Raises LicenseNotFound."""
    ledger.indexer.catch_up()
    with ledger.database.read() as session:
        row = voiding.license_of(session, number)
        found = voiding.waiting_for_void(session, number)
        beside = {one.receipt.token: queue.piece(session, one.receipt.token) for one in found}
        pieces = {token: piece for token, piece in beside.items() if piece is not None}
        return Failures(found, voiding.left(ledger, session, row), pieces)


def to_sign(
    ledger: Ledger, number: int, sender: Address, evidence: Sequence[Digest]
) -> tuple[list[Failed], ToSign]:
    """What the design's owner or an issuer signs and pays, with the receipts beside it.

    Raises LicenseNotFound, EvidenceUnfit, and what the contract refuses with (NotIssuer).
    """
    chosen = _chosen(ledger, number, evidence)
    call = voiding.call_for(ledger, chosen)
    return chosen, ToSign(ledger.chain.complete(call, sender), _summary(number, chosen))


def message(
    ledger: Ledger, number: int, issuer: Address, evidence: Digest
) -> tuple[Failed, Void, TypedData]:
    """The void of one print that `issuer` signs, for anybody to send. Raises as `to_sign`."""
    (failed,) = _chosen(ledger, number, [evidence])
    word, bit = bit_of(failed.receipt.serial)
    design, deadline = ContentHash.parse(failed.receipt.design), ledger.now() + SIGNED_SECONDS
    void = Void(design, number, word, bit, evidence, issuer, deadline)
    return failed, void, ledger.domain.void(void)


def relayed(ledger: Ledger, void: Void, signature: bytes, sender: Address) -> ToSign:
    """What anybody signs and pays to have a signed void take effect. Raises as `relay`."""
    _require_fit(ledger, void)
    call = ledger.chain.void_prints_by_sig(void, signature)
    summary = f"Void a failed print of license {void.license} for {void.issuer}."
    return ToSign(ledger.chain.complete(call, sender), summary)


def relay(ledger: Ledger, void: Void, signature: bytes) -> Mined:
    """Send a void that an issuer signed; this service pays.

    Raises EvidenceUnfit unless what is kept here shows that this very print failed,
    and what the contract refuses with: SignatureExpired, SignatureSpent, BadSignature,
    NotIssuer, NotVoidable.
    """
    _require_fit(ledger, void)
    mined = ledger.send(ledger.chain.void_prints_by_sig(void, signature))
    ledger.indexer.catch_up()
    return mined


def void_by_hand(ledger: Ledger, number: int, evidence: Sequence[Digest]) -> Mined:
    """Void in this service's own name what its operator decided. Raises as `to_sign`."""
    chosen, now = _chosen(ledger, number, evidence), ledger.now()
    with ledger.database.write() as session:
        log.lock(session)
        busy = queue.claims(session, number, now)
        for one in chosen:
            if one.evidence in busy:
                raise EvidenceUnfit(
                    f"The void on the evidence {one.evidence} is being sent.", receipt=one.evidence
                )
        queue.claim(session, number, [one.evidence for one in chosen], now + CLAIM_SECONDS)
    return voiding.send(ledger, chosen)


def _summary(number: int, chosen: Sequence[Failed]) -> str:
    serials = ", ".join(str(one.receipt.serial) for one in chosen)
    return f"Void the failed prints of license {number} with the serials {serials}."


def _chosen(ledger: Ledger, number: int, evidence: Sequence[Digest]) -> list[Failed]:
    """What this evidence shows, once each. Raises EvidenceUnfit for some that shows nothing."""
    known = {one.evidence: one for one in failures(ledger, number).items}
    wanted = list(dict.fromkeys(str(digest) for digest in evidence))
    for digest in wanted:
        if digest not in known:
            raise EvidenceUnfit(
                f"The receipt or sign-off {digest} shows no failed print of license {number} that "
                f"could be replaced.",
                receipt=digest,
                license=number,
            )
    if not 0 < len(wanted) <= MOST_VOIDS:
        raise EvidenceUnfit(f"One void is for 1 to {MOST_VOIDS} prints, not {len(wanted)}.")
    return [known[digest] for digest in wanted]


def _require_fit(ledger: Ledger, void: Void) -> None:
    """The evidence must be here, and show that this print failed and no other."""
    (failed,) = _chosen(ledger, void.license, [void.evidence])
    row = failed.receipt
    if (str(void.design), (void.word, void.serials)) != (row.design, bit_of(row.serial)):
        raise EvidenceUnfit(
            f"The evidence {failed.evidence} is about serial {row.serial}, and the void is not.",
            receipt=failed.evidence,
            license=void.license,
        )
