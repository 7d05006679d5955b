"""Spend serials on chain for printers: of one token, or of several of a license at once.

The service's issuer signed the tokens, so it may send them, and pays (decision 9).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ledger import rules
from ledger.errors import (
    LedgerError,
    MalformedRequest,
    PrinterNotNamed,
    SerialAlreadySpent,
    Unavailable,
)
from ledger.models import Digest, PrintToken, RedemptionRequest
from ledger.services import standing
from ledger.services.context import Call, Ledger
from ledger.services.issuing import find_token
from ledger.signing import require_signer
from ledger.store import catalog
from ledger.store.tables import RedemptionRow

MOST_TOKENS = 64
"""Tokens in one request: 16,384 prints, within a block's gas."""

_KEY_SIGNATURE_BYTES = 65
_PARITIES = (27, 28)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Serials of one token that its printer asks to be spent: both messages with signatures."""

    token: PrintToken
    signature: bytes
    request: RedemptionRequest
    printer_signature: bytes


@dataclass(frozen=True, slots=True)
class Spent:
    """What became of one token: the transaction that spent its serials, or why there is none."""

    token: Digest
    transaction: Digest | None = None
    error: LedgerError | None = None


def redeem(ledger: Ledger, wanted: Wanted) -> Digest:
    """Send the redemption of a token that this service issued; the transaction's hash.

    Only for the printer that the token names: a token is no secret, and nobody else
    shall spend it. A repeat of a redemption that landed answers the same transaction, so
    a gate that was cut off can ask again. Raises what the contract refuses with,
    SerialAlreadySpent above all, BadSignature, SignatureExpired, PrinterNotNamed,
    PrinterRevoked, LeaseEnded for a token of a lease that was given back, or TokenNotFound
    for one of another issuer. A printer that has another key by now may still spend what its
    old key was given.
    """
    digest = require_asked_for(ledger, wanted)
    landed = _landed(ledger, wanted, digest)
    if landed is not None:
        return landed
    try:
        mined = ledger.send(_single(ledger, wanted))
    except SerialAlreadySpent:
        landed = _landed(ledger, wanted, digest)  # another try of the same gate won
        if landed is None:
            raise
        return landed
    ledger.indexer.catch_up()
    return mined.transaction


def redeem_several(ledger: Ledger, items: Sequence[Wanted], *, all_or_nothing: bool) -> list[Spent]:
    """Send the redemption of several tokens of one license as one transaction.

    Each is what `redeem` takes, and is answered in the order given. Tokens that differ in
    nothing but printer, window and serials go together as words, others as a batch of calls. Where
    `all_or_nothing`, the error of the first that cannot be redeemed is raised (its `item` says
    which, from 0), and nothing is spent. Otherwise those that cannot be are reported, and the
    rest is spent. MalformedRequest for no item, more than `MOST_TOKENS`, several licenses, or
    a token twice.
    """
    _require_one_license(items)
    found: dict[int, Spent] = {}
    due: dict[int, Wanted] = {}
    for index, wanted in enumerate(items):
        digest = ledger.domain.print_token(wanted.token).digest()
        try:
            require_asked_for(ledger, wanted)
        except LedgerError as error:
            if all_or_nothing:
                raise _of_item(error, index) from error
            found[index] = Spent(digest, error=error)
            continue
        landed = _landed(ledger, wanted, digest)
        if landed is None:
            due[index] = wanted
        else:
            found[index] = Spent(digest, landed)
    if due:
        found |= send_together(ledger, due, all_or_nothing=all_or_nothing)
    return [found[index] for index in range(len(items))]


def require_asked_for(ledger: Ledger, wanted: Wanted) -> Digest:
    """The token's digest. Raises unless it was issued here and its printer asks for it now."""
    token, request = wanted.token, wanted.request
    digest = ledger.domain.print_token(token).digest()
    find_token(ledger, digest)
    rules.require_fresh(request.deadline, ledger.now(), "redemption request")
    if (request.token, request.printer) != (digest, token.printer):
        raise PrinterNotNamed(
            f"The token {digest} names the printer {token.printer}.", printer=token.printer
        )
    message = ledger.domain.redemption_request(request)
    require_signer(message, wanted.printer_signature, token.printer)
    standing.require_printer(ledger, token.printer, even_rotated=True)
    standing.require_not_given_back(ledger, digest)
    return digest


