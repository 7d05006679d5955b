"""Many at once: a serial is never in two tokens that can be redeemed."""

from __future__ import annotations

import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn
from sqlmodel import col, select

from api.app import create_app
from api.requests import TokensIn
from ledger.anvil import Anvil
from ledger.errors import LedgerError
from ledger.listening import LOOPBACK, listen
from ledger.models import serials_of
from ledger.services import issuing, registration
from ledger.services.context import Ledger
from ledger.services.registration import Description
from ledger.signing import parse_signature
from ledger.store import records
from ledger.store.tables import SealedRow, TokenRow
from tests.scene import Scene, new_file, redemption
from tests.service import Party

MANY = 64


@pytest.fixture(scope="module")
def server(ledger: Ledger) -> Iterator[str]:
    """The API behind a real HTTP server."""
    listener = listen(LOOPBACK, 0, "port", "another test")
    config = uvicorn.Config(create_app(ledger=ledger), log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    _until(lambda: server.started or not thread.is_alive())
    yield f"http://{LOOPBACK}:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(60)
    assert not thread.is_alive()


def serials(ledger: Ledger, license: int) -> list[int]:
    """Every serial of every token of a license, with repeats."""
    with ledger.database.read() as session:
        rows = session.exec(select(TokenRow).where(col(TokenRow.license) == license)).all()
    return [serial for row in rows for serial in serials_of(row.word, int(row.serials, 16))]


def test_64_requests_over_http_for_the_last_10_prints_give_10_tokens(
    scene: Callable[..., Scene], server: str
) -> None:
    ours = scene(quota=260)
    ours.tickets(count=250)
    bodies = [ours.token_request() for _ in range(MANY)]

    def send(body: dict[str, Any]) -> str:
        answer = httpx.post(f"{server}/tokens", json=body, timeout=60)
        return str(answer.json().get("error", answer.status_code))

    with ThreadPoolExecutor(MANY) as pool:
        outcomes = Counter(pool.map(send, bodies))
    assert outcomes == {"201": 10, "QuotaExhausted": 54}
    given = serials(ours.ledger, ours.license)
    assert sorted(given) == list(range(260))
    with ThreadPoolExecutor(8) as pool:
        again = Counter(pool.map(send, bodies[:8]))
    assert set(again) <= {"RequestReplayed", "QuotaExhausted"}


def test_64_threads_for_leases_never_share_a_serial(scene: Callable[..., Scene]) -> None:
    ours = scene(quota=100)
    bodies = [ours.token_request(count=7) for _ in range(MANY)]
    ledger = ours.ledger

    def issue(body: dict[str, Any]) -> str:
        read = TokensIn(**body)
        try:
            issuing.issue(ledger, read.request.message(), parse_signature(read.signature))
        except LedgerError as error:
            return type(error).__name__
        return "issued"

    with ThreadPoolExecutor(MANY) as pool:
        outcomes = Counter(pool.map(issue, bodies))
    assert outcomes == {"issued": 14, "QuotaExhausted": 50}
    assert sorted(serials(ledger, ours.license)) == list(range(98))


@pytest.mark.parametrize("grace", [0, 1])
def test_a_serial_is_promised_again_only_when_its_token_is_dead(
    scene: Callable[..., Scene],
    anvil: Anvil,
    later: Callable[[int], None],
    grace: int,
) -> None:
    ours = scene(quota=2, grace=grace)
    first = ours.tickets(count=2, lifetime=600)[0]
    until = int(first["token"]["deadline"]) + grace * 3_600

    def time_is(moment: int) -> None:
        later(moment - ours.ledger.chain.now())

    time_is(until - 60)
    ours.center.refused("QuotaExhausted", "POST", "/tokens", json=ours.token_request())
    ours.redeem(first, take="1")  # it still could be redeemed: rightly nobody else got it
    time_is(until + 5)
    ours.center.refused("QuotaExhausted", "POST", "/tokens", json=ours.token_request())
    late = redemption(ours, first, take="2")
    ours.center.refused("TokenExpired", "POST", "/redemptions", json=late)
    time_is(until + 130)
    second = ours.ticket()
    assert second["token"]["serials"] == "2"
    ours.redeem(second)
    ours.center.refused("QuotaExhausted", "POST", "/tokens", json=ours.token_request())


def test_a_client_that_goes_away_in_an_upload_leaves_nothing(
    ledger: Ledger, server: str, caplog: pytest.LogCaptureFixture
) -> None:
    query = "owner=0x" + "77" * 20 + "&title=t"
    head = f"POST /designs?{query} HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n"
    with socket.create_connection(("127.0.0.1", urlsplit(server).port or 0)) as line:
        line.sendall(head.encode() + b"solid ")
        _until(lambda: list(ledger.work_folder.rglob("design")) != [])
    _until(lambda: list(ledger.work_folder.iterdir()) == [])
    assert "Traceback" not in caplog.text


def _until(happens: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_uploads_of_one_file_at_once_end_with_one_sealed_copy_that_opens(
    ledger: Ledger, party: Callable[[], Party], tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = new_file(tmp_path_factory.mktemp("uploads"))
    owners = [party() for _ in range(6)]

    def prepare(owner: Party) -> registration.Prepared:
        return registration.prepare(ledger, file, owner.address, Description("The same"))

    with ThreadPoolExecutor(6) as pool:
        prepared = list(pool.map(prepare, owners))
    assert len({one.sealed.cid for one in prepared}) == 1
    with ledger.database.read() as session:
        rows = session.exec(select(SealedRow)).all()
        design = prepared[0].sealed.design
        assert len([row for row in rows if row.design == design]) == 1
    (staged,) = ledger.work_folder.iterdir()
    winner = owners[3].confirm(
        {
            "design": design,
            "metadata": prepared[3].metadata.digest,
            "deadline": prepared[3].deadline,
            "typed_data": prepared[3].typed_data.as_json(),
        }
    )
    assert winner["owner"] == owners[3].address
    assert not staged.exists()


def test_a_slow_upload_does_not_replace_the_copy_of_a_quick_one(
    ledger: Ledger,
    party: Callable[[], Party],
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = new_file(tmp_path_factory.mktemp("race"))
    quick, slow = party(), party()
    seal = registration._seal
    cids: list[str] = []

    def overtaken(*arguments: Any) -> SealedRow:
        monkeypatch.setattr(registration, "_seal", seal)
        answer = quick.upload(file)
        quick.confirm(answer)
        cids.append(answer["cid"])
        return seal(*arguments)

    monkeypatch.setattr(registration, "_seal", overtaken)
    late = registration.prepare(ledger, file, slow.address, Description("Late"))
    assert late.sealed.cid == cids[0]
    with ledger.database.read() as session:
        row = records.sealed(session, late.sealed.design)
    assert row is not None
    assert row.cid == cids[0]
    assert list(ledger.work_folder.glob("work-*")) == []


def test_confirmations_at_once_all_answer_the_one_registration(
    ledger: Ledger, party: Callable[[], Party], tmp_path_factory: pytest.TempPathFactory
) -> None:
    owner = party()
    prepared = owner.upload(new_file(tmp_path_factory.mktemp("confirmations")))
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: owner.confirm(prepared), range(5)))
    assert all(answer == answers[0] for answer in answers)
