"""Designs that are on chain: looked up, and refused a second time."""

from __future__ import annotations

from ledger.errors import DesignAlreadyRegistered, DesignNotFound
from ledger.models import Address, ContentHash
from ledger.services.context import Ledger
from ledger.store import catalog
from ledger.store.tables import DesignRow


def find(ledger: Ledger, design: ContentHash) -> DesignRow:
    """A registered design. Raises DesignNotFound."""
    with ledger.database.read() as session:
        row = catalog.design(session, str(design))
    if row is None:
        raise DesignNotFound(f"No design {design} is registered.", design=str(design))
    return row


def require_unregistered(ledger: Ledger, design: ContentHash) -> None:
    """Raise DesignAlreadyRegistered, naming the first owner, if a file is a design already."""
    try:
        owner = ledger.chain.design_owner(design)
    except DesignNotFound:
        return
    ledger.indexer.catch_up()
    first = find(ledger, design)
    raise DesignAlreadyRegistered(
        f"The design {design} was registered by {first.designer} in transaction "
        f"{first.transaction} and belongs to {owner}.",
        design=str(design),
        designer=first.designer,
        owner=str(owner),
        transaction=first.transaction,
    )


def is_registered_to(ledger: Ledger, design: ContentHash, owner: Address) -> bool:
    """Whether the design is on chain as this owner's; DesignAlreadyRegistered if another's."""
    try:
        holder = ledger.chain.design_owner(design)
    except DesignNotFound:
        return False
    if holder != owner:
        require_unregistered(ledger, design)
    return True
