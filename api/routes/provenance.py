"""Provenance: the audit of anything one may hold in hand."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter

from api.dependencies import Service
from ledger.services.audit import audit

router = APIRouter(prefix="/provenance", tags=["provenance"])


@router.get("/{subject}", summary="Every fact about a subject, and every mismatch")
def provenance(subject: str, ledger: Service) -> dict[str, Any]:
    """A design id or file hash, a license (`12`), a serial (`12:3`), or an address."""
    dossier = audit(ledger, subject)
    return {
        "subject": dossier.subject.id,
        "kind": dossier.subject.kind.value,
        "facts": [asdict(fact) for fact in dossier.facts],
        "findings": [asdict(finding) for finding in dossier.findings],
        "log": [asdict(inclusion) for inclusion in dossier.log],
    }
