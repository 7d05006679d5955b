"""The later life of a license, once through: words redeemed, a void, a split, a transfer."""

from __future__ import annotations

from ledger.models import Outcome, Rights
from tests.scene import Scene, redemption
from tests.service import Party, chain_of


def live_on(ours: Scene, workshop: Party) -> tuple[int, int]:
    """A license of its own of the scene's design; its number, and that of what was split off."""
    chain, designer, center = chain_of(ours.ledger), ours.designer, ours.center
    grant = chain.grant(ours.design, center.address, 700, ours.now + 90_000, 0, Rights.TRANSFERABLE)
    sent = chain.send(grant, chain.sender(designer.signer))
    (number,) = [
        int(event.arguments["license"]) for event in sent.events if event.name == "LicenseGranted"
    ]
    ours.ledger.indexer.catch_up()
    tickets = ours.tickets(count=500, license=number)
    items = [redemption(ours, ticket) for ticket in tickets]
    center.ok("POST", "/redemptions", json={"items": items})
    told = ours.receipt(tickets[1], 256, license=number, outcome=Outcome.FAILED)
    receipt = center.ok("POST", "/receipts", json=told)
    body = {"sender": designer.address, "receipts": [receipt["digest"]]}
    designer.send(designer.ok("POST", f"/licenses/{number}/voids", json=body))
    some = {"licensee": center.address, "to": workshop.address, "quota": 100}
    mined = center.send(center.ok("POST", f"/licenses/{number}/sublicense", json=some))
    (part,) = [
        int(event["arguments"]["sublicense"])
        for event in mined["events"]
        if event["name"] == "LicenseSplit"
    ]
    back = {"licensee": workshop.address, "to": center.address}
    workshop.send(workshop.ok("POST", f"/licenses/{part}/transfer", json=back))
    return number, part
