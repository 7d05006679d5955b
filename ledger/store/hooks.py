"""The outbox of webhooks: written in the transaction of what it tells of, read by who delivers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import delete, exists, func, tuple_, update
from sqlmodel import Session, col, select

from ledger.errors import JsonScalar
from ledger.store.hooktables import DeliveryRow, HookCursorRow, WebhookRow


class Event(StrEnum):
    """Kinds of events; docs/webhooks.md says what each one carries."""

    TOKEN_ISSUED = "token.issued"
    TOKEN_REDEEMED = "token.redeemed"
    PRINT_STARTED = "print.started"
    RECEIPT_DONE = "receipt.done"
    RECEIPT_FAILED = "receipt.failed"
    RECEIPT_CANCELLED = "receipt.cancelled"
    RECEIPT_INTERRUPTED = "receipt.interrupted"
    ORDER_STATE = "order.state"
    SIGN_OFF_WANTED = "order.sign-off-wanted"
    VOID_WAITING = "void.waiting"
    VOID_DONE = "void.done"
    PRINTER_REVOKED = "printer.revoked"
    JOURNAL_HANDED_IN = "journal.handed-in"
    JOURNAL_FINDING = "journal.finding"
    TEST = "webhook.test"


class HookState(StrEnum):
    """Whether a webhook gets anything."""

    ACTIVE = "active"
    REMOVED = "removed"
    GONE = "gone"
    """Its receiver answered 410."""


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    GIVEN_UP = "given-up"
    ENDED = "ended"
    """Its webhook ended before it was delivered."""


AT_REST = tuple(state.value for state in DeliveryState if state is not DeliveryState.PENDING)
"""Where nothing becomes of a delivery any more."""


def emit(
    session: Session,
    kind: Event,
    subject: str,
    parties: Collection[str],
    facts: Mapping[str, JsonScalar],
    now: int,
) -> None:
    """Put an event into the outbox of every webhook that one of `parties` has for it.

    `subject` tells events of one kind apart: the same again changes nothing. The caller's
    transaction decides whether it happened.
    """
    query = select(WebhookRow).where(
        col(WebhookRow.owner).in_(sorted(set(parties))),
        col(WebhookRow.state) == HookState.ACTIVE.value,
        col(WebhookRow.added_at) <= now,  # nobody hears of what was before
    )
    for hook in session.exec(query).all():
        if not hook.events or kind in hook.events.split(","):
            put(session, hook.id, kind, subject, facts, now)


def put(
    session: Session,
    webhook: str,
    kind: Event,
    subject: str,
    facts: Mapping[str, JsonScalar],
    now: int,
) -> DeliveryRow:
    """The delivery of one event to one webhook; the one that is there already, if it is."""
    event = "evt_" + hashlib.sha256(f"{kind}\0{subject}".encode()).hexdigest()[:40]
    present = session.get(DeliveryRow, (webhook, event))
    if present is not None:
        return present
    at = datetime.fromtimestamp(now, UTC).isoformat().replace("+00:00", "Z")
    body = json.dumps({"type": kind.value, "timestamp": at, "data": dict(facts)}, sort_keys=True)
    last = session.exec(select(func.max(DeliveryRow.place))).one()
    row = DeliveryRow(
        webhook=webhook,
        event=event,
        place=(last or 0) + 1,
        kind=kind.value,
        body=body,
        state=DeliveryState.PENDING.value,
        created_at=now,
        due_at=0,  # at once, whoever's clock is ahead
    )
    session.add(row)
    session.flush()
    return row


def webhook(session: Session, id_: str) -> WebhookRow | None:
    """A webhook by its id."""
    return session.get(WebhookRow, id_)


def listening(session: Session) -> bool:
    """Whether there is any webhook to deliver to."""
    query = select(WebhookRow.id).where(col(WebhookRow.state) == HookState.ACTIVE.value)
    return session.exec(query.limit(1)).first() is not None


def skip_to(session: Session, block: int) -> None:
    """Leave out what the chain told before `block`: nobody listened."""
    row = cursor(session)
    row.block = max(row.block, block)
    session.add(row)


def webhooks(session: Session, owner: str) -> Sequence[WebhookRow]:
    """The webhooks of an owner, the oldest first."""
    query = select(WebhookRow).where(col(WebhookRow.owner) == owner)
    return session.exec(query.order_by(col(WebhookRow.added_at), col(WebhookRow.id))).all()


def deliveries(session: Session, webhook_: str, limit: int) -> Sequence[DeliveryRow]:
    """What was or will be delivered to a webhook, the newest first."""
    query = select(DeliveryRow).where(col(DeliveryRow.webhook) == webhook_)
    return session.exec(query.order_by(col(DeliveryRow.place).desc()).limit(limit)).all()


def due(session: Session, now: int, limit: int) -> Sequence[str]:
    """Webhooks with a delivery whose time has come, the longest due first."""
    query = select(DeliveryRow.webhook).where(
        col(DeliveryRow.state) == DeliveryState.PENDING.value, col(DeliveryRow.due_at) <= now
    )
    query = query.group_by(col(DeliveryRow.webhook)).order_by(
        func.min(DeliveryRow.due_at), func.min(DeliveryRow.place)
    )
    return session.exec(query.limit(limit)).all()


def lock(session: Session, id_: str) -> WebhookRow | None:
    """An active webhook, for this transaction alone."""
    query = select(WebhookRow).where(
        col(WebhookRow.id) == id_, col(WebhookRow.state) == HookState.ACTIVE.value
    )
    return session.exec(query.with_for_update()).first()


def pending(
    session: Session, webhook_: str, limit: int, kind: Event | None = None
) -> Sequence[DeliveryRow]:
    """What is still to be delivered to a webhook, of one kind if named, the oldest first."""
    query = select(DeliveryRow).where(
        col(DeliveryRow.webhook) == webhook_,
        col(DeliveryRow.state) == DeliveryState.PENDING.value,
    )
    if kind is not None:
        query = query.where(col(DeliveryRow.kind) == kind.value)
    return session.exec(query.order_by(col(DeliveryRow.place)).limit(limit)).all()


def older(session: Session, webhook_: str, created_at: int) -> Sequence[DeliveryRow]:
    """What is still to be delivered to a webhook, and is older than that."""
    query = select(DeliveryRow).where(
        col(DeliveryRow.webhook) == webhook_,
        col(DeliveryRow.state) == DeliveryState.PENDING.value,
        col(DeliveryRow.created_at) < created_at,
    )
    return session.exec(query).all()


def postpone(session: Session, webhook_: str, due_at: int) -> None:
    """Nothing is delivered to a webhook before `due_at`, and then it is."""
    session.exec(
        update(DeliveryRow)
        .where(
            col(DeliveryRow.webhook) == webhook_,
            col(DeliveryRow.state) == DeliveryState.PENDING.value,
        )
        .values(due_at=due_at)
        .execution_options(synchronize_session=False)
    )


def counts(session: Session, webhook_: str) -> dict[str, int]:
    """How many deliveries of a webhook stand where."""
    query = (
        select(DeliveryRow.state, func.count())
        .where(col(DeliveryRow.webhook) == webhook_)
        .group_by(col(DeliveryRow.state))
    )
    return {state: int(number) for state, number in session.exec(query).all()}


def end(session: Session, hook: WebhookRow, state: HookState, now: int) -> None:
    """End a webhook, and with it what was still to be delivered there: at rest since `now`."""
    hook.state, hook.ended_at = state.value, now
    session.add(hook)
    query = select(DeliveryRow).where(
        col(DeliveryRow.webhook) == hook.id,
        col(DeliveryRow.state) == DeliveryState.PENDING.value,
    )
    for row in session.exec(query).all():
        row.state, row.due_at = DeliveryState.ENDED.value, now
        session.add(row)


def at_rest(session: Session, before: int, limit: int) -> list[tuple[str, str]]:
    """Webhook and event of deliveries that came to rest, and tell of what was, before that time."""
    found: list[tuple[str, str]] = []
    for state in AT_REST:  # one after the other: so each is read along the index
        query = select(DeliveryRow.webhook, DeliveryRow.event).where(
            col(DeliveryRow.state) == state,
            col(DeliveryRow.due_at) < before,
            col(DeliveryRow.created_at) < before,
        )
        query = query.order_by(col(DeliveryRow.due_at)).limit(limit - len(found))
        found += [(webhook_, event) for webhook_, event in session.exec(query).all()]
    return found


def forget(session: Session, deliveries_: Collection[tuple[str, str]]) -> int:
    """Take these deliveries away, those that are at rest; how many."""
    named = tuple_(col(DeliveryRow.webhook), col(DeliveryRow.event)).in_(list(deliveries_))
    query = delete(DeliveryRow).where(named, col(DeliveryRow.state).in_(AT_REST))
    return session.exec(query.execution_options(synchronize_session=False)).rowcount


def over(session: Session, before: int, limit: int) -> Sequence[str]:
    """Webhooks that ended before that time, of whose deliveries none is left."""
    query = select(WebhookRow.id).where(
        col(WebhookRow.state) != HookState.ACTIVE.value,
        col(WebhookRow.ended_at) < before,
        ~exists().where(col(DeliveryRow.webhook) == col(WebhookRow.id)),
    )
    return session.exec(query.limit(limit)).all()


def forget_webhooks(session: Session, ids: Collection[str]) -> None:
    """Take webhooks away that are over."""
    query = delete(WebhookRow).where(col(WebhookRow.id).in_(ids))
    session.exec(query.execution_options(synchronize_session=False))


def cursor(session: Session) -> HookCursorRow:
    """How far the chain's events are in the outbox; locked until the transaction ends."""
    row = session.exec(select(HookCursorRow).with_for_update()).first()
    return row or session.merge(HookCursorRow(block=0))
