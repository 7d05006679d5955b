"""Issuers by signature, which the service relays, and signed messages taken back."""

from __future__ import annotations

from ledger import rules
from ledger.errors import MalformedRequest
from ledger.models import Address, Digest, IssuerAuthorization
from ledger.services.context import Ledger, Mined
from ledger.services.terms import ToSign
from ledger.signing import require_signer


def relay_authorization(ledger: Ledger, wish: IssuerAuthorization, signature: bytes) -> Mined:
    """Put a designer's authorization of this service's issuer, or its end, on chain.

    The service pays. Raises MalformedRequest for another issuer than its own,
    SignatureExpired, BadSignature (a contract wallet sends it itself), SignatureSpent
    or ExpiryInPast.
    """
    if wish.issuer != ledger.issuer.address:
        raise MalformedRequest(
            f"This service relays for its own issuer, {ledger.issuer.address}; "
            f"anybody can send this message to the registry."
        )
    rules.require_fresh(wish.deadline, ledger.now(), "authorization")
    require_signer(ledger.domain.issuer_authorization(wish), signature, wish.designer)
    mined = ledger.send(ledger.chain.authorize_issuer_by_sig(wish, signature))
    ledger.indexer.catch_up()
    return mined


def cancellation(ledger: Ledger, signer: Address, digest: Digest) -> ToSign:
    """What a signer signs to make a message to the registry void, by its EIP-712 digest.

    Raises SignatureSpent if it was used or cancelled already.
    """
    call = ledger.chain.cancel_registry_signature(digest)
    return ToSign(ledger.chain.complete(call, signer), f"Make the message {digest} void.")
