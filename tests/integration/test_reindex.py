"""The projection dropped and rebuilt is the same; what only the service knows stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import select

from ledger.anvil import Anvil
from ledger.models import Digest
from ledger.services import checkpoints
from ledger.services.context import Ledger
from ledger.store import logtables, money, projection, tables
from tests.integration.crisis_life import go_through_one
from tests.integration.design_life import earn_for_the_parent, speak_of
from tests.integration.license_life import live_on
from tests.scene import Scene
from tests.service import Party, chain_of

pytestmark = pytest.mark.usefixtures("only_tests_index")

ONLY_OURS = (
    tables.SealedRow,
    tables.MetadataRow,
    tables.PrinterRow,
    tables.RequestRow,
    tables.TokenRow,
    tables.ReceiptRow,
    tables.RefusalRow,
    tables.DeploymentRow,
    tables.CommitmentRow,
    logtables.LogEntryRow,
    logtables.LogNodeRow,
    logtables.LogHeadRow,
)


def fingerprint(ledger: Ledger) -> str:
    with ledger.database.read() as session:
        return projection.fingerprint(session)


def only_ours(ledger: Ledger) -> list[Any]:
    with ledger.database.read() as session:
        return [row.model_dump() for table in ONLY_OURS for row in session.exec(select(table))]


@pytest.fixture(scope="module")
def history(
    scene: Callable[..., Scene], party: Callable[[], Party], anvil: Anvil, ledger: Ledger
) -> Scene:
    """Everything that can happen, at least once."""
    ours, heir = scene(quota=1_000, grace=1, duration=4 * 86_400), party()
    designer, center, license = ours.designer, ours.center, ours.license
    other = designer.open_offer(ours.design, ours.now, price="5")
    closure = f"/offers/{other}/closure"
    designer.send(designer.ok("POST", closure, json={"owner": designer.address}))
    designer.open_offer(ours.design, ours.now, price="5")
    grant = {
        "sender": designer.address,
        "design": str(ours.design),
        "licensee": center.address,
        "quota": 9,
        "expiry": ours.now + 9_000,
    }
    designer.send(designer.ok("POST", "/licenses/grant", json=grant))
    live_on(ours, heir)
    speak_of(ours)
    earn_for_the_parent(ours)
    go_through_one(ours, party())
    tickets = ours.tickets(count=600)
    for ticket in tickets:
        ours.redeem(ticket, take=str(int(ticket["token"]["serials"]) & (1 << 60) - 1))
        ours.redeem(ticket, take=str(int(ticket["token"]["serials"]) >> 60 << 60))
    ours.center.ok("POST", "/receipts", json=ours.receipt(tickets[1], 300))
    ours.center.ok("POST", "/refusals", json=ours.refusal(Digest(b"\x01" * 32)))
    ours.ticket(count=3)
    sender = {"sender": center.address}
    center.send(center.ok("POST", f"/licenses/{license}/settlement", json=sender))
    take = {"owner": designer.address, "to": designer.address}
    designer.send(designer.ok("POST", f"/designs/{ours.design}/withdrawal", json=take))
    revoke = {"sender": designer.address, "reason": "enough"}
    designer.send(designer.ok("POST", f"/licenses/{license}/revocation", json=revoke))
    # Past the grace of an hour, by the chain's time: it may be far ahead of the clock.
    anvil.next_block_at(chain_of(ledger).now() + 3_700)
    anvil.mine()
    body = {"licensee": center.address}
    center.send(center.ok("POST", f"/licenses/{license}/refund", json=body))
    designer.send(designer.ok("POST", "/issuers/removal", json={"designer": designer.address}))
    chain = chain_of(ledger)
    call = chain.transfer_design(ours.design, designer.address, heir.address)
    chain.send(call, chain.sender(designer.signer))
    checkpoints.anchor(ledger)
    ledger.indexer.catch_up()
    return ours


def test_the_history_has_every_event_that_is_followed(history: Scene) -> None:
    with history.ledger.database.read() as session:
        seen = set(session.exec(select(tables.EventRow.name)))
    assert seen == set(projection._HANDLERS)


def test_a_rebuilt_projection_is_the_same_and_the_rest_untouched(history: Scene) -> None:
    ledger = history.ledger
    before, ours = fingerprint(ledger), only_ours(ledger)
    count = ledger.indexer.rebuild()
    assert count > 20
    assert fingerprint(ledger) == before
    assert only_ours(ledger) == ours
    assert ledger.indexer.catch_up() == 0


def test_a_projection_that_was_changed_or_lost_comes_back(history: Scene) -> None:
    ledger = history.ledger
    before, ours = fingerprint(ledger), only_ours(ledger)
    with ledger.database.write() as session:
        license = session.get_one(tables.LicenseRow, history.license)
        license.spent += 5
    assert fingerprint(ledger) != before
    ledger.indexer.rebuild()
    assert fingerprint(ledger) == before
    with ledger.database.write() as session:
        projection.drop(session)
    assert ledger.indexer.catch_up() > 20
    assert fingerprint(ledger) == before
    assert only_ours(ledger) == ours


def test_the_projection_says_what_the_chain_says(history: Scene) -> None:
    ledger, chain = history.ledger, chain_of(history.ledger)
    with ledger.database.read() as session:
        license = session.get_one(tables.LicenseRow, history.license)
        design = session.get_one(tables.DesignRow, str(history.design))
        spent = session.exec(select(tables.SpentRow)).all()
        (earnings,) = money.earnings(session, str(history.design))
    held = chain.license(history.design, history.license)
    assert (license.expiry, license.revoked, license.quota) == (held.expiry, True, 1_000)
    assert (license.earned, license.refunded, 0) == chain.tally(history.license) == (600, 400, 0)
    assert design.owner == chain.design_owner(history.design)
    assert {row.word: int(row.serials, 16) for row in spent} == {
        word: chain.spent(history.license, word) for word in range(3)
    }
    assert int(earnings.settled) > 0 < int(earnings.received)
    assert int(earnings.settled) + int(earnings.received) == int(earnings.withdrawn)
