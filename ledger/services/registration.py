"""Register a design: measure, seal, pin, describe; then the owner's signature goes on chain.

Every step leaves something that a repeat finds, so a registration that broke off is
finished by running it again: the sealed copy and its wrapped key are stored before
anything is pinned (a fresh key would change the CID), pinning twice is harmless, and
a registration that reached the chain is recognised there.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ledger import files, vault
from ledger.errors import (
    BadSignature,
    DesignAlreadyRegistered,
    DesignNotFound,
    RegistrationIncomplete,
)
from ledger.ipfs import LEAF_SIZE
from ledger.models import Address, Cid, ContentHash, Digest
from ledger.services import sealing
from ledger.services.context import Ledger
from ledger.signing import TypedData, recover
from ledger.store import catalog, records
from ledger.store.tables import DesignRow, MetadataRow, SealedRow

SIGNING_WINDOW_SECONDS = 86_400
"""How long an owner may take to sign the registration that was prepared."""

METADATA_FORMAT = "platemark-metadata-1"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A design that is sealed and pinned, and the message that its owner is to sign."""

    sealed: SealedRow
    metadata: MetadataRow
    deadline: int
    typed_data: TypedData

    @property
    def metadata_cid(self) -> Cid:
        """Where the metadata JSON is."""
        return Cid.of_raw_block(Digest.parse(self.metadata.digest))


@dataclass(frozen=True, slots=True)
class Description:
    """What a designer says of a design."""

    title: str
    text: str = ""


def prepare(ledger: Ledger, file: Path, owner: Address, description: Description) -> Prepared:
    """Take a plaintext file in; return what its owner signs. The file is not changed.

    Raises InvalidDesign or DesignTooLarge for the file, DesignAlreadyRegistered if it
    is registered already, IpfsUnavailable, ChainUnavailable or StoreUnavailable; each can
    be repeated. A registration of the same owner that reached the chain and then broke
    off is not refused, so that whoever just starts again comes to the end.
    """
    limits = sealing.limits_for(ledger, file)
    design = sealing.hash_of(file)
    sealed = _stored_copy(ledger, design)
    if not (sealed and _broke_off(ledger, design, owner)):
        require_unregistered(ledger, design)
    if sealed is None:
        measures, picture = files.inspect_with_preview(file, limits)
        sealed = _seal(ledger, file, design, asdict(measures), picture)
    sealing.pin(ledger, sealed, _staged(ledger, sealed.design))

    metadata = _describe(ledger, sealed, owner, description)
    deadline = ledger.now() + SIGNING_WINDOW_SECONDS
    message = ledger.domain.register(design, Digest.parse(metadata.digest), owner, deadline)
    return Prepared(sealed, metadata, deadline, message)


def confirm(
    ledger: Ledger, design: ContentHash, owner: Address, deadline: int, signature: bytes
) -> DesignRow:
    """Put a prepared registration on chain with its owner's signature; we pay the gas.

    A repeat returns the design as it stands. Raises RegistrationIncomplete if nothing
    was prepared for this owner, BadSignature, SignatureExpired, or
    DesignAlreadyRegistered if it became somebody else's.
    """
    with ledger.database.read() as session:
        candidates = records.metadata_for(session, str(design), owner)
    if not candidates:
        raise RegistrationIncomplete(
            f"No registration of {design} was prepared for {owner}.", design=str(design)
        )
    metadata = _signed_document(ledger, candidates, design, owner, deadline, signature)
    if not _is_registered_to(ledger, design, owner):
        call = ledger.chain.register_by_sig(
            design, Digest.parse(metadata.digest), owner, deadline, signature
        )
        try:
            ledger.send(call)
        except DesignAlreadyRegistered:
            if not _is_registered_to(ledger, design, owner):  # another try of the same owner won
                raise
    ledger.indexer.catch_up()
    _staged(ledger, str(design)).unlink(missing_ok=True)
    return find(ledger, design)


def find(ledger: Ledger, design: ContentHash) -> DesignRow:
    """A registered design. Raises DesignNotFound."""
    with ledger.database.read() as session:
        row = catalog.design(session, str(design))
    if row is None:
        raise DesignNotFound(f"No design {design} is registered.", design=str(design))
    return row


