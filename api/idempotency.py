"""Idempotency keys: the answer to a POST is kept and given again to a repeat of it.

A client that does not know whether its POST arrived sends it again with the same
`Idempotency-Key`. The first answer (of any status below 500, but for 429: "later") is kept for
a day; the same key with another request is refused. It is kept before it is given, so that a
repeat which follows at once finds it.

An upload is not held in memory: it is hashed as it passes, its answer is kept if it is
a success, and the repeat is read to its end and compared by hash before it is answered.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response

from api.problems import problem
from ledger.errors import (
    IdempotencyKeyReused,
    LedgerError,
    MalformedRequest,
    StoreUnavailable,
)
from ledger.services.context import Ledger
from ledger.store import Database, answers

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

MAX_KEY_LENGTH = 200
MAX_JSON_BYTES = 2**20
UPLOAD_PATH = re.compile(r"/designs|/licenses/[0-9]+/variants")
"""The routes that take a file of any size, as a stream."""

MOST_OWED = 1_000
"""Keys that are remembered because the disk was full when they were to be kept or given back."""

NOT_KEPT = frozenset({"/webhooks"})
"""The routes whose answers hold a secret: a repeat is refused (RequestReplayed) instead."""


class Idempotency:
    """ASGI middleware around the whole API; also bounds the size of JSON bodies."""

    def __init__(self, app: App, ledger: Ledger) -> None:
        self._app = app
        self._ledger = ledger
        self._owed: dict[str, _Kept | None] = {}

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request: _Request
        try:
            if UPLOAD_PATH.fullmatch(scope["path"].rstrip("/")):
                request = _Upload(scope, headers, receive)
            else:
                request = _Json(scope, await _read(receive))
            secret = scope["path"].rstrip("/") in NOT_KEPT
            key = None if secret else headers.get("idempotency-key")
            if key is not None and not 0 < len(key) <= MAX_KEY_LENGTH:
                raise MalformedRequest(f"An idempotency key has 1 to {MAX_KEY_LENGTH} characters.")
            kept = None if key is None else await self._begin(key, request)
        except LedgerError as error:
            await problem(error)(scope, receive, send)
            return
        if key is None:
            await self._app(scope, request.receive, send)
        elif kept is not None:
            await kept(scope, receive, send)
        else:
            await self._answer(scope, request, send, key)

    async def _begin(self, key: str, request: _Request) -> Response | None:
        """The answer that was kept for this key. Raises IdempotencyKeyReused, StoreUnavailable."""
        database, now = self._ledger.database, self._ledger.clock()
        if key in self._owed:
            owed = self._owed.pop(key)  # of two repeats at once, only one pays it
            try:
                await run_in_threadpool(_write, database, key, owed)
            except BaseException:
                self._owed.setdefault(key, owed)
                raise
        row = await run_in_threadpool(answers.begin, database, key, request.fingerprint, now)
        if row is None:
            return None
        headers = json.loads(row.headers)
        if headers.pop(_BODY_HASH, "") != await request.body_hash(self._ledger.max_design_bytes):
            raise IdempotencyKeyReused("This idempotency key came with another file before.")
        again = Response(row.body, row.status or 200, headers)
        again.headers["Idempotent-Replay"] = "true"
        return again

    async def _answer(
        self, scope: MutableMapping[str, Any], request: _Request, send: Send, key: str
    ) -> None:
        answer = _Recorder()
        try:
            await self._app(scope, request.receive, answer)
        finally:
            # Also when the request broke off: the key must not stay taken.
            final = answer.complete and answer.status != HTTPStatus.TOO_MANY_REQUESTS
            if final and answer.status < request.kept_below:
                headers = {"content-type": answer.content_type, _BODY_HASH: request.seen()}
                keep = (answer.status, json.dumps(headers), answer.body)
                await run_in_threadpool(self._finish, key, keep)
            else:
                await run_in_threadpool(self._finish, key, None)
        for message in answer.messages:
            await send(message)

    def _finish(self, key: str, answer: _Kept | None) -> None:
        """Keep an answer or give the key back. If neither can be, that is done at the next try,
        or the key frees itself in time: the answer itself must not be lost over it.
        """
        try:
            _write(self._ledger.database, key, answer)
        except StoreUnavailable:
            if len(self._owed) < MOST_OWED:
                self._owed[key] = answer


class _Json:
    """A request whose body is in memory and part of its fingerprint."""

    kept_below = 500

    def __init__(self, scope: MutableMapping[str, Any], body: bytes) -> None:
        self.fingerprint = _fingerprint(scope["path"].encode(), scope["query_string"], body)
        self._body: bytes | None = body

    async def receive(self) -> Message:
        """Give the body, which was read already, to the application."""
        if self._body is None:
            return {"type": "http.disconnect"}
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}

    def seen(self) -> str:
        """Nothing beyond the fingerprint."""
        return ""

    async def body_hash(self, _limit: int) -> str:
        """Nothing beyond the fingerprint."""
        return ""


class _Upload:
    """A request whose body passes by and is hashed on its way."""

    kept_below = 300

    def __init__(self, scope: MutableMapping[str, Any], headers: Headers, receive: Receive) -> None:
        length = headers.get("content-length", "").encode()
        self.fingerprint = _fingerprint(scope["path"].encode(), scope["query_string"], length)
        self._receive = receive
        self._digest = hashlib.sha256()

    async def receive(self) -> Message:
        """Pass a piece on."""
        message = await self._receive()
        self._digest.update(message.get("body", b""))
        return message

    def seen(self) -> str:
        """SHA-256 of what has passed."""
        return self._digest.hexdigest()

    async def body_hash(self, limit: int) -> str:
        """Read to the end, or to the limit of any file; SHA-256 of that."""
        size, more = 0, True
        while more and size <= limit:
            message = await self.receive()
            size += len(message.get("body", b""))
            more = message["type"] != "http.disconnect" and message.get("more_body", False)
        return self.seen()


_Request = _Json | _Upload
_BODY_HASH = "body-sha256"
_Kept = tuple[int, str, bytes]
"""An answer's status, headers (JSON) and body."""


class _Recorder:
    """Holds an answer back until it is kept: answers to POST are short."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.status = 500
        self.content_type = ""
        self.body = b""
        self.complete = False

    async def __call__(self, message: Message) -> None:
        self.messages.append(message)
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.content_type = Headers(raw=message["headers"]).get("content-type", "")
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")
            self.complete = not message.get("more_body", False)


def _write(database: Database, key: str, answer: _Kept | None) -> None:
    """Keep an answer or (None) give the key back. Raises StoreUnavailable."""
    if answer is None:
        answers.forget(database, key)
    else:
        answers.keep(database, key, *answer)


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


def _fingerprint(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()
