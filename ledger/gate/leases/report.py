"""What a gate says of its leases: for `platemark gate status`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ledger.gate.config import Config
from ledger.gate.journal import Record, State
from ledger.gate.leases.newsstand import Newsstand
from ledger.gate.leases.shelf import Held, Shelf
from ledger.tokens import Domain


def report(config: Config, shelf: Shelf, records: Iterable[Record], now: int) -> dict[str, Any]:
    """Leases, the age of the news, the clock, and what waits to be handed in; empty if none.

    `now` is this machine's clock (Unix seconds). Raises StoreUnavailable.
    """
    if not shelf.leases:
        return {}
    first = next(iter(shelf.leases.values())).file
    domain = Domain(first.chain_id, registry=first.contract, licenses=first.contract)
    news = Newsstand(config.news, domain, config.issuer).held
    issued_at = max(
        [held.file.news.news.issued_at for held in shelf.leases.values()]
        + ([] if news is None else [news.news.issued_at])
    )
    reading = shelf.guard.saw(issued_at).read(now)
    return {
        "leases": [_lease(held, issued_at) for held in shelf.leases.values()],
        "ordered": sum(order.left for order in shelf.open_orders()),
        "news_at": issued_at,
        "news_age": max(0, reading.time - issued_at),
        "clock_behind": reading.behind if reading.set_back else 0,
        "entries": shelf.head.sequence,
        "to_hand_in": shelf.head.sequence - shelf.handed_in,
        "halted": shelf.halted or None,
        "last_contact": max(
            (r.at for r in records if r.state is State.TIME and "handed_in" in r.data), default=None
        ),
    }


def _lease(held: Held, news_at: int) -> dict[str, Any]:
    lease = held.file.lease
    return {
        "lease": str(held.digest),
        "design": str(lease.design),
        "license": lease.license,
        "count": lease.count,
        "spent": len(held.spent),
        "deadline": lease.deadline,
        "news_last_until": news_at + lease.silence,
        "state": held.ended or ("given back" if held.returned else "live"),
    }
