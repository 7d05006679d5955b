"""A center's queue and webhooks as typed methods; the actions sign what they are asked for."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ledger.client import wire
from ledger.client.answers import Account, Answered, DesignId, Hash, Page
from ledger.client.printerside import PrinterSide
from ledger.models import (
    ZERO_DIGEST,
    Address,
    Digest,
    HookAction,
    NextJob,
    OrderAction,
    OrderChange,
    PrintOrder,
    SignOff,
    Ticket,
    WebhookRequest,
)
from ledger.tokens import Message

if TYPE_CHECKING:
    from ledger.client.desk import Desk

_MINUTES = 600
"""How long what is signed here may be handed in."""
_PATHS = {
    HookAction.ADD: "/webhooks",
    HookAction.LIST: "/webhooks/list",
    HookAction.REMOVE: "/webhooks/removal",
    HookAction.TEST: "/webhooks/test",
    HookAction.DELIVERIES: "/webhooks/deliveries",
}


class Ordered(Answered):
    """A print order and where it stands."""

    digest: Hash
    center: Account
    design: DesignId
    license: int
    quantity: int
    retries: int
    until: int
    sign_off: bool
    state: str
    reason: str
    done: int
    failed: int


class Piece(Answered):
    """One serial of an order: its token, its printer, and how it went."""

    token: Hash
    printer: Account
    serial: int
    state: str
    started: int | None = None
    receipt: dict[str, Any] | None = None
    accepted: bool | None = None


class WholeOrder(Ordered):
    """An order with its newest pieces and what was signed about it; `older` are left out."""

    pieces: list[Piece]
    older: int = 0
    statements: list[dict[str, Any]]


class SignedOff(Answered):
    """A piece after its center looked at it."""

    token: Hash
    state: str
    accepted: bool


class NextAnswer(Answered):
    """What a printer does next; no ticket, and why."""

    ticket: dict[str, Any] | None
    order: Hash | None
    why: str


class QueueSide(PrinterSide):
    """The calls about queues and webhooks: a part of `ServiceClient`."""

    def next_job(self, asked: NextJob, signature: bytes) -> Ticket | None:
        """The ticket that the printer prints next; None if there is nothing to do."""
        answer = self._post("/queue/next", _signed("request", asked, signature), NextAnswer)
        return wire.ticket(answer.ticket) if answer.ticket is not None else None

    def add_order(self, order: PrintOrder, signature: bytes) -> Ordered:
        """Put a signed order into the queue."""
        return self._post("/orders", _signed("order", order, signature), Ordered)

    def orders(
        self,
        center: Address | None = None,
        printer: Address | None = None,
        state: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[Ordered]:
        """Orders as they arrived, a page at a time."""
        filters = {"center": center, "printer": printer, "state": state}
        return self._page("/queue", Ordered, cursor, limit, **filters)

    def order(self, order: Digest) -> WholeOrder:
        """One order. Raises OrderNotFound."""
        return self._get(f"/orders/{order}", WholeOrder)

    def change_order(self, change: OrderChange, signature: bytes) -> Ordered:
        """Hand in a center's decision."""
        body = _signed("change", change, signature)
        return self._post(f"/orders/{change.order}/changes", body, Ordered)

    def sign_off(self, said: SignOff, signature: bytes) -> SignedOff:
        """Hand in that a plate is clear."""
        body = _signed("sign_off", said, signature)
        return self._post(f"/orders/{said.order}/signoffs", body, SignedOff)

    def about_webhooks(self, asked: WebhookRequest, signature: bytes) -> dict[str, Any]:
        """Ask something about one's own webhooks, as `asked.action` says."""
        body = _signed("request", asked, signature)
        answer: dict[str, Any] = self._transport.post(_PATHS[asked.action], body).json
        return answer


def add(
    desk: Desk,
    license: int,
    quantity: int,
    *,
    printers: Sequence[Address] = (),
    retries: int = 0,
    sign_off: bool = False,
    seconds: int = 30 * 86_400,
    job: Digest = ZERO_DIGEST,
) -> Ordered:
    """Order `quantity` good pieces of this key's license."""
    now = desk.now()
    order = PrintOrder(
        design=desk.service.license(license).design,
        license=license,
        quantity=quantity,
        printers=tuple(printers),
        job=job,
        retries=retries,
        sign_off=sign_off,
        nonce=_nonce(),
        until=now + seconds,
        deadline=now + _MINUTES,
    )
    return desk.service.add_order(order, _by(desk, order))


def change(desk: Desk, order: Digest, action: OrderAction, value: int = 0) -> Ordered:
    """Decide about an order of this key's queue."""
    said = OrderChange(order, action, value, _nonce(), desk.now() + _MINUTES)
    return desk.service.change_order(said, _by(desk, said))


def sign_off(
    desk: Desk, order: Digest, token: Digest, *, accepted: bool, note: str = ""
) -> SignedOff:
    """Say that the plate is clear, and whether the piece is good."""
    said = SignOff(order, token, accepted, note, desk.now() + _MINUTES)
    return desk.service.sign_off(said, _by(desk, said))


def webhooks(
    desk: Desk,
    action: HookAction,
    webhook: Digest = ZERO_DIGEST,
    url: str = "",
    events: Sequence[str] = (),
) -> dict[str, Any]:
    """Ask something about this key's webhooks; the answer to ADD holds the secret."""
    asked = WebhookRequest(
        desk.address,
        action,
        webhook,
        url,
        ",".join(events),
        _nonce(),
        desk.now() + _MINUTES,
    )
    return desk.service.about_webhooks(asked, _by(desk, asked))


def _by(desk: Desk, message: Message) -> bytes:
    return desk.signer.sign(desk.domain.typed(message))


def _nonce() -> Digest:
    return Digest(secrets.token_bytes(32))


def _signed(name: str, message: Message, signature: bytes) -> dict[str, Any]:
    # The protocol cannot say that every message is a dataclass, which all of them are.
    members = dataclasses.fields(message)  # type: ignore[arg-type]
    body = {member.name: _plain(getattr(message, member.name)) for member in members}
    return {name: body, "signature": "0x" + signature.hex()}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [str(one) for one in value]
    return str(value) if isinstance(value, bytes | str) else value
