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

from ledger.errors import MalformedRequest, MalformedTicket
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
from ledger.signing import parse_signature
from ledger.tokens import Domain

FORMAT = 1
SUFFIX = ".token.json"
"""How the name of a ticket's file ends."""

MAX_BYTES = 64 * 1024
"""Larger files are no tickets: one has about 1 KiB, with a wallet's signature some more."""

_TOKEN_MEMBERS = frozenset(
    ("design", "license", "printer", "word", "serials", "not_before", "deadline", "job")
)
_LARGEST_JSON_INTEGER = 2**53
_MAX_SIGNATURE_BYTES = 8 * 1024
_TIME_BITS = 40
_MAX_WORD = MAX_QUOTA // WORD_BITS


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
    if len(data) > MAX_BYTES:
        raise MalformedTicket(f"A ticket has at most {MAX_BYTES} bytes; this has more.")
    try:
        row = json.loads(data.decode("utf-8"), object_pairs_hook=_members)
        return _form(row)
    except MalformedTicket:
        raise
    except MalformedRequest as error:
        raise MalformedTicket(f"This is no ticket: {error.detail}") from error
    except KeyError as error:
        raise MalformedTicket(f"The ticket has no {error.args[0]}.") from error
    except RecursionError as error:
        raise MalformedTicket("The ticket is nested too deeply.") from error
    except ValueError as error:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise MalformedTicket("The file is not JSON in UTF-8.") from error


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
            "license": _portable(token.license),
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


def _form(row: object) -> Form:
    if not isinstance(row, dict):
        raise MalformedTicket("The file holds no JSON object.")
    number = row.get("format")
    if type(number) is not int or number != FORMAT:
        raise MalformedTicket(f"Tickets of format {str(number)[:20]!r} are not known here.")
    ticket = Ticket(
        token=_token(row["token"]),
        signature=_signature(row),
        signer=Address(_text(row, "signer")),
        chain_id=_integer(row, "chain_id", 256),
        contract=Address(_text(row, "contract")),
        cid=Cid(_text(row, "cid")),
        sealed_size=_integer(row, "sealed_size", 63),
    )
    return Form(ticket, Digest.parse(_text(row, "digest")))


def _token(row: object) -> PrintToken:
    if not isinstance(row, dict):
        raise MalformedTicket("The ticket's token is no JSON object.")
    if unknown := sorted(row.keys() - _TOKEN_MEMBERS):
        raise MalformedTicket(f"The token has a member {unknown[0][:40]!r} that format 1 has not.")
    token = PrintToken(
        design=ContentHash.parse(_text(row, "design")),
        license=_integer(row, "license", 256),
        printer=Address(_text(row, "printer")),
        word=_integer(row, "word", 32),
        serials=_integer(row, "serials", WORD_BITS),
        not_before=_integer(row, "not_before", _TIME_BITS),
        deadline=_integer(row, "deadline", _TIME_BITS),
        job=Digest.parse(_text(row, "job")),
    )
    if token.word > _MAX_WORD:
        raise MalformedTicket("The token's word is past the largest quota.")
    if not token.serials:
        raise MalformedTicket("The token names no serial.")
    return token


def _signature(row: Mapping[str, Any]) -> bytes:
    signature = parse_signature(_text(row, "signature"))
    if len(signature) > _MAX_SIGNATURE_BYTES:
        raise MalformedTicket(f"A signature has at most {_MAX_SIGNATURE_BYTES} bytes.")
    return signature


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names are unique: two readers must never see two different values."""
    row = dict(pairs)
    if len(row) != len(pairs):
        raise MalformedTicket("A member of the ticket is there twice.")
    return row


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row[name]
    if not isinstance(value, str):
        raise MalformedTicket(f"The ticket's {name} must be a string.")
    return value


def _integer(row: Mapping[str, Any], name: str, bits: int) -> int:
    """An unsigned integer, as a number or as decimal digits without a leading zero."""
    value = row[name]
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 78:
        number = int(value)
        if str(number) != value:
            raise MalformedTicket(f"The ticket's {name} has leading zeros.")
    elif type(value) is int:
        number = value
    else:
        raise MalformedTicket(f"The ticket's {name} must be a whole number.")
    if not 0 <= number < 1 << bits:
        raise MalformedTicket(f"The ticket's {name} is out of range.")
    return number


def _portable(number: int) -> int | str:
    return number if number <= _LARGEST_JSON_INTEGER else str(number)
