"""What the service answers, checked for its form and typed; `docs/cli.md` prints the same JSON.

Amounts are in the smallest unit, times Unix seconds, digests and addresses the value objects of
`ledger.models`. Members that this version does not know are kept, so that `--json`
prints all that the service said. Nothing here is believed yet: `ledger.client.trust`
checks what is to be signed.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, PlainSerializer, PlainValidator, ValidationError

from ledger.errors import LedgerError, MalformedRequest, ServiceUnavailable
from ledger.models import NATIVE_CURRENCY, NOBODY, Address, Cid, ContentHash, Digest, Offer, Rights


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise MalformedRequest(f"{str(value)[:60]!r} is not text.")
    return value


_as_text = PlainSerializer(str, return_type=str)
DesignId = Annotated[ContentHash, PlainValidator(lambda v: ContentHash.parse(_text(v))), _as_text]
Hash = Annotated[Digest, PlainValidator(lambda v: Digest.parse(_text(v))), _as_text]
Account = Annotated[Address, PlainValidator(lambda v: Address(_text(v))), _as_text]
ContentId = Annotated[Cid, PlainValidator(lambda v: Cid(_text(v))), _as_text]
RightNames = Annotated[
    Rights, PlainValidator(Rights.named), PlainSerializer(lambda v: v.names, return_type=list[str])
]
Wei = Annotated[int, _as_text]
"""A decimal string in JSON, since it may be larger than any JSON number."""


class Answered(BaseModel):
    """An answer; `model_dump(mode="json")` gives the service's JSON back."""

    model_config = ConfigDict(extra="allow", frozen=True)


class ServiceInfo(Answered):
    """Which contracts the service works with, and who it is.

    `block` is where the first contract was created, 0 where the service does not say.
    """

    chain_id: int
    registry: Account
    licenses: Account
    checkpoints: Account
    block: int = 0
    issuer: Account
    ipfs: str
    version: str


class Readiness(Answered):
    """Whether each part that the service depends on answers."""

    status: str
    checks: dict[str, Any]


class Transaction(Answered):
    """A transaction as the service would have it signed, fields as in JSON-RPC."""

    transaction: dict[str, Any]
    summary: str


class PreparedDesign(Answered):
    """A design that is sealed and pinned, waiting for its owner's signature."""

    design: DesignId
    owner: Account
    format: str
    measures: dict[str, Any]
    plain_size: int
    sealed_size: int
    cid: ContentId
    metadata_cid: ContentId
    metadata: Hash
    document: str
    """The metadata JSON to the byte: `metadata` is its SHA-256."""
    preview_cid: ContentId | None = None
    deadline: int
    ready_at: int = 0
    """First second at which the registry takes it: a commitment has to come of age."""
    typed_data: dict[str, Any]


class Registered(Answered):
    """A design that is on chain."""

    design: DesignId
    owner: Account
    transaction: Hash
    block: int


class Design(Registered):
    """A registered design; the service has more to say of it than is named here."""

    designer: Account
    title: str | None = None
    cid: ContentId | None = None
    registered_at: int


class OfferTerms(Answered):
    """An offer: its hash and its terms (see `ledger.models.Offer`)."""

    offer: Hash
    design: DesignId
    terms: Hash
    currency: Account
    price: Wei
    min_quota: int
    max_quota: int
    opens: int
    closes: int
    duration: int
    grace: int
    licensee: Account = NOBODY
    max_per_licensee: int = 0
    rights: RightNames = Rights.NONE

    @property
    def value(self) -> Offer:
        """The offer as the chain hashes it."""
        return Offer(**{part.name: getattr(self, part.name) for part in fields(Offer)})


class OfferDraft(OfferTerms, Transaction):
    """An offer that is to be opened: its terms, and the transaction to sign."""

    terms_cid: ContentId


class IssuerDraft(Transaction):
    """The service's issuer, and the transaction that authorizes it."""

    issuer: Account
    expiry: int


class IssuerState(Answered):
    """Whether the service may sign print tokens for a designer; `expiry` 0 means never."""

    issuer: Account
    expiry: int
    authorized: bool


class PurchaseDraft(Transaction):
    """What a purchase costs in all, and the transaction to sign."""

    total: Wei
    currency: Account = NATIVE_CURRENCY


class LicenseState(Answered):
    """A license and how far it is used up; counts are prints."""

    license: int
    design: DesignId
    licensee: Account
    quota: int
    expiry: int
    grace: int
    revoked: bool
    rights: RightNames = Rights.NONE
    currency: Account = NATIVE_CURRENCY
    price: Wei
    offer: Hash | None = None
    spent: int
    earned: int
    refunded: int
    voided: int = 0
    reserved: int
    parent: int | None = None
    transaction: Hash
    block: int
    issued_at: int


class Variant(Answered):
    """A variant that was accepted for a license; sizes in bytes."""

    license: int
    job: Hash
    design: DesignId
    licensee: Account
    reference: Hash
    cid: ContentId
    format: str
    measures: dict[str, Any]
    plain_size: int
    sealed_size: int
    accepted_at: int


class Sent(Answered):
    """A transaction that was mined, with its events."""

    transaction: Hash
    block: int
    gas_used: int
    events: list[dict[str, Any]]


class Tickets(Answered):
    """Print tokens with their signatures, each as its file would have it."""

    tickets: list[dict[str, Any]]


class Redemption(Answered):
    """The transaction that spent serials; a repeat answers the same one."""

    transaction: Hash


class Redeemed(Answered):
    """A transaction that the service sent, and the block that has it."""

    transaction: Hash
    block: int


class Spent(Answered):
    """What became of one of several tokens: its transaction, or the error and what it says."""

    token: Hash
    transaction: Hash | None
    error: str | None
    detail: str | None


class SpentSeveral(Answered):
    """What became of each token, in the order in which they were named."""

    items: list[Spent]


class Printer(Answered):
    """An enrolled printer, and what became of its key."""

    printer: Account
    center: Account
    name: str
    enrolled_at: int = 0
    revoked_since: int | None = None
    revoked_reason: str = ""
    predecessor: Account | None = None
    successor: Account | None = None


class Released(Answered):
    """A content key, encrypted to one printer (HPKE)."""

    wrapped: str
    cid: ContentId
    sealed_size: int


class Provenance(Answered):
    """Everything that is known of a subject, and what does not fit together."""

    subject: str
    kind: str
    facts: list[dict[str, Any]]
    findings: list[dict[str, Any]]
    log: list[dict[str, Any]] = []
    """Where its signed messages stand in the log, and which checkpoint covers each."""


Item = TypeVar("Item", bound=BaseModel)
Kind = TypeVar("Kind", bound=BaseModel)


class Page(Answered, Generic[Item]):
    """A part of a list; `next_cursor` is where the next one begins, None at the end."""

    items: list[Item]
    next_cursor: str | None = None


class Row(Answered):
    """An item of which nothing is needed here but to be shown."""


def read(kind: type[Kind], json: object) -> Kind:
    """`json` as a `kind`. Raises ServiceUnavailable if it has not that form."""
    try:
        return kind.model_validate(json)
    except (ValidationError, LedgerError) as error:
        raise ServiceUnavailable(
            f"The service's answer is no {kind.__name__}: is it of another version?"
        ) from error
