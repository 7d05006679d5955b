"""Failed prints of a lease that are redeemed long after their printer told of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from api import voider
from ledger.leasefiles import LeaseFile
from ledger.models import Outcome
from ledger.services import pooled, voidpolicy
from ledger.services.context import Ledger
from ledger.tickets import as_json
from tests.api.failing import state, waiting
from tests.leasing import Book, lease, serials
from tests.scene import Scene

pytestmark = pytest.mark.usefixtures("redeemed_only_when_told")

LATE = voidpolicy.REDEEMED_WITHIN_SECONDS + 3_600


@pytest.fixture(scope="module", autouse=True)
def _only_tests_look() -> Iterator[None]:
    """The service's own step looks at nothing before the test does, however slow that is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("api.voider._run", lambda *_: None)
        yield


@pytest.fixture
def ours(scene: Callable[..., Scene]) -> Scene:
    """A license of ten prints, of which one is voided without asking."""
    found = scene(quota=10, grace=24)
    voidpolicy.choose_share(found.ledger, found.license, 1_000)
    return found


def at(ours: Scene, seconds: int) -> Ledger:
    return replace(ours.ledger, clock=lambda: ours.now + seconds)


def handed_in(ours: Scene, outcome: Outcome) -> LeaseFile:
    """A lease whose first serial was spent offline, and ended like this: nothing is redeemed."""
    file, book = lease(ours, count=3), Book(ours, ours.printer)
    first = serials(file)[0]
    book.spend(file, first)
    book.hand_in()
    body = ours.receipt(as_json(file.tickets[0]), first, outcome=outcome)
    ours.center.ok("POST", "/receipts", json=body)
    return file


def forgotten(ours: Scene) -> None:
    """The redemption did not come while it was looked for."""
    voider.void_what_is_due(at(ours, LATE))
    assert ours.license not in voidpolicy.due(at(ours, 10 * LATE))
    assert state(ours)["voided"] == 0


def test_a_failed_print_that_is_redeemed_after_days_is_voided_then(ours: Scene) -> None:
    handed_in(ours, Outcome.FAILED)
    forgotten(ours)
    assert pooled.settle(ours.ledger, at_once=True) == 1
    voider.void_what_is_due(at(ours, 3_600))
    assert (state(ours)["voided"], waiting(ours)) == (1, [])
    assert "void-without-evidence" not in ours.findings(ours.license)


def test_the_redemption_of_a_good_print_asks_for_no_void(ours: Scene) -> None:
    handed_in(ours, Outcome.DONE)
    assert pooled.settle(ours.ledger, at_once=True) == 1
    assert ours.license not in voidpolicy.due(at(ours, 10 * LATE))


def test_beyond_the_share_a_print_that_is_redeemed_late_waits_for_a_hand(ours: Scene) -> None:
    voidpolicy.choose_share(ours.ledger, ours.license, 0)
    file = handed_in(ours, Outcome.FAILED)
    forgotten(ours)
    pooled.settle(ours.ledger, at_once=True)
    voider.void_what_is_due(at(ours, 3_600))
    assert (state(ours)["voided"], waiting(ours)) == (0, serials(file)[:1])
