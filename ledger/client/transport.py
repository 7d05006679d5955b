"""HTTP to one Platemark service: the edge at which its answers become values or LedgerErrors.

A problem document (RFC 9457) is raised as the error class that it names. Calls that may
be repeated are repeated a few times: reads after any failure, writes (which carry an
idempotency key) only where the service did not take them.
"""

from __future__ import annotations

import ipaddress
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import tenacity

from ledger.client.tls import Certificate, is_untrusted, trusting
from ledger.errors import (
    CertificateChanged,
    LedgerError,
    MalformedRequest,
    ServiceUnavailable,
    SetupError,
    all_errors,
)

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 30.0
CHAIN_SECONDS = 120.0
"""For calls that wait until a transaction is mined."""
UPLOAD_SECONDS = 600.0
"""Until an uploaded file is measured, sealed and pinned."""

KEPT_SECONDS = 2.0
"""How long a connection that is not used is kept. A server closes it some seconds later (uvicorn
after five), and a write that is sent at that very moment is lost."""

_LIMITS = httpx.Limits(  # the counts are httpx's own
    max_connections=100, max_keepalive_connections=20, keepalive_expiry=KEPT_SECONDS
)
_ATTEMPTS = 4
_FIRST_WAIT_SECONDS = 0.2
_LONGEST_WAIT_SECONDS = 5.0
_ERRORS: Mapping[str, type[LedgerError]] = {kind.__name__: kind for kind in all_errors()}
_PROBLEM_MEMBERS = frozenset({"type", "title", "status", "detail", "advice", "error", "instance"})

Json = Any
"""What `json.loads` gives."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer: its status and its body."""

    status: int
    body: bytes
    json: Json


class _Failed(Exception):
    """One attempt that failed, and whether the same call may be made again."""

    def __init__(self, error: LedgerError, *, again: bool, wait_seconds: float = 0.0) -> None:
        super().__init__(error.detail)
        self.error = error
        self.again = again
        self.wait_seconds = wait_seconds


