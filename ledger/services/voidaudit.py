"""Voids in the audit: the voids of the prints that it is about, and their evidence."""

from __future__ import annotations

from ledger.models import bit_of
from ledger.services.evidence import Voided, by_serial, judge
from ledger.services.findings import Finding
from ledger.services.gathering import Gathered
from ledger.store import Session, life
from ledger.store.lifetables import VoidRow


def void_findings(
    session: Session, whole: Gathered, bad_signatures: frozenset[str]
) -> list[Finding]:
    """What does not fit with the voids of redeemed serials."""
    masks: dict[tuple[int, int], int] = {}
    for license, serial in by_serial(whole.redemptions):
        word, bit = bit_of(serial)
        masks[license, word] = masks.get((license, word), 0) | bit
    voids = [row for place, mask in sorted(masks.items()) for row in _of(session, *place, mask)]
    evidence = life.receipts_named(session, (row.evidence for row in voids))
    return judge(Voided(voids, whole.redemptions, whole.receipts, evidence, bad_signatures))


def _of(session: Session, license: int, word: int, mask: int) -> list[VoidRow]:
    """The voids of these serials, each as if it were of no others."""
    rows = life.voids(session, None, None, license=license, word=word)
    held = ((row, int(row.serials, 16) & mask) for row in rows)
    return [VoidRow(**row.model_dump() | {"serials": hex(bits)}) for row, bits in held if bits]
