"""Lists that the service gives a page at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from pydantic import BaseModel

from ledger.client.answers import Page

MOST_ITEMS = 200
"""Items that the service puts on one page at most."""

Item = TypeVar("Item", bound=BaseModel)


def gather(fetch: Callable[[str | None, int], Page[Item]], limit: int) -> list[Item]:
    """The first `limit` items; `fetch(cursor, size)` gets one page."""
    items: list[Item] = []
    cursor: str | None = None
    while len(items) < limit:
        page = fetch(cursor, min(limit - len(items), MOST_ITEMS))
        items += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    return items[:limit]
