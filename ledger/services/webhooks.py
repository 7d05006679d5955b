"""Webhooks: registration by signed request, and delivery from the outbox.

An event is delivered at least once, in the form of Standard Webhooks
(https://www.standardwebhooks.com): `webhook-id` stays the same however often it is sent, and
`webhook-signature` is HMAC-SHA256 over id, time and body. What fails is tried again ever
later, for three days.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ledger import rules, vault
from ledger.errors import MalformedRequest, RequestReplayed, WebhookNotFound
from ledger.models import ContentHash, HookAction, WebhookRequest
from ledger.services.context import Ledger
from ledger.signing import require_signer
from ledger.store import Session, hooks
from ledger.store.hooks import DeliveryState, Event, HookState
from ledger.store.tables import CursorRow, DeliveryRow, WebhookRow

MOST_URL = 2_000
MOST_EVENTS_TEXT = 1_000
MOST_WEBHOOKS = 20
"""Webhooks of one owner that are active."""
SHOWN = 200
FIRST_WAIT_SECONDS = 5
LONGEST_WAIT_SECONDS = 6 * 3_600
GIVE_UP_SECONDS = 3 * 86_400
CLAIM_SECONDS = 60
"""For so long a delivery that is being made is left alone by other processes."""
_GONE = 410
_AT_ONCE = 100


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


Sender = Callable[[Parcel], Result]
"""Sends one parcel, in bounded time; raises nothing. `ledger.client.hooksender` has one."""


@dataclass(slots=True)
class _Lot:
    """The deliveries of one webhook that are due, in their order."""

    hook: WebhookRow
    rows: list[DeliveryRow] = field(default_factory=list)


def add(ledger: Ledger, asked: WebhookRequest, signature: bytes) -> tuple[WebhookRow, str]:
    """Register a webhook; the row, and the secret, which is kept encrypted and never told again.

    Raises SignatureExpired, BadSignature, MalformedRequest for a URL that is none or an event
    that there is not, RequestReplayed.
    """
    now = _require(ledger, asked, signature, HookAction.ADD)
    require_url(asked.url)
    kinds = {event.value for event in Event}
    unknown = sorted(set(filter(None, asked.events.split(","))) - kinds)
    if unknown:
        raise MalformedRequest(f"There is no event {unknown[0][:60]!r}.")
    digest = ledger.domain.typed(asked).digest()
    secret = vault.ContentKey.generate(ledger.random)
    row = WebhookRow(
        id=str(digest),
        owner=asked.owner,
        url=asked.url,
        events=asked.events,
        wrapped_secret=vault.wrap_key(
            ledger.service_key, secret, ContentHash(digest), ledger.random
        ),
        signature="0x" + signature.hex(),
        state=HookState.ACTIVE.value,
        added_at=now,
    )
    with ledger.database.write() as session:
        if hooks.webhook(session, row.id) is not None:
            raise RequestReplayed("This webhook is registered; its secret was told then.")
        active = [one for one in hooks.webhooks(session, asked.owner) if not one.ended_at]
        if len(active) >= MOST_WEBHOOKS:
            raise MalformedRequest(f"{asked.owner} has {MOST_WEBHOOKS} webhooks; remove one.")
        head = session.get(CursorRow, 1)
        if head is not None and not hooks.listening(session):
            hooks.skip_to(session, head.block)
        session.add(row)
    return row, "whsec_" + base64.b64encode(secret.expose()).decode()


def listed(ledger: Ledger, asked: WebhookRequest, signature: bytes) -> Sequence[WebhookRow]:
    """The webhooks of whoever asks. Raises SignatureExpired, BadSignature."""
    _require(ledger, asked, signature, HookAction.LIST)
    with ledger.database.read() as session:
        return hooks.webhooks(session, asked.owner)


def remove(ledger: Ledger, asked: WebhookRequest, signature: bytes) -> WebhookRow:
    """End a webhook; once more changes nothing. Raises WebhookNotFound too."""
    now = _require(ledger, asked, signature, HookAction.REMOVE)
    with ledger.database.write() as session:
        row = _own(session, asked)
        if row.state == HookState.ACTIVE:
            hooks.end(session, row, HookState.REMOVED, now)
        return row


def test(ledger: Ledger, asked: WebhookRequest, signature: bytes) -> DeliveryRow:
    """Put a test event into the outbox of a webhook. Raises WebhookNotFound too."""
    now = _require(ledger, asked, signature, HookAction.TEST)
    subject = str(ledger.domain.typed(asked).digest())
    with ledger.database.write() as session:
        row = _own(session, asked)
        if row.state != HookState.ACTIVE:
            raise WebhookNotFound(f"The webhook {row.id} has ended: {row.state}.")
        return hooks.put(session, row.id, Event.TEST, subject, {"owner": row.owner}, now)


def deliveries(ledger: Ledger, asked: WebhookRequest, signature: bytes) -> Sequence[DeliveryRow]:
    """The newest deliveries of a webhook. Raises WebhookNotFound too."""
    _require(ledger, asked, signature, HookAction.DELIVERIES)
    with ledger.database.read() as session:
        return hooks.deliveries(session, _own(session, asked).id, SHOWN)


def deliver(ledger: Ledger, send: Sender) -> int:
    """Send what is due, in order for each webhook; how many were delivered.

    After the first failure of a webhook the rest of it waits for the next round, so that a
    dead receiver costs one attempt. A receiver that answers 410 ends its webhook.
    """
    now = ledger.clock()
    lots: dict[str, _Lot] = {}
    with ledger.database.write() as session:
        for row in hooks.due(session, now, _AT_ONCE):
            hook = hooks.webhook(session, row.webhook)
            if hook is not None:
                lots.setdefault(hook.id, _Lot(hook)).rows.append(row)
                row.due_at = now + CLAIM_SECONDS
                session.add(row)
    return sum(_deliver_lot(ledger, send, lot) for lot in lots.values())


def sign(secret: vault.ContentKey, event: str, at: int, body: bytes) -> str:
    """`webhook-signature` of one attempt. Source: Standard Webhooks 1.0.0, "Signature scheme"."""
    said = f"{event}.{at}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(secret.expose(), said, hashlib.sha256)).decode()


def wait_seconds(attempts: int, random: Callable[[int], bytes]) -> int:
    """How long to wait after so many failures: doubled each time, give or take a fifth."""
    whole: int = min(FIRST_WAIT_SECONDS * 2 ** (attempts - 1), LONGEST_WAIT_SECONDS)
    share = int.from_bytes(random(2), "big") / 0xFFFF
    return max(1, round(whole * (0.8 + 0.4 * share)))


def require_url(url: str) -> None:
    """Raise MalformedRequest unless it is https, or http to this machine, without a password."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises if it is none
    except ValueError as error:
        raise MalformedRequest("This is no URL.") from error
    loopback = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if not parts.hostname or parts.scheme not in ("https", *(["http"] if loopback else [])):
        raise MalformedRequest("A webhook is an https URL; http is for this machine only.")
    if parts.username is not None or parts.password is not None or not url.isascii():
        raise MalformedRequest("A webhook's URL has no user name and no letters beyond ASCII.")
    if len(url) > MOST_URL or any(not letter.isprintable() or letter == " " for letter in url):
        raise MalformedRequest(f"A webhook's URL has at most {MOST_URL} printable characters.")


