"""The RPC adapter against nodes that lie, hang, break off or are not there."""

from __future__ import annotations

import http.server
import io
import json
import os
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from ledger.errors import ContentNotFound, DigestMismatch, IpfsUnavailable, SetupError
from ledger.ipfs import KuboIpfs, cid_of
from ledger.models import Cid

DATA = b"a document"
CID = cid_of(io.BytesIO(DATA))
Answer = Callable[[http.server.BaseHTTPRequestHandler], None]


class Node:
    """A stand-in for a node's RPC: each path is answered as the test says."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {"version": says({"Version": "0.43.0"})}
        self.headers: list[str | None] = []
        node = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                read_body(self)
                node.headers.append(self.headers.get("Authorization"))
                node.answers[self.path.split("/")[3].split("?")[0]](self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.api = f"/ip4/127.0.0.1/tcp/{self.server.server_port}"


def read_body(request: http.server.BaseHTTPRequestHandler) -> None:
    if request.headers.get("Transfer-Encoding") != "chunked":
        request.rfile.read(int(request.headers.get("Content-Length", 0)))
        return
    while size := int(request.rfile.readline(), 16):
        request.rfile.read(size + 2)
    request.rfile.readline()


def says(value: object, status: int = 200) -> Answer:
    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        request.send_response(status)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return answer


def refuses(message: str) -> Answer:
    return says({"Message": message, "Code": 0, "Type": "error"}, 500)


def begins_and(then: Callable[[], None]) -> Answer:
    """Promise 1,000 bytes, send ten, then do something else."""

    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", "1000")
        request.end_headers()
        request.wfile.write(b"ten bytes!")
        request.wfile.flush()
        then()
        request.close_connection = True

    return answer


HANGS_SECONDS = 6
SILENT_SECONDS = 2
"""A client that waits so long for a word hears none from a node that hangs."""


def hang() -> None:
    time.sleep(HANGS_SECONDS)


@pytest.fixture
def node() -> Iterator[Node]:
    node = Node()
    thread = threading.Thread(target=node.server.serve_forever, daemon=True)
    thread.start()
    yield node
    node.server.shutdown()
    node.server.server_close()


def fetch(api: str, cid: Cid = CID, timeout: float = 30) -> bytes:
    sink = io.BytesIO()
    KuboIpfs(api, timeout=timeout).fetch(cid, sink, max_bytes=10_000)
    return sink.getvalue()


def test_a_node_that_serves_other_bytes_is_found_out(node: Node) -> None:
    node.answers["cat"] = says(b"another document")
    with pytest.raises(DigestMismatch):
        fetch(node.api)


def test_a_node_that_names_another_cid_is_found_out(node: Node) -> None:
    node.answers["add"] = says({"Name": "", "Hash": str(cid_of(io.BytesIO(b"other")))})
    with pytest.raises(DigestMismatch, match="names"):
        KuboIpfs(node.api).add(io.BytesIO(DATA))


def test_a_block_that_no_reachable_node_has_is_not_found(node: Node) -> None:
    node.answers["cat"] = lambda request: hang()
    with pytest.raises(ContentNotFound, match="in time"):
        fetch(node.api, timeout=SILENT_SECONDS)


def test_a_file_of_which_a_part_is_missing_is_not_found(node: Node) -> None:
    node.answers["cat"] = begins_and(hang)
    with pytest.raises(ContentNotFound):
        fetch(node.api, timeout=SILENT_SECONDS)


def test_a_node_without_network_that_lacks_the_block_says_not_found(node: Node) -> None:
    node.answers["cat"] = refuses(f"block was not found locally (offline): could not find {CID}")
    with pytest.raises(ContentNotFound):
        fetch(node.api)


def test_a_node_that_hangs_altogether_is_unavailable_and_not_blamed_on_the_content(
    node: Node,
) -> None:
    node.answers["cat"] = node.answers["version"] = lambda request: hang()
    with pytest.raises(IpfsUnavailable, match="silent"):
        fetch(node.api, timeout=SILENT_SECONDS)


def test_a_transfer_that_breaks_off_is_unavailable(node: Node) -> None:
    node.answers["cat"] = begins_and(lambda: None)
    with pytest.raises(IpfsUnavailable):
        fetch(node.api)


def test_a_transfer_that_ends_early_without_a_word_is_found_out(node: Node) -> None:
    node.answers["cat"] = says(DATA[:-1])
    with pytest.raises(DigestMismatch):
        fetch(node.api)


@pytest.mark.parametrize("path", ["add", "cat", "pin", "version"])
@pytest.mark.parametrize(
    "answer",
    [refuses("the repository is read-only"), says(b"<html>", 404), says(b"[1]"), says(b"{]")],
    ids=["refuses", "no-node", "other-json", "no-json"],
)
def test_a_node_that_answers_nonsense_is_unavailable(node: Node, path: str, answer: Answer) -> None:
    node.answers[path] = answer
    store = KuboIpfs(node.api)
    calls: dict[str, Callable[[], object]] = {
        "add": lambda: store.add(io.BytesIO(DATA)),
        "cat": lambda: store.fetch(CID, io.BytesIO(), max_bytes=100),
        "pin": lambda: store.has(CID),
        "version": store.ping,
    }
    with pytest.raises((IpfsUnavailable, DigestMismatch)):
        calls[path]()


def test_a_pin_that_cannot_be_removed_is_unavailable(node: Node) -> None:
    node.answers["pin"] = refuses("the repository is read-only")
    with pytest.raises(IpfsUnavailable, match="read-only"):
        KuboIpfs(node.api).unpin(CID)


def test_a_node_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(IpfsUnavailable, match=r"/ip4/127\.0\.0\.1/tcp/1 "):
        fetch("/ip4/127.0.0.1/tcp/1")


def test_the_proxy_of_the_environment_is_never_used(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert KuboIpfs(node.api).ping().startswith("Kubo 0.43.0")


def test_a_password_in_the_address_is_used_and_never_shown(node: Node) -> None:
    port = node.server.server_port
    store = KuboIpfs(f"http://alice:hunter2@127.0.0.1:{port}")
    assert store.ping() == f"Kubo 0.43.0 at 127.0.0.1:{port}"
    assert str(node.headers[-1]).startswith("Basic ")
    node.answers["version"] = refuses("no")
    with pytest.raises(IpfsUnavailable) as caught:
        store.ping()
    assert "hunter2" not in caught.value.detail


@pytest.mark.parametrize(
    "api",
    [
        "/ip4/127.0.0.1/tcp/5001",
        "/ip4/127.8.9.1/tcp/5001/http",
        "/ip6/::1/tcp/5001",
        "/dns/localhost/tcp/5001/http",
        "/unix/run/ipfs.sock",
        "http://127.0.0.1:5001",
        "http://localhost:5001/",
        "http://[::1]:5001",
        "/ip4/127.0.0.1/tcp/5001\n",
    ],
)
def test_addresses_of_this_machine_are_accepted(api: str) -> None:
    KuboIpfs(api)


@pytest.mark.parametrize(
    "api",
    [
        "/ip4/192.168.1.2/tcp/5001",
        "/ip4/0.0.0.0/tcp/5001",
        "/dns/ipfs.example.org/tcp/5001",
        "http://10.0.0.1:5001",
        "https://localhost.example.org:443",
        "http://[2001:db8::1]:5001",
    ],
)
def test_an_rpc_on_another_machine_is_refused_unless_allowed(api: str) -> None:
    with pytest.raises(SetupError, match="administrator"):
        KuboIpfs(api)
    KuboIpfs(api, allow_remote=True)


@pytest.mark.parametrize(
    "api",
    [
        "",
        "127.0.0.1:5001",
        "http://127.0.0.1",
        "http://:secret@",
        "http://u:secret@127.0.0.1:port",
        "ftp://127.0.0.1:21",
        "/ip4/127.0.0.1",
        "/ip4/127.0.0.1/udp/5001",
    ],
)
def test_an_address_that_cannot_be_read_is_a_setup_error(api: str) -> None:
    with pytest.raises(SetupError) as caught:
        KuboIpfs(api)
    assert "secret" not in caught.value.detail


@pytest.mark.kubo
def test_an_add_of_many_megabytes_is_streamed_and_not_held(kubo_api: str) -> None:
    largest = 0

    class Measured(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            nonlocal largest
            data = super().read(size)
            largest = max(largest, len(data))
            return data

    store = KuboIpfs(kubo_api)
    cid = store.add(Measured(os.urandom(5_000_000)))
    store.unpin(cid)
    assert 0 < largest <= 1 << 20
