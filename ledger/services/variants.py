"""Variants: files that a licensee makes from a design for one customer each.

A variant is not registered. It is uploaded under a license whose rights allow variants,
sealed under a content key of its own, and bound to prints by a token's `job`, which is
its SHA-256. Every step leaves something that a repeat finds, as in a registration.
No preview is made of it: previews are pinned for everybody to see.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ledger import files, rules, vault
from ledger.errors import BadSignature, VariantNotFound
from ledger.models import ZERO_DIGEST, ContentHash, Digest, License, Variant
from ledger.services import registration, sealing, standing
from ledger.services.context import Ledger
from ledger.signing import require_signer
from ledger.store import Session, records, slices
from ledger.store.tables import SealedRow, VariantRow


def require_acceptable(ledger: Ledger, variant: Variant, signature: bytes) -> License:
    """Raise unless the file of this message would be taken; the license that it is for.

    Raises SignatureExpired, MalformedRequest, LicenseNotFound, BadSignature,
    LicenseExpired, LicenseRevoked, Recalled, VariantsNotAllowed, or
    DesignAlreadyRegistered: what is registered is a design and no variant of one.
    """
    now = ledger.now()
    rules.require_fresh(variant.deadline, now, "variant")
    license = ledger.chain.license(variant.design, variant.license)
    require_signer(ledger.domain.variant(variant), signature, license.licensee)
    rules.require_printable(license, now)
    standing.require_printable(ledger, variant.design)
    rules.require_variants(license)
    registration.require_unregistered(ledger, ContentHash(variant.job))
    return license


def accept(ledger: Ledger, file: Path, variant: Variant, signature: bytes) -> VariantRow:
    """Take a variant's plaintext file in, for tokens of its license. The file is not changed.

    A repeat finishes what broke off, and answers a variant that was accepted before as it
    stands. Raises what `require_acceptable` does, BadSignature if the file is not the one
    that was signed for, InvalidDesign or DesignTooLarge for the file, IpfsUnavailable,
    ChainUnavailable or StoreUnavailable.
    """
    license = require_acceptable(ledger, variant, signature)
    limits = sealing.limits_for(ledger, file)
    content = sealing.hash_of(file)
    if content != variant.job:
        raise BadSignature(
            f"The file that arrived is {content}; what was signed is {variant.job}.",
            expected=str(variant.job),
            actual=str(content),
        )
    place = sealing.staged(ledger, f"{variant.license}-{variant.job.hex()}")
    row = _stored(ledger, variant)
    if row is None or not sealing.is_at_hand(ledger, row.cid, place):
        measures = asdict(files.inspect(file, limits))

        def describe(sealed: vault.Sealed, wrapped_key: bytes) -> VariantRow:
            return VariantRow(
                license=variant.license,
                job=str(variant.job),
                design=str(variant.design),
                **_said(license, variant, signature),
                cid=sealed.cid,
                format=str(measures["format"]),
                measures=json.dumps(measures, sort_keys=True),
                plain_size=sealed.plain_size,
                sealed_size=sealed.sealed_size,
                wrapped_key=wrapped_key,
                sealed_at=ledger.clock(),
            )

        row = sealing.seal(
            ledger, file, content, place, lambda session: _row(session, variant), describe
        )
    sealing.pin(ledger, row, place)
    row = _accepted(ledger, variant, license, signature)
    place.unlink(missing_ok=True)
    return row


def find(ledger: Ledger, license: int, job: Digest) -> VariantRow:
    """A variant that was accepted for a license. Raises VariantNotFound."""
    with ledger.database.read() as session:
        row = records.variant(session, license, str(job))
    if row is None or row.accepted_at is None:
        raise VariantNotFound(
            f"License {license} has no variant {job}.", license=license, job=str(job)
        )
    return row


def require_known(ledger: Ledger, license: License, job: Digest) -> None:
    """Raise unless `job` is something that tokens of the license can bind.

    That is nothing (zero), the design's own file, an approved slice of it, or an accepted
    variant. Raises VariantsNotAllowed or VariantNotFound.
    """
    if job in (ZERO_DIGEST, license.design):
        return
    with ledger.database.read() as session:
        if slices.find(session, str(license.design), str(job)) is not None:
            return
    rules.require_variants(license)
    find(ledger, license.number, job)


def copy_for(
    session: Session, design: str, license: int, job: str
) -> tuple[SealedRow | VariantRow | None, ContentHash]:
    """The sealed file that a token is for, and the SHA-256 of what is in it.

    The variant that the token binds, or else the design; None for a design that is not
    kept here.
    """
    variant = records.variant(session, license, job)
    if variant is not None and variant.accepted_at is not None:
        return variant, ContentHash.parse(job)
    return records.sealed(session, design), ContentHash.parse(design)


def _row(session: Session, variant: Variant) -> VariantRow | None:
    return records.variant(session, variant.license, str(variant.job))


def _stored(ledger: Ledger, variant: Variant) -> VariantRow | None:
    with ledger.database.read() as session:
        return _row(session, variant)


def _said(license: License, variant: Variant, signature: bytes) -> dict[str, Any]:
    """Who said what of the file, in the row's words."""
    return {
        "licensee": license.licensee,
        "reference": str(variant.reference),
        "deadline": variant.deadline,
        "signature": "0x" + signature.hex(),
    }


def _accepted(ledger: Ledger, variant: Variant, license: License, signature: bytes) -> VariantRow:
    """Mark a pinned variant as accepted, in the words of the first who got it so far."""
    with ledger.database.write() as session:
        row = _row(session, variant)
        if row is None:
            raise VariantNotFound(f"The variant {variant.job} was taken away.")
        if row.accepted_at is None:
            row.accepted_at = ledger.clock()
            for name, value in _said(license, variant, signature).items():
                setattr(row, name, value)
        return row
