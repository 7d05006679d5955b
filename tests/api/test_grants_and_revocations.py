"""Grants and revocations over HTTP that somebody signed and the service sends."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from ledger.models import ZERO_DIGEST, Digest, Grant, Revocation, Rights
from tests.scene import Scene
from tests.service import Party


def signed_grant(ours: Scene, signer: Party, rights: Rights) -> dict[str, Any]:
    wish = Grant(
        design=ours.design,
        licensee=ours.center.address,
        quota=5,
        expiry=ours.now + 86_400,
        grace=0,
        rights=rights,
        issuer=signer.address,
        salt=Digest(secrets.token_bytes(32)),
        deadline=ours.now + 600,
    )
    return {
        "design": str(wish.design),
        "licensee": wish.licensee,
        "quota": wish.quota,
        "expiry": wish.expiry,
        "grace": wish.grace,
        "rights": rights.names,
        "issuer": wish.issuer,
        "salt": str(wish.salt),
        "deadline": wish.deadline,
        "signature": "0x" + signer.signer.sign(ours.ledger.domain.grant(wish)).hex(),
    }


def granted(ours: Scene, rights: Rights = Rights.NONE) -> int:
    body = signed_grant(ours, ours.designer, rights)
    answer = ours.designer.ok("POST", "/licenses/grant/signed", json=body)
    return int(answer["events"][0]["arguments"]["license"])


def test_a_signed_grant_gives_a_license_with_its_rights(ours: Scene) -> None:
    number = granted(ours, Rights.IRREVOCABLE | Rights.TRANSFERABLE)
    shown = ours.center.ok("GET", f"/licenses/{number}")
    assert shown["rights"] == ["irrevocable", "transferable"]
    body = signed_grant(ours, ours.center, Rights.NONE)
    ours.center.refused("NotIssuer", "POST", "/licenses/grant/signed", json=body)
    changed = signed_grant(ours, ours.designer, Rights.NONE) | {"quota": 6}
    ours.center.refused("BadSignature", "POST", "/licenses/grant/signed", json=changed)


def test_a_signed_revocation_ends_a_license_and_pins_its_reason(ours: Scene) -> None:
    number, reason = granted(ours), "It was a trial."
    digest = Digest(hashlib.sha256(reason.encode()).digest())
    wish = Revocation(ours.design, number, digest, ours.now + 600)
    signature = ours.designer.signer.sign(ours.ledger.domain.revocation(wish))
    body = {"reason": reason, "deadline": wish.deadline, "signature": "0x" + signature.hex()}
    path = f"/licenses/{number}/revocation/signed"
    ours.center.refused("BadSignature", "POST", path, json={**body, "reason": "Another."})
    ours.center.ok("POST", path, json=body)
    assert ours.center.ok("GET", f"/licenses/{number}")["revoked"] is True


def test_an_irrevocable_license_cannot_be_ended(ours: Scene) -> None:
    number = granted(ours, Rights.IRREVOCABLE)
    body = {"sender": ours.designer.address}
    path = f"/licenses/{number}/revocation"
    ours.designer.refused("LicenseIrrevocable", "POST", path, json=body)
    wish = Revocation(ours.design, number, ZERO_DIGEST, ours.now + 600)
    signature = "0x" + ours.designer.signer.sign(ours.ledger.domain.revocation(wish)).hex()
    signed = {"deadline": wish.deadline, "signature": signature}
    ours.designer.refused("LicenseIrrevocable", "POST", f"{path}/signed", json=signed)
