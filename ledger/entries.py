"""Entries of the log: what was signed and by which signature, as bytes that never change.

An entry is the UTF-8 text of a JSON object in canonical form (RFC 8785: members sorted, no
space between them) with three members: `type`, the primary type of an EIP-712 message;
`message`, its values as `eth_signTypedData_v4` takes them, with integers above 2^53 as decimal
text; and `signature`, hexadecimal. The domain is left out, as it is the same for the whole
log. Reference: docs/log.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ledger.errors import MalformedRequest
from ledger.models import Address, Digest
from ledger.signing import TypedData, parse_signature, recover
from ledger.tokens import Domain, logged_form

MAX_BYTES = 16_384
"""The longest entry that is read: some ten times that of any that is written."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry, taken apart."""

    type: str
    message: Mapping[str, Any]
    signature: bytes

    def typed(self, domain: Domain) -> TypedData:
        """The message as it was signed for a deployment."""
        return domain.logged(self.type, self.message)

    def digest(self, domain: Domain) -> Digest:
        """The EIP-712 digest by which the rest of the ledger names the message."""
        return self.typed(domain).digest()

    def signer(self, domain: Domain) -> Address:
        """Who signed it. Raises BadSignature."""
        return recover(self.typed(domain), self.signature)


def encode(message: TypedData, signature: bytes) -> bytes:
    """The entry for a signed message."""
    return canonical(
        {
            "type": message.primary_type,
            "message": dict(message.message),
            "signature": "0x" + signature.hex(),
        }
    )


def decode(data: bytes) -> Entry:
    """Take an entry apart. Raises MalformedRequest if it is not one, or not in canonical form."""
    if len(data) > MAX_BYTES:
        raise MalformedRequest(f"An entry has {MAX_BYTES} bytes at most; this has {len(data)}.")
    try:
        row = json.loads(data)
        type_, message, signature = str(row["type"]), row["message"], str(row["signature"])
        logged_form(type_, message)
        sound = len(row) == 3 and canonical(row) == data
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise MalformedRequest("This is no entry of a log.") from error
    if not sound:
        raise MalformedRequest("This entry of a log is not in its canonical form.")
    return Entry(type_, message, parse_signature(signature))


def canonical(document: object) -> bytes:
    """JSON in the canonical form of RFC 8785, for documents of text and small integers only."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8")
