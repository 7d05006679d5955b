"""Deliver what the outbox of webhooks holds: each receiver in its order, several at once.

An event is delivered at least once, in the form of Standard Webhooks
(https://www.standardwebhooks.com): `webhook-id` stays the same however often it is sent, and
`webhook-signature` is HMAC-SHA256 over id, time and body. What fails is tried again ever
later, and holds up what comes after it for the same receiver, and for no other.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import structlog

from ledger import vault
from ledger.models import ContentHash
from ledger.services import telling
from ledger.services.context import Ledger
from ledger.store import Session, hooks
from ledger.store.hooks import DeliveryState, HookState
from ledger.store.tables import DeliveryRow, WebhookRow

FIRST_WAIT_SECONDS = 5
LONGEST_WAIT_SECONDS = 6 * 3_600
GIVE_UP_SECONDS = 3 * 86_400
MOST_REFUSALS = 10
"""So often an event is sent to a receiver that answers, and does not want it."""
CLAIM_SECONDS = 120
"""For so long a webhook that is being delivered to is left alone by other processes."""
LOT_SECONDS = 60
"""After that no further event of a lot is sent: a claim must outlive the last one."""
_GONE = 410
_COME_BACK = (408, 425, 429)
"""Answers of the fours that are about the time, and not about the event."""
_AT_ONCE = 20
_FORGOTTEN_AT_ONCE = 500
"""More than are delivered between two steps: what is kept does not grow for ever."""
_NOT_TRIED = "not tried: nothing was taken here for too long"

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is sent: a POST of `body` to `url` with these headers, which hold no secret."""

    url: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Result:
    """The receiver's status; or None, and what went wrong before it answered."""

    status: int | None
    trouble: str = ""

    @property
    def good(self) -> bool:
        """Whether the receiver has it."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        """Whether the receiver answered, and does not want this event."""
        return (
            self.status is not None and 400 <= self.status < 500 and self.status not in _COME_BACK
        )


Sender = Callable[[Parcel], Result]
"""Sends one parcel, in bounded time; raises nothing. `ledger.client.hooksender` has one."""


@dataclass(frozen=True, slots=True)
class Lot:
    """The next deliveries of one webhook, in their order, claimed for whoever holds this."""

    hook: WebhookRow
    rows: Sequence[DeliveryRow]
    claimed_at: int


def claim(ledger: Ledger, most: int, busy: Collection[str] = ()) -> list[Lot]:
    """At most so many lots to deliver now; none of the webhooks whose ids are `busy`.

    A webhook is due when its oldest delivery is: the rest waits for that one.
    """
    now = ledger.clock()
    with ledger.database.read() as session:
        found = hooks.due(session, now, most + len(busy))
    due = [one for one in found if one not in busy][:most]
    if not due:
        return []
    with ledger.database.write() as session:
        lots = (_claim(session, one, now) for one in due)
        return [lot for lot in lots if lot is not None]


def deliver_lot(
    ledger: Ledger, send: Sender, lot: Lot, stopping: Callable[[], bool] = lambda: False
) -> int:
    """Send a lot, in its order, up to the first failure; how many were delivered.

    A receiver that answers 410 ends its webhook.
    """
    done = 0
    for row in lot.rows:
        at = ledger.clock()
        if stopping() or at - lot.claimed_at >= LOT_SECONDS:
            break
        with ledger.database.read() as session:
            waits = session.get_one(DeliveryRow, (row.webhook, row.event))
        if waits.state != DeliveryState.PENDING:  # the webhook was removed meanwhile
            continue
        result = send(_parcel(ledger, lot.hook, row, at))
        with ledger.database.write() as session:
            _note(ledger, session, row, result, at)
        if not result.good:
            return done
        done += 1
    with ledger.database.write() as session:
        hooks.postpone(session, lot.hook.id, ledger.clock())
    return done


def forget(ledger: Ledger) -> int:
    """Take away what came to rest longer ago than is remembered; one small step, and how many.

    What is still to be delivered stays, and so does its order. A webhook that ended goes when
    the last of its deliveries has gone.
    """
    before = telling.remembered_since(ledger)
    with ledger.database.read() as session:
        old = hooks.at_rest(session, before, _FORGOTTEN_AT_ONCE)
        over = hooks.over(session, before, _FORGOTTEN_AT_ONCE)
    if not old and not over:
        return 0
    with ledger.database.write() as session:
        hooks.forget_webhooks(session, over)
        return hooks.forget(session, old)


def sign(secret: vault.ContentKey, event: str, at: int, body: bytes) -> str:
    """`webhook-signature` of one attempt. Source: Standard Webhooks 1.0.0, "Signature scheme"."""
    said = f"{event}.{at}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(secret.expose(), said, hashlib.sha256)).decode()


def wait_seconds(attempts: int, random: Callable[[int], bytes]) -> int:
    """How long to wait after so many failures: doubled each time, give or take a fifth."""
    whole: int = min(FIRST_WAIT_SECONDS * 2 ** (attempts - 1), LONGEST_WAIT_SECONDS)
    share = int.from_bytes(random(2), "big") / 0xFFFF
    return max(1, round(whole * (0.8 + 0.4 * share)))


def _claim(session: Session, webhook: str, now: int) -> Lot | None:
    """The next of one webhook; None if another process was quicker, or it is not time yet."""
    hook = hooks.lock(session, webhook)
    rows = hooks.pending(session, webhook, _AT_ONCE)
    if hook is None or not rows:
        return None
    if rows[0].due_at > now:  # what came meanwhile waits for what came before
        hooks.postpone(session, webhook, rows[0].due_at)
        return None
    hooks.postpone(session, webhook, now + CLAIM_SECONDS)
    return Lot(hook, rows, now)


def _parcel(ledger: Ledger, hook: WebhookRow, row: DeliveryRow, at: int) -> Parcel:
    secret = vault.unwrap_key(ledger.service_key, hook.wrapped_secret, ContentHash.parse(hook.id))
    body = row.body.encode()
    headers = {
        "content-type": "application/json",
        "user-agent": "platemark",
        "webhook-id": row.event,
        "webhook-timestamp": str(at),
        "webhook-signature": sign(secret, row.event, at, body),
    }
    return Parcel(hook.url, headers, body)


def _note(ledger: Ledger, session: Session, row: DeliveryRow, result: Result, at: int) -> None:
    """Keep what came of one attempt, and let the rest of the webhook wait for it if it failed."""
    found = session.get_one(DeliveryRow, (row.webhook, row.event))
    if found.state != DeliveryState.PENDING:
        return
    found.attempts += 1
    found.last_at = at
    found.last_result = str(result.status) if result.status is not None else result.trouble[:200]
    session.add(found)
    if result.good:
        found.state, found.due_at = DeliveryState.DELIVERED.value, at
        return
    hook = hooks.webhook(session, row.webhook)
    if result.status == _GONE and hook is not None:
        hooks.end(session, hook, HookState.GONE, at)
        return
    due = at + wait_seconds(found.attempts, ledger.random)
    too_old = due - GIVE_UP_SECONDS
    if result.refused and found.attempts >= MOST_REFUSALS:
        _give_up(found, at)
        due = at
    elif found.created_at < too_old:
        _give_up(found, at)
        for other in hooks.older(session, row.webhook, too_old):
            other.last_result = _NOT_TRIED
            _give_up(other, at)
            session.add(other)
    session.flush()
    hooks.postpone(session, row.webhook, due)


def _give_up(row: DeliveryRow, at: int) -> None:
    row.state, row.due_at = DeliveryState.GIVEN_UP.value, at
    _log.warning(
        "webhooks.given_up",
        webhook=row.webhook,
        delivery=row.event,
        kind=row.kind,
        attempts=row.attempts,
        result=row.last_result,
    )
