"""Earnings and settlements over HTTP, and what the audit says of them."""

from __future__ import annotations

from collections.abc import Callable

from ledger.errors import LedgerError
from ledger.models import NATIVE_CURRENCY
from ledger.store import tables
from ledger.store.moneytables import EarningRow
from tests.scene import Scene
from tests.service import PRICE


def test_earnings_are_told_by_currency_and_the_audit_agrees(scene: Callable[..., Scene]) -> None:
    mine = scene(quota=10)
    ticket = mine.tickets(count=2)[0]
    mine.redeem(ticket)
    body = {"sender": mine.center.address}
    mine.center.send(mine.center.ok("POST", f"/licenses/{mine.license}/settlement", json=body))
    (earned,) = mine.center.ok("GET", f"/designs/{mine.design}/earnings")["items"]
    assert (earned["currency"], earned["symbol"]) == (NATIVE_CURRENCY, "ether")
    assert earned["settled"] == earned["withdrawable"] == str(2 * PRICE)
    assert kinds(mine, mine.design) == kinds(mine, mine.license) == set()

    with mine.ledger.database.write() as session:
        row = session.get_one(EarningRow, (str(mine.design), NATIVE_CURRENCY))
        row.settled = "1"
        session.get_one(tables.LicenseRow, mine.license).earned = 9
    assert kinds(mine, mine.design) == kinds(mine, mine.license) == {"money-differs"}
    mine.ledger.indexer.rebuild()
    assert kinds(mine, mine.design) == set()


def kinds(ours: Scene, subject: object) -> set[str]:
    """The errors about money that the audit of a subject finds."""
    found = ours.center.ok("GET", f"/provenance/{subject}")["findings"]
    return {row["kind"] for row in found if row["kind"].startswith("money")}


def test_many_licenses_are_settled_at_once(scene: Callable[..., Scene]) -> None:
    mine = scene(quota=10)
    mine.redeem(mine.ticket())
    other = mine.center.buy(mine.offer, 1)
    body = {"sender": mine.center.address, "licenses": [mine.license, other]}
    path = "/licenses/settlements"
    strict = {**body, "all_or_nothing": True}
    mine.center.refused("BatchFailed", "POST", path, json=strict)
    answer = mine.center.ok("POST", path, json=body)
    assert [part["license"] for part in answer["slices"]] == [mine.license, other]
    events = mine.center.send(answer)["events"]
    assert {"LicenseSettled", "BatchItemFailed"} <= {row["name"] for row in events}
    (failed,) = [row["arguments"] for row in events if row["name"] == "BatchItemFailed"]
    error: LedgerError = mine.ledger.chain.explain(failed["reason"])
    assert (failed["index"], type(error).__name__) == (1, "NothingToSettle")
    twice = {**body, "licenses": [other, other]}
    mine.center.refused("MalformedRequest", "POST", path, json=twice)
