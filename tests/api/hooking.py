"""Webhooks in tests: a real receiver on loopback, and what its owner asks of the service."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ledger.client.hooksender import HookSender
from ledger.models import ZERO_DIGEST, Digest, HookAction, WebhookRequest
from ledger.services import telling
from ledger.services.context import Ledger
from ledger.services.deliveries import claim, deliver_lot
from ledger.store import hooks
from tests.api.queueing import nonce, signed
from tests.scene import Scene
from tests.service import Party

LOOPBACK = ("127.0.0.0/8",)


@dataclass
class Receiver:
    """A real HTTP server that answers as it is told, and keeps what it got."""

    server: ThreadingHTTPServer
    status: int = 204
    pause: float = 0.0
    statuses: list[int] = field(default_factory=list)
    """What it answers first, before it goes on with `status`."""
    open: threading.Event = field(default_factory=threading.Event)
    """It answers once this is set, as it is from the beginning."""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.open.set()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server.server_port}/hook?x=1"

    def kinds(self) -> list[str]:
        """The kinds of events that it got, in their order."""
        return [json.loads(body)["type"] for _, body in self.got]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver, for as long as the block runs."""
    held: list[Receiver] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            held[0].got.append(({k.lower(): v for k, v in self.headers.items()}, body))
            time.sleep(held[0].pause)
            held[0].open.wait(30)
            self.send_response(held[0].statuses.pop(0) if held[0].statuses else held[0].status)
            self.send_header("location", held[0].url + "&redirected")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    held.append(Receiver(server))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield held[0]
    finally:
        held[0].open.set()
        server.shutdown()
        server.server_close()
        thread.join()


def ask(ours: Scene, by: Party, action: HookAction, **changed: Any) -> dict[str, Any]:
    """A signed request about webhooks."""
    values: dict[str, Any] = {
        "owner": by.address,
        "action": action,
        "webhook": ZERO_DIGEST,
        "url": "",
        "events": "",
        "nonce": nonce(),
        "deadline": ours.now + 600,
        **changed,
    }
    return signed(by, "request", WebhookRequest(**values), ours)


def register(ours: Scene, by: Party, receiver: Receiver, events: str = "") -> dict[str, Any]:
    """Register a webhook that leads to a receiver."""
    body = ask(ours, by, HookAction.ADD, url=receiver.url, events=events)
    row: dict[str, Any] = by.ok("POST", "/webhooks", json=body)
    return row


def deliveries(ours: Scene, by: Party, hook: dict[str, Any]) -> list[dict[str, Any]]:
    """What was told to a webhook, the newest first."""
    body = ask(ours, by, HookAction.DELIVERIES, webhook=Digest.parse(hook["id"]))
    found: list[dict[str, Any]] = by.ok("POST", "/webhooks/deliveries", json=body)["items"]
    return found


def send_all(ours: Scene, seconds: int = 0, since: int | None = None) -> int:
    """One round, as the service's background step makes them, so many seconds from now.

    Or from a moment: what is not due yet must not become so because the machine is slow.
    """
    ledger = replace(ours.ledger, clock=lambda: (since or ours.now) + seconds)
    telling.follow_chain(ledger)
    return round_of(ledger)


def round_of(ledger: Ledger) -> int:
    """What is due, one webhook after the other; how many were delivered."""
    return sum(deliver_lot(ledger, HookSender(LOOPBACK), lot) for lot in claim(ledger, 20))


def tell(ours: Scene, *names: int) -> None:
    """Events for the center, one after the other."""
    for name in names:
        with ours.ledger.database.write() as session:
            kind, to = hooks.Event.ORDER_STATE, [ours.center.address]
            hooks.emit(session, kind, f"{ours.design} {name}", to, {"n": name}, ours.now)


def numbers(receiver: Receiver) -> list[int]:
    """The numbers of the events of `tell` that it got, in their order."""
    return [json.loads(body)["data"]["n"] for _, body in receiver.got]


def until(true: Callable[[], bool]) -> None:
    """Wait for what a thread does."""
    ends = time.monotonic() + 60
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.02)


def states(ours: Scene, hook: dict[str, Any]) -> list[str]:
    """How far each delivery to a webhook is, the oldest first."""
    return [row["state"] for row in reversed(deliveries(ours, ours.center, hook))]


def verified(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """As any library of Standard Webhooks does it."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    said = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = base64.b64encode(hmac.new(key, said, hashlib.sha256).digest()).decode()
    return headers["webhook-signature"] == f"v1,{wanted}"