def redemptions(ledger: Ledger, token: Digest) -> Sequence[RedemptionRow]:
    """What the chain says was redeemed under a token, up to its newest block."""
    ledger.indexer.catch_up()
    with ledger.database.read() as session:
        return catalog.redemptions(session, token=str(token))


def send_together(
    ledger: Ledger, due: dict[int, Wanted], *, all_or_nothing: bool
) -> dict[int, Spent]:
    """Send the redemption of tokens of one license; who asks for it was looked at before.

    As one transaction, by whatever number each is named. Where not `all_or_nothing`, what is
    refused is sent around and told. Raises ChainUnavailable, and otherwise the error of the
    first that is refused.
    """
    digests = {i: ledger.domain.print_token(one.token).digest() for i, one in due.items()}
    whole = _together(ledger, list(due.values()))
    try:
        mined = ledger.send(whole)
        ledger.indexer.catch_up()
        return {index: Spent(digest, mined.transaction) for index, digest in digests.items()}
    except Unavailable:
        raise
    except LedgerError as error:
        if all_or_nothing:
            raise _first_refused(ledger, due, error) from error
    singles = [_single(ledger, one) for one in due.values()]
    mined = ledger.send(ledger.chain.item_by_item(singles, ledger.issuer.address))
    ledger.indexer.catch_up()
    failed = {
        int(event.arguments["index"]): ledger.chain.explain(event.arguments["reason"])
        for event in mined.events
        if event.name == "BatchItemFailed"
    }
    return {
        index: Spent(digests[index], error=failed[at])
        if at in failed
        else Spent(digests[index], mined.transaction)
        for at, index in enumerate(due)
    }


def _first_refused(ledger: Ledger, due: dict[int, Wanted], whole: LedgerError) -> LedgerError:
    """The error of the first item that would fail alone; that of the whole if none would."""
    for index, one in due.items():
        try:
            ledger.chain.complete(_single(ledger, one), ledger.issuer.address)
        except LedgerError as error:
            return _of_item(error, index)
    return whole


def _of_item(error: LedgerError, index: int) -> LedgerError:
    """The error of one item, which says which."""
    return type(error)(f"Item {index}: {error.detail}", **{**error.facts, "item": index})


def _together(ledger: Ledger, items: Sequence[Wanted]) -> Call:
    """One call for all: words of one job where there are several, single tokens otherwise."""
    jobs: dict[tuple[object, ...], list[Wanted]] = {}
    for one in items:
        alone = None if _fits_two_words(one.signature) else one.signature
        jobs.setdefault((one.token.job, alone), []).append(one)
    calls = [
        _single(ledger, group[0])
        if len(group) == 1
        else ledger.chain.redeem_tokens(
            [(one.token, one.signature, one.request.take) for one in group]
        )
        for group in jobs.values()
    ]
    return calls[0] if len(calls) == 1 else ledger.chain.batch(calls, all_or_nothing=True)


def _fits_two_words(signature: bytes) -> bool:
    """Whether it is of a key, in the form that EIP-2098 makes 64 bytes of."""
    return (
        len(signature) == _KEY_SIGNATURE_BYTES
        and signature[64] in _PARITIES
        and signature[32] < 1 << 7
    )


def _single(ledger: Ledger, wanted: Wanted) -> Call:
    return ledger.chain.redeem(wanted.token, wanted.signature, wanted.request.take)


def _require_one_license(items: Sequence[Wanted]) -> None:
    if not 0 < len(items) <= MOST_TOKENS:
        raise MalformedRequest(f"A request is for 1 to {MOST_TOKENS} tokens, not {len(items)}.")
    if len({(one.token.design, one.token.license) for one in items}) > 1:
        raise MalformedRequest("The tokens of one request are of one license.")
    if len({one.token for one in items}) < len(items):
        raise MalformedRequest("A token is named twice: name the serials of both at once.")


def _landed(ledger: Ledger, wanted: Wanted, digest: Digest) -> Digest | None:
    """The transaction that spent all of the serials under this very token, if there is one."""
    token, take = wanted.token, wanted.request.take
    if take == 0 or take & ~ledger.chain.spent(token.license, token.word):
        return None
    for row in redemptions(ledger, digest):
        if take & ~int(row.take, 16) == 0:
            return Digest.parse(row.transaction)
    return None
