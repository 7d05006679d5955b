"""What the routes are given: the service, and a place in a list."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar, cast

from fastapi import Depends, Path, Query, Request

from api.fields import U63
from ledger.errors import CursorInvalid, MalformedRequest
from ledger.models import Address, ContentHash, Digest
from ledger.services.context import Ledger

MOST_ITEMS = 200
T = TypeVar("T")


def ledger_of(request: Request) -> Ledger:
    """The service that this process runs."""
    return cast(Ledger, request.app.state.ledger)


Service = Annotated[Ledger, Depends(ledger_of)]


class Page:
    """A slice of a list: at most `limit` items behind `after`, a tuple of integers."""

    def __init__(
        self,
        cursor: Annotated[str | None, Query(description="`next_cursor` of the page before")] = None,
        limit: Annotated[int, Query(ge=1, le=MOST_ITEMS)] = 50,
    ) -> None:
        self.limit = limit
        self.after = None if cursor is None else _decode(cursor)

    def place(self) -> tuple[int, int] | None:
        """`(block, log index)`, for lists in the chain's order. Raises CursorInvalid."""
        if self.after is None:
            return None
        if len(self.after) != 2:
            raise CursorInvalid("This cursor belongs to another list.")
        return self.after[0], self.after[1]

    def number(self) -> int:
        """One running number, for lists in the service's order. Raises CursorInvalid."""
        if self.after is None:
            return 0
        if len(self.after) != 1:
            raise CursorInvalid("This cursor belongs to another list.")
        return self.after[0]

    def answer(
        self,
        rows: Sequence[T],
        show: Callable[[T], Any],
        place: Callable[[T], tuple[int, ...]],
    ) -> dict[str, Any]:
        """The page's JSON; a full page says where the next one begins."""
        full = len(rows) == self.limit
        return {
            "items": [show(row) for row in rows],
            "next_cursor": _encode(place(rows[-1])) if rows and full else None,
        }


Paged = Annotated[Page, Depends()]


def _encode(place: tuple[int, ...]) -> str:
    text = ",".join(str(number) for number in place)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(cursor: str) -> tuple[int, ...]:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        numbers = tuple(int(number) for number in text.split(","))
        if not all(0 <= number <= U63 for number in numbers):
            raise ValueError("out of range")
    except (ValueError, binascii.Error) as error:
        raise CursorInvalid(f"{cursor[:40]!r} is not a cursor of this service.") from error
    return numbers


def address_cursor(
    cursor: Annotated[str, Query(description="`next_cursor` of the page before")] = "",
) -> str:
    """The place in a list that is in the order of addresses. Raises CursorInvalid."""
    try:
        return Address(cursor) if cursor else ""
    except MalformedRequest as error:
        raise CursorInvalid(f"{cursor[:60]!r} is not a cursor of this list.") from error


def digest_cursor(
    cursor: Annotated[str, Query(description="`next_cursor` of the page before")] = "",
) -> str:
    """The place in a list that is in the order of hashes. Raises CursorInvalid."""
    try:
        return str(Digest.parse(cursor)) if cursor else ""
    except MalformedRequest as error:
        raise CursorInvalid(f"{cursor[:70]!r} is not a cursor of this list.") from error


def design_id(design: str) -> ContentHash:
    """A design id in a path. Raises MalformedRequest."""
    return ContentHash.parse(design)


def digest_in_path(digest: str) -> Digest:
    """A digest in a path. Raises MalformedRequest."""
    return Digest.parse(digest)


def offer_hash(offer: str) -> Digest:
    """An offer's hash in a path. Raises MalformedRequest."""
    return Digest.parse(offer)


def variant_hash(job: str) -> Digest:
    """A variant's hash in a path. Raises MalformedRequest."""
    return Digest.parse(job)


def account(address: str) -> Address:
    """An address in a path. Raises MalformedRequest."""
    return Address(address)


DesignId = Annotated[ContentHash, Depends(design_id)]
TokenDigest = Annotated[Digest, Depends(digest_in_path)]
OfferHash = Annotated[Digest, Depends(offer_hash)]
VariantHash = Annotated[Digest, Depends(variant_hash)]
LicenseNumber = Annotated[int, Path(ge=0, le=U63, examples=[1])]
DigestCursor = Annotated[str, Depends(digest_cursor)]
AddressCursor = Annotated[str, Depends(address_cursor)]
Account = Annotated[Address, Depends(account)]
