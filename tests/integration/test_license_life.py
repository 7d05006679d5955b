"""The later life of licenses in the projection: as the chain has it, and rebuilt to the byte."""

from __future__ import annotations

from collections.abc import Callable

from sqlmodel import select

from ledger.models import word_mask
from ledger.store import life, projection, tables
from ledger.store.lifetables import PassingRow, VoidRow
from tests.integration.license_life import live_on
from tests.scene import Scene
from tests.service import Party, chain_of


def test_a_license_in_the_projection_is_what_the_chain_says_through_its_life(
    scene: Callable[..., Scene], party: Callable[[], Party]
) -> None:
    ours, workshop = scene(), party()
    ledger, chain = ours.ledger, chain_of(ours.ledger)
    number, part = live_on(ours, workshop)
    with ledger.database.read() as session:
        rows = {one: session.get_one(tables.LicenseRow, one) for one in (number, part)}
        voided = life.voided_words(session, number)
        (void,) = session.exec(select(VoidRow)).all()
        passings = session.exec(select(PassingRow).order_by(PassingRow.block)).all()  # type: ignore[arg-type]
        redeemed = session.exec(
            select(tables.RedemptionRow).where(tables.RedemptionRow.license == number)
        ).all()
    for one, row in rows.items():
        held = chain.license(ours.design, one)
        assert (row.licensee, row.quota, row.expiry, row.grace) == (
            held.licensee,
            held.quota,
            held.expiry,
            held.grace,
        )
        assert row.spent == sum(chain.spent(one, word).bit_count() for word in range(3))
        assert (row.earned, row.refunded, row.voided) == chain.tally(one)
    assert (rows[number].quota, rows[number].parent) == (700 + 1 - 100, None)
    assert (rows[part].quota, rows[part].parent, rows[part].price) == (100, number, "0")
    assert voided == {1: 1}
    assert (void.license, void.word, void.serials, void.quota) == (number, 1, "0x1", 701)
    assert [(row.license, row.sublicense, row.giver, row.receiver) for row in passings] == [
        (number, part, ours.center.address, workshop.address),
        (part, None, workshop.address, ours.center.address),
    ]
    assert [(row.item, row.word) for row in redeemed] == [(0, 0), (1, 1)]
    assert [int(row.take, 16) for row in redeemed] == [word_mask(500, word) for word in (0, 1)]
    assert len({(row.block, row.log_index) for row in redeemed}) == 1

    with ledger.database.read() as session:
        before = projection.fingerprint(session)
    ledger.indexer.rebuild()
    with ledger.database.read() as session:
        assert projection.fingerprint(session) == before
