"""What may be printed, and on what: recalls and sale of designs, the standing of printers.

An owner can recall a registered design, withdraw it, open it, price a resale. A recall's
notice is pinned for everybody to read; its digest goes on chain. A printer is in good
standing while its center has it enrolled, and neither revoked it nor gave it another key.
"""

from __future__ import annotations

import hashlib

from ledger.errors import (
    LeaseEnded,
    MalformedRequest,
    NoticeMissing,
    PrinterNotEnrolled,
    PrinterRevoked,
    PrinterRotated,
    Recalled,
)
from ledger.ipfs import LEAF_SIZE
from ledger.models import Address, ContentHash, Digest, Policy, ResaleRoyalty
from ledger.services.context import Call, Ledger
from ledger.services.terms import ToSign
from ledger.store import Session, leases, records
from ledger.store.tables import PrinterRow


def recall(
    ledger: Ledger, design: ContentHash, owner: Address, notice: str
) -> tuple[Digest, ToSign]:
    """The notice's digest, and what the owner signs to recall a design.

    Nothing is pinned for a recall that the chain would refuse: it raises NoticeMissing,
    MalformedRequest for a notice that is too long, NotDesignOwner or AlreadyRecalled.
    """
    document, digest = _notice(design, notice)
    summary = f"Recall {design}: nothing may be printed of it, nor of any design below it."
    to_sign = _to_sign(ledger, ledger.chain.recall(design, digest), owner, summary)
    ledger.ipfs.add_raw_block(document)
    return digest, to_sign


def lift(ledger: Ledger, design: ContentHash, owner: Address, notice: str) -> tuple[Digest, ToSign]:
    """The same for what ends the recall; raises NotRecalled if there is none."""
    document, digest = _notice(design, notice)
    call = ledger.chain.lift_recall(design, digest)
    to_sign = _to_sign(ledger, call, owner, f"Lift the recall of {design}.")
    ledger.ipfs.add_raw_block(document)
    return digest, to_sign


def withdrawal_from_sale(ledger: Ledger, design: ContentHash, owner: Address) -> ToSign:
    """What the owner signs to stop the sale; licenses that are out stay good."""
    call = ledger.chain.withdraw_from_sale(design)
    return _to_sign(ledger, call, owner, f"Withdraw {design} from sale.")


def return_to_sale(ledger: Ledger, design: ContentHash, owner: Address) -> ToSign:
    """What the owner signs to have the design sold again."""
    call = ledger.chain.return_to_sale(design)
    return _to_sign(ledger, call, owner, f"Return {design} to sale.")


def policy(ledger: Ledger, design: ContentHash, owner: Address, wanted: Policy) -> ToSign:
    """What the owner signs to let anybody derive from a design, or nobody unasked."""
    summary = (
        f"Let anybody derive from {design} at {wanted.share} basis points."
        if wanted.open
        else f"Let nobody derive from {design} without asking."
    )
    return _to_sign(ledger, ledger.chain.set_policy(design, wanted), owner, summary)


def resale(ledger: Ledger, design: ContentHash, owner: Address, royalty: ResaleRoyalty) -> ToSign:
    """What the owner signs to set the resale royalty, once for ever."""
    call = ledger.chain.set_resale_royalty(design, royalty)
    summary = (
        f"Ask {royalty.share} basis points for {royalty.receiver} whenever {design} is sold on."
    )
    return _to_sign(ledger, call, owner, summary)


def require_printable(ledger: Ledger, design: ContentHash) -> None:
    """Raise Recalled if the design, or one above it, is recalled; DesignNotFound."""
    recalled = ledger.chain.recalled_by(design)
    if recalled is not None:
        raise Recalled(
            f"Nothing may be printed of the design {design}: {recalled} is recalled.",
            design=str(design),
            recalled=str(recalled),
        )


def require_printer(
    where: Ledger | Session,
    printer: str,
    center: str | None = None,
    *,
    even_rotated: bool = False,
) -> PrinterRow:
    """The row of a printer that may still ask and tell here; of one center, if named.

    With `even_rotated` a printer that has another key by now passes too: what it holds
    already it may bring to its end. Raises PrinterNotEnrolled, PrinterRevoked or
    PrinterRotated. Within a write, pass its session: then nobody revokes in between.
    """
    if isinstance(where, Session):
        row = records.printer(where, printer)
    else:
        with where.database.read() as session:
            row = records.printer(session, printer)
    if row is None or center not in (None, row.center):
        by = "here" if center is None else f"by the licensee {center}"
        facts = {"printer": printer} if center is None else {"printer": printer, "center": center}
        raise PrinterNotEnrolled(f"The printer {printer} is not enrolled {by}.", **facts)
    require_not_ended(row, even_rotated=even_rotated)
    return row


def require_not_ended(row: PrinterRow, *, even_rotated: bool = False) -> None:
    """Raise PrinterRevoked, or PrinterRotated, for a printer whose time is over."""
    if row.revoked_since is not None:
        raise PrinterRevoked(
            f"{row.center} revoked the printer {row.printer}: {row.revoked_reason}",
            printer=row.printer,
            since=row.revoked_since,
        )
    if row.successor is not None and not even_rotated:
        raise PrinterRotated(
            f"The printer {row.printer} has another key now: {row.successor}.",
            printer=row.printer,
            successor=row.successor,
        )


def require_not_given_back(ledger: Ledger, token: Digest) -> None:
    """Raise LeaseEnded for a token of a lease that was given back: its serials are free again.

    The chain would still take it from its printer, and a serial may be another's by now.
    """
    with ledger.database.read() as session:
        found = leases.leased_tokens(session, [str(token)]).get(str(token))
        lease = None if found is None else leases.lease(session, found)
    if lease is not None and lease.returned_at is not None:
        raise LeaseEnded(
            f"The lease {lease.digest} of this token was given back.",
            lease=lease.digest,
            token=str(token),
        )


def _notice(design: ContentHash, text: str) -> tuple[bytes, Digest]:
    document = text.encode()
    if not document:
        raise NoticeMissing(
            f"The recall of {design}, or its end, came without a notice.", design=str(design)
        )
    if len(document) > LEAF_SIZE:
        raise MalformedRequest(f"A notice has at most {LEAF_SIZE} bytes.")
    return document, Digest(hashlib.sha256(document).digest())


def _to_sign(ledger: Ledger, call: Call, sender: Address, summary: str) -> ToSign:
    return ToSign(ledger.chain.complete(call, sender), summary)
