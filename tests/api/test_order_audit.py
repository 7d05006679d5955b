"""Orders in the audit: the newest of them, and never less than what a finding rests on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ledger.models import OrderAction
from ledger.services import orderaudit, voidpolicy
from tests.api.queueing import add, change, next_job, print_it, shown, sign_off
from tests.scene import Scene


@pytest.fixture(scope="module")
def ours(scene: Callable[..., Scene]) -> Scene:
    """An order with two signed-off pieces, the first called bad and voided; and two younger."""
    found = scene(quota=9)
    voidpolicy.choose_share(found.ledger, found.license, 5_000)
    first = add(found, quantity=1, retries=1, sign_off=True)
    for accepted in (False, True):
        ticket = next_job(found)["ticket"]
        print_it(found, ticket)
        sign_off(found, first, ticket, accepted=accepted)
    for _ in range(2):
        order = add(found)
        change(found, order, OrderAction.PAUSE)
        change(found, order, OrderAction.RESUME)
        print_it(found, next_job(found)["ticket"])
    return found


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orderaudit, "MOST_ORDERS", 2)
    monkeypatch.setattr(orderaudit, "MOST_SAID", 3)


def orders(ours: Scene) -> list[str]:
    rows = ours.center.ok("GET", "/queue", params={"license": ours.license})["items"]
    return [row["digest"] for row in rows]


def told(dossier: dict[str, Any], what: str) -> list[dict[str, Any]]:
    return [fact["details"] for fact in dossier["facts"] if fact["what"] == what]


def notes(dossier: dict[str, Any]) -> list[str]:
    found = dossier["findings"]
    return [one["detail"] for one in found if one["kind"] == "orders-not-all-told"]


def test_what_fits_into_one_audit_is_told_whole_and_no_finding(ours: Scene) -> None:
    for subject in (ours.license, ours.printer.address, ours.design):
        dossier = ours.dossier(subject)
        assert [row["order"] for row in told(dossier, "PrintOrdered")] == orders(ours)
        assert len(told(dossier, "OrderChanged") + told(dossier, "PieceSignedOff")) == 6
        assert notes(dossier) == []


@pytest.mark.usefixtures("small")
def test_the_newest_orders_are_told_and_how_many_there_are(ours: Scene) -> None:
    for subject in (ours.license, ours.printer.address, ours.design):
        dossier = ours.dossier(subject)
        (detail,) = notes(dossier)
        assert "Of 3 orders the newest 2 are told, and of 4 statements" in detail
        assert "the newest 3;" in detail
        assert {row["order"] for row in told(dossier, "PrintOrdered")} >= set(orders(ours)[1:])
        changed = told(dossier, "OrderChanged")
        assert [row["order"] for row in changed] == [orders(ours)[one] for one in (1, 2, 2)]


@pytest.mark.usefixtures("small")
def test_what_a_void_rests_on_is_told_however_old_it_is(ours: Scene) -> None:
    (void,) = ours.center.ok("GET", "/voids", params={"license": ours.license})["items"]
    evidence = f"statement {void['evidence']}"
    for subject in (ours.license, ours.printer.address, ours.design):
        dossier = ours.dossier(subject)
        assert "void-on-a-centers-word" in [one["kind"] for one in dossier["findings"]]
        (where,) = (one["where"] for one in dossier["facts"] if one["what"] == "PieceSignedOff")
        assert where.startswith(evidence)
        assert [row["order"] for row in told(dossier, "PrintOrdered")] == orders(ours)


def test_what_was_said_of_the_one_print_in_question_is_told_however_old_it_is(
    ours: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orderaudit, "MOST_SAID", 0)
    pieces = shown(ours, orders(ours)[0])["pieces"]
    for piece in pieces:
        for subject in (f"{ours.license}:{piece['serial']}", piece["token"]):
            (said,) = told(ours.dossier(subject), "PieceSignedOff")
            assert (said["token"], said["accepted"]) == (piece["token"], piece["accepted"])
    assert [piece["accepted"] for piece in pieces] == [False, True]
