"""Leases, news and printers' journals: what a gate and a print center ask of the service."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pydantic import Field

from ledger import leasefiles, newsfiles
from ledger.client.answers import Answered, Hash, Page, Row
from ledger.client.printerside import PrinterSide
from ledger.errors import MalformedLease, MalformedNews, ServiceUnavailable
from ledger.leasefiles import LeaseFile
from ledger.models import ZERO_DIGEST, Address, Digest, LeaseRequest
from ledger.newsfiles import NewsFile

if TYPE_CHECKING:
    from ledger.client.desk import Desk
    from ledger.gate.leases.links import Head, Link

REQUEST_SECONDS = 600
_JOURNAL_SECONDS = 60.0
"""A thousand entries are checked and stored in some seconds."""


class JournalKnown(Answered):
    """How far the service knows a printer's journal, and what came of its spends."""

    sequence: int = Field(ge=0)
    head: Hash
    redeemed: int
    due: int
    findings: list[Row]


class LeaseSide(PrinterSide):
    """The routes about leases; with them it is the gate's `LeaseService`."""

    def request_lease(self, request: LeaseRequest, signature: bytes) -> LeaseFile:
        """A lease for a licensee's signed request; the same again gets the same lease."""
        body = {"request": _as_json(request), "signature": "0x" + signature.hex()}
        return _lease(self._transport.post("/leases", body).body)

    def lease(self, digest: Digest) -> LeaseFile:
        """A lease that was issued. Raises LeaseNotFound, PrinterRevoked."""
        return _lease(self._transport.get(f"/leases/{digest}").body)

    def leases(
        self,
        license: int | None = None,
        printer: Address | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[Row]:
        """Leases that were issued, a page at a time; without their files."""
        return self._page("/leases", Row, cursor, limit, license=license, printer=printer)

    def news(self) -> NewsFile:
        """The newest news. Nobody has checked its signature yet."""
        try:
            return newsfiles.parse(self._transport.get("/news").body)
        except MalformedNews as error:
            raise ServiceUnavailable(f"The service's answer is no news: {error.detail}") from error

    def journal(self, printer: Address) -> JournalKnown:
        """How far a printer's journal is known, with what the service found in it."""
        return self._get(f"/printers/{printer}/journal", JournalKnown)

    def journal_head(self, printer: Address) -> Head:
        """The last entry of a printer's journal that the service has."""
        return _head(self.journal(printer))

    def hand_in(self, printer: Address, links: Sequence[Link]) -> Head:
        """Hand in entries that follow each other; the head that the service has then.

        Raises JournalForked if it has another entry under one of the numbers, JournalGap if
        entries before them are missing.
        """
        entries = []
        for link in links:
            entry = _as_json(link.entry)
            del entry["printer"]
            entries.append({"entry": entry, "signature": "0x" + link.signature.hex()})
        path, body = f"/printers/{printer}/journal", {"entries": entries}
        return _head(self._post(path, body, JournalKnown, seconds=_JOURNAL_SECONDS))


def request_lease(
    desk: Desk,
    license: int,
    printer: Address,
    count: int,
    *,
    lifetime: int,
    silence: int,
    job: Digest = ZERO_DIGEST,
) -> LeaseFile:
    """Ask with the desk's key for `count` prints ahead, for a printer that will be offline.

    `lifetime` and `silence` (the longest time without news) are in seconds. Raises
    ServiceUnavailable if what comes back is not what was asked for.
    """
    request = LeaseRequest(
        design=desk.service.license(license).design,
        license=license,
        printer=printer,
        count=count,
        lifetime=lifetime,
        silence=silence,
        job=job,
        nonce=Digest(secrets.token_bytes(32)),
        deadline=desk.now() + REQUEST_SECONDS,
    )
    message = desk.domain.typed(request)
    file = desk.service.request_lease(request, desk.signer.sign(message))
    said = (file.lease.request, file.lease.count, file.lease.printer)
    if said != (message.digest(), count, printer):
        raise ServiceUnavailable("The service's answer is another lease than was asked for.")
    return file


def _head(known: JournalKnown) -> Head:
    from ledger.gate.leases.links import Head

    return Head(known.sequence, known.head)


def _lease(data: bytes) -> LeaseFile:
    try:
        return leasefiles.parse(data)
    except MalformedLease as error:
        raise ServiceUnavailable(f"The service's answer is no lease: {error.detail}") from error


def _as_json(value: Any) -> dict[str, Any]:
    """A value object as the service reads it: whatever is no number is text."""
    return {
        name: member if isinstance(member, int) else str(member)
        for name, member in asdict(value).items()
    }
