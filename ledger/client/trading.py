"""Buy, give, end and settle with a key: what is paid is what the user saw, to the last unit.

Only amounts in the smallest unit are believed, for they follow from the offer's hash; an
allowance or a permit is for exactly the total and for the pinned contract alone.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ledger import artifacts, permits
from ledger.chain import RevertDecoder
from ledger.client import answers
from ledger.errors import InvalidTerms, LedgerError, TransactionMismatch
from ledger.models import (
    NATIVE_CURRENCY,
    WORD_BITS,
    ZERO_DIGEST,
    Address,
    ContentHash,
    Digest,
    Grant,
    Offer,
    Permit,
    Purchase,
    Revocation,
    Rights,
)
from ledger.permits import PermitTerms

if TYPE_CHECKING:
    from ledger.client.desk import Desk

SIGNED_SECONDS = 1_800
"""How long a message of the user's can be used."""
_LONGEST_PERMIT_SECONDS = 3_600


def buy(
    desk: Desk, offer: Digest, quota: int, licensee: Address | None = None
) -> tuple[int, answers.Sent]:
    """Buy `quota` prints, for somebody else if named; the license's number.

    In an ERC-20 a permit is signed where the currency has them, so that all is one
    transaction; else the total is allowed in a transaction of its own first.
    """
    terms = desk.quote(offer)
    holder = licensee or desk.address
    permit = _allow(desk, offer, terms, quota, by_permit_only=False)
    draft = desk.service.purchase(holder, offer, quota, desk.address, permit)
    calls = desk.calls
    call = (
        calls.buy(terms, quota) if holder == desk.address else calls.buy_for(terms, quota, holder)
    )
    if permit is not None:
        call = calls.batch([calls.permit(permit), call], all_or_nothing=True)
    sent = desk.send(draft, call)
    return _license_of(sent), sent


def buy_by_signature(desk: Desk, offer: Digest, quota: int) -> tuple[int, answers.Sent]:
    """Buy in an ERC-20 by signatures alone; the service sends the purchase and pays the gas.

    Raises InvalidTerms where the currency has no permits and too little is allowed.
    """
    terms = desk.quote(offer)
    permit = _allow(desk, offer, terms, quota, by_permit_only=True)
    wish = Purchase(offer, desk.address, quota, _salt(), desk.now() + SIGNED_SECONDS)
    signature = desk.signer.sign(desk.domain.purchase(wish))
    sent = desk.service.buy_signed(wish, signature, permit)
    return _license_of(sent), sent


def grant_by_signature(
    desk: Desk,
    design: ContentHash,
    licensee: Address,
    quota: int,
    expiry: int,
    grace: int,
    rights: Rights = Rights.NONE,
) -> answers.Sent:
    """Give a license by a signature alone; the service sends it and pays."""
    wish = Grant(
        design=design,
        licensee=licensee,
        quota=quota,
        expiry=expiry,
        grace=grace,
        rights=rights,
        issuer=desk.address,
        salt=_salt(),
        deadline=desk.now() + SIGNED_SECONDS,
    )
    return desk.service.grant_signed(wish, desk.signer.sign(desk.domain.grant(wish)))


def revoke_by_signature(desk: Desk, license: int, reason: str = "") -> answers.Sent:
    """End a license by a signature alone; the service sends it and pays."""
    state = desk.service.license(license)
    digest = Digest(hashlib.sha256(reason.encode()).digest()) if reason else ZERO_DIGEST
    wish = Revocation(state.design, license, digest, desk.now() + SIGNED_SECONDS)
    signature = desk.signer.sign(desk.domain.revocation(wish))
    return desk.service.revoke_signed(license, reason, wish.deadline, signature)


def cancel(desk: Desk, digest: Digest) -> answers.Sent:
    """Take a signed message to PrintLicenses back: it is void, used by nobody."""
    draft = desk.service.license_cancellation(desk.address, digest)
    return desk.send(draft, desk.calls.cancel_license_signature(digest))


def settle_all(
    desk: Desk, licenses: Sequence[int], *, all_or_nothing: bool
) -> tuple[answers.Sent, dict[int, LedgerError]]:
    """Settle licenses in one transaction; item by item also which were refused, and why."""
    draft = desk.service.settlements(licenses, desk.address, all_or_nothing=all_or_nothing)
    if [part.license for part in draft.slices] != list(licenses):
        raise TransactionMismatch("The service would settle other licenses than were named.")
    calls = []
    for part in draft.slices:
        state = desk.service.license(part.license)
        words = max(-(-state.quota // WORD_BITS), 1)
        if not (part.words >= 1 and 0 <= part.first_word <= words - part.words):
            raise TransactionMismatch("The proposed words are not all in this license.")
        calls.append(desk.calls.settle(state.design, part.license, part.first_word, part.words))
    sent = desk.send(draft, desk.calls.batch(calls, all_or_nothing=all_or_nothing))
    decoder = RevertDecoder(artifact.abi for artifact in artifacts.load().values())
    failed = {
        licenses[int(event["arguments"]["index"])]: decoder.decode(
            bytes.fromhex(event["arguments"]["reason"].removeprefix("0x"))
        )
        for event in sent.events
        if event.get("name") == "BatchItemFailed"
    }
    return sent, failed


def pass_up(desk: Desk, design: ContentHash, currency: Address) -> answers.Sent:
    """Pass a design's royalties up to its parents. Anybody may."""
    draft = desk.service.royalties(design, desk.address, currency)
    return desk.send(draft, desk.calls.pass_up(design, currency))


def _allow(
    desk: Desk, offer: Digest, terms: Offer, quota: int, *, by_permit_only: bool
) -> Permit | None:
    """Let the licenses' contract take the total, and no more: a permit, if one is to be sent."""
    total = terms.price * quota
    if terms.currency == NATIVE_CURRENCY or total == 0:
        return None
    needed = desk.service.payment(offer, desk.address, quota)
    if needed.allowed >= total:
        return None
    if needed.permit is not None:
        return _sign_permit(desk, terms.currency, total, needed.permit)
    if by_permit_only:
        raise InvalidTerms(f"The currency {terms.currency} takes no permits: send the purchase.")
    if needed.approval is None:
        raise TransactionMismatch("The service says nothing of how to pay in this currency.")
    desk.send(needed.approval, desk.calls.approve(terms.currency, total))
    return None


def _sign_permit(desk: Desk, currency: Address, total: int, theirs: dict[str, Any]) -> Permit:
    """Sign our own permit, with the name, version and nonce that the currency goes by."""
    try:
        domain, message = theirs["domain"], theirs["message"]
        deadline = int(message["deadline"])
        told = PermitTerms(str(domain["name"]), str(domain["version"]), int(message["nonce"]))
    except (KeyError, TypeError, ValueError) as error:
        raise TransactionMismatch("The service proposed something that is no permit.") from error
    if deadline > desk.now() + _LONGEST_PERMIT_SECONDS:
        raise TransactionMismatch("The permit would stay open for more than an hour.")
    ours = permits.permit(
        told,
        desk.domain.chain_id,
        currency,
        owner=desk.address,
        spender=desk.domain.licenses,
        value=total,
        deadline=deadline,
    )
    return Permit(currency, desk.address, total, deadline, desk.sign(ours, theirs))


def _salt() -> Digest:
    return Digest(secrets.token_bytes(32))


def _license_of(sent: answers.Sent) -> int:
    for event in sent.events:
        if event.get("name") == "LicenseBought":
            return int(event["arguments"]["license"])
    raise LedgerError(f"The transaction {sent.transaction} made no license.")
