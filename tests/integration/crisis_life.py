"""What can happen in a crisis, each once: for histories in tests."""

from __future__ import annotations

from ledger.models import Address, Digest, PledgeTerms, Region
from tests.integration.design_life import fresh
from tests.scene import Scene
from tests.service import Party, chain_of

DAY = 86_400


def terms(
    ours: Scene, days: int = 10, in_all: int = 10, document: Digest | None = None
) -> PledgeTerms:
    """So many days; licenses of a day and 4 prints."""
    return PledgeTerms(ours.now + days * DAY, DAY, 4, in_all, document or fresh())


def go_through_one(ours: Scene, council: Party) -> int:
    """Pledge, declare, name centers, take, pledge more, declare again, take, end both.

    The number of the first crisis.
    """
    chain, first = chain_of(ours.ledger), terms(ours)
    more = PledgeTerms(first.until, 2 * DAY, 5, 12, first.document)
    owner, center = chain.sender(ours.designer.signer), chain.sender(ours.center.signer)
    sender, crises = chain.sender(council.signer), chain.crises
    region, until = Region("TR-31").word, ours.now + 5 * DAY

    def declared() -> int:
        call = crises.declare(region, until, fresh(), council.address)
        return int(chain.send(call, sender).events[0].arguments["crisis"])

    chain.send(crises.pledge(ours.design, council.address, first), owner)
    number = declared()
    chain.send(crises.name_centers([ours.center.address], named=True), sender)
    chain.send(crises.take(ours.design, number, 4), center)
    chain.send(crises.pledge(ours.design, council.address, more), owner)
    second = declared()
    chain.send(crises.take(ours.design, second, 5), center)
    chain.send(crises.name_centers([Address(council.address)], named=False), sender)
    chain.send(crises.end(number), sender)
    chain.send(crises.end(second), sender)
    return number