def _deliver_lot(ledger: Ledger, send: Sender, lot: _Lot) -> int:
    done = 0
    for index, row in enumerate(lot.rows):
        at = ledger.clock()
        result = send(_parcel(ledger, lot.hook, row, at))
        good = result.status is not None and 200 <= result.status < 300
        with ledger.database.write() as session:
            _note(ledger, session, row, result, at)
            if result.status == _GONE:
                hook = hooks.webhook(session, row.webhook)
                if hook is not None:
                    hooks.end(session, hook, HookState.GONE, at)
            elif not good:
                for rest in lot.rows[index + 1 :]:
                    _give_back(session, rest, at)
        done += good
        if not good:
            break
    return done


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
    found = session.get_one(DeliveryRow, (row.webhook, row.event))
    if found.state != DeliveryState.PENDING:
        return
    found.attempts += 1
    found.last_at = at
    found.last_result = str(result.status) if result.status is not None else result.trouble[:200]
    if result.status is not None and 200 <= result.status < 300:
        found.state = DeliveryState.DELIVERED.value
    else:
        found.due_at = at + wait_seconds(found.attempts, ledger.random)
        if found.due_at > found.created_at + GIVE_UP_SECONDS:
            found.state = DeliveryState.GIVEN_UP.value
    session.add(found)


def _give_back(session: Session, row: DeliveryRow, at: int) -> None:
    found = session.get_one(DeliveryRow, (row.webhook, row.event))
    if found.state == DeliveryState.PENDING:
        found.due_at = at + FIRST_WAIT_SECONDS
        session.add(found)


def _own(session: Session, asked: WebhookRequest) -> WebhookRow:
    row = hooks.webhook(session, str(asked.webhook))
    if row is None or row.owner != asked.owner:
        raise WebhookNotFound(f"{asked.owner} has no webhook {asked.webhook}.")
    return row


def _require(ledger: Ledger, asked: WebhookRequest, signature: bytes, action: HookAction) -> int:
    now = ledger.now()
    rules.require_fresh(asked.deadline, now, "request about webhooks")
    if asked.action is not action:
        raise MalformedRequest(f"This was signed to {asked.action}, not to {action}.")
    require_signer(ledger.domain.typed(asked), signature, asked.owner)
    return now
