"""Lineage, recalls, sales and issuers: what is asked of the service, and actions with a key."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, Any

from ledger.client import answers
from ledger.client.answers import Account, Answered, DesignId
from ledger.client.printerside import PrinterSide
from ledger.client.transport import CHAIN_SECONDS
from ledger.models import (
    Address,
    ContentHash,
    Digest,
    IssuerAuthorization,
    Policy,
    ResaleRoyalty,
)

if TYPE_CHECKING:
    from ledger.client.desk import Desk

_SIGNED_SECONDS = 3_600
"""How long a signed authorization can be sent."""


class Lineage(Answered):
    """What is above a design, and what its owner said of it; shares in basis points."""

    design: DesignId
    parents: list[dict[str, Any]]
    ancestors: list[DesignId]
    recalled: dict[str, Any] | None
    on_sale: bool
    policy: dict[str, Any]
    resale: dict[str, Any] | None


class Child(Answered):
    """A design that is derived from another, which gets `share` basis points of its earnings."""

    design: DesignId
    owner: Account
    share: int
    registered_at: int


class StandingSide(PrinterSide):
    """The calls about the lineage and standing of designs: a part of `ServiceClient`."""

    def lineage(self, design: ContentHash) -> Lineage:
        """What a design is made from, and whether it may be printed. Raises DesignNotFound."""
        return self._get(f"/designs/{design}/lineage", Lineage)

    def children(
        self, design: ContentHash, cursor: str | None = None, limit: int = 50
    ) -> answers.Page[Child]:
        """Designs that are derived from one, a page at a time."""
        return self._page(f"/designs/{design}/children", Child, cursor, limit)

    def draft(self, design: ContentHash, what: str, body: dict[str, Any]) -> answers.Transaction:
        """What the owner signs: `what` is the last part of the route."""
        return self._post(f"/designs/{design}/{what}", body, answers.Transaction)

    def relay_authorization(self, wish: IssuerAuthorization, signature: bytes) -> answers.Sent:
        """Hand in a designer's signature over `IssuerAuthorization`; the service pays."""
        body = {
            "designer": wish.designer,
            "issuer": wish.issuer,
            "expiry": wish.expiry,
            "salt": str(wish.salt),
            "deadline": wish.deadline,
            "signature": "0x" + signature.hex(),
        }
        return self._post("/issuers/signed", body, answers.Sent, seconds=CHAIN_SECONDS)

    def cancellation(self, signer: Address, digest: Digest) -> answers.Transaction:
        """What a signer signs to take a message to the registry back."""
        body = {"signer": signer, "digest": str(digest)}
        return self._post("/signatures/cancellation", body, answers.Transaction)


def recall(desk: Desk, design: ContentHash, notice: str) -> answers.Sent:
    """Recall a design; `notice` is pinned for everybody to read."""
    draft = desk.service.draft(design, "recall", {"owner": desk.address, "notice": notice})
    return desk.send(draft, desk.calls.recall(design, _digest(notice)))


def lift(desk: Desk, design: ContentHash, notice: str) -> answers.Sent:
    """End a recall; `notice` says why."""
    draft = desk.service.draft(design, "recall/end", {"owner": desk.address, "notice": notice})
    return desk.send(draft, desk.calls.lift_recall(design, _digest(notice)))


def withdraw_from_sale(desk: Desk, design: ContentHash) -> answers.Sent:
    """Stop the sale of licenses; those that are out stay good."""
    draft = desk.service.draft(design, "sale/end", {"owner": desk.address})
    return desk.send(draft, desk.calls.withdraw_from_sale(design))


def return_to_sale(desk: Desk, design: ContentHash) -> answers.Sent:
    """Have licenses sold again."""
    draft = desk.service.draft(design, "sale", {"owner": desk.address})
    return desk.send(draft, desk.calls.return_to_sale(design))


def set_policy(desk: Desk, design: ContentHash, policy: Policy) -> answers.Sent:
    """Let anybody derive from a design at a share, or nobody unasked."""
    body = {"owner": desk.address, "open": policy.open, "share": policy.share}
    draft = desk.service.draft(design, "policy", body)
    return desk.send(draft, desk.calls.set_policy(design, policy))


def set_resale(desk: Desk, design: ContentHash, royalty: ResaleRoyalty) -> answers.Sent:
    """Set the resale royalty, once for ever."""
    body = {"owner": desk.address, "receiver": royalty.receiver, "share": royalty.share}
    draft = desk.service.draft(design, "resale", body)
    return desk.send(draft, desk.calls.set_resale_royalty(design, royalty))


def authorize_by_signature(desk: Desk, expiry: int) -> answers.Sent:
    """Authorize the pinned issuer by a signature alone; `expiry` 0 removes it."""
    wish = IssuerAuthorization(
        designer=desk.address,
        issuer=desk.pin.issuer,
        expiry=expiry,
        salt=Digest(secrets.token_bytes(32)),
        deadline=desk.now() + _SIGNED_SECONDS,
    )
    signature = desk.signer.sign(desk.domain.issuer_authorization(wish))
    return desk.service.relay_authorization(wish, signature)


def cancel(desk: Desk, digest: Digest) -> answers.Sent:
    """Take a signed message to the registry back: it is void, used by nobody."""
    draft = desk.service.cancellation(desk.address, digest)
    return desk.send(draft, desk.calls.cancel_registry_signature(digest))


def _digest(text: str) -> Digest:
    return Digest(hashlib.sha256(text.encode()).digest())
