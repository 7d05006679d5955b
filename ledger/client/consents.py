"""Consents to derived designs: signed by a parent's owner, handed over as a small file.

The file is JSON: the members of `Derivation`, the signature, and its digest, by which its
signer can take it back. docs/lineage.md has an example.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger.errors import LedgerError, MalformedRequest
from ledger.models import Address, ContentHash, Derivation, Parent
from ledger.signing import Signer, parse_signature
from ledger.tokens import Domain

FORMAT = 1
MOST_BYTES = 16_384
"""A consent has a few hundred bytes; a contract wallet's signature may be longer."""


@dataclass(frozen=True, slots=True)
class Consent:
    """A derivation that a parent's owner agreed to, with their signature."""

    derivation: Derivation
    signature: bytes

    @property
    def parent(self) -> Parent:
        """The parent as a registration takes it."""
        said = self.derivation
        return Parent(said.parent, said.share, said.deadline, self.signature)


def give(domain: Domain, signer: Signer, derivation: Derivation) -> Consent:
    """Agree to a derived design, as the owner of its parent."""
    return Consent(derivation, signer.sign(domain.derivation(derivation)))


def dump(domain: Domain, consent: Consent) -> dict[str, Any]:
    """The consent as JSON."""
    said = consent.derivation
    return {
        "format": FORMAT,
        "design": str(said.design),
        "parent": str(said.parent),
        "share": said.share,
        "owner": said.owner,
        "deadline": said.deadline,
        "signature": "0x" + consent.signature.hex(),
        "digest": str(domain.derivation(said).digest()),
    }


def load(path: Path) -> Consent:
    """Read a consent. Raises MalformedRequest for a file that is none."""
    try:
        with path.open("rb") as file:
            row = json.loads(file.read(MOST_BYTES))
        if row["format"] != FORMAT:
            raise ValueError("another format")
        derivation = Derivation(
            ContentHash.parse(row["design"]),
            ContentHash.parse(row["parent"]),
            int(row["share"]),
            Address(row["owner"]),
            int(row["deadline"]),
        )
        return Consent(derivation, parse_signature(row["signature"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, LedgerError) as error:
        raise MalformedRequest(f"{path} is not a consent to a derived design.") from error
