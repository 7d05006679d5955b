"""Value objects as the JSON that the service reads, and back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ledger import tickets
from ledger.errors import MalformedTicket, ServiceUnavailable
from ledger.models import (
    NATIVE_CURRENCY,
    NOBODY,
    UNKNOWN_SHARE,
    Address,
    Enrolment,
    KeyRequest,
    Parent,
    PrintRequest,
    Receipt,
    RedemptionRequest,
    Refusal,
    Rights,
    Ticket,
)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a designer decides about an offer.

    `price` for one print, in the smallest unit of `currency`; `opens` and `closes` in Unix
    seconds; `duration` of a license in seconds from its purchase; `grace` in whole hours;
    `document` is the text that buyer and seller agree to. See `ledger.models.Offer`.
    """

    price: int
    min_quota: int
    max_quota: int
    opens: int
    closes: int
    duration: int
    grace: int
    document: str
    currency: Address = NATIVE_CURRENCY
    licensee: Address = NOBODY
    max_per_licensee: int = 0
    rights: Rights = Rights.NONE


def terms(value: Terms) -> dict[str, Any]:
    """The terms of an offer that is to be opened."""
    return {
        "price": str(value.price),
        "min_quota": value.min_quota,
        "max_quota": value.max_quota,
        "opens": value.opens,
        "closes": value.closes,
        "duration": value.duration,
        "grace": value.grace,
        "terms": value.document,
        "currency": value.currency,
        "licensee": value.licensee,
        "max_per_licensee": value.max_per_licensee,
        "rights": value.rights.names,
    }


def parent(value: Parent) -> dict[str, Any]:
    """A parent of a design that is to be registered."""
    consent = {"consent": "0x" + value.consent.hex()} if value.consent else {}
    return {
        "design": str(value.design),
        "share": value.share,
        "deadline": value.deadline,
        **consent,
    }


def print_request(value: PrintRequest) -> dict[str, Any]:
    """A request for print tokens."""
    return {
        "design": str(value.design),
        "license": value.license,
        "printer": value.printer,
        "count": value.count,
        "lifetime": value.lifetime,
        "job": str(value.job),
        "nonce": str(value.nonce),
        "deadline": value.deadline,
    }


def enrolment(value: Enrolment) -> dict[str, Any]:
    """An enrolment; the signatures are added beside it."""
    return {
        "center": value.center,
        "printer": value.printer,
        "kem_key": "0x" + value.kem_key.hex(),
        "name": value.name,
        "deadline": value.deadline,
    }


def key_request(value: KeyRequest) -> dict[str, Any]:
    """A request for a content key."""
    return {
        "design": str(value.design),
        "license": value.license,
        "token": str(value.token),
        "printer": value.printer,
        "deadline": value.deadline,
    }


def receipt(value: Receipt) -> dict[str, Any]:
    """What became of a print."""
    return {
        "token": str(value.token),
        "design": str(value.design),
        "license": value.license,
        "serial": value.serial,
        "printer": value.printer,
        "job": str(value.job),
        "started": value.started,
        "ended": value.ended,
        "outcome": value.outcome.value,
        "material_mg": value.material_mg,
        "energy_joule": value.energy_joule,
        "profile": str(value.profile),
        "duration": value.duration,
        "material": value.material,
        "recycled": None if value.recycled == UNKNOWN_SHARE else value.recycled,
        "photo": str(value.photo),
    }


def refusal(value: Refusal) -> dict[str, Any]:
    """That a gate refused a file."""
    return {
        "printer": value.printer,
        "file": str(value.file),
        "error": value.error,
        "refused_at": value.refused_at,
    }


def print_token(value: Ticket) -> dict[str, Any]:
    """A ticket's token as its file has it."""
    token: dict[str, Any] = json.loads(tickets.dump(value))["token"]
    return token


def redemption(value: Ticket, request: RedemptionRequest, signature: bytes) -> dict[str, Any]:
    """A ticket whose serials are to be spent, with the printer's signed request."""
    return {
        "token": print_token(value),
        "signature": "0x" + value.signature.hex(),
        "take": str(request.take),
        "deadline": request.deadline,
        "printer_signature": "0x" + signature.hex(),
    }


def ticket(row: object) -> Ticket:
    """A ticket from the service's JSON, read as strictly as a gate reads it."""
    try:
        return tickets.parse(json.dumps(row).encode())
    except MalformedTicket as error:
        raise ServiceUnavailable(f"The service's answer is no ticket: {error.detail}") from error


def unhex(text: str) -> bytes:
    """Bytes from hexadecimal. Raises ServiceUnavailable for anything else."""
    try:
        return bytes.fromhex(text.removeprefix("0x"))
    except ValueError as error:
        raise ServiceUnavailable("The service's answer is not hexadecimal.") from error