class Transport:
    """Requests to one service. Safe to share between threads; close it in the end."""

    def __init__(
        self,
        url: str,
        *,
        pinned: Certificate | None = None,
        inner: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`pinned` is the one certificate that is trusted; this machine's authorities else.

        `inner` and `sleep` replace the network and the waiting in tests. Raises
        MalformedRequest for what is no URL, SetupError for http to another machine.
        """
        self.url = url.rstrip("/")
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise MalformedRequest(f"{url[:200]!r} is not the URL of a service (http or https).")
        if parts.scheme == "http" and inner is None and not _is_loopback(parts.hostname):
            raise SetupError(
                f"{self.url} is on another machine: only https keeps what is said private."
            )
        self._sleep = sleep
        self._pinned = pinned
        self._http = httpx.Client(
            base_url=self.url,
            timeout=_timeout(ANSWER_SECONDS),
            limits=_LIMITS,
            transport=inner,
            verify=trusting(pinned) if parts.scheme == "https" else True,
            # A proxy of the environment is for the world outside: not for this machine, and
            # not for a service that is known by its certificate.
            trust_env=pinned is None and not _is_loopback(parts.hostname),
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def get(self, path: str, parameters: Mapping[str, Any] | None = None) -> Answer:
        """Read. Raises what the service refuses with, or ServiceUnavailable."""
        given = {name: value for name, value in (parameters or {}).items() if value is not None}
        return self._call(lambda: self._http.get(path, params=given), repeatable=True)

    def post(self, path: str, body: Json, *, seconds: float = ANSWER_SECONDS) -> Answer:
        """Write, under one idempotency key however often it is tried."""
        return self._call(self._posting(path, body, seconds), repeatable=False)

    def post_once(self, path: str, body: Json, *, seconds: float) -> Answer:
        """Write, and try it this one time, whatever becomes of it: for who must not wait.

        Each step of it (to connect, to send, to hear) takes `seconds` at most.
        """
        return self._call(self._posting(path, body, seconds), repeatable=False, attempts=1)

    def _posting(self, path: str, body: Json, seconds: float) -> Callable[[], httpx.Response]:
        headers = {"Idempotency-Key": secrets.token_hex(16)}
        return lambda: self._http.post(path, json=body, headers=headers, timeout=_timeout(seconds))

    def upload(
        self,
        path: str,
        parameters: Mapping[str, Any],
        pieces: Callable[[], Iterable[bytes]],
        size: int,
    ) -> Answer:
        """Stream `size` bytes; `pieces` gives them anew for each attempt."""
        headers = {
            "Idempotency-Key": secrets.token_hex(16),
            "Content-Type": "application/octet-stream",
            "Content-Length": str(size),
        }
        return self._call(
            lambda: self._http.post(
                path,
                params=parameters,
                content=pieces(),
                headers=headers,
                timeout=_timeout(UPLOAD_SECONDS),
            ),
            repeatable=False,
        )

    def _call(
        self, send: Callable[[], httpx.Response], *, repeatable: bool, attempts: int = _ATTEMPTS
    ) -> Answer:
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(attempts),
            retry=tenacity.retry_if_exception(
                lambda error: isinstance(error, _Failed) and error.again
            ),
            wait=_wait,
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return retrying(lambda: self._attempt(send, repeatable=repeatable))
        except _Failed as failed:
            raise failed.error from failed.__cause__

    def _attempt(self, send: Callable[[], httpx.Response], *, repeatable: bool) -> Answer:
        try:
            response = send()
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            if is_untrusted(error):
                raise _Failed(self._untrusted(), again=False) from error
            unreachable = ServiceUnavailable(f"Nothing answers at {self.url}.", service=self.url)
            raise _Failed(unreachable, again=True) from error
        except httpx.TimeoutException as error:
            late = ServiceUnavailable(f"{self.url} did not answer in time.", service=self.url)
            raise _Failed(late, again=repeatable) from error
        except httpx.TransportError as error:
            broken = ServiceUnavailable(
                f"The connection to {self.url} broke off.", service=self.url
            )
            raise _Failed(broken, again=repeatable) from error
        if response.is_success:
            return self._answer(response)
        raise _Failed(
            _refusal(response, self.url),
            again=response.status_code == 503,
            wait_seconds=_retry_after(response),
        )

    def _untrusted(self) -> LedgerError:
        if self._pinned is None:
            return SetupError(
                f"The certificate of {self.url} is not trusted by the authorities of this machine."
            )
        return CertificateChanged(
            f"{self.url} does not show the certificate that was pinned "
            f"({self._pinned.fingerprint}), or its time is over.",
            pinned=self._pinned.fingerprint,
        )

    def _answer(self, response: httpx.Response) -> Answer:
        body: Json = None
        if "json" in response.headers.get("Content-Type", ""):
            try:
                body = response.json()
            except ValueError as error:
                unreadable = ServiceUnavailable(f"{self.url} answered with broken JSON.")
                raise _Failed(unreadable, again=False) from error
        return Answer(response.status_code, response.content, body)


def _refusal(response: httpx.Response, url: str) -> LedgerError:
    """The error that a problem document names; LedgerError for one that we do not know."""
    try:
        problem = response.json()
        name, detail = str(problem["error"]), str(problem["detail"])
    except (ValueError, KeyError, TypeError):
        said = f"{url} answered {response.status_code} without saying why."
        unavailable = response.status_code in (502, 503, 504)
        return ServiceUnavailable(said) if unavailable else LedgerError(said)
    facts = {
        str(key): value
        for key, value in problem.items()
        if key not in _PROBLEM_MEMBERS
        and str(key).isidentifier()
        and isinstance(value, str | int | float | bool | None)
    }
    kind = _ERRORS.get(name)
    if kind is None:
        return LedgerError(detail, **{**facts, "named": name})
    return kind(detail, **facts)


def _wait(state: tenacity.RetryCallState) -> float:
    """Seconds before the next attempt: what the service asked for, or ever longer."""
    failed = state.outcome.exception() if state.outcome else None
    asked = failed.wait_seconds if isinstance(failed, _Failed) else 0.0
    grown = _FIRST_WAIT_SECONDS * 2.0 ** (state.attempt_number - 1)
    return min(max(asked, grown), _LONGEST_WAIT_SECONDS)


def _retry_after(response: httpx.Response) -> float:
    try:
        return max(0.0, float(response.headers.get("Retry-After", "0")))
    except ValueError:  # a date: our own waiting times serve as well
        return 0.0


def _timeout(seconds: float) -> httpx.Timeout:
    return httpx.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
