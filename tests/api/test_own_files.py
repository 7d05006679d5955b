"""The owner's choice about own files: signed by the printer, in the log once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ledger import entries
from ledger.store import log
from tests.api.saying import choice
from tests.scene import NOBODY, Scene


@pytest.fixture
def ours(scene: Callable[..., Scene]) -> Scene:
    return scene(quota=2)


def hand_in(ours: Scene, body: dict[str, Any]) -> Any:
    path = f"/printers/{ours.printer.address}/own-files"
    return ours.center.http.request("POST", path, json=body)


def test_it_is_logged_once_however_often_it_is_told(ours: Scene) -> None:
    body = choice(ours, allowed=True)
    first = hand_in(ours, body)
    assert first.status_code == 200, first.text
    assert hand_in(ours, body).json() == first.json()
    off = hand_in(ours, choice(ours, allowed=False, since=ours.now + 1)).json()
    assert off["index"] == first.json()["index"] + 1
    with ours.ledger.database.read() as session:
        row = log.entry(session, first.json()["index"])
    assert row is not None
    assert row.type == "OwnFiles"
    assert entries.decode(row.entry)


def test_nobody_else_says_it_and_not_for_the_future(ours: Scene) -> None:
    body = choice(ours, allowed=True)
    assert hand_in(ours, {**body, "allowed": False}).status_code == 403
    assert hand_in(ours, choice(ours, allowed=True, since=ours.now + 3600)).status_code == 400
    other = ours.center.http.request("POST", f"/printers/{NOBODY}/own-files", json=body)
    assert other.status_code in (403, 404)
