"""Pledges and crises: what is asked of the service, and whole actions with a key.

What is signed is built here from the user's own terms: a document or evidence by its
SHA-256, never by what the service says of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ledger.client.answers import (
    Account,
    Answered,
    DesignId,
    Hash,
    Page,
    Redeemed,
    Sent,
    Transaction,
)
from ledger.client.printerside import PrinterSide
from ledger.client.transport import CHAIN_SECONDS
from ledger.errors import LedgerError, TransactionMismatch
from ledger.models import (
    Address,
    ContentHash,
    CrisisDeclaration,
    Digest,
    PledgeTerms,
    Region,
)

if TYPE_CHECKING:
    from ledger.client.desk import Desk

_LONGEST_MESSAGE_SECONDS = 2 * 86_400
"""A declaration that could be sent for longer than two days is not signed."""


class Pledge(Answered):
    """A design that is pledged to a council; counts are prints, times Unix seconds."""

    design: DesignId
    council: Account
    until: int
    max_duration: int
    quota_per_license: int
    quota_in_all: int
    taken: int
    document: Hash


class Crisis(Answered):
    """A declared crisis; `ended` is empty where its council did not end it early."""

    crisis: int
    council: Account
    region: str
    until: int
    ended: int | None
    evidence: Hash
    signer: Account
    open: bool


class DeclarationDraft(Answered):
    """A declaration for a council to sign: its members, and the message as typed data."""

    declaration: dict[str, Any]
    typed_data: dict[str, Any]


class EndDraft(Answered):
    """The end of a crisis for its council to sign."""

    deadline: int
    typed_data: dict[str, Any]


class Declared(Redeemed):
    """A crisis that the service declared for its council."""

    crisis: int


@dataclass(frozen=True, slots=True)
class Promise:
    """What an owner pledges; times in seconds. `document` is a text that says what for."""

    until: int
    max_duration: int
    quota_per_license: int
    quota_in_all: int
    document: str


class CrisisSide(PrinterSide):
    """The calls about pledges and crises: a part of `ServiceClient`."""

    def draft_pledge(
        self, design: ContentHash, owner: Address, council: Address, promise: Promise
    ) -> Transaction:
        """What the owner signs to pledge a design; the document is pinned."""
        body = {
            "owner": owner,
            "council": council,
            "until": promise.until,
            "max_duration": promise.max_duration,
            "quota_per_license": promise.quota_per_license,
            "quota_in_all": promise.quota_in_all,
            "document": promise.document,
        }
        return self._post(f"/designs/{design}/pledges", body, Transaction)

    def pledges(
        self,
        design: ContentHash | None = None,
        council: Address | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[Pledge]:
        """Pledges, a page at a time."""
        return self._page("/pledges", Pledge, cursor, limit, design=design, council=council)

    def draft_crisis(
        self, council: Address, region: Region, until: int, evidence: str, signer: Address
    ) -> Transaction:
        """What a council signs to declare a crisis; the evidence is pinned."""
        body = _crisis(council, region, until, evidence, signer)
        return self._post("/crises", body, Transaction)

    def draft_declaration(
        self, council: Address, region: Region, until: int, evidence: str, signer: Address
    ) -> DeclarationDraft:
        """The message by which the service declares a crisis for a council, and pays."""
        body = _crisis(council, region, until, evidence, signer)
        return self._post("/crises/messages", body, DeclarationDraft)

    def declare(self, declaration: dict[str, Any], signature: bytes) -> Declared:
        """Hand in a signed declaration; the service puts it on chain."""
        body = {"declaration": declaration, "signature": "0x" + signature.hex()}
        return self._post("/crises/declarations", body, Declared, seconds=CHAIN_SECONDS)

    def crisis_end(self, crisis: int, council: Address) -> Transaction:
        """What the council signs to end its crisis."""
        return self._post(f"/crises/{crisis}/end", {"council": council}, Transaction)

    def draft_crisis_end(self, crisis: int) -> EndDraft:
        """The message by which the service ends a crisis for its council. CrisisNotFound."""
        return self._get(f"/crises/{crisis}/end/message", EndDraft)

    def end_crisis(self, crisis: int, deadline: int, signature: bytes) -> Redeemed:
        """Hand in a signed end; the service puts it on chain."""
        body = {"deadline": deadline, "signature": "0x" + signature.hex()}
        path = f"/crises/{crisis}/end/signed"
        return self._post(path, body, Redeemed, seconds=CHAIN_SECONDS)

    def naming(self, council: Address, centers: Sequence[Address], *, allow: bool) -> Transaction:
        """What a council signs to say who may take licenses in its crises."""
        body = {"council": council, "centers": list(centers), "allow": allow}
        return self._post("/crises/centers", body, Transaction)

    def taking(self, crisis: int, center: Address, design: ContentHash, quota: int) -> Transaction:
        """What a center signs to take a license in a crisis."""
        body = {"center": center, "design": str(design), "quota": quota}
        return self._post(f"/crises/{crisis}/licenses", body, Transaction)

    def crises(
        self, council: Address | None = None, cursor: str | None = None, limit: int = 50
    ) -> Page[Crisis]:
        """Crises, a page at a time."""
        return self._page("/crises", Crisis, cursor, limit, council=council)

    def crisis(self, crisis: int) -> Crisis:
        """One crisis. Raises CrisisNotFound."""
        return self._get(f"/crises/{crisis}", Crisis)


def pledge(desk: Desk, design: ContentHash, council: Address, promise: Promise) -> Sent:
    """Pledge a design of this key's, or make its pledge more generous."""
    terms = PledgeTerms(
        promise.until,
        promise.max_duration,
        promise.quota_per_license,
        promise.quota_in_all,
        _digest(promise.document),
    )
    draft = desk.service.draft_pledge(design, desk.address, council, promise)
    return desk.send(draft, desk.calls.crises.pledge(design, council, terms))


