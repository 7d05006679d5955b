"""Idempotency keys: the answer to a POST is kept and given again to a repeat of it.

A client that does not know whether its POST arrived sends it again with the same
`Idempotency-Key`. The first answer (of any status below 500) is kept for a day; the
same key with another request is refused. An upload is told apart by its address and
length, since its content is its identity anyway.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response

from api.problems import problem
from ledger.errors import LedgerError, MalformedRequest
from ledger.services.context import Ledger
from ledger.store import answers

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

MAX_KEY_LENGTH = 200
MAX_JSON_BYTES = 2**20
_UPLOAD = "application/octet-stream"


class Idempotency:
    """ASGI middleware around the whole API; also bounds the size of JSON bodies."""

    def __init__(self, app: App, ledger: Ledger) -> None:
        self._app = app
        self._ledger = ledger

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            body = b"" if _is_upload(headers) else await _read(receive)
        except LedgerError as error:
            await problem(error)(scope, receive, send)
            return
        given = receive if _is_upload(headers) else _replay(body)
        key = headers.get("idempotency-key")
        if key is None:
            await self._app(scope, given, send)
            return
        await self._once(scope, given, send, key, _fingerprint(scope, headers, body))

    async def _once(
        self,
        scope: MutableMapping[str, Any],
        receive: Receive,
        send: Send,
        key: str,
        fingerprint: str,
    ) -> None:
        database, clock = self._ledger.database, self._ledger.clock
        try:
            if not key or len(key) > MAX_KEY_LENGTH:
                raise MalformedRequest(f"An idempotency key has 1 to {MAX_KEY_LENGTH} characters.")
            kept = await run_in_threadpool(answers.begin, database, key, fingerprint, clock())
        except LedgerError as error:
            await problem(error)(scope, receive, send)
            return
        if kept is not None:
            again = Response(kept.body, kept.status or 200, json.loads(kept.headers))
            again.headers["Idempotent-Replay"] = "true"
            await again(scope, receive, send)
            return
        answer = _Recorder(send)
        try:
            await self._app(scope, receive, answer)
        finally:
            # Also when the request broke off: the key must not stay taken for ever.
            if answer.status is not None and answer.status < 500 and answer.complete:
                await run_in_threadpool(
                    answers.keep, database, key, answer.status, answer.headers, answer.body
                )
            else:
                await run_in_threadpool(answers.forget, database, key)


class _Recorder:
    """Passes an answer on and remembers it."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status: int | None = None
        self.headers = ""
        self.body = b""
        self.complete = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            kinds = Headers(raw=message["headers"])
            self.headers = json.dumps({"content-type": kinds.get("content-type", "")})
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")
            self.complete = not message.get("more_body", False)
        await self._send(message)


def _is_upload(headers: Headers) -> bool:
    return headers.get("content-type", "").split(";")[0].strip() == _UPLOAD


async def _read(receive: Receive) -> bytes:
    """A whole JSON body. Raises MalformedRequest if it is too long."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > MAX_JSON_BYTES:
            raise MalformedRequest(f"A JSON request has at most {MAX_JSON_BYTES} bytes.")
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return bytes(body)


def _replay(body: bytes) -> Receive:
    """A `receive` that gives a body which was read already."""
    sent = False

    async def receive() -> Message:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _fingerprint(scope: MutableMapping[str, Any], headers: Headers, body: bytes) -> str:
    digest = hashlib.sha256()
    length = headers.get("content-length", "")
    for part in (scope["path"].encode(), scope["query_string"], length.encode(), body):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()
