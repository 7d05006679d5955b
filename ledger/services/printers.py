"""The end of a printer's key: its center revokes it, or it names its own successor."""

from __future__ import annotations

from ledger import rules
from ledger.errors import Conflict, MalformedRequest, PrinterNotEnrolled
from ledger.models import KeyRotation, PrinterRevocation
from ledger.services import standing, telling
from ledger.services.context import Ledger
from ledger.signing import require_signer
from ledger.store import Session, log, records
from ledger.store.tables import PrinterRow

KEM_KEY_BYTES = 32
MOST_REASON = 200
"""Characters in the reason for a revocation."""
CLOCK_SECONDS = 300
"""How far a printer's clock may be ahead of ours."""


def revoke(ledger: Ledger, revocation: PrinterRevocation, signature: bytes) -> PrinterRow:
    """End a printer on its center's word, for good; every path refuses it from now on.

    Keys that it named in its place since then are ended with it, unless the center has enrolled
    them itself: whoever has the machine could name one. Told again, it changes nothing, except
    that `since` may move back. Raises SignatureExpired, BadSignature, MalformedRequest, or
    PrinterNotEnrolled for a printer that is not this center's.
    """
    now = ledger.now()
    rules.require_fresh(revocation.deadline, now, "revocation")
    if not 0 < len(revocation.reason) <= MOST_REASON or not revocation.reason.isprintable():
        raise MalformedRequest(f"A reason has 1 to {MOST_REASON} printable characters.")
    if revocation.since > now:
        raise MalformedRequest("A printer is revoked from now on, or from an earlier time.")
    message = ledger.domain.typed(revocation)
    require_signer(message, signature, revocation.center)
    with ledger.database.write() as session:
        log.lock(session)
        row = records.printer(session, revocation.printer)
        if row is None or row.center != revocation.center:
            raise PrinterNotEnrolled(
                f"The printer {revocation.printer} is not enrolled by {revocation.center}.",
                printer=revocation.printer,
                center=revocation.center,
            )
        if row.revoked_since is not None and row.revoked_since <= revocation.since:
            return row
        log.append(session, message, signature)
        for ended in (row, *_named_since(session, row, revocation.since)):
            if ended.revoked_since is None or ended.revoked_since > revocation.since:
                ended.revoked_since = revocation.since
                ended.revoked_reason = revocation.reason
                ended.revoked_at = ended.revoked_at or now
                ended.revocation_deadline = revocation.deadline
                ended.revocation_signature = "0x" + signature.hex()
                session.add(ended)
            telling.printer_revoked(session, ended, now)
        session.flush()
        return row


def rotate(
    ledger: Ledger, rotation: KeyRotation, signature: bytes, successor_signature: bytes
) -> PrinterRow:
    """Take a printer's new key into its place; the successor's row. Both keys have signed.

    From now on nothing new is given to the old one. What it holds (tokens, prints that run)
    it may bring to an end. The same successor again is no error. Raises SignatureExpired,
    BadSignature, MalformedRequest, PrinterNotEnrolled, PrinterRevoked, PrinterRotated if it has
    another successor, Conflict if the new key is a printer already.
    """
    now = ledger.now()
    rules.require_fresh(rotation.deadline, now, "rotation")
    if len(rotation.kem_key) != KEM_KEY_BYTES:
        raise MalformedRequest(f"An X25519 public key has {KEM_KEY_BYTES} bytes.")
    if rotation.rotated_at > now + CLOCK_SECONDS:
        raise MalformedRequest("A key is not replaced in the future.")
    message = ledger.domain.typed(rotation)
    require_signer(message, signature, rotation.printer)
    require_signer(message, successor_signature, rotation.successor)
    with ledger.database.write() as session:
        log.lock(session)  # a key has one successor, and a revoked one none
        row = standing.require_printer(session, rotation.printer, even_rotated=True)
        successor = records.printer(session, rotation.successor)
        if successor is not None and row.successor == rotation.successor:
            return successor
        standing.require_not_ended(row)
        if successor is not None:
            raise Conflict(
                f"{rotation.successor} is a printer already: a successor's key is new.",
                printer=rotation.successor,
            )
        log.append(session, message, signature)
        _follow(row, rotation, signature, successor_signature)
        session.add(row)
        return records.put(session, _successor(row, now))


def _follow(row: PrinterRow, rotation: KeyRotation, signature: bytes, other: bytes) -> None:
    row.successor = rotation.successor
    row.next_kem_key = "0x" + rotation.kem_key.hex()
    row.rotated_at = rotation.rotated_at
    row.rotation_deadline = rotation.deadline
    row.rotation_signature = "0x" + signature.hex()
    row.successor_signature = "0x" + other.hex()


def _successor(row: PrinterRow, now: int) -> PrinterRow:
    return PrinterRow(
        printer=row.successor or "",
        center=row.center,
        kem_key=row.next_kem_key,
        name=row.name,
        center_signature="",
        printer_signature=row.successor_signature,
        enrolled_at=now,
        predecessor=row.printer,
    )


def _named_since(session: Session, row: PrinterRow, since: int) -> list[PrinterRow]:
    """The printer's successor, its successor, and so on, as far as they were named since.

    Up to one that the center has enrolled itself: that one is in its own hands.
    """
    found: list[PrinterRow] = []
    while row.successor is not None:
        follower = records.printer(session, row.successor)
        if follower is None:
            break
        row = follower
        if row.center_signature:
            break
        if row.enrolled_at >= since:
            found.append(row)
    return found
