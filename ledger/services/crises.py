"""Crisis licenses: what owners, councils and centers are to sign, and what a service relays.

A pledge's document and a crisis's evidence are pinned for everybody to read; their
digests go on chain. Print tokens of crisis licenses are issued by the signer that the
council named; a service whose issuer that is issues them like any others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from ledger.errors import CrisisNotFound, MalformedRequest
from ledger.ipfs import LEAF_SIZE
from ledger.models import Address, ContentHash, CrisisDeclaration, Digest, PledgeTerms, Region
from ledger.services.context import Call, Ledger, Mined
from ledger.services.terms import ToSign
from ledger.signing import TypedData
from ledger.store import crises
from ledger.store.crisistables import CrisisRow

SIGNED_SECONDS = 86_400
"""How long a declaration that a council is to sign can be sent: members need time to meet."""

MOST_SHOWN = 1_000
"""Licenses that are told with one crisis; the audit of a crisis reads more."""


@dataclass(frozen=True, slots=True)
class Offered:
    """What an owner decides about a pledge; times in seconds. `document` says what it is for."""

    until: int
    max_duration: int
    quota_per_license: int
    quota_in_all: int
    document: str


@dataclass(frozen=True, slots=True)
class Declared:
    """What a council decides about a crisis. `signer` None means the service's issuer."""

    region: Region
    until: int
    evidence: str
    signer: Address | None = None


def pledge(
    ledger: Ledger, design: ContentHash, council: Address, owner: Address, offered: Offered
) -> tuple[PledgeTerms, ToSign]:
    """Pin the document and return the terms and what the owner signs.

    Nothing is pinned for a pledge that the chain would refuse.
    """
    document = _as_block(offered.document, "pledge's document")
    terms = PledgeTerms(
        offered.until,
        offered.max_duration,
        offered.quota_per_license,
        offered.quota_in_all,
        _digest(document),
    )
    summary = (
        f"Pledge {design} to {council}: {terms.quota_in_all} prints in all, until {terms.until}."
    )
    to_sign = _to_sign(ledger, ledger.chain.crises.pledge(design, council, terms), owner, summary)
    ledger.ipfs.add_raw_block(document)
    return terms, to_sign


def centers(ledger: Ledger, council: Address, named: Sequence[Address], *, allow: bool) -> ToSign:
    """What a council signs to name centers, or to name them no longer."""
    call = ledger.chain.crises.name_centers(named, named=allow)
    verb = "Let" if allow else "Let no longer"
    return _to_sign(ledger, call, council, f"{verb} {len(named)} centers take licenses.")


def declaration(ledger: Ledger, council: Address, declared: Declared) -> tuple[Digest, ToSign]:
    """Pin the evidence and return its digest and what the council signs and pays."""
    evidence = _as_block(declared.evidence, "evidence")
    digest, signer = _digest(evidence), declared.signer or ledger.issuer.address
    call = ledger.chain.crises.declare(declared.region.word, declared.until, digest, signer)
    summary = f"Declare a crisis in {declared.region} until {declared.until}."
    to_sign = _to_sign(ledger, call, council, summary)
    ledger.ipfs.add_raw_block(evidence)
    return digest, to_sign


def declaration_message(
    ledger: Ledger, council: Address, declared: Declared
) -> tuple[CrisisDeclaration, TypedData]:
    """Pin the evidence and return the message by which this service declares for a council.

    Raises MalformedRequest unless this service's issuer is to be the signer: it pays
    for nobody else's.
    """
    if declared.signer not in (None, ledger.issuer.address):
        raise MalformedRequest(
            f"This service sends only declarations that name its issuer "
            f"{ledger.issuer.address} as the signer."
        )
    evidence = _as_block(declared.evidence, "evidence")
    message = CrisisDeclaration(
        council=council,
        region=declared.region.word,
        until=declared.until,
        evidence=_digest(evidence),
        signer=ledger.issuer.address,
        salt=Digest(ledger.random(32)),
        deadline=ledger.now() + SIGNED_SECONDS,
    )
    ledger.ipfs.add_raw_block(evidence)
    return message, ledger.domain.crisis_declaration(message)


def declare_signed(ledger: Ledger, message: CrisisDeclaration, signature: bytes) -> Mined:
    """Declare a crisis for a council that signed for it; this service sends and pays.

    Raises MalformedRequest where another signer is named, and what the contract
    refuses with: SignatureExpired, SignatureSpent, BadSignature, CrisisWindowInvalid, ...
    """
    if message.signer != ledger.issuer.address:
        raise MalformedRequest("The declaration names another signer than this service's issuer.")
    return _relay(ledger, ledger.chain.crises.declare_by_sig(message, signature))


def ending(ledger: Ledger, crisis: int, council: Address) -> ToSign:
    """What the council signs to end its crisis. Raises CrisisNotFound, NotCouncil, CrisisOver."""
    call = ledger.chain.crises.end(crisis)
    return _to_sign(ledger, call, council, f"End crisis {crisis}.")


def ending_message(ledger: Ledger, crisis: int) -> tuple[int, TypedData]:
    """The deadline and the message by which a council ends its crisis. Raises CrisisNotFound."""
    find_crisis(ledger, crisis)
    deadline = ledger.now() + SIGNED_SECONDS
    return deadline, ledger.domain.crisis_end(crisis, deadline)


def end_signed(ledger: Ledger, crisis: int, deadline: int, signature: bytes) -> Mined:
    """End a crisis for its council, which signed for it; this service sends and pays.

    Raises CrisisNotFound, CrisisOver, SignatureExpired, SignatureSpent or BadSignature.
    """
    return _relay(ledger, ledger.chain.crises.end_by_sig(crisis, deadline, signature))


def taking(ledger: Ledger, crisis: int, design: ContentHash, center: Address, quota: int) -> ToSign:
    """What a center signs to take a license in a crisis.

    Raises CrisisNotFound, CrisisOver, CenterNotNamed, Recalled, PledgeNotFound,
    PledgeOver, CrisisQuotaInvalid or PledgeExhausted.
    """
    call = ledger.chain.crises.take(design, crisis, quota)
    return _to_sign(ledger, call, center, f"Take {quota} prints of {design} in crisis {crisis}.")


def find_crisis(ledger: Ledger, number: int) -> CrisisRow:
    """A crisis by its number. Raises CrisisNotFound."""
    with ledger.database.read() as session:
        row = crises.crisis(session, number)
    if row is None:
        raise CrisisNotFound(f"No crisis {number} was declared.", crisis=number)
    return row


def _relay(ledger: Ledger, call: Call) -> Mined:
    mined = ledger.send(call)
    ledger.indexer.catch_up()
    return mined


def _as_block(text: str, what: str) -> bytes:
    block = text.encode()
    if not 0 < len(block) <= LEAF_SIZE:
        raise MalformedRequest(f"A {what} has 1 to {LEAF_SIZE} bytes; this has {len(block)}.")
    return block


def _digest(block: bytes) -> Digest:
    return Digest(hashlib.sha256(block).digest())


def _to_sign(ledger: Ledger, call: Call, sender: Address, summary: str) -> ToSign:
    return ToSign(ledger.chain.complete(call, sender), summary)
