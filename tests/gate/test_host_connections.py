"""A host that closes its connections as it likes answers the next request all the same."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from ledger.errors import HostUnavailable
from ledger.gate.hosts.rest import Rest

REFUSED = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
def url() -> Iterator[str]:
    """Each connection is good for one answer, and it does not say so."""

    def serve() -> None:
        while True:
            try:
                line, _ = server.accept()
            except OSError:
                return
            with line:
                line.settimeout(10)
                line.recv(65536)
                line.sendall(REFUSED)
                line.recv(65536)  # what comes next, or the other side's end

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
        thread.join(20)


def test_each_request_has_a_connection_of_its_own(url: str) -> None:
    with Rest(url) as rest:
        for _ in range(3):
            with pytest.raises(HostUnavailable) as refused:
                rest.get("/")
            assert refused.value.facts["answered"] == 403
