"""A POST with an idempotency key is carried out once, however often it is sent."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from ledger.errors import ChainUnavailable, IdempotencyKeyReused, StoreUnavailable
from ledger.services.context import Ledger
from ledger.store import answers
from ledger.store.tables import AnswerRow
from tests.api.unchanged import nothing_changes
from tests.scene import Scene, new_file
from tests.service import Party


def key(name: str) -> dict[str, str]:
    return {"idempotency-key": name}


def full(*_: Any) -> None:
    raise StoreUnavailable("The disk is full.")


def test_the_same_request_again_gets_the_same_answer(ours: Scene) -> None:
    http, body = ours.center.http, ours.token_request()
    first = http.post("/tokens", json=body, headers=key("one"))
    with nothing_changes(ours.ledger):
        again = http.post("/tokens", json=body, headers=key("one"))
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["content-type"] == first.headers["content-type"]
    assert again.headers["idempotent-replay"] == "true"
    assert "idempotent-replay" not in first.headers
    assert http.post("/tokens", json=body, headers=key("another")).status_code == 409
    assert http.post("/tokens", json=body).status_code == 409


def test_a_refusal_is_kept_as_well(ours: Scene) -> None:
    http, body = ours.center.http, ours.token_request(count=0)
    first = http.post("/tokens", json=body, headers=key("refused"))
    again = http.post("/tokens", json=body, headers=key("refused"))
    assert first.json() == again.json()
    assert again.headers["content-type"] == "application/problem+json"
    assert again.headers["idempotent-replay"] == "true"


def test_a_key_is_for_one_request_only(ours: Scene) -> None:
    body = {"designer": ours.designer.address, "expiry": ours.now + 999}
    ours.designer.ok("POST", "/issuers", json=body, headers=key("mine"))
    for path, other in (
        ("/issuers", body | {"expiry": ours.now + 998}),
        ("/issuers/removal", body),
        ("/issuers?more=1", body),
    ):
        ours.designer.refused("IdempotencyKeyReused", "POST", path, json=other, headers=key("mine"))


@pytest.mark.parametrize("name", ["", "k" * 201])
def test_a_key_has_1_to_200_characters(ours: Scene, name: str) -> None:
    ours.center.refused("MalformedRequest", "POST", "/tokens", json={}, headers=key(name))


def test_of_many_at_once_one_is_carried_out(ours: Scene) -> None:
    body = ours.token_request()

    def send(_: int) -> str:
        answer = ours.center.http.post("/tokens", json=body, headers=key("at once"))
        return str(answer.json().get("error", answer.json().get("tickets")))

    with ThreadPoolExecutor(8) as pool:
        outcomes = Counter(pool.map(send, range(8)))
    assert len(set(outcomes) - {"IdempotencyKeyReused"}) == 1


def test_a_failure_of_the_service_is_not_kept(ours: Scene) -> None:
    class Away:
        fails = True

        def catch_up(self) -> int:
            if self.fails:
                raise ChainUnavailable("It is away.")
            return ours.ledger.indexer.catch_up()

    away = Away()  # has the one method that this route calls
    app = create_app(ledger=replace(ours.ledger, indexer=away))  # type: ignore[arg-type]
    http, body = TestClient(app), ours.token_request()
    assert http.post("/tokens", json=body, headers=key("away")).status_code == 503
    away.fails = False
    answer = http.post("/tokens", json=body, headers=key("away"))
    assert answer.status_code == 201
    assert "idempotent-replay" not in answer.headers


def test_a_bug_of_the_service_gives_the_key_back(ours: Scene) -> None:
    class Faulty:  # has the one method that this route calls
        def catch_up(self) -> int:
            raise ZeroDivisionError

    app = create_app(ledger=replace(ours.ledger, indexer=Faulty()))  # type: ignore[arg-type]
    body = ours.token_request()
    client = TestClient(app, raise_server_exceptions=False)
    assert client.post("/tokens", json=body, headers=key("bug")).status_code == 500
    assert ours.center.http.post("/tokens", json=body, headers=key("bug")).status_code == 201


def test_an_answer_that_cannot_be_kept_is_given_and_kept_for_the_next_try_once_there_is_room(
    ours: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "keep", full)
    body = ours.token_request()
    answer = ours.center.http.post("/tokens", json=body, headers=key("full"))
    assert answer.status_code == 201
    away = ours.center.http.post("/tokens", json=body, headers=key("full"))
    assert away.status_code == 503
    monkeypatch.undo()
    again = ours.center.http.post("/tokens", json=body, headers=key("full"))
    assert (again.status_code, again.json()) == (201, answer.json())
    assert again.headers["idempotent-replay"] == "true"


def test_a_key_that_cannot_be_given_back_is_given_back_at_the_next_try(
    ours: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "forget", full)
    monkeypatch.setattr("ledger.services.issuing.promise", full)
    body = ours.token_request()
    assert ours.center.http.post("/tokens", json=body, headers=key("owed")).status_code == 503
    monkeypatch.undo()
    answer = ours.center.http.post("/tokens", json=body, headers=key("owed"))
    assert answer.status_code == 201
    assert "idempotent-replay" not in answer.headers


def test_of_two_repeats_at_once_only_one_gives_the_key_back(
    ours: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_back, forget, body = list[str](), answers.forget, ours.token_request()

    def send(_: int = 0) -> int:
        return int(ours.center.http.post("/tokens", json=body, headers=key("two")).status_code)

    def slow(*arguments: Any) -> None:
        given_back.append(arguments[1])
        time.sleep(0.5)
        forget(*arguments)

    monkeypatch.setattr(answers, "forget", full)
    monkeypatch.setattr("ledger.services.issuing.promise", full)
    assert send() == 503
    monkeypatch.undo()
    monkeypatch.setattr(answers, "forget", slow)
    with ThreadPoolExecutor(2) as pool:
        assert 201 in pool.map(send, range(2))
    assert given_back == ["two"]


def test_keys_are_forgotten_after_a_day_and_dead_requests_sooner(ledger: Ledger) -> None:
    database, now = ledger.database, 10_000_000
    assert answers.begin(database, "k", "f", now) is None
    with pytest.raises(IdempotencyKeyReused):
        answers.begin(database, "k", "f", now + answers.PENDING_SECONDS - 1)
    assert answers.begin(database, "k", "f", now + answers.PENDING_SECONDS) is None
    answers.keep(database, "k", 201, "{}", b"done")
    kept = answers.begin(database, "k", "f", now + answers.KEPT_SECONDS)
    assert kept is not None
    assert kept.body == b"done"
    late = now + answers.PENDING_SECONDS + answers.KEPT_SECONDS + 1
    assert answers.begin(database, "k", "f", late) is None
    answers.forget(database, "k")
    with database.read() as session:
        assert session.get(AnswerRow, "k") is None


def test_an_answer_whose_key_a_failed_repeat_gave_back_is_given_all_the_same(
    ledger: Ledger,
) -> None:
    """It took so long that it was taken for dead."""
    database, now = ledger.database, 10_000_000
    assert answers.begin(database, "slow", "f", now) is None
    assert answers.begin(database, "slow", "f", now + answers.PENDING_SECONDS) is None
    answers.forget(database, "slow")
    answers.keep(database, "slow", 201, "{}", b"done")
    assert answers.begin(database, "slow", "f", now + answers.PENDING_SECONDS + 1) is None


def test_a_days_worth_of_answers_goes_in_steps_and_none_of_them_is_given_any_more(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, now = ledger.database, 1_000_000
    monkeypatch.setattr(answers, "FORGOTTEN_AT_ONCE", 2)
    for number in range(6):
        answers.begin(database, f"old {number}", "f", now + number)
        answers.keep(database, f"old {number}", 201, "{}", b"done")
    late = now + answers.KEPT_SECONDS + 6
    assert answers.begin(database, "old 5", "other", late) is None

    def left() -> list[int]:
        with database.read() as session:
            return [n for n in range(6) if session.get(AnswerRow, f"old {n}") is not None]

    assert left() == [2, 3, 4, 5]
    answers.begin(database, "new", "f", late)
    assert left() == [4, 5]


# --- uploads -----------------------------------------------------------------


@pytest.fixture
def upload(party: Callable[[], Party]) -> Callable[..., Any]:
    designer = party()

    def send(content: bytes, name: str, **options: Any) -> Any:
        return designer.http.post(
            "/designs",
            params={"owner": designer.address, "title": "A part"},
            content=content,
            headers=key(name) | {"content-type": "application/octet-stream"},
            **options,
        )

    return send


def test_an_upload_repeated_is_answered_without_being_sealed_again(
    upload: Callable[..., Any], ledger: Ledger, tmp_path: Path
) -> None:
    content = new_file(tmp_path).read_bytes()
    first = upload(content, "upload")
    assert first.status_code == 201
    with nothing_changes(ledger):
        again = upload(content, "upload")
    assert again.headers["idempotent-replay"] == "true"
    assert again.json() == first.json()


def test_another_file_of_the_same_length_is_another_request(
    upload: Callable[..., Any], ledger: Ledger, tmp_path: Path
) -> None:
    one, two = (new_file(tmp_path).read_bytes() for _ in range(2))
    assert len(one) == len(two)
    assert upload(one, "length").status_code == 201
    with nothing_changes(ledger):
        assert upload(two, "length").json()["error"] == "IdempotencyKeyReused"


def test_a_refused_upload_may_be_sent_again_with_its_key(upload: Callable[..., Any]) -> None:
    for _ in range(2):
        answer = upload(b"", "empty")
        assert answer.json()["error"] == "InvalidDesign"
        assert "idempotent-replay" not in answer.headers


def test_a_repeat_is_not_read_beyond_the_largest_design(
    upload: Callable[..., Any], ledger: Ledger, tmp_path: Path
) -> None:
    content = new_file(tmp_path).read_bytes()

    def pieces(count: int) -> Any:
        yield content
        for _ in range(count):
            yield bytes(1_000)

    assert upload(pieces(0), "pieces").status_code == 201
    limit = ledger.max_design_bytes
    object.__setattr__(ledger, "max_design_bytes", 5_000)
    answer = upload(pieces(50), "pieces")
    object.__setattr__(ledger, "max_design_bytes", limit)
    assert answer.json()["error"] == "IdempotencyKeyReused"


# --- sizes -------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["application/json", "application/octet-stream", "text/plain"])
def test_a_json_request_has_at_most_1_mib_whatever_it_calls_itself(ours: Scene, kind: str) -> None:
    body = b'{"raw": "0x' + b"00" * 2**19 + b'"}'
    before = threading.active_count()
    with nothing_changes(ours.ledger):
        started = time.monotonic()
        answer = ours.center.refused(
            "MalformedRequest",
            "POST",
            "/transactions",
            content=body,
            headers={"content-type": kind},
        )
        assert time.monotonic() - started < 5
    assert "1048576" in answer["detail"]
    assert threading.active_count() <= before + 2
