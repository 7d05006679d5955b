"""How many printers one center enrols within a day: each is an entry of the log for ever."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from pydantic import ValidationError
from starlette.testclient import TestClient

from api.app import create_app
from ledger.config import Settings
from ledger.services.context import Ledger
from ledger.services.printing import DAY_SECONDS
from tests.api.unchanged import nothing_changes
from tests.service import Party, Printer

LIMIT = 3


@dataclass
class Clock:
    """A clock that a test sets; it begins a minute ahead of the chain's."""

    seconds: int

    def __call__(self) -> int:
        return self.seconds


@pytest.fixture
def clock(ledger: Ledger) -> Clock:
    return Clock(ledger.now() + 60)


@pytest.fixture
def center(ledger: Ledger, party: Callable[[], Party], clock: Clock) -> Party:
    """A center at a service that takes three enrolments of each within a day."""
    limited = replace(ledger, enrolments_a_day=LIMIT, clock=clock)
    return replace(party(), http=TestClient(create_app(ledger=limited)))


def enrolment(center: Party, clock: Clock, printer: Printer | None = None) -> dict[str, Any]:
    return (printer or Printer.new()).enrolment(center, clock())


def test_a_center_is_told_when_its_next_printer_is_taken(
    ledger: Ledger, center: Party, clock: Clock
) -> None:
    start = clock()
    for seconds in range(LIMIT):
        clock.seconds = start + 10 * seconds
        center.ok("POST", "/printers", json=enrolment(center, clock))
    for seconds in range(LIMIT):
        free = start + 10 * seconds + DAY_SECONDS
        clock.seconds = free - 1
        body = enrolment(center, clock)
        with nothing_changes(ledger):
            told = center.refused("TooManyEnrolments", "POST", "/printers", json=body)
        assert (told["status"], told["again_at"], told["limit"]) == (429, free, LIMIT)
        assert center.http.post("/printers", json=body).headers["retry-after"] == "1"
        clock.seconds = free
        center.ok("POST", "/printers", json=body)


def test_an_enrolment_that_was_taken_is_free_when_it_is_sent_again(
    ledger: Ledger, center: Party, clock: Clock
) -> None:
    bodies = [enrolment(center, clock) for _ in range(LIMIT)]
    first = [center.ok("POST", "/printers", json=body) for body in bodies]
    center.refused("TooManyEnrolments", "POST", "/printers", json=enrolment(center, clock))
    with nothing_changes(ledger):
        assert [center.ok("POST", "/printers", json=body) for body in bodies] == first


def test_a_printer_that_is_enrolled_anew_is_counted_each_time(center: Party, clock: Clock) -> None:
    printer = Printer.new()
    for _ in range(LIMIT):
        printer = Printer(printer.signer, Printer.new().kem)
        center.ok("POST", "/printers", json=enrolment(center, clock, printer))
    center.refused("TooManyEnrolments", "POST", "/printers", json=enrolment(center, clock))


def test_one_center_takes_no_room_from_another(
    center: Party, party: Callable[[], Party], clock: Clock
) -> None:
    other = replace(party(), http=center.http)
    for _ in range(LIMIT):
        center.ok("POST", "/printers", json=enrolment(center, clock))
        other.ok("POST", "/printers", json=enrolment(other, clock))
    for full in (center, other):
        full.refused("TooManyEnrolments", "POST", "/printers", json=enrolment(full, clock))


def test_later_is_no_answer_that_an_idempotency_key_keeps(center: Party, clock: Clock) -> None:
    for _ in range(LIMIT):
        center.ok("POST", "/printers", json=enrolment(center, clock))
    free = clock() + DAY_SECONDS
    clock.seconds = free - 60
    body, key = enrolment(center, clock), {"idempotency-key": "later"}
    center.refused("TooManyEnrolments", "POST", "/printers", json=body, headers=key)
    clock.seconds = free
    center.ok("POST", "/printers", json=body, headers=key)


def test_a_service_that_would_enrol_nobody_is_not_set_up() -> None:
    assert Settings(enrolments_a_day=1).enrolments_a_day == 1
    with pytest.raises(ValidationError):
        Settings(enrolments_a_day=0)
