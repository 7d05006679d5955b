"""The client's half of leases, against the real service: what a gate and a center call."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from ledger.client import ServiceClient
from ledger.client.desk import Desk
from ledger.client.leaseside import request_lease
from ledger.client.pins import Pin
from ledger.client.transport import Transport
from ledger.errors import JournalForked, JournalGap, LeaseNotFound
from ledger.gate.leases.links import Head, Pen
from ledger.leasefiles import digest_of
from ledger.models import Digest, JournalKind
from ledger.services import pooled
from tests.leasing import MACHINE, serials
from tests.scene import Scene


@pytest.fixture
def client(ours: Scene) -> ServiceClient:
    """The client, whose network is the application itself."""

    def handle(request: httpx.Request) -> httpx.Response:
        answer = ours.center.http.request(
            request.method,
            str(request.url).removeprefix("http://service.test"),
            content=request.read(),
            headers={"content-type": "application/json"},
        )
        headers = {"content-type": answer.headers["content-type"]}
        return httpx.Response(answer.status_code, content=answer.content, headers=headers)

    transport = Transport("http://service.test", inner=httpx.MockTransport(handle))
    return ServiceClient("http://service.test", transport=transport)


@pytest.fixture
def ours(scene: Callable[..., Scene]) -> Scene:
    return scene(quota=100, grace=24)


@pytest.mark.usefixtures("redeemed_only_when_told")
def test_a_gate_brings_home_what_it_spent(ours: Scene, client: ServiceClient) -> None:
    domain = ours.ledger.domain
    pin = Pin.of(client.deployment())
    # The chain of all these tests may be ahead of the clock.
    desk = Desk(client, pin, ours.center.signer, clock=lambda: ours.now)
    file = request_lease(
        desk, ours.license, ours.printer.address, 10, lifetime=86_400, silence=3_600
    )
    assert client.lease(digest_of(file)) == file
    assert len(client.leases(license=ours.license).items) == 1
    assert client.news().news.number >= file.news.news.number
    assert client.journal_head(ours.printer.address) == Head()

    pen, head, links = Pen(ours.printer.signer, domain, MACHINE), Head(), []
    for serial in serials(file)[:4]:
        link = pen.write(
            head,
            JournalKind.SPEND,
            at=ours.now,
            seen=ours.now,
            lease=digest_of(file),
            serial=serial,
        )
        links.append(link)
        head = link.head
    with pytest.raises(JournalGap):
        client.hand_in(ours.printer.address, links[1:])
    assert client.hand_in(ours.printer.address, links) == head
    assert pooled.settle(ours.ledger, at_once=True) == 4
    assert client.journal(ours.printer.address).redeemed == 4
    twin = pen.write(links[0].head, JournalKind.CLOCK, at=1, seen=2)
    with pytest.raises(JournalForked):
        client.hand_in(ours.printer.address, [twin])
    assert client.journal_head(ours.printer.address) == head
    with pytest.raises(LeaseNotFound):
        client.lease(Digest(bytes(32)))
