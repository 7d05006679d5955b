"""Redeem what printers spent while they were offline: a durable outbox, many in one transaction.

A spend is stored first (`due_spend`) and sent later, together with all others of its license,
whatever printer told of them: the words of a license are written once then. Who sends takes
the spends for a while; if that is lost between sending and noting, the next who takes them
finds on chain what was done. What the chain refuses for good is noted with its reason and
never stands in the way of the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ledger.errors import (
    LedgerError,
    LicenseExpired,
    LicenseRevoked,
    QuotaExhausted,
    SerialAlreadySpent,
    TokenExpired,
    Unavailable,
)
from ledger.models import Digest, RedemptionRequest, bit_of, serials_of
from ledger.services import issuing, redeeming, voidpolicy
from ledger.services.context import Ledger
from ledger.services.redeeming import MOST_TOKENS, Spent, Wanted
from ledger.signing import parse_signature
from ledger.store import catalog, leases, log, records
from ledger.store.leasetables import DueSpendRow, DueState

POOL_SECONDS = 15
"""How long a spend waits for others of its license: printers come back one after the other."""

ENOUGH = 2_048
"""Waiting spends of a license that are sent at once."""

CLAIM_SECONDS = 60
"""For how long who sends has the spends to themselves."""

RETRY_SECONDS = 3_600
"""After how long what was refused for a reason that may pass, a recall, is tried again."""

KEPT_SECONDS = 900
"""After how long it is looked whether a redemption outlived all reorganizations (64 blocks)."""

MOST_AT_ONCE = 10_000

_FINAL = (TokenExpired, LicenseExpired, LicenseRevoked, QuotaExhausted)
"""Refusals that no other try changes."""


@dataclass
class _Outcome:
    """What became of spends: transactions by serial, and refusals with their reason."""

    redeemed: dict[int, str] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)
    again: dict[int, str] = field(default_factory=dict)


def settle(ledger: Ledger, *, at_once: bool = False) -> int:
    """Redeem what has waited long enough, or all of it; how many spends were found redeemed.

    A license that fails does not stop the others; then the first error is raised at the end.
    Raises ChainUnavailable or StoreUnavailable: nothing is lost then.
    """
    now = ledger.clock()
    _look_again(ledger, now)
    with ledger.database.read() as session:
        waiting = leases.waiting(session, now)
    ripe = [
        license
        for license, oldest, count in waiting
        if at_once or count >= ENOUGH or now - oldest >= POOL_SECONDS
    ]
    done, failed = 0, list[LedgerError]()
    for license in ripe:
        try:
            done += _redeem(ledger, license, now)
        except LedgerError as error:
            failed.append(error)
    if failed:
        raise failed[0]
    return done


def _look_again(ledger: Ledger, now: int) -> None:
    """What a reorganization took away is due again."""
    with ledger.database.read() as session:
        if not leases.unsettled(session, now, 1):
            return
    ledger.indexer.catch_up()
    with ledger.database.write() as session:
        log.lock(session)
        for row in leases.unsettled(session, now, MOST_AT_ONCE):
            found = catalog.redemptions(session, token=row.token)
            _, bit = bit_of(row.serial)
            kept = [one for one in found if int(one.take, 16) & bit]
            row.next_try = 0
            if kept:
                row.transaction = kept[0].transaction
            else:
                row.state, row.transaction = DueState.DUE.value, None
            session.add(row)


def _redeem(ledger: Ledger, license: int, now: int) -> int:
    with ledger.database.write() as session:
        rows = leases.claim(session, license, now, now + CLAIM_SECONDS, MOST_AT_ONCE)
    by_token: dict[str, list[DueSpendRow]] = {}
    for row in rows:
        by_token.setdefault(row.token, []).append(row)
    tokens, done = sorted(by_token), 0
    for start in range(0, len(tokens), MOST_TOKENS):
        part = {token: by_token[token] for token in tokens[start : start + MOST_TOKENS]}
        outcome = _send(ledger, part)
        told = {row.serial: row.token for each in part.values() for row in each}
        _note(ledger, license, told, outcome, now)
        done += len(outcome.redeemed)
    return done


def _send(ledger: Ledger, by_token: Mapping[str, Sequence[DueSpendRow]]) -> _Outcome:
    """Look up on chain what was done already, and send the rest."""
    outcome, wanted = _Outcome(), dict[int, Wanted]()
    with ledger.database.read() as session:
        found = {token: records.token(session, token) for token in by_token}
    issued = {digest: row for digest, row in found.items() if row is not None}
    tokens = {digest: issuing.token_of(row) for digest, row in issued.items()}
    spent = {t: ledger.chain.spent(token.license, token.word) for t, token in tokens.items()}
    # After the chain was asked: what it calls spent must be known here with its token.
    ledger.indexer.catch_up()
    for index, (digest, token) in enumerate(tokens.items()):
        take = _mask(row.serial for row in by_token[digest])
        done = take & spent[digest]
        _look_up(ledger, digest, token.word, done, outcome)
        if take & ~done:
            request = RedemptionRequest(Digest.parse(digest), take & ~done, token.printer, 0)
            signature = parse_signature(issued[digest].signature)
            wanted[index] = Wanted(token, signature, request, b"")
    if wanted:
        sent = _sent(ledger, wanted)
        for index, one in wanted.items():
            _sort(serials_of(one.token.word, one.request.take), sent[index], outcome)
    return outcome


def _sent(ledger: Ledger, wanted: dict[int, Wanted]) -> dict[int, Spent]:
    """Send all, or without those that would be refused: nobody pays for what fails."""
    try:
        return redeeming.send_together(ledger, wanted, all_or_nothing=True)
    except Unavailable:
        raise
    except LedgerError:
        pass
    refused: dict[int, Spent] = {}
    for index, one in wanted.items():
        call = ledger.chain.redeem(one.token, one.signature, one.request.take)
        try:
            ledger.chain.complete(call, ledger.issuer.address)
        except Unavailable:
            raise
        except LedgerError as error:
            refused[index] = Spent(one.request.token, error=error)
    rest = {index: one for index, one in wanted.items() if index not in refused}
    if not rest:
        return refused
    return refused | redeeming.send_together(ledger, rest, all_or_nothing=False)


def _look_up(ledger: Ledger, token: str, word: int, spent: int, outcome: _Outcome) -> None:
    """What of these spent serials was spent under this token; the rest went to another."""
    if not spent:
        return
    with ledger.database.read() as session:
        rows = catalog.redemptions(session, token=token)
    for row in rows:
        for serial in serials_of(word, spent & int(row.take, 16)):
            outcome.redeemed[serial] = row.transaction
        spent &= ~int(row.take, 16)
    for serial in serials_of(word, spent):
        outcome.refused[serial] = SerialAlreadySpent.__name__


def _sort(serials: Iterable[int], sent: Spent, outcome: _Outcome) -> None:
    for serial in serials:
        if sent.transaction is not None:
            outcome.redeemed[serial] = str(sent.transaction)
        elif isinstance(sent.error, _FINAL):
            outcome.refused[serial] = type(sent.error).__name__
        else:  # such as a serial that another token spent in between: looked up next time
            outcome.again[serial] = type(sent.error).__name__


def _note(
    ledger: Ledger, license: int, told: Mapping[int, str], outcome: _Outcome, now: int
) -> None:
    """Write down what became of spends, but of none that another's has overtaken meanwhile."""
    with ledger.database.write() as session:
        log.lock(session)  # or a spend that overtakes one of these meanwhile would get its outcome
        paid = list[int]()
        for serial in {**outcome.redeemed, **outcome.refused, **outcome.again}:
            row = leases.due(session, license, serial)
            if row is None or row.state != DueState.DUE.value or row.token != told[serial]:
                continue
            if serial in outcome.redeemed:
                paid.append(serial)
                row.state, row.error = DueState.REDEEMED.value, ""
                row.transaction, row.next_try = outcome.redeemed[serial], now + KEPT_SECONDS
            elif serial in outcome.refused:
                row.state, row.error = DueState.REFUSED.value, outcome.refused[serial]
            else:
                error = outcome.again[serial]
                quickly = error == SerialAlreadySpent.__name__
                row.error = error
                row.next_try = now + (CLAIM_SECONDS if quickly else RETRY_SECONDS)
            session.add(row)
        voidpolicy.note_redeemed(session, license, paid, now)


def _mask(serials: Iterable[int]) -> int:
    return sum({bit_of(serial)[1] for serial in serials})
