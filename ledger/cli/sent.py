"""What every command prints that put a transaction on chain."""

from __future__ import annotations

from typing import Any

from ledger.cli.output import print_record
from ledger.client.answers import Sent


def print_sent(
    sent: Sent, *, as_json: bool, shown: dict[str, Any] | None = None, **first: Any
) -> None:
    """The transaction with its events.

    `first` are members that come before them; `shown` says how a person reads those.
    """
    document = {**first, **sent.model_dump(mode="json")}
    members = {
        **first,
        **(shown or {}),
        "transaction": sent.transaction,
        "block": sent.block,
        "gas used": sent.gas_used,
        "events": ", ".join(str(event.get("name")) for event in sent.events) or None,
    }
    print_record(document, members, as_json=as_json)
