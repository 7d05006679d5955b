"""Tickets: a print token and its signature as a file, read strictly and written canonically.

The form is that of the service's API: JSON with `format` 1, the `token`, the
`signature` and who is said to have given it, the deployment that it is meant for, and
where the sealed file is. Members beside those are ignored, except in `token`, whose
content is signed and must be known to the last one. Source: docs/token-format.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ledger.errors import MalformedTicket
from ledger.forms import Reader, portable
from ledger.models import (
    MAX_QUOTA,
    WORD_BITS,
    Address,
    Cid,
    ContentHash,
    Digest,
    PrintToken,
    Ticket,
)
from ledger.tokens import Domain

FORMAT = 1
SUFFIX = ".token.json"
"""How the name of a ticket's file ends."""

MAX_BYTES = 64 * 1024
"""Larger files are no tickets: one has about 1 KiB, with a wallet's signature some more."""

_TOKEN_MEMBERS = frozenset(
    ("design", "license", "printer", "word", "serials", "not_before", "deadline", "job")
)
_TIME_BITS = 40
_MAX_WORD = MAX_QUOTA // WORD_BITS
_READ = Reader("ticket", MalformedTicket, MAX_BYTES)


@dataclass(frozen=True, slots=True)
class Form:
    """What a file says: the ticket, and the digest that it claims its token to have."""

    ticket: Ticket
    claimed: Digest


def parse(data: bytes) -> Ticket:
    """The ticket in a file. Raises MalformedTicket."""
    return read_form(data).ticket


def read_form(data: bytes) -> Form:
    """Everything in the file, in its right form; nothing of it is believed yet.

    Raises MalformedTicket if it is too long, no JSON, of another format, or if a member is
    missing, unknown in `token`, twice there, of another type or out of range.
    """
    return _READ.read(data, form_of)


def form_of(row: Mapping[str, Any]) -> Form:
    """The same of a JSON object that was read already, as in a lease."""
    _READ.require_format(row, FORMAT)
    ticket = Ticket(
        token=_token(row["token"]),
        signature=_READ.signature(row),
        signer=Address(_READ.text(row, "signer")),
        chain_id=_READ.integer(row, "chain_id", 256),
        contract=Address(_READ.text(row, "contract")),
        cid=Cid(_READ.text(row, "cid")),
        sealed_size=_READ.integer(row, "sealed_size", 63),
    )
    return Form(ticket, Digest.parse(_READ.text(row, "digest")))


def dump(ticket: Ticket) -> bytes:
    """The file of a ticket; `parse` undoes it."""
    return json.dumps(as_json(ticket), indent=1).encode() + b"\n"


def as_json(ticket: Ticket) -> dict[str, Any]:
    """A ticket as a JSON object: the file's content, and the API's answer."""
    token = ticket.token
    return {
        "format": FORMAT,
        "token": {
            "design": str(token.design),
            "license": portable(token.license),
            "printer": token.printer,
            "word": token.word,
            "serials": str(token.serials),
            "not_before": token.not_before,
            "deadline": token.deadline,
            "job": str(token.job),
        },
        "signature": "0x" + ticket.signature.hex(),
        "signer": ticket.signer,
        "chain_id": ticket.chain_id,
        "contract": ticket.contract,
        "digest": str(digest_of(ticket)),
        "cid": ticket.cid,
        "sealed_size": ticket.sealed_size,
    }


def digest_of(ticket: Ticket) -> Digest:
    """The EIP-712 digest of the token, computed for the deployment that the ticket names."""
    domain = Domain(ticket.chain_id, registry=ticket.contract, licenses=ticket.contract)
    return domain.print_token(ticket.token).digest()


def _token(value: object) -> PrintToken:
    row = _READ.members(value, "token", _TOKEN_MEMBERS)
    token = PrintToken(
        design=ContentHash.parse(_READ.text(row, "design")),
        license=_READ.integer(row, "license", 256),
        printer=Address(_READ.text(row, "printer")),
        word=_READ.integer(row, "word", 32),
        serials=_READ.integer(row, "serials", WORD_BITS),
        not_before=_READ.integer(row, "not_before", _TIME_BITS),
        deadline=_READ.integer(row, "deadline", _TIME_BITS),
        job=Digest.parse(_READ.text(row, "job")),
    )
    if token.word > _MAX_WORD:
        raise MalformedTicket("The token's word is past the largest quota.")
    if not token.serials:
        raise MalformedTicket("The token names no serial.")
    return token
