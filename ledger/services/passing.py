"""Licenses that pass from one center to another: what the holder is to sign.

A print token names its printer, so the tokens that are out are not the new holder's: those of
a license that passes as a whole stay good for the former holder's printers, those of serials
that become a license of their own are worth nothing. So nothing is built while such tokens
are out, unless the holder says that they know of them.
"""

from __future__ import annotations

from ledger import rules
from ledger.errors import QuotaOutOfRange, TokensOutstanding
from ledger.models import Address, ContentHash, word_mask
from ledger.services.context import Call, Ledger
from ledger.services.terms import ToSign, find_license
from ledger.store import catalog, leases, records
from ledger.store.tables import LicenseRow


def transfer(
    ledger: Ledger, number: int, holder: Address, to: Address, *, despite_tokens: bool = False
) -> ToSign:
    """What the holder signs to pass a whole license on.

    Raises LicenseNotFound, TokensOutstanding, and what the contract refuses with: NotLicensee,
    LicenseNotTransferable, LicenseExpired, LicenseRevoked, InvalidRecipient.
    """
    row = find_license(ledger, number)
    call = ledger.chain.transfer_license(ContentHash.parse(row.design), number, to)
    what = f"Pass license {number} on to {to}, with {row.quota - row.spent} prints left"
    promised = _promised(ledger, row, 0)
    return _to_sign(ledger, call, holder, what, promised, despite_tokens=despite_tokens)


def sublicense(
    ledger: Ledger,
    number: int,
    holder: Address,
    to: Address,
    quota: int,
    *,
    despite_tokens: bool = False,
) -> ToSign:
    """What the holder signs to pass the last `quota` serials on, as a license of their own.

    Raises as `transfer` does, and QuotaOutOfRange or SerialNotFree.
    """
    row = find_license(ledger, number)
    if not 0 < quota < row.quota:
        raise QuotaOutOfRange(
            f"Of {row.quota} prints, 1 to {row.quota - 1} can be passed on; {quota} cannot.",
            quota=quota,
        )
    first = row.quota - quota
    call = ledger.chain.sublicense(ContentHash.parse(row.design), number, to, quota)
    what = f"Pass the last {quota} prints of license {number} on to {to}"
    promised = _promised(ledger, row, first)
    return _to_sign(ledger, call, holder, what, promised, despite_tokens=despite_tokens)


def _promised(ledger: Ledger, row: LicenseRow, first: int) -> tuple[int, int]:
    """Of the serials from `first` on: how many are promised, and until when (0: none is)."""
    now = ledger.now()
    with ledger.database.read() as session:
        spent = catalog.spent_words(session, row.license)
        tokens = {
            token.digest: (token, token.redeemable_until)
            for token in records.outstanding(session, row.license, now)
        }
        # What was given back is free here, but the chain would still take it from its printer.
        for token in leases.given_back(session, row.license):
            end = rules.lapses_at(token.deadline, row.expiry, row.grace)
            if end > now:
                tokens[token.digest] = (token, end)
    promised: dict[int, int] = {}
    until = 0
    for token, end in tokens.values():
        held = word_mask(row.quota, token.word) & ~word_mask(first, token.word)
        open_ = int(token.serials, 16) & held & ~spent.get(token.word, 0)
        if open_:
            promised[token.word] = promised.get(token.word, 0) | open_
            until = max(until, end)
    return sum(mask.bit_count() for mask in promised.values()), until


def _to_sign(
    ledger: Ledger,
    call: Call,
    holder: Address,
    what: str,
    promised: tuple[int, int],
    *,
    despite_tokens: bool,
) -> ToSign:
    """What the contract says comes first: who may not pass on learns that, and no more."""
    transaction = ledger.chain.complete(call, holder)
    prints, until = promised
    if prints and not despite_tokens:
        raise TokensOutstanding(
            f"Print tokens for {prints} of these prints are out, the last until {until}.",
            prints=prints,
            until=until,
        )
    warning = f", although tokens for {prints} of them are out until {until}" if prints else ""
    return ToSign(transaction, f"{what}{warning}.")
