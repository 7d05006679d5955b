"""The vectors of what is signed about leases and printers; `gen_vectors.py` writes them."""

from __future__ import annotations

from ledger.models import (
    ZERO_DIGEST,
    Address,
    ContentHash,
    Digest,
    JournalEntry,
    JournalKind,
    KeyRotation,
    Lease,
    LeaseRequest,
    News,
    OwnFiles,
    PrinterRevocation,
    PrintStart,
    Slice,
)
from ledger.signing import TypedData
from ledger.tokens import Domain

_FULL = Digest(b"\xff" * 32)
_MOST = Address("0xFFfFfFffFFfffFFfFFfFFFFFffFFFffffFfFFFfF")
_UINT256, _UINT64, _UINT40, _UINT32 = (2**bits - 1 for bits in (256, 64, 40, 32))


def usual(
    domain: Domain, design: ContentHash, center: Address, printer: Address, kem: bytes, now: int
) -> list[tuple[str, TypedData]]:
    """Messages as they occur, with who signs them."""
    nonce, job, day = Digest(b"\x11" * 32), Digest(b"\x22" * 32), 86_400
    request = LeaseRequest(
        design, 7, printer, 200, 14 * day, 7 * day, ZERO_DIGEST, nonce, now + 600
    )
    asked = domain.typed(request).digest()
    lease = Lease(
        asked, design, 7, printer, nonce, 200, design, ZERO_DIGEST, now, now + 14 * day, 7 * day
    )
    number = domain.typed(lease).digest()
    machine = Digest(b"\x33" * 32)
    spend = JournalEntry(
        printer, 1, ZERO_DIGEST, machine, JournalKind.SPEND, number, 258, now + 60, now + 60
    )
    return [
        ("center", domain.typed(request)),
        ("designer", domain.typed(lease)),
        ("printer", domain.typed(spend)),
        ("designer", domain.typed(News(12, now, now - 4, job))),
        ("printer", domain.typed(KeyRotation(printer, center, kem, now, now + 600))),
        (
            "center",
            domain.typed(PrinterRevocation(printer, center, "stolen", now - day, now + 600)),
        ),
        ("printer", domain.typed(OwnFiles(printer, True, now))),
        ("printer", domain.typed(PrintStart(nonce, 258, printer, now))),
        ("designer", domain.typed(Slice(design, machine, job, "PrusaSlicer-2.5.0", now + 600))),
    ]


def extreme(domain: Domain) -> list[tuple[str, TypedData]]:
    """Every member at its limit, and text beyond ASCII."""
    design = ContentHash(_FULL)
    return [
        (
            "center",
            domain.typed(
                LeaseRequest(
                    design, _UINT256, _MOST, _UINT32, _UINT40, _UINT40, _FULL, _FULL, _UINT40
                )
            ),
        ),
        (
            "designer",
            domain.typed(
                Lease(
                    _FULL,
                    design,
                    _UINT256,
                    _MOST,
                    _FULL,
                    _UINT32,
                    design,
                    ZERO_DIGEST,
                    0,
                    _UINT40,
                    _UINT40,
                )
            ),
        ),
        (
            "printer",
            domain.typed(
                JournalEntry(
                    _MOST, _UINT64, _FULL, _FULL, JournalKind.CLOCK, _FULL, _UINT32, 0, _UINT40
                )
            ),
        ),
        ("designer", domain.typed(News(_UINT64, _UINT40, _UINT40, ZERO_DIGEST))),
        ("printer", domain.typed(KeyRotation(_MOST, _MOST, _FULL, _UINT40, _UINT40))),
        ("center", domain.typed(PrinterRevocation(_MOST, _MOST, "盗まれた ✓", _UINT40, _UINT40))),
        ("printer", domain.typed(OwnFiles(_MOST, False, _UINT40))),
        ("printer", domain.typed(PrintStart(_FULL, _UINT32, _MOST, _UINT40))),
        ("designer", domain.typed(Slice(design, _FULL, _FULL, "", _UINT40))),
    ]
