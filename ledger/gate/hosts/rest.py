"""HTTP to the program that runs the machine: short, never redirected, errors translated once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

from ledger.errors import HostUnavailable, SetupError

SECONDS = 10.0
"""How long an answer may take."""

UPLOAD_SECONDS = 300.0
"""How long a file may take to go over."""

MAX_ANSWER = 1 << 20
"""Bytes of an answer that are read."""


class Rest:
    """JSON over HTTP with one host. `headers` hold its API key and are never shown."""

    def __init__(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """`transport` replaces the network (tests). Raises SetupError for what is no URL."""
        self._url = url.rstrip("/")
        parts = urlsplit(self._url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SetupError(f"{url[:200]!r} is not the URL of a host (http or https).")
        self._client = httpx.Client(
            base_url=self._url,
            headers=dict(headers or {}),
            # A host that closes a connection, as OctoPrint does with what it refuses unread, would
            # leave the next request on it without an answer.
            limits=httpx.Limits(max_keepalive_connections=0),
            timeout=SECONDS,
            follow_redirects=False,
            trust_env=False,
            transport=transport,
        )

    def get(self, path: str, **query: str) -> Any:
        """The JSON of an answer.

        Raises HostUnavailable; its fact `answered` is the HTTP status, if there was one.
        """
        return self._call("GET", path, params=query or None)

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The same for a request with a body; None if the answer is empty."""
        return self._call("POST", path, json=dict(body or {}))

    def delete(self, path: str) -> Any:
        """The same for what is to be removed."""
        return self._call("DELETE", path)

    def upload(self, path: str, file: Path, name: str, /, **fields: str) -> Any:
        """Hand over a file as multipart form data under `name`, beside other fields."""
        try:
            with file.open("rb") as stream:
                return self._call(
                    "POST",
                    path,
                    files={"file": (name, stream, "application/octet-stream")},
                    data=fields,
                    timeout=httpx.Timeout(SECONDS, read=UPLOAD_SECONDS, write=UPLOAD_SECONDS),
                )
        except OSError as error:
            raise HostUnavailable(f"{file.name} cannot be read: {error.strerror}.") from error

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _call(self, method: str, path: str, **arguments: Any) -> Any:
        try:
            with self._client.stream(method, path, **arguments) as answer:
                data = bytearray()
                for piece in answer.iter_bytes():
                    data += piece
                    if len(data) > MAX_ANSWER:
                        raise HostUnavailable(f"The host at {self._url} answered too much.")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            what = str(error) or type(error).__name__
            raise HostUnavailable(f"The host at {self._url} does not answer: {what}") from error
        if not answer.is_success:
            text = bytes(data[:500]).decode("utf-8", "replace")
            raise HostUnavailable(
                f"The host at {self._url} answered {answer.status_code} to {path}: {text}",
                answered=answer.status_code,
            )
        if not data:
            return None
        try:
            return json.loads(data)
        except ValueError as error:
            raise HostUnavailable(f"The host at {self._url} answered no JSON to {path}.") from error
