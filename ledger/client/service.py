"""The routes of the service as typed methods; nothing here signs.

Every method raises the LedgerError that the service names, and ServiceUnavailable where
it does not answer. `ledger.client.desk` puts the steps of one action together and
checks what is to be signed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ledger.client import answers, wire
from ledger.client.crises import CrisisSide
from ledger.client.designing import BatchAnswer
from ledger.client.leaseside import LeaseSide
from ledger.client.life import LifeSide
from ledger.client.logside import LogSide
from ledger.client.moneyside import MoneySide
from ledger.client.printerends import PrinterEnds
from ledger.client.queueside import QueueSide
from ledger.client.slices import SliceSide
from ledger.client.standing import StandingSide
from ledger.client.transport import CHAIN_SECONDS
from ledger.client.uploads import Progress, Upload
from ledger.client.variants import VariantSide
from ledger.errors import DigestMismatch
from ledger.models import (
    Address,
    ContentHash,
    Digest,
    Parent,
    PrintRequest,
    Ticket,
)


class ServiceClient(
    VariantSide,
    SliceSide,
    LogSide,
    CrisisSide,
    LifeSide,
    StandingSide,
    MoneySide,
    PrinterEnds,
    QueueSide,
    LeaseSide,
):
    """One Platemark service: everything that a user can ask of it."""

    # ---------------------------------------------------------------- service

    def deployment(self) -> answers.ServiceInfo:
        """Which contracts the service works with, and its issuer."""
        return self._get("/deployment", answers.ServiceInfo)

    def ready(self) -> answers.Readiness:
        """Whether chain, IPFS and store answer. Raises ServiceUnavailable if one does not."""
        return self._get("/readyz", answers.Readiness)

    def broadcast(self, raw: bytes) -> answers.Sent:
        """Send a signed transaction and wait for its block. A repeat changes nothing."""
        body = {"raw": "0x" + raw.hex()}
        return self._post("/transactions", body, answers.Sent, seconds=CHAIN_SECONDS)

    # ---------------------------------------------------------------- designs

    def upload_design(
        self,
        file: Path,
        owner: Address,
        title: str,
        description: str = "",
        progress: Progress | None = None,
        parents: Sequence[Parent] = (),
    ) -> answers.PreparedDesign:
        """Hand in a design's file; what its owner signs comes back.

        Raises SetupError if the file cannot be read, DigestMismatch if the service
        took it for another, and what the service says of it (InvalidDesign, ...).
        """
        upload = Upload(file, progress)
        answer = self._transport.upload(
            "/designs",
            {
                "owner": owner,
                "title": title,
                "description": description,
                "parent": [f"{parent.design}:{parent.share}" for parent in parents],
            },
            upload.pieces,
            upload.size,
        )
        prepared = answers.read(answers.PreparedDesign, answer.json)
        if prepared.design != upload.digest:
            raise DigestMismatch(
                f"The file is {upload.digest}; the service received {prepared.design}.",
                sent=str(upload.digest),
                received=str(prepared.design),
            )
        return prepared

    def confirm_design(
        self,
        design: ContentHash,
        owner: Address,
        deadline: int,
        signature: bytes,
        parents: Sequence[Parent] = (),
    ) -> answers.Registered:
        """Hand in the owner's signature; the service puts the design on chain."""
        body: dict[str, Any] = {
            "owner": owner,
            "deadline": deadline,
            "signature": "0x" + signature.hex(),
            "parents": [wire.parent(parent) for parent in parents],
        }
        path = f"/designs/{design}/registration"
        return self._post(path, body, answers.Registered, seconds=CHAIN_SECONDS)

    def confirm_designs(
        self, items: Sequence[dict[str, Any]], *, all_or_nothing: bool
    ) -> BatchAnswer:
        """Hand in many signatures; the service puts their designs on chain at once."""
        body = {"items": list(items), "all_or_nothing": all_or_nothing}
        return self._post("/designs/registrations", body, BatchAnswer, seconds=CHAIN_SECONDS)

    def designs(
        self, owner: Address | None = None, cursor: str | None = None, limit: int = 50
    ) -> answers.Page[answers.Design]:
        """Registered designs, a page at a time."""
        return self._page("/designs", answers.Design, cursor, limit, owner=owner)

    def design(self, design: ContentHash) -> answers.Design:
        """One design. Raises DesignNotFound."""
        return self._get(f"/designs/{design}", answers.Design)

    def preview(self, design: ContentHash) -> bytes:
        """The design's picture (PNG). Raises DesignNotFound or ContentNotFound."""
        return self._transport.get(f"/designs/{design}/preview").body

    # ----------------------------------------------------------------- offers

    def draft_offer(
        self, design: ContentHash, owner: Address, terms: wire.Terms
    ) -> answers.OfferDraft:
        """What the owner signs to open an offer; the terms document is pinned."""
        body = {"owner": owner, **wire.terms(terms)}
        return self._post(f"/designs/{design}/offers", body, answers.OfferDraft)

    def offers(
        self, design: ContentHash | None = None, cursor: str | None = None, limit: int = 50
    ) -> answers.Page[answers.OfferTerms]:
        """Offers, a page at a time."""
        return self._page("/offers", answers.OfferTerms, cursor, limit, design=design)

    def offer(self, offer: Digest) -> answers.OfferTerms:
        """One offer. Raises OfferNotFound."""
        return self._get(f"/offers/{offer}", answers.OfferTerms)

    def offer_closure(self, offer: Digest, owner: Address) -> answers.Transaction:
        """What the owner signs to close an offer."""
        return self._post(f"/offers/{offer}/closure", {"owner": owner}, answers.Transaction)

    # ---------------------------------------------------------------- issuers

    def issuer_authorization(self, designer: Address, expiry: int) -> answers.IssuerDraft:
        """What a designer signs to let the service issue print tokens."""
        body = {"designer": designer, "expiry": expiry}
        return self._post("/issuers", body, answers.IssuerDraft)

    def issuer_removal(self, designer: Address) -> answers.Transaction:
        """What a designer signs to take that back."""
        return self._post("/issuers/removal", {"designer": designer}, answers.Transaction)

    def issuer(self, designer: Address) -> answers.IssuerState:
        """Whether the service may issue tokens for a designer."""
        return self._get(f"/issuers/{designer}", answers.IssuerState)

    # --------------------------------------------------------------- licenses

    def revocation(self, license: int, sender: Address, reason: str = "") -> answers.Transaction:
        """What the owner signs to end a license."""
        body = {"sender": sender, **({"reason": reason} if reason else {})}
        return self._post(f"/licenses/{license}/revocation", body, answers.Transaction)

    def settlement(self, license: int, sender: Address) -> answers.Transaction:
        """What anyone signs to credit a license's prints to its design."""
        path = f"/licenses/{license}/settlement"
        return self._post(path, {"sender": sender}, answers.Transaction)

    def refund(self, license: int, licensee: Address) -> answers.Transaction:
        """What the licensee signs to get back the price of what was not printed."""
        path = f"/licenses/{license}/refund"
        return self._post(path, {"licensee": licensee}, answers.Transaction)

    def licenses(
        self,
        design: ContentHash | None = None,
        licensee: Address | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> answers.Page[answers.LicenseState]:
        """Licenses, a page at a time."""
        kind = answers.LicenseState
        return self._page("/licenses", kind, cursor, limit, design=design, licensee=licensee)

    def license(self, license: int) -> answers.LicenseState:
        """One license. Raises LicenseNotFound."""
        return self._get(f"/licenses/{license}", answers.LicenseState)

    # ----------------------------------------------------- printers and tokens

    def printers(
        self, center: Address | None = None, cursor: str | None = None, limit: int = 50
    ) -> answers.Page[answers.Printer]:
        """Enrolled printers, a page at a time."""
        return self._page("/printers", answers.Printer, cursor, limit, center=center)

    def printer(self, printer: Address) -> answers.Printer:
        """One printer. Raises PrinterNotFound."""
        return self._get(f"/printers/{printer}", answers.Printer)

    def request_tokens(self, request: PrintRequest, signature: bytes) -> list[Ticket]:
        """Print tokens for a licensee's signed request; one for each word of serials."""
        body = {"request": wire.print_request(request), "signature": "0x" + signature.hex()}
        answer = self._post("/tokens", body, answers.Tickets)
        return [wire.ticket(row) for row in answer.tickets]

    def tokens(
        self,
        license: int | None = None,
        printer: Address | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> answers.Page[answers.Row]:
        """Tokens that were issued, a page at a time."""
        kind = answers.Row
        return self._page("/tokens", kind, cursor, limit, license=license, printer=printer)

    def token(self, digest: Digest) -> Ticket:
        """A token that was issued. Raises TokenNotFound."""
        return wire.ticket(self._transport.get(f"/tokens/{digest}").json)

    # ---------------------------------------------------------------- receipts

    def receipts(
        self,
        design: ContentHash | None = None,
        license: int | None = None,
        printer: Address | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> answers.Page[answers.Row]:
        """Receipts, a page at a time."""
        filters = {"design": design, "license": license, "printer": printer}
        return self._page("/receipts", answers.Row, cursor, limit, **filters)

    # ------------------------------------------------------------------- audit

    def provenance(self, subject: str) -> answers.Provenance:
        """All that is known of a design, file hash, license, serial or address."""
        return self._get(f"/provenance/{subject}", answers.Provenance)