def declare(
    desk: Desk, region: Region, until: int, evidence: str, signer: Address | None = None
) -> tuple[int, Sent]:
    """Declare a crisis as this key's council; its number.

    `signer` is who signs the print tokens of its licenses, the pinned service if None.
    """
    chosen = signer or desk.pin.issuer
    draft = desk.service.draft_crisis(desk.address, region, until, evidence, chosen)
    call = desk.calls.crises.declare(region.word, until, _digest(evidence), chosen)
    sent = desk.send(draft, call)
    return int(_argument(sent, "CrisisDeclared", "crisis")), sent


def declare_without_gas(desk: Desk, region: Region, until: int, evidence: str) -> Declared:
    """Declare a crisis as this key's council by a signature; the service sends and pays.

    Raises TransactionMismatch if the message is not the one that this asks for.
    """
    draft = desk.service.draft_declaration(desk.address, region, until, evidence, desk.pin.issuer)
    try:
        salt = Digest.parse(str(draft.declaration["salt"]))
        deadline = int(draft.declaration["deadline"])
    except (KeyError, ValueError, LedgerError) as error:
        raise TransactionMismatch("The service proposed no complete declaration.") from error
    _require_soon(desk, deadline)
    ours = CrisisDeclaration(
        desk.address, region.word, until, _digest(evidence), desk.pin.issuer, salt, deadline
    )
    signature = desk.sign(desk.domain.crisis_declaration(ours), draft.typed_data)
    members = {
        "council": ours.council,
        "region": region,
        "until": until,
        "evidence": str(ours.evidence),
        "signer": ours.signer,
        "salt": str(salt),
        "deadline": deadline,
    }
    return desk.service.declare(members, signature)


def end(desk: Desk, crisis: int) -> Sent:
    """End a crisis of this key's council."""
    draft = desk.service.crisis_end(crisis, desk.address)
    return desk.send(draft, desk.calls.crises.end(crisis))


def end_without_gas(desk: Desk, crisis: int) -> Redeemed:
    """End a crisis of this key's council by a signature; the service sends and pays."""
    draft = desk.service.draft_crisis_end(crisis)
    _require_soon(desk, draft.deadline)
    signature = desk.sign(desk.domain.crisis_end(crisis, draft.deadline), draft.typed_data)
    return desk.service.end_crisis(crisis, draft.deadline, signature)


def name_centers(desk: Desk, centers: Sequence[Address], *, allow: bool = True) -> Sent:
    """Say who may take licenses in the crises of this key's council, or may no longer."""
    draft = desk.service.naming(desk.address, centers, allow=allow)
    return desk.send(draft, desk.calls.crises.name_centers(centers, named=allow))


def take(desk: Desk, crisis: int, design: ContentHash, quota: int) -> tuple[int, Sent]:
    """Take a license of a pledged design for this key's center; the license's number."""
    draft = desk.service.taking(crisis, desk.address, design, quota)
    sent = desk.send(draft, desk.calls.crises.take(design, crisis, quota))
    return int(_argument(sent, "CrisisLicenseTaken", "license")), sent


def _crisis(
    council: Address, region: Region, until: int, evidence: str, signer: Address
) -> dict[str, Any]:
    return {
        "council": council,
        "region": region,
        "until": until,
        "evidence": evidence,
        "signer": signer,
    }


def _argument(sent: Sent, event: str, name: str) -> Any:
    for row in sent.events:
        if row.get("name") == event:
            return row["arguments"][name]
    raise LedgerError(f"The transaction {sent.transaction} left no {event}.")


def _require_soon(desk: Desk, deadline: int) -> None:
    if deadline > desk.now() + _LONGEST_MESSAGE_SECONDS:
        raise TransactionMismatch("The message could be sent for more than two days.")


def _digest(text: str) -> Digest:
    return Digest(hashlib.sha256(text.encode()).digest())
