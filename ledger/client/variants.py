"""Variants of a design: what a licensee hands in for one customer each."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.client import answers
from ledger.client.printerside import PrinterSide
from ledger.client.uploads import Progress, Upload
from ledger.errors import DigestMismatch, MalformedRequest
from ledger.models import ZERO_DIGEST, Digest, Variant

if TYPE_CHECKING:
    from ledger.client.desk import Desk

SIGNED_SECONDS = 1_800
"""How long an upload may take: half of what a service accepts, since clocks differ."""


class VariantSide(PrinterSide):
    """The calls about variants: a part of `ServiceClient`."""

    def upload_variant(
        self, file: Path, variant: Variant, signature: bytes, progress: Progress | None = None
    ) -> answers.Variant:
        """Hand in the file of a signed `Variant`; a repeat answers what is there.

        Raises DigestMismatch if the file is not the one that was signed, or the service
        took it for another, and what the service says of it (VariantsNotAllowed, ...).
        """
        upload = Upload(file, progress)
        answer = self._transport.upload(
            f"/licenses/{variant.license}/variants",
            {
                "job": str(variant.job),
                "reference": str(variant.reference),
                "deadline": variant.deadline,
                "signature": "0x" + signature.hex(),
            },
            upload.pieces,
            upload.size,
        )
        taken = answers.read(answers.Variant, answer.json)
        if not upload.digest == taken.job == variant.job:
            raise DigestMismatch(
                f"The file is {upload.digest}; the service received {taken.job}.",
                sent=str(upload.digest),
                received=str(taken.job),
            )
        return taken

    def variants(
        self, license: int, cursor: str | None = None, limit: int = 50
    ) -> answers.Page[answers.Variant]:
        """Variants of a license by their hash, a page at a time. Raises LicenseNotFound."""
        return self._page(f"/licenses/{license}/variants", answers.Variant, cursor, limit)

    def variant(self, license: int, job: Digest) -> answers.Variant:
        """One variant. Raises VariantNotFound."""
        return self._get(f"/licenses/{license}/variants/{job}", answers.Variant)


def upload_variant(
    desk: Desk,
    license: int,
    file: Path,
    reference: Digest = ZERO_DIGEST,
    progress: Progress | None = None,
) -> answers.Variant:
    """Sign for a variant with the licensee's key and hand it in; tokens bind its `job`."""
    try:
        with file.open("rb") as stream:
            job = Digest(hashlib.file_digest(stream, "sha256").digest())
    except OSError as error:
        raise MalformedRequest(f"{file} cannot be read: {error.strerror}.") from error
    variant = Variant(
        design=desk.service.license(license).design,
        license=license,
        job=job,
        reference=reference,
        deadline=desk.now() + SIGNED_SECONDS,
    )
    signature = desk.signer.sign(desk.domain.variant(variant))
    return desk.service.upload_variant(file, variant, signature, progress)
