"""Settlement, refunds, royalties and earnings: from the escrow to whom it belongs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.errors import MalformedRequest, NothingToRefund
from ledger.models import WORD_BITS, Address, ContentHash, Currency
from ledger.services.context import Call, Ledger
from ledger.services.terms import ToSign, find_license
from ledger.store import catalog, money
from ledger.store.moneytables import EarningRow
from ledger.store.tables import LicenseRow

SETTLEMENT_WORDS = 256
"""Words in one settlement or refund: 65,536 prints, within a block's gas."""
MOST_SETTLEMENTS = 50
"""Licenses in one transaction."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Words of a license that are settled in one call."""

    license: int
    first_word: int
    words: int


@dataclass(frozen=True, slots=True)
class Earnings:
    """What a design has had in one currency, and what its owner could withdraw now."""

    currency: Currency
    row: EarningRow
    withdrawable: int


def settlement(ledger: Ledger, number: int, sender: Address) -> ToSign:
    """What anyone signs to credit a license's prints to its design."""
    row = find_license(ledger, number)
    call = _settle(ledger, row, _unaccounted(ledger, row))
    return _to_sign(ledger, call, sender, f"Settle license {number}.")


def settlements(
    ledger: Ledger, numbers: Sequence[int], sender: Address, *, all_or_nothing: bool
) -> tuple[list[Slice], ToSign]:
    """What anyone signs to settle many licenses at once, and which words of each.

    All or nothing, or item by item: then those with nothing to settle are reported in
    events, and the others stand. Raises LicenseNotFound, MalformedRequest, BatchFailed.
    """
    if not 1 <= len(numbers) <= MOST_SETTLEMENTS:
        raise MalformedRequest(f"1 to {MOST_SETTLEMENTS} licenses are settled at once.")
    if len(set(numbers)) < len(numbers):
        raise MalformedRequest("A batch names each license once.")
    rows = [find_license(ledger, number) for number in numbers]
    slices = [_unaccounted(ledger, row) for row in rows]
    calls = [_settle(ledger, row, part) for row, part in zip(rows, slices, strict=True)]
    chain = ledger.chain
    batch = (
        chain.batch(calls, all_or_nothing=True)
        if all_or_nothing
        else chain.item_by_item(calls, sender)
    )
    return slices, _to_sign(ledger, batch, sender, f"Settle {len(numbers)} licenses.")


def refund(ledger: Ledger, number: int, licensee: Address) -> ToSign:
    """What the licensee signs to get back the price of what was not printed."""
    row = find_license(ledger, number)
    end = -(-row.quota // WORD_BITS)
    if row.spent + row.refunded >= row.quota:
        end = 1  # nothing is left: whichever words are asked for, the chain says so
    for first in range(0, end, SETTLEMENT_WORDS):
        words = min(SETTLEMENT_WORDS, end - first)
        call = ledger.chain.refund(ContentHash.parse(row.design), number, first, words)
        try:
            return _to_sign(
                ledger, call, licensee, f"Refund the unprinted part of license {number}."
            )
        except NothingToRefund:
            if first + words >= end:
                raise
    raise NothingToRefund(f"License {number} has no prints.", license=number)


def royalty(ledger: Ledger, design: ContentHash, currency: Address, sender: Address) -> ToSign:
    """What anyone signs to pass the parents' part of a design's earnings up to them."""
    call = ledger.chain.pass_up(design, currency)
    return _to_sign(ledger, call, sender, f"Pass the royalties of {design} up.")


def withdrawal(
    ledger: Ledger, design: ContentHash, owner: Address, to: Address, currency: Address
) -> ToSign:
    """What the owner signs to take out a design's earnings in one currency."""
    call = ledger.chain.withdraw(design, currency, to)
    return _to_sign(ledger, call, owner, f"Withdraw the earnings of {design} to {to}.")


def earnings(ledger: Ledger, design: ContentHash) -> list[Earnings]:
    """What a design has had, a row for each currency that it ever earned in."""
    with ledger.database.read() as session:
        rows = list(money.earnings(session, str(design)))
    return [
        Earnings(
            ledger.chain.currencies.about(Address(row.currency)),
            row,
            ledger.chain.earnings(design, Address(row.currency)),
        )
        for row in rows
    ]


def _unaccounted(ledger: Ledger, row: LicenseRow) -> Slice:
    """A slice with spent serials: from the first touched word on, as far as a block takes.

    Words that are settled already cost a read each, so nothing is lost if the slice
    begins with some; the next settlement of a very large license goes on behind it.
    """
    with ledger.database.read() as session:
        touched = sorted(catalog.spent_words(session, row.license))
    if not touched:
        return Slice(row.license, 0, 1)
    slices = [
        Slice(row.license, first, min(SETTLEMENT_WORDS, touched[-1] + 1 - first))
        for first in range(touched[0], touched[-1] + 1, SETTLEMENT_WORDS)
    ]
    sender = ledger.issuer.address
    fresh = (part for part in slices if ledger.chain.would_pass(_settle(ledger, row, part), sender))
    return next(fresh, slices[0])


def _settle(ledger: Ledger, row: LicenseRow, part: Slice) -> Call:
    design = ContentHash.parse(row.design)
    return ledger.chain.settle(design, row.license, part.first_word, part.words)


def _to_sign(ledger: Ledger, call: Call, sender: Address, summary: str) -> ToSign:
    return ToSign(ledger.chain.complete(call, sender), summary)
