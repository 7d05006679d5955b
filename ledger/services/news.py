"""News: what stops prints that a printer without a network could still make, signed.

An edition names only what a lease that is still open stands for, so it stays small however
old the ledger is; and it is made anew at most every few seconds, however many ask for it.
"""

from __future__ import annotations

from ledger import newsfiles
from ledger.models import Address, ContentHash, Digest, News, Rights
from ledger.newsfiles import NewsFile, Stopped
from ledger.services.context import Ledger
from ledger.store import Session, catalog, leases, log
from ledger.store.leasetables import LeaseRow, NewsRow

FRESH_SECONDS = 5
"""An edition that is younger is given out again."""


def current(ledger: Ledger) -> NewsFile:
    """The newest edition; a new one, with a higher number, if the last is not of this moment.

    Raises ChainUnavailable or StoreUnavailable: news that do not know the chain are none.
    """
    with ledger.database.read() as session:
        row = leases.news(session)
    now = ledger.clock()
    if row is not None and 0 <= now - row.issued_at < FRESH_SECONDS:
        return newsfiles.parse(row.file)
    ledger.indexer.catch_up()
    chain_time = ledger.chain.now()
    with ledger.database.write() as session:
        log.lock(session)  # two editions never have one number
        row = leases.news(session)
        if row is not None and 0 <= now - row.issued_at < FRESH_SECONDS:
            return newsfiles.parse(row.file)
        stopped = _stopped(ledger, session, max(now, chain_time))
        # Not behind the clock: a database that was put back numbers no edition as an old one.
        number = max((row.number if row else 0) + 1, now)
        file = _signed(ledger, number, now, chain_time, stopped)
        session.merge(NewsRow(number=file.news.number, issued_at=now, file=newsfiles.dump(file)))
    return file


def _signed(ledger: Ledger, number: int, now: int, chain_time: int, stopped: Stopped) -> NewsFile:
    news = News(number, now, chain_time, stopped.digest())
    return NewsFile(
        news,
        ledger.issuer.sign(ledger.domain.typed(news)),
        ledger.issuer.address,
        ledger.domain.chain_id,
        ledger.domain.licenses,
        stopped,
    )


def _stopped(ledger: Ledger, session: Session, now: int) -> Stopped:
    """What the projection and the printers' rows have against leases that are open."""
    return Stopped(
        licenses=frozenset(leases.ended_licenses(session, now)),
        designs=frozenset(map(ContentHash.parse, leases.recalled_designs(session, now))),
        printers=frozenset(map(Address, leases.ended_printers(session, now))),
        leases=frozenset(_without_authority(ledger, session, now)),
    )


def _without_authority(ledger: Ledger, session: Session, now: int) -> list[Digest]:
    """Leases whose tokens nobody could redeem: their signer speaks for the owner no more."""
    issuer = ledger.issuer.address
    until = leases.authorities(session, now, issuer)
    out = {design for design, (owner, expiry) in until.items() if owner != issuer and expiry <= now}
    if not out:
        return []
    return [
        Digest.parse(row.digest)
        for row in leases.open_leases(session, now)
        if row.design in out and not _in_crisis(ledger, session, row)
    ]


def _in_crisis(ledger: Ledger, session: Session, row: LeaseRow) -> bool:
    """Whether a council named the signer, whatever the owner says."""
    license = catalog.license(session, row.license)
    if license is None or Rights.CRISIS not in Rights(license.rights):
        return False
    return ledger.chain.crises.may_issue(row.license, ledger.issuer.address)