def _broke_off(ledger: Ledger, design: ContentHash, owner: Address) -> bool:
    """Whether this owner's registration is on chain, but was not brought to its end here."""
    if not _staged(ledger, str(design)).exists():
        return False
    try:
        return ledger.chain.design_owner(design) == owner
    except DesignNotFound:
        return False


def require_unregistered(ledger: Ledger, design: ContentHash) -> None:
    """Raise DesignAlreadyRegistered, naming the first owner, if a file is a design already."""
    try:
        owner = ledger.chain.design_owner(design)
    except DesignNotFound:
        return
    ledger.indexer.catch_up()
    first = find(ledger, design)
    raise DesignAlreadyRegistered(
        f"The design {design} was registered by {first.designer} in transaction "
        f"{first.transaction} and belongs to {owner}.",
        design=str(design),
        designer=first.designer,
        owner=str(owner),
        transaction=first.transaction,
    )


def _stored_copy(ledger: Ledger, design: ContentHash) -> SealedRow | None:
    """The sealed copy of an earlier try, if its bytes can still be had."""
    with ledger.database.read() as session:
        row = records.sealed(session, str(design))
    place = _staged(ledger, str(design))
    return row if row and sealing.is_at_hand(ledger, row.cid, place) else None


def _seal(
    ledger: Ledger,
    file: Path,
    design: ContentHash,
    measures: dict[str, Any],
    picture: bytes | None,
) -> SealedRow:
    def describe(sealed: vault.Sealed, wrapped_key: bytes) -> SealedRow:
        return SealedRow(
            design=str(design),
            cid=sealed.cid,
            format=str(measures["format"]),
            measures=json.dumps(measures, sort_keys=True),
            plain_size=sealed.plain_size,
            sealed_size=sealed.sealed_size,
            wrapped_key=wrapped_key,
            preview_cid=_pin_preview(ledger, picture),
            sealed_at=ledger.clock(),
        )

    return sealing.seal(
        ledger,
        file,
        design,
        _staged(ledger, str(design)),
        lambda session: records.sealed(session, str(design)),
        describe,
    )


def _pin_preview(ledger: Ledger, picture: bytes | None) -> str | None:
    if picture is None or len(picture) > LEAF_SIZE:
        return None
    return ledger.ipfs.add_raw_block(picture)


def _describe(
    ledger: Ledger, sealed: SealedRow, owner: Address, description: Description
) -> MetadataRow:
    """Write and pin the metadata JSON: one raw block, whose SHA-256 goes on chain."""
    document: dict[str, Any] = {
        "name": description.title,
        "description": description.text,
        "properties": {
            "platemark": METADATA_FORMAT,
            "design": sealed.design,
            "designer": owner,
            "measures": json.loads(sealed.measures),
            "plain_size": sealed.plain_size,
            "sealed": {"cid": sealed.cid, "size": sealed.sealed_size},
        },
    }
    if sealed.preview_cid is not None:
        document["image"] = f"ipfs://{sealed.preview_cid}"
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    cid = ledger.ipfs.add_raw_block(text.encode())
    row = MetadataRow(
        digest=str(cid.digest),
        design=sealed.design,
        owner=owner,
        title=description.title,
        document=text,
    )
    with ledger.database.write() as session:
        return records.put(session, row)


def _signed_document(
    ledger: Ledger,
    candidates: Any,
    design: ContentHash,
    owner: Address,
    deadline: int,
    signature: bytes,
) -> MetadataRow:
    """Which of the prepared documents the owner signed."""
    for row in candidates:
        message = ledger.domain.register(design, Digest.parse(row.digest), owner, deadline)
        if recover(message, signature) == owner:
            found: MetadataRow = row
            return found
    raise BadSignature(
        f"This is not a signature of {owner} over a registration that was prepared here.",
        signer=owner,
    )


def _is_registered_to(ledger: Ledger, design: ContentHash, owner: Address) -> bool:
    try:
        holder = ledger.chain.design_owner(design)
    except DesignNotFound:
        return False
    if holder != owner:
        require_unregistered(ledger, design)
    return True


def _staged(ledger: Ledger, design: str) -> Path:
    return sealing.staged(ledger, design)
