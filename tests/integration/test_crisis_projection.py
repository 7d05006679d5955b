"""The projection of pledges and crises holds what the contract holds."""

from __future__ import annotations

from collections.abc import Callable

from ledger.models import Address
from ledger.services.context import Ledger
from ledger.store import catalog, crises
from tests.integration.crisis_life import DAY, go_through_one, terms
from tests.scene import Scene
from tests.service import Party, chain_of


def test_pledges_and_crises_stand_as_the_contract_has_them(
    scene: Callable[..., Scene],
    party: Callable[[], Party],
    ledger: Ledger,
    later: Callable[[int], None],
) -> None:
    ours, council = scene(), party()
    first = go_through_one(ours, council)
    compare(ours, council, taken=9)
    with ledger.database.read() as session:
        for number in (first, first + 1):
            told, row = chain_of(ledger).crises.crisis(number), crises.crisis(session, number)
            assert row is not None
            assert (row.council, row.until, row.ended) == (told.council, told.until, told.ended)
            assert (row.signer, row.over_from) == (told.signer, told.over_from)
            (taken,) = crises.licenses_of(session, crisis=number)
            license = chain_of(ledger).license(ours.design, taken.license)
            kept = catalog.license(session, taken.license)
            assert kept is not None
            assert (kept.licensee, kept.quota, kept.expiry, kept.grace) == (
                license.licensee,
                license.quota,
                license.expiry,
                license.grace,
            )
            assert taken.taker == license.licensee
            assert crises.crisis_of(session, taken.license) == row
        assert crises.centers(session, council.address) == (True, [ours.center.address])

    # A pledge that ran out can be made anew, smaller, and counts from zero.
    later(11 * DAY)
    chain = chain_of(ledger)
    again = terms(ours, days=1, in_all=5)
    owner = chain.sender(ours.designer.signer)
    chain.send(chain.crises.pledge(ours.design, council.address, again), owner)
    compare(ours, council, taken=0)


def compare(ours: Scene, council: Party, taken: int) -> None:
    """The row of the pledge against the contract's."""
    ours.ledger.indexer.catch_up()
    told = chain_of(ours.ledger).crises.pledge_of(ours.design, Address(council.address))
    with ours.ledger.database.read() as session:
        (row,) = crises.pledges(session, str(ours.design), council.address, None, 5)
    assert told is not None
    assert row.taken == told.taken == taken
    assert (row.until, row.max_duration) == (told.terms.until, told.terms.max_duration)
    assert (row.quota_per_license, row.quota_in_all) == (
        told.terms.quota_per_license,
        told.terms.quota_in_all,
    )
    assert row.document == str(told.terms.document)
