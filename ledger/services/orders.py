"""A center's queue: orders come in, are changed and signed off, and hear how pieces went."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledger import rules
from ledger.errors import (
    Conflict,
    MalformedRequest,
    OrderNotFound,
    TokenNotFound,
)
from ledger.models import Address, Digest, OrderAction, OrderChange, Outcome, PrintOrder, SignOff
from ledger.services import pieces, standing, voidpolicy
from ledger.services.context import Ledger
from ledger.services.dispatch import OrderState, PieceState, neighbours
from ledger.signing import TypedData, require_signer
from ledger.store import Session, catalog, log, queue
from ledger.store.tables import OrderRow, PieceRow, ReceiptRow, StartRow, StatementRow

MOST_PIECES = 1_000_000
MOST_PRINTERS = 64
MOST_STANDING = 200
"""Orders of one center that are not over: each question of a printer looks at all of them."""
MOST_TOLD = 500
"""Pieces, and statements, that one answer tells of an order: the newest."""
MOST_NOTE = 200
"""Characters in the note of a sign-off."""
_STANDING = (OrderState.OPEN.value, OrderState.PAUSED.value, OrderState.WAITING.value)


@dataclass(frozen=True, slots=True)
class Whole:
    """An order with its newest pieces and what was signed about it last; `older` are left out."""

    order: OrderRow
    pieces: Sequence[PieceRow]
    statements: Sequence[StatementRow]
    receipts: Mapping[str, ReceiptRow]
    started: Mapping[str, int]
    """When the prints of its pieces began, by token, as far as their printers said so."""
    older: int = 0


def add(ledger: Ledger, order: PrintOrder, signature: bytes) -> tuple[OrderRow, bool]:
    """Put an order behind the others of its center; the row, and whether it is new.

    Raises SignatureExpired, MalformedRequest, LicenseNotFound, BadSignature (not the
    licensee's), LicenseExpired, LicenseRevoked, Conflict if too many of the center's orders
    stand, or PrinterNotEnrolled and its like for a printer that it names.
    """
    now = ledger.now()
    rules.require_fresh(order.deadline, now, "print order")
    _require_sound(order, now)
    license = ledger.chain.license(order.design, order.license)
    message = ledger.domain.typed(order)
    require_signer(message, signature, license.licensee)
    rules.require_printable(license, now)
    with ledger.database.write() as session:
        log.lock(session)
        present = queue.order(session, str(message.digest()))
        if present is not None:
            return present, False
        if len(queue.standing(session, license.licensee, _STANDING, now)) >= MOST_STANDING:
            raise Conflict(
                f"{license.licensee} has {MOST_STANDING} orders that are not over. End one first.",
                center=license.licensee,
            )
        for printer in order.printers:
            standing.require_printer(session, printer, license.licensee)
        row = OrderRow(
            digest=str(message.digest()),
            place=0,
            rank=queue.last_rank(session, license.licensee) + 1,
            center=license.licensee,
            design=str(order.design),
            license=order.license,
            quantity=order.quantity,
            retries=order.retries,
            until=order.until,
            sign_off=order.sign_off,
            state=OrderState.OPEN.value,
            signed=_text(message),
            signature="0x" + signature.hex(),
            received_at=now,
        )
        log.append(session, message, signature)
        queue.add(session, row)
        pieces.tell(session, row, row.digest, now)
        return row, True


def change(ledger: Ledger, wanted: OrderChange, signature: bytes) -> OrderRow:
    """Take the center's decision; a repeat of it changes nothing more.

    Raises SignatureExpired, MalformedRequest, OrderNotFound, BadSignature, or Conflict for
    what cannot be done with the order as it stands.
    """
    now = ledger.now()
    rules.require_fresh(wanted.deadline, now, "change of an order")
    message = ledger.domain.typed(wanted)
    with ledger.database.write() as session:
        log.lock(session)
        row = _found(session, wanted.order)
        require_signer(message, signature, Address(row.center))
        if queue.statement(session, str(message.digest())) is not None:
            return row
        _apply(session, row, wanted)
        _keep(session, row, message, signature, now)
        pieces.settle(session, row, str(message.digest()), now)
        return row


def sign_off(ledger: Ledger, said: SignOff, signature: bytes) -> PieceRow:
    """Take the center's word that a plate is clear; a repeat of it changes nothing more.

    A piece is good if its printer and its center both say so. One that was redeemed and never
    reported can be signed off too: its printer may be lost. Raises as `change`, and
    TokenNotFound for a token that is none of the order's.
    """
    now = ledger.now()
    rules.require_fresh(said.deadline, now, "sign-off")
    if len(said.note) > MOST_NOTE or not (said.note.isprintable()):
        raise MalformedRequest(f"A note has at most {MOST_NOTE} printable characters.")
    message = ledger.domain.typed(said)
    ledger.indexer.catch_up()
    with ledger.database.write() as session:
        log.lock(session)
        row = _found(session, said.order)
        require_signer(message, signature, Address(row.center))
        piece = queue.piece(session, str(said.token))
        if piece is None or piece.order != row.digest:
            raise TokenNotFound(f"The order has no piece of the token {said.token}.")
        if queue.statement(session, str(message.digest())) is not None:
            return piece
        _require_finished(session, piece)
        receipt = pieces.receipt_of(session, piece)
        fine = receipt is None or receipt.outcome == Outcome.DONE
        good = said.accepted and fine
        piece.state = (PieceState.DONE if good else PieceState.FAILED).value
        piece.accepted = said.accepted
        session.add(piece)
        if good:
            row.done += 1
        elif fine:  # what the printer itself called failed was counted when it said so
            row.failed += 1
        if not said.accepted and receipt is not None and fine:
            voidpolicy.note_failure(session, row.license, now)
        _keep(session, row, message, signature, now)
        pieces.settle(session, row, str(message.digest()), now)
        return piece


def find(ledger: Ledger, digest: Digest) -> Whole:
    """An order with its evidence. Raises OrderNotFound."""
    with ledger.database.read() as session:
        row = _found(session, digest)
        mine = queue.newest_pieces(session, row.digest, MOST_TOLD)
        older = queue.count_pieces(session, row.digest) - len(mine)
        found = {one.token: pieces.receipt_of(session, one) for one in mine}
        receipts = {token: receipt for token, receipt in found.items() if receipt is not None}
        said = ((one, session.get(StartRow, (one.token, one.serial))) for one in mine)
        started = {one.token: start.started for one, start in said if start is not None}
        last = queue.statements(session, row.digest, MOST_TOLD)
        return Whole(row, mine, last, receipts, started, older)


def require_named(named: Digest, meant: Digest) -> None:
    """Raise MalformedRequest if a statement is about another order than it was sent to."""
    if named != meant:
        raise MalformedRequest(f"This is about the order {meant}, not {named}.")


def _found(session: Session, digest: Digest) -> OrderRow:
    row = queue.order(session, str(digest))
    if row is None:
        raise OrderNotFound(f"There is no print order {digest}.", order=str(digest))
    return row


def _require_sound(order: PrintOrder, now: int) -> None:
    if not 0 < order.quantity <= MOST_PIECES or order.retries > MOST_PIECES:
        raise MalformedRequest(f"An order is for 1 to {MOST_PIECES} pieces.")
    if len(order.printers) > MOST_PRINTERS or len(set(order.printers)) < len(order.printers):
        raise MalformedRequest(f"An order names at most {MOST_PRINTERS} printers, each once.")
    if order.until <= now:
        raise MalformedRequest(f"The order ended at {order.until}; it is {now}.")


def _require_finished(session: Session, piece: PieceRow) -> None:
    if piece.state == PieceState.HELD:
        return
    if piece.state in (PieceState.GIVEN, PieceState.REFUSED) and catalog.redemptions(
        session, 1, token=piece.token
    ):
        return
    raise Conflict(
        f"The piece of the token {piece.token} is {piece.state}: there is nothing to sign off.",
        token=piece.token,
        state=piece.state,
    )


def _apply(session: Session, row: OrderRow, wanted: OrderChange) -> None:
    """Raises Conflict or MalformedRequest."""
    action, state = wanted.action, OrderState(row.state)
    if state is OrderState.CANCELLED or (
        state is OrderState.DONE and action is not OrderAction.QUANTITY
    ):
        raise Conflict(f"The order is {state}.", order=row.digest, state=state.value)
    match action:
        case OrderAction.PAUSE:
            row.state = OrderState.PAUSED.value
        case OrderAction.RESUME:
            row.state = OrderState.OPEN.value
        case OrderAction.CANCEL:
            row.state = OrderState.CANCELLED.value
        case OrderAction.RETRY:
            _require(0 < wanted.value <= MOST_PIECES, "Say how many more may fail: 1 at least.")
            row.retries, row.state = row.failed + wanted.value - 1, OrderState.OPEN.value
        case OrderAction.QUANTITY:
            least = row.done + pieces.out(session, row)
            _require(
                max(least, 1) <= wanted.value <= MOST_PIECES,
                f"{least} pieces are made or under way: the quantity can be that, or greater.",
            )
            row.quantity = wanted.value
        case OrderAction.UP | OrderAction.DOWN:
            _move(session, row, -1 if action is OrderAction.UP else 1)
    session.add(row)


def _move(session: Session, row: OrderRow, step: int) -> None:
    rows = {one.digest: one for one in queue.standing(session, row.center, _STANDING)}
    pair = [rows[digest] for digest in neighbours(list(rows), row.digest, step)]
    if pair:
        pair[0].rank, pair[1].rank = pair[1].rank, pair[0].rank
        session.add_all(pair)


def _keep(session: Session, row: OrderRow, message: TypedData, signature: bytes, now: int) -> None:
    log.append(session, message, signature)
    queue.add(
        session,
        StatementRow(
            digest=str(message.digest()),
            place=0,
            order=row.digest,
            kind=message.primary_type,
            message=_text(message),
            signature="0x" + signature.hex(),
            received_at=now,
        ),
    )


def _text(message: TypedData) -> str:
    return json.dumps(dict(message.message), sort_keys=True)


def _require(condition: bool, otherwise: str) -> None:  # noqa: FBT001 - it is the sentence's verb
    if not condition:
        raise MalformedRequest(otherwise)
