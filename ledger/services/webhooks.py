"""Webhooks: registered, listed, tried and ended by signed requests of their owners."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Listed:
    """A webhook, with how many events wait to be delivered there, and were given up."""

    hook: WebhookRow
    waiting: int
    given_up: int


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


def listed(ledger: Ledger, asked: WebhookRequest, signature: bytes) -> Sequence[Listed]:
    """The webhooks of whoever asks. Raises SignatureExpired, BadSignature."""
    _require(ledger, asked, signature, HookAction.LIST)
    with ledger.database.read() as session:
        found = []
        for row in hooks.webhooks(session, asked.owner):
            counts = hooks.counts(session, row.id)
            waiting = counts.get(DeliveryState.PENDING, 0)
            found.append(Listed(row, waiting, counts.get(DeliveryState.GIVEN_UP, 0)))
        return found


def remove(ledger: Ledger, asked: WebhookRequest, signature: bytes) -> WebhookRow:
    """End a webhook; once more changes nothing. Raises WebhookNotFound too."""
    now = _require(ledger, asked, signature, HookAction.REMOVE)
    with ledger.database.write() as session:
        row = _own(session, asked)
        if row.state == HookState.ACTIVE:
            hooks.end(session, row, HookState.REMOVED, now)
        return row


def test(ledger: Ledger, asked: WebhookRequest, signature: bytes) -> DeliveryRow:
    """Put a test event into the outbox of a webhook. Raises WebhookNotFound too.

    One at a time: while one is on its way it is the answer, so that nobody has this service
    call a stranger's machine as fast as they can sign.
    """
    now = _require(ledger, asked, signature, HookAction.TEST)
    subject = str(ledger.domain.typed(asked).digest())
    with ledger.database.write() as session:
        row = _own(session, asked)
        if row.state != HookState.ACTIVE:
            raise WebhookNotFound(f"The webhook {row.id} has ended: {row.state}.")
        waiting = hooks.pending(session, row.id, 1, Event.TEST)
        if waiting:
            return waiting[0]
        return hooks.put(session, row.id, Event.TEST, subject, {"owner": row.owner}, now)


def deliveries(ledger: Ledger, asked: WebhookRequest, signature: bytes) -> Sequence[DeliveryRow]:
    """The newest deliveries of a webhook. Raises WebhookNotFound too."""
    _require(ledger, asked, signature, HookAction.DELIVERIES)
    with ledger.database.read() as session:
        return hooks.deliveries(session, _own(session, asked).id, SHOWN)


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
