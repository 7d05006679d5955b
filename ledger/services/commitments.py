"""Commit and reveal, where the registry asks for it: nobody can overtake a registration.

The service commits when a file comes in, and reveals in the transaction that registers.
The secret of a commitment is stored before the commitment is sent, so that one which
broke off can still be revealed; its age counts on.
"""

from __future__ import annotations

from ledger.errors import BatchFailed, LedgerError
from ledger.models import Address, ContentHash, Digest
from ledger.services.context import Call, Ledger, Mined
from ledger.store import lineage, records
from ledger.store.lineagetables import CommitmentRow

SALT_BYTES = 32


def commit(ledger: Ledger, design: ContentHash, owner: Address) -> int:
    """Commit to a registration; from which second on it can be sent (0: at once).

    A repeat makes no second commitment. Raises ChainUnavailable or StoreUnavailable.
    """
    age = ledger.chain.minimum_age
    if age == 0 or ledger.chain.is_revealed(design, owner):
        return 0
    commitment = Digest.parse(_stored(ledger, design, owner).commitment)
    since = ledger.chain.committed_at(commitment)
    if since == 0:
        ledger.send(ledger.chain.commit(commitment))
        since = ledger.chain.committed_at(commitment)
    return since + age


def revealing(ledger: Ledger, design: ContentHash, owner: Address, call: Call) -> Call:
    """A registration as the registry takes it: with the revelation before it, if it asks."""
    if ledger.chain.minimum_age == 0 or ledger.chain.is_revealed(design, owner):
        return call
    salt = Digest.parse(_stored(ledger, design, owner).salt)
    reveal = ledger.chain.reveal(design, owner, salt)
    return ledger.chain.batch([reveal, call], all_or_nothing=True)


def send(ledger: Ledger, call: Call) -> Mined:
    """Send a registration. What its batch failed with is raised as if it were sent alone."""
    try:
        return ledger.send(call)
    except BatchFailed as error:
        raise inner_error(ledger, error) from error


def inner_error(ledger: Ledger, error: LedgerError) -> LedgerError:
    """What a call within a batch was refused with, however deep it is."""
    while isinstance(error, BatchFailed):
        error = ledger.chain.explain(str(error.facts["reason"]))
    return error


def _stored(ledger: Ledger, design: ContentHash, owner: Address) -> CommitmentRow:
    with ledger.database.read() as session:
        row = lineage.commitment(session, str(design), owner)
    if row is not None:
        return row
    salt = Digest(ledger.random(SALT_BYTES))
    commitment = ledger.chain.commitment_of(design, owner, salt)
    with ledger.database.write() as session:
        row = lineage.commitment(session, str(design), owner)  # another try may have come first
        return row or records.put(
            session,
            CommitmentRow(
                design=str(design), owner=owner, salt=str(salt), commitment=str(commitment)
            ),
        )
