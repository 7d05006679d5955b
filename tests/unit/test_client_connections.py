"""The client's connections: kept between calls, and let go of before the service does."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import uvicorn

from ledger.client.transport import KEPT_SECONDS, Transport

UVICORN_SECONDS = uvicorn.Config("api.app:create_app").timeout_keep_alive
"""After which an API closes a connection that is not used."""


class Service(ThreadingHTTPServer):
    """Answers every write, and knows the connection on which each one came."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.connections: list[int] = []


class Handler(BaseHTTPRequestHandler):
    """Keeps its connection for ever."""

    protocol_version = "HTTP/1.1"
    server: Service

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.connections.append(self.client_address[1])
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.01,))
        thread.start()
        yield made
        made.shutdown()
        thread.join(20)


@pytest.fixture
def transport(service: Service) -> Iterator[Transport]:
    made = Transport(f"http://127.0.0.1:{service.server_port}")
    yield made
    made.close()


def test_calls_that_follow_each_other_share_a_connection(
    service: Service, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    for _ in range(3):
        transport.post("/x", {})
    assert len(set(service.connections)) == 1


def test_a_write_is_not_sent_on_a_connection_that_the_service_is_about_to_close(
    service: Service, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be lost, and nobody could tell whether it was taken."""
    now = time.monotonic()
    for later in (0, UVICORN_SECONDS - 1):
        monkeypatch.setattr(time, "monotonic", lambda: now + later)  # noqa: B023
        transport.post("/x", {})
    assert len(set(service.connections)) == 2
    assert KEPT_SECONDS <= UVICORN_SECONDS - 1
