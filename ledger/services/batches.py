"""Many prepared registrations in one transaction: all or nothing, or item by item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.errors import BatchFailed, LedgerError, MalformedRequest, Unavailable
from ledger.models import ContentHash
from ledger.services import commitments, registration
from ledger.services.context import Call, Ledger
from ledger.services.registration import Signed
from ledger.store.tables import DesignRow

MOST_ITEMS = 100
"""Registrations in one transaction: 13 million gas with revelations, less than half a block."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one registration: its row, or why it was refused."""

    design: ContentHash
    row: DesignRow | None = None
    error: LedgerError | None = None


def register_all(ledger: Ledger, items: Sequence[Signed], *, all_or_nothing: bool) -> list[Outcome]:
    """Register what was prepared and signed, in the order given; we pay the gas.

    All or nothing, the first item that is refused ends it with that item's error (its
    `item` says which, from 0), and nothing is registered. Item by item, each outcome
    tells of its own. What is registered already counts as done. Raises MalformedRequest
    for no items, too many, or one design twice; ChainUnavailable, StoreUnavailable.
    """
    if not 1 <= len(items) <= MOST_ITEMS:
        raise MalformedRequest(f"A batch has 1 to {MOST_ITEMS} designs; this has {len(items)}.")
    if len({item.design for item in items}) < len(items):
        raise MalformedRequest("A batch names each design once.")
    refused: dict[int, LedgerError] = {}
    calls: dict[int, Call] = {}
    for index, item in enumerate(items):
        try:
            call = registration.registration_of(ledger, item)
        except Unavailable:
            raise
        except LedgerError as error:
            if all_or_nothing:
                raise _of_item(error, index, item) from error
            refused[index] = error
        else:
            if call is not None:
                calls[index] = call
    if calls:
        refused |= _send(ledger, items, calls, all_or_nothing=all_or_nothing)
    return [
        Outcome(item.design, error=refused[index])
        if index in refused
        else Outcome(item.design, registration.finish(ledger, item.design))
        for index, item in enumerate(items)
    ]


def _send(
    ledger: Ledger, items: Sequence[Signed], calls: dict[int, Call], *, all_or_nothing: bool
) -> dict[int, LedgerError]:
    """The items that the registry refused, with its reasons."""
    places, wanted = list(calls), list(calls.values())
    if all_or_nothing:
        try:
            ledger.send(ledger.chain.batch(wanted, all_or_nothing=True))
        except BatchFailed as error:
            index = places[int(str(error.facts["index"]))]
            inner = commitments.inner_error(ledger, error)
            raise _of_item(inner, index, items[index]) from error
        return {}
    mined = ledger.send(ledger.chain.item_by_item(wanted, ledger.issuer.address))
    return {
        places[int(event.arguments["index"])]: commitments.inner_error(
            ledger, ledger.chain.explain(event.arguments["reason"])
        )
        for event in mined.events
        if event.name == "BatchItemFailed"
    }


def _of_item(error: LedgerError, index: int, item: Signed) -> LedgerError:
    """The error of one item of a batch, which says whose it is."""
    facts = {**error.facts, "design": str(item.design), "item": index}
    return type(error)(f"Item {index}, the design {item.design}: {error.detail}", **facts)
