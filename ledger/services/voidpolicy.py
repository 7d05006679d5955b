"""Failed prints that are voided without asking: how many, and that none is forgotten.

This service voids by itself up to a share of each license (`void_share`). That something
failed is written down as due in the transaction that hears of it, and struck out when it was
looked at: so a crash between the two loses nothing. The background step of the API looks at
what is due, and what is heard of is looked at at once besides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ledger import rules
from ledger.errors import LedgerError, LicenseNotFound, MalformedRequest, Unavailable
from ledger.models import ContentHash
from ledger.services import telling, voiding
from ledger.services.context import Ledger, Mined
from ledger.services.evidence import Failed
from ledger.services.voiding import CLAIM_SECONDS, MOST_VOIDS
from ledger.store import Session, catalog, life, log, queue
from ledger.store.tables import LicenseRow, VoidShareRow

SOON_SECONDS = 30
"""The background step looks so much later: usually it was looked at before."""
LONGEST_WAIT_SECONDS = 3_600
REDEEMED_WITHIN_SECONDS = 3 * 86_400
"""So long the redemption of a print that is reported as failed is looked for. One that this service
sends for an offline printer is heard of whenever it comes (`note_redeemed`)."""
_AT_ONCE = 20


def note_failure(session: Session, license: int, now: int) -> None:
    """A print failed: its void is due. In the transaction that hears of it."""
    queue.void_is_due(session, license, now + SOON_SECONDS)


def note_redeemed(session: Session, license: int, serials: Iterable[int], now: int) -> None:
    """These serials were redeemed: the void of a print that was told as failed before is due.

    In the transaction that notes it: however late that is, nothing else would tell of it.
    """
    if life.some_failed(session, license, serials):
        note_failure(session, license, now)


def due(ledger: Ledger) -> Sequence[int]:
    """The licenses whose failed prints somebody has to look at now."""
    with ledger.database.read() as session:
        return queue.voids_due(session, ledger.now(), _AT_ONCE)


def void_by_share(ledger: Ledger, number: int) -> Mined | None:
    """Void what failed as far as the share goes, the oldest report first; None if that is nothing.

    Raises what the contract refuses with, NotIssuer above all; what it refuses waits for a
    hand then. After an Unavailable it is due again.
    """
    ledger.indexer.catch_up()
    now = ledger.now()
    again = now + CLAIM_SECONDS
    with ledger.database.write() as session:
        log.lock(session)  # two processes must not both find the last void of the share free
        row = catalog.license(session, number)
        chosen = [] if row is None else _choose(ledger, session, row, now)
        present = queue.void_due(session, number)
        attempts = present.attempts if present is not None else 0
        if row is None and present is not None:  # a receipt about a license that there is not
            session.delete(present)
        if chosen:  # should this process die now, another one looks when its claims are over
            queue.void_is_due(session, number, again, attempts)
    if row is None:
        raise LicenseNotFound(f"There is no license {number}.", license=number)
    if not chosen:
        return None
    try:
        mined = voiding.send(ledger, chosen)
    except Unavailable:
        with ledger.database.write() as session:
            wait = min(SOON_SECONDS * 2**attempts, LONGEST_WAIT_SECONDS)
            queue.void_is_due(session, number, now + wait, attempts + 1)
        raise
    except LedgerError:
        with ledger.database.write() as session:
            _leave(session, chosen, now)
            _strike_out(session, number, again, now)
        raise
    with ledger.database.write() as session:
        _strike_out(session, number, again, now)
        if len(chosen) == MOST_VOIDS:
            queue.void_is_due(session, number, now)
    return mined


def choose_share(ledger: Ledger, subject: ContentHash | int, share: int) -> None:
    """The operator's choice for one design, or for one license, which goes before its design's.

    `share` in basis points. Raises MalformedRequest.
    """
    if not 0 <= share <= rules.BASIS_POINTS:
        raise MalformedRequest(f"A share is 0 to {rules.BASIS_POINTS} basis points.")
    with ledger.database.write() as session:
        session.merge(VoidShareRow(subject=str(subject), share=share, chosen_at=ledger.now()))


def _choose(ledger: Ledger, session: Session, row: LicenseRow, now: int) -> list[Failed]:
    """Claim what is voided now, and tell of what is not; strike out what needs no other look."""
    number, present = row.license, queue.void_due(session, row.license)
    busy = queue.claims(session, number, now)
    all_found = voiding.waiting_for_void(session, number)
    found = [one for one in all_found if one.evidence not in busy]
    # What was voided takes its room by that, and not once more by a claim that still stands.
    left = max(voiding.left(ledger, session, row) - (len(all_found) - len(found)), 0)
    chosen = found[: min(left, MOST_VOIDS)]
    queue.claim(session, number, [one.evidence for one in chosen], now + CLAIM_SECONDS)
    _leave(session, found[left:], now)
    if not chosen and present is not None:
        if busy:
            queue.void_is_due(session, number, now + SOON_SECONDS, present.attempts)
        else:
            _strike_out(session, number, present.due_at, now)
    return chosen


def _strike_out(session: Session, number: int, due_at: int, now: int) -> None:
    """Nobody has to look any more, unless something was told since the row said `due_at`.

    What was told before its redemption is looked at again: nothing else would tell of that.
    """
    present = queue.void_due(session, number)
    since = now - REDEEMED_WITHIN_SECONDS
    if present is None or present.due_at != due_at:
        return
    if voiding.told_before_its_redemption(session, number, since):
        wait = min(SOON_SECONDS * 2**present.attempts, LONGEST_WAIT_SECONDS)
        queue.void_is_due(session, number, now + wait, present.attempts + 1)
    else:
        session.delete(present)


def _leave(session: Session, failed: Sequence[Failed], now: int) -> None:
    for one in failed:
        telling.void_waiting(session, one, now)
