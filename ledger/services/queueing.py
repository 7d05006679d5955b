"""What a printer asks its center's queue: what next? Answered with a token for one serial."""

from __future__ import annotations

import json
from dataclasses import dataclass

from ledger import rules
from ledger.errors import LedgerError, NotLicensee, Unavailable
from ledger.models import (
    ZERO_DIGEST,
    Address,
    ContentHash,
    Digest,
    NextJob,
    Ticket,
    serials_of,
)
from ledger.services import dispatch, issuing, pieces, standing
from ledger.services.context import Ledger
from ledger.services.dispatch import Holding, Next, OrderState, PieceState
from ledger.signing import require_signer
from ledger.store import Session, catalog, log, queue, records
from ledger.store.tables import OrderRow, PieceRow

TOKEN_SECONDS = 3_600
"""Life of a queue's token: the printer that asks is free, and begins at once."""
NEVER = 2**62
"""`PieceRow.until` of a piece whose token was redeemed: it does not go back by itself."""
_AT_ONCE = 200
"""Dead tokens that one question looks after."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The ticket for the piece of an order; or why there is none: `sign-off`, `nothing`."""

    ticket: Ticket | None
    order: str | None
    why: str = ""


def next_job(ledger: Ledger, asked: NextJob, signature: bytes) -> Answer:
    """What the printer prints next. The same again, while it holds a piece of the queue.

    An order of which nothing can be issued now (its license is over, its serials are all
    given, its design recalled ...) is passed over and says why in `reason`. Raises
    SignatureExpired, BadSignature, PrinterNotEnrolled, PrinterRevoked, PrinterRotated.
    """
    now = ledger.now()
    rules.require_fresh(asked.deadline, now, "question to the queue")
    message = ledger.domain.typed(asked)
    require_signer(message, signature, asked.printer)
    center = standing.require_printer(ledger, asked.printer).center
    ledger.indexer.catch_up()
    with ledger.database.read() as session:
        before = queue.answered(session, str(message.digest()))
    if before is not None:
        return _answer(ledger, before)
    with ledger.database.write() as session:
        log.lock(session)
        _refuse(session, asked, now)
        _lapse(session, now)
        next_ = _decide(session, asked.printer, center, now)
    for order in next_.orders:
        taken = _take(ledger, asked, signature, message.digest(), order, center, now)
        if taken is not None:
            return taken
    if next_.again is not None:
        with ledger.database.read() as session:
            held = queue.piece(session, next_.again)
        if held is not None:
            return _answer(ledger, held)
    return Answer(None, None, next_.why or "nothing")


def _take(
    ledger: Ledger,
    asked: NextJob,
    signature: bytes,
    request: Digest,
    order: str,
    center: str,
    now: int,
) -> Answer | None:
    """Issue for one order; None if that cannot be, or if somebody was quicker."""
    try:
        with ledger.database.read() as session:
            row = queue.order(session, order)
        if row is None:
            return None
        ready = issuing.prepare(ledger, _wanted(ledger, row, asked, request, signature), now)
        with ledger.database.write() as session:
            log.lock(session)
            next_ = _decide(session, asked.printer, center, now)
            if next_.again is not None:  # the same printer asked twice at once
                held = queue.piece(session, next_.again)
            elif order in next_.orders:
                (token,) = issuing.promise(ledger, session, ready)
                (serial,) = serials_of(token.word, int(token.serials, 16))
                held = queue.add(
                    session,
                    PieceRow(
                        token=token.digest,
                        place=0,
                        order=order,
                        printer=asked.printer,
                        license=token.license,
                        serial=serial,
                        state=PieceState.GIVEN.value,
                        request=str(request),
                        nonce=str(asked.nonce),
                        refused=str(asked.refused),
                        deadline=asked.deadline,
                        signature="0x" + signature.hex(),
                        given_at=now,
                        until=token.redeemable_until,
                    ),
                )
                _note(session, order, "")
            else:
                return None
        return None if held is None else _answer(ledger, held)
    except Unavailable:
        raise
    except LedgerError as error:
        with ledger.database.write() as session:
            _note(session, order, type(error).__name__)
        return None


def _wanted(
    ledger: Ledger, row: OrderRow, asked: NextJob, request: Digest, signature: bytes
) -> issuing.Order:
    """Raises LicenseNotFound, or NotLicensee once the license is somebody else's."""
    license = ledger.chain.license(ContentHash.parse(row.design), row.license)
    if license.licensee != row.center:
        raise NotLicensee(f"License {row.license} is {license.licensee}'s now.")
    job = Digest.parse(str(json.loads(row.signed)["job"]))
    return issuing.Order(license, asked.printer, 1, TOKEN_SECONDS, job, request, signature)


def _decide(session: Session, printer: Address, center: str, now: int) -> Next:
    states = (PieceState.GIVEN.value, PieceState.HELD.value)
    holdings = [
        Holding(one.token, one.order, PieceState(one.state))
        for one in queue.pieces_in(session, states, printer=printer)
        if not _ran_out(session, one, now)
    ]
    rows = queue.standing(session, center, [OrderState.OPEN.value], now)
    return dispatch.decide(printer, now, holdings, (_seen(session, row) for row in rows))


def _seen(session: Session, row: OrderRow) -> dispatch.Order:
    said = json.loads(row.signed)
    refused = queue.refusers(session, row.digest)
    return dispatch.Order(
        digest=row.digest,
        state=OrderState(row.state),
        printers=frozenset(said["printers"]),
        quantity=row.quantity,
        retries=row.retries,
        until=row.until,
        done=row.done,
        failed=row.failed,
        out=pieces.out(session, row),
        refused_by=refused,
    )


def _ran_out(session: Session, piece: PieceRow, now: int) -> bool:
    """Whether nothing may be begun on a piece's token any more, and nothing was.

    Its serial is another's only when the chain takes it no more, so the piece stays out.
    """
    if piece.state != PieceState.GIVEN:
        return False
    token = records.token(session, piece.token)
    over = token is not None and token.deadline <= now
    return over and not catalog.redemptions(session, 1, token=piece.token)


def _refuse(session: Session, asked: NextJob, now: int) -> None:
    """The gate will not print what it was given, and has not spent its serial.

    That a token ran out meanwhile says nothing against its printer: such a piece lapses.
    """
    if asked.refused == ZERO_DIGEST:
        return
    piece = queue.piece(session, str(asked.refused))
    if piece is None or piece.printer != asked.printer or piece.state != PieceState.GIVEN:
        return
    if _ran_out(session, piece, now):
        return
    if not catalog.redemptions(session, 1, token=piece.token):
        piece.state, piece.unfit = PieceState.REFUSED.value, True
        session.add(piece)
        session.flush()


def _lapse(session: Session, now: int) -> None:
    """Tokens that died: unprinted ones go back, and redeemed ones wait for their receipt."""
    states = (PieceState.GIVEN.value, PieceState.REFUSED.value)
    for piece in queue.due(session, states, now, _AT_ONCE):
        if catalog.redemptions(session, 1, token=piece.token):
            piece.until = NEVER
            session.add(piece)
        else:
            pieces.lapse(session, piece, now)


def _note(session: Session, order: str, reason: str) -> None:
    row = queue.order(session, order)
    if row is not None and row.reason != reason:
        row.reason = reason
        session.add(row)


def _answer(ledger: Ledger, piece: PieceRow) -> Answer:
    row = issuing.find_token(ledger, Digest.parse(piece.token))
    return Answer(issuing.ticket(ledger, row), piece.order)
