"""Voids in the audit: the voids of the prints that it is about, and their evidence."""

from __future__ import annotations

import json
from collections.abc import Iterable

from ledger.errors import LedgerError
from ledger.models import Address, bit_of
from ledger.services.evidence import CalledBad, Voided, by_serial, judge
from ledger.services.findings import Finding
from ledger.services.gathering import Gathered
from ledger.signing import parse_signature, require_signer
from ledger.store import Session, life, queue
from ledger.store.lifetables import VoidRow
from ledger.store.tables import OrderRow, RedemptionRow
from ledger.tokens import Domain


def void_findings(
    session: Session, domain: Domain, whole: Gathered, bad_signatures: frozenset[str]
) -> list[Finding]:
    """What does not fit with the voids of redeemed serials."""
    voids = voids_of(session, whole.redemptions)
    evidence = life.receipts_named(session, (row.evidence for row in voids))
    words = words_named(session, domain, (row.evidence for row in voids))
    return judge(Voided(voids, whole.redemptions, whole.receipts, evidence, bad_signatures, words))


def voids_of(session: Session, redemptions: Iterable[RedemptionRow]) -> list[VoidRow]:
    """The voids of the serials that were redeemed so, each as if it were of no others."""
    masks: dict[tuple[int, int], int] = {}
    for license, serial in by_serial(redemptions):
        word, bit = bit_of(serial)
        masks[license, word] = masks.get((license, word), 0) | bit
    return [row for place, mask in sorted(masks.items()) for row in _of(session, *place, mask)]


def words_named(session: Session, domain: Domain, digests: Iterable[str]) -> dict[str, CalledBad]:
    """Of these digests the sign-offs by which a piece is bad, signed by its order's center."""
    found: dict[str, CalledBad] = {}
    for digest in set(digests):
        said = queue.statement(session, digest)
        if said is None or said.kind != "SignOff":
            continue
        values = json.loads(said.message)
        piece, order = queue.piece(session, values["token"]), session.get(OrderRow, said.order)
        if values["accepted"] or piece is None or order is None or piece.order != order.digest:
            continue
        try:
            message = domain.logged(said.kind, values)
            require_signer(message, parse_signature(said.signature), Address(order.center))
        except LedgerError:
            continue
        if str(message.digest()) == digest:
            found[digest] = CalledBad(piece.license, piece.serial, piece.token, order.center)
    return found


def _of(session: Session, license: int, word: int, mask: int) -> list[VoidRow]:
    rows = life.voids(session, None, None, license=license, word=word)
    held = ((row, int(row.serials, 16) & mask) for row in rows)
    return [VoidRow(**row.model_dump() | {"serials": hex(bits)}) for row, bits in held if bits]
