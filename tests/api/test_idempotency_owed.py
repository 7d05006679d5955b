"""An idempotency key that could not be given back, since the disk was full."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ledger.errors import StoreUnavailable
from ledger.store import answers
from tests.api.test_idempotency import key
from tests.scene import Scene


def test_of_two_repeats_at_once_only_one_gives_the_key_back(
    ours: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other would give back what the first has taken anew, and both would be carried out."""

    def full(*_: Any) -> None:
        raise StoreUnavailable("The disk is full.")

    def slow(*arguments: Any) -> None:
        given_back.append(arguments[1])
        time.sleep(0.5)
        forget(*arguments)

    given_back, forget, body = list[str](), answers.forget, ours.token_request()
    monkeypatch.setattr(answers, "forget", full)
    monkeypatch.setattr("ledger.services.issuing.promise", full)
    assert ours.center.http.post("/tokens", json=body, headers=key("two")).status_code == 503
    monkeypatch.undo()
    monkeypatch.setattr(answers, "forget", slow)

    def send(_: int) -> int:
        return int(ours.center.http.post("/tokens", json=body, headers=key("two")).status_code)

    with ThreadPoolExecutor(2) as pool:
        assert 201 in pool.map(send, range(2))
    assert given_back == ["two"]
