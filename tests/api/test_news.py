"""The news over HTTP: what stops leases, named for printers that seldom have a network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ledger import newsfiles
from ledger.leasefiles import digest_of
from ledger.models import Digest
from ledger.newsfiles import NewsFile
from ledger.services import news
from ledger.store import leases as rows, records
from tests.leasing import Book, lease, lease_request, serials
from tests.scene import Scene
from tests.service import chain_of

GRACE = 24


def todays(ours: Scene) -> NewsFile:
    """The news, made anew."""
    with ours.ledger.database.write() as session:
        row = rows.news(session)
        if row is not None:
            row.issued_at = 0
            session.add(row)
    return newsfiles.parse(ours.center.http.get("/news").content)


def test_news_name_what_stops_open_leases_and_nothing_else(scene: Callable[..., Scene]) -> None:
    ours = scene(quota=50, grace=GRACE)
    before = todays(ours)
    assert ours.license not in before.stopped.licenses
    lease(ours)
    chain = chain_of(ours.ledger)
    owner = chain.sender(ours.designer.signer)
    chain.send(chain.recall(ours.design, Digest(b"\x01" * 32)), owner)
    recalled = todays(ours)
    assert recalled.news.number > before.news.number
    assert recalled.stopped.designs == {ours.design}
    chain.send(chain.lift_recall(ours.design, Digest(b"\x02" * 32)), owner)
    chain.send(chain.revoke(ours.design, ours.license, Digest(b"\x03" * 32)), owner)
    ended = todays(ours)
    assert not ended.stopped.designs
    assert ended.stopped.licenses == {ours.license}


def test_news_stop_leases_whose_signer_lost_its_authority(scene: Callable[..., Scene]) -> None:
    ours = scene(quota=50, grace=GRACE)
    file = lease(ours)
    ours.designer.send(
        ours.center.ok("POST", "/issuers/removal", json={"designer": ours.designer.address})
    )
    assert digest_of(file) in todays(ours).stopped.leases


def test_news_are_made_anew_at_most_every_few_seconds(ours: Scene) -> None:
    first = todays(ours)

    def after(seconds: int) -> NewsFile:
        at = first.news.issued_at + seconds
        return news.current(replace(ours.ledger, clock=lambda: at))

    assert after(news.FRESH_SECONDS - 1) == first
    assert after(news.FRESH_SECONDS).news.number > first.news.number


def test_news_of_a_service_whose_database_was_put_back_are_newer_than_those_before(
    ours: Scene,
) -> None:
    before = todays(ours)
    with ours.ledger.database.write() as session:
        row = rows.news(session)
        assert row is not None
        session.delete(row)
    # Other tests have editions made by the dozen, and each has a number of its own.
    later = replace(ours.ledger, clock=lambda: ours.ledger.clock() + 3_600)
    assert news.current(later).news.number > before.news.number


def test_a_revoked_printer_gets_no_lease_and_is_named_in_the_news(
    scene: Callable[..., Scene],
) -> None:
    ours = scene(quota=20, grace=GRACE)
    file = lease(ours)
    book = Book(ours, ours.printer)
    book.spend(file, serials(file)[0])
    with ours.ledger.database.write() as session:
        row = records.printer(session, ours.printer.address)
        assert row is not None
        row.revoked_since, row.revoked_reason = ours.now, "stolen"
        session.add(row)
    assert ours.printer.address in todays(ours).stopped.printers
    ours.center.refused("PrinterRevoked", "GET", f"/leases/{digest_of(file)}")
    ours.center.refused("PrinterRevoked", "POST", "/leases", json=lease_request(ours))
    book.refused("PrinterRevoked")
    ours.center.refused("PrinterRevoked", "GET", book.path)
