"""The client's edge: every answer becomes a value or the error that it names."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ledger.client import ServiceClient
from ledger.client.printerside import START_SECONDS
from ledger.client.transport import Transport
from ledger.errors import (
    DesignNotFound,
    DigestMismatch,
    LedgerError,
    MalformedRequest,
    ServiceUnavailable,
    Unavailable,
    all_errors,
)
from ledger.models import Address, ContentHash, Digest, PrintStart

URL = "http://service.test"
OWNER = Address("0x" + "11" * 20)
DESIGN = ContentHash(bytes(32))
Handler = Callable[[httpx.Request], httpx.Response]


class Service:
    """A client whose network is a function, and what it did."""

    def __init__(self, handler: Handler) -> None:
        self.requests: list[httpx.Request] = []
        self.waits: list[float] = []

        def handle(request: httpx.Request) -> httpx.Response:
            self.requests.append(request)
            return handler(request)

        inner = httpx.MockTransport(handle)
        transport = Transport(URL, inner=inner, sleep=self.waits.append)
        self.client = ServiceClient(URL, transport=transport)


def problem(error: str, status: int, **facts: Any) -> httpx.Response:
    body = {
        "type": "/problems/x",
        "title": "T",
        "status": status,
        "detail": "What was wrong.",
        "advice": "Do better.",
        "error": error,
        **facts,
    }
    headers = {"Content-Type": "application/problem+json"}
    return httpx.Response(status, headers=headers, content=json.dumps(body))


@pytest.mark.parametrize("kind", list(all_errors()), ids=lambda kind: kind.__name__)
def test_every_error_comes_back_as_itself(kind: type[LedgerError]) -> None:
    service = Service(lambda _: problem(kind.__name__, kind.status, design="0xab", limit=3))
    with pytest.raises(LedgerError) as caught:
        service.client.design(DESIGN)
    assert type(caught.value) is kind
    assert caught.value.detail == "What was wrong."
    assert caught.value.facts == {"design": "0xab", "limit": 3}


def test_an_error_of_a_newer_service_keeps_its_words() -> None:
    service = Service(lambda _: problem("PaperJammed", 409, nested={"a": 1}))
    with pytest.raises(LedgerError) as caught:
        service.client.design(DESIGN)
    assert type(caught.value) is LedgerError
    assert caught.value.facts == {"named": "PaperJammed"}


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_gateway_that_says_nothing_is_unavailable(status: int) -> None:
    service = Service(lambda _: httpx.Response(status, text="<html>Bad gateway</html>"))
    with pytest.raises(ServiceUnavailable, match=str(status)):
        service.client.design(DESIGN)


def test_a_crash_of_the_service_is_no_answer_that_can_be_repeated() -> None:
    service = Service(lambda _: httpx.Response(500, json={"detail": "no error named"}))
    with pytest.raises(LedgerError, match="500 without saying why"):
        service.client.design(DESIGN)
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    "failure", [httpx.ConnectError, httpx.ReadTimeout, httpx.RemoteProtocolError]
)
def test_reads_are_repeated_a_few_times(failure: type[httpx.TransportError]) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        raise failure("no", request=request)

    service = Service(handle)
    with pytest.raises(ServiceUnavailable):
        service.client.design(DESIGN)
    assert len(service.requests) == 4
    assert service.waits == [0.2, 0.4, 0.8]


def test_a_service_that_is_starting_is_waited_for() -> None:
    answers = iter([problem("ChainUnavailable", 503)] * 2)

    def handle(_: httpx.Request) -> httpx.Response:
        refusal = next(answers, None)
        if refusal is not None:
            refusal.headers["Retry-After"] = "2"
            return refusal
        return httpx.Response(200, json={"issuer": OWNER, "expiry": 5, "authorized": True})

    service = Service(handle)
    assert service.client.issuer(OWNER).authorized
    assert service.waits == [2.0, 2.0]


def test_a_write_is_repeated_only_if_the_service_did_not_take_it() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no", request=request)

    def lose(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("late", request=request)

    refused, lost = Service(refuse), Service(lose)
    for service in (refused, lost):
        with pytest.raises(ServiceUnavailable):
            service.client.issuer_removal(OWNER)
    assert len(refused.requests) == 4
    keys = {request.headers["Idempotency-Key"] for request in refused.requests}
    assert len(keys) == 1, "the same request keeps its key"
    assert len(lost.requests) == 1


def test_a_notice_that_a_print_began_is_sent_once_and_waits_for_nobody() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no", request=request)

    start = PrintStart(Digest(DESIGN), 3, OWNER, 9)
    for handler in (refuse, lambda _: problem("ChainUnavailable", 503)):
        service = Service(handler)
        with pytest.raises(Unavailable):
            service.client.report_start(start, bytes(65))
        (request,) = service.requests
        assert service.waits == []
        assert max(request.extensions["timeout"].values()) == START_SECONDS


def test_two_writes_have_two_keys() -> None:
    body = {"transaction": {}, "summary": "s"}
    service = Service(lambda _: httpx.Response(201, json=body))
    service.client.issuer_removal(OWNER)
    service.client.issuer_removal(OWNER)
    assert len({request.headers["Idempotency-Key"] for request in service.requests}) == 2


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(200, json={"issuer": "nobody", "expiry": 1, "authorized": True}),
        httpx.Response(200, json={"expiry": 1}),
        httpx.Response(200, text="hello"),
        httpx.Response(200, headers={"Content-Type": "application/json"}, text="{"),
    ],
)
def test_an_answer_of_another_form_is_not_taken(response: httpx.Response) -> None:
    with pytest.raises(ServiceUnavailable):
        Service(lambda _: response).client.issuer(OWNER)


@pytest.mark.parametrize("url", ["", "service", "file:///etc/passwd", "http://"])
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(MalformedRequest, match="not the URL"):
        ServiceClient(url)


def test_nothing_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.client.transport._FIRST_WAIT_SECONDS", 0.001)
    with ServiceClient("http://127.0.0.1:1") as client, pytest.raises(ServiceUnavailable):
        client.ready()


# ------------------------------------------------------------------- uploads


def prepared(design: str) -> dict[str, Any]:
    cid = "bafkreidhi4xap6euxufghs2qf4vkv3xgnb2a72djmk4kugxbtxbkrb3w6y"
    return {
        "design": design,
        "owner": OWNER,
        "format": "stl",
        "measures": {},
        "plain_size": 1,
        "sealed_size": 2,
        "cid": cid,
        "metadata_cid": cid,
        "metadata": "0x" + "00" * 32,
        "document": "{}",
        "deadline": 9,
        "typed_data": {},
    }


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "part.stl"
    path.write_bytes(bytes(range(256)) * 4_000)
    return path


def test_an_upload_is_streamed_hashed_and_told(file: Path) -> None:
    digest = "0x" + hashlib.sha256(file.read_bytes()).hexdigest()
    told: list[int] = []
    service = Service(lambda request: httpx.Response(201, json=prepared(_hash(request))))
    answer = service.client.upload_design(file, OWNER, "Part", progress=told.append)
    assert str(answer.design) == digest
    assert told[-1] == file.stat().st_size
    assert told == sorted(told)
    request = service.requests[0]
    assert request.headers["Content-Length"] == str(file.stat().st_size)
    assert dict(request.url.params)["title"] == "Part"


def test_an_upload_that_is_repeated_begins_anew(file: Path) -> None:
    refusals: Iterator[httpx.Response] = iter([problem("IpfsUnavailable", 503)])

    def handle(request: httpx.Request) -> httpx.Response:
        hash_ = _hash(request)
        return next(refusals, None) or httpx.Response(201, json=prepared(hash_))

    service = Service(handle)
    answer = service.client.upload_design(file, OWNER, "Part")
    assert str(answer.design) == "0x" + hashlib.sha256(file.read_bytes()).hexdigest()
    assert len(service.requests) == 2


def test_a_service_that_received_another_file_is_caught(file: Path) -> None:
    service = Service(lambda _: httpx.Response(201, json=prepared("0x" + "ab" * 32)))
    with pytest.raises(DigestMismatch):
        service.client.upload_design(file, OWNER, "Part")


def test_a_file_that_cannot_be_read_is_not_sent(tmp_path: Path) -> None:
    service = Service(lambda _: httpx.Response(500))
    with pytest.raises(MalformedRequest, match="cannot be read"):
        service.client.upload_design(tmp_path / "nothing.stl", OWNER, "Part")
    assert service.requests == []


def test_lists_leave_out_what_was_not_asked() -> None:
    service = Service(lambda _: httpx.Response(200, json={"items": [], "next_cursor": None}))
    service.client.licenses(design=DESIGN, limit=7)
    assert dict(service.requests[0].url.params) == {"design": str(DESIGN), "limit": "7"}


def test_what_is_not_found_is_not_asked_again() -> None:
    service = Service(lambda _: problem("DesignNotFound", 404))
    with pytest.raises(DesignNotFound):
        service.client.design(DESIGN)
    assert len(service.requests) == 1


def _hash(request: httpx.Request) -> str:
    return "0x" + hashlib.sha256(request.read()).hexdigest()
