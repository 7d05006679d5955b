"""Register a design: measure, seal, pin, describe; then the owner's signature goes on chain.

Every step leaves something that a repeat finds, so a registration that broke off is
finished by running it again: the sealed copy and its wrapped key are stored before
anything is pinned (a fresh key would change the CID), pinning twice is harmless, and
a registration that reached the chain is recognised there.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ledger import files, vault
from ledger.errors import (
    BadSignature,
    DesignAlreadyRegistered,
    DesignNotFound,
    RegistrationIncomplete,
    SignatureSpent,
)
from ledger.ipfs import LEAF_SIZE
from ledger.models import Address, Cid, ContentHash, Digest, Parent
from ledger.services import commitments, deriving, sealing
from ledger.services.context import Call, Ledger
from ledger.services.registered import (
    find as find,
    is_registered_to,
    require_unregistered as require_unregistered,
)
from ledger.signing import TypedData, recover
from ledger.store import records
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
    ready_at: int = 0
    """First second at which the registry takes it: a commitment has to come of age."""

    @property
    def metadata_cid(self) -> Cid:
        """Where the metadata JSON is."""
        return Cid.of_raw_block(Digest.parse(self.metadata.digest))


@dataclass(frozen=True, slots=True)
class Description:
    """What a designer says of a design."""

    title: str
    text: str = ""


def prepare(
    ledger: Ledger,
    file: Path,
    owner: Address,
    description: Description,
    parents: Sequence[Parent] = (),
) -> Prepared:
    """Take a plaintext file in; return what its owner signs. The file is not changed.

    `parents` are what it is derived from; their consents come with the signature. Raises
    InvalidDesign or DesignTooLarge for the file, DesignAlreadyRegistered if it is
    registered already, what `deriving.require_parents` raises, IpfsUnavailable,
    ChainUnavailable or StoreUnavailable; each can be repeated. A registration of
    the same owner that reached the chain and then broke off is not refused, so that
    whoever just starts again comes to the end.
    """
    deriving.require_parents(ledger, parents)
    limits = sealing.limits_for(ledger, file)
    design = sealing.hash_of(file)
    sealed = _stored_copy(ledger, design)
    broke_off = sealed is not None and _broke_off(ledger, design, owner)
    if not broke_off:
        require_unregistered(ledger, design)
    if sealed is None:
        measures, picture = files.inspect_with_preview(file, limits)
        sealed = _seal(ledger, file, design, asdict(measures), picture)
    sealing.pin(ledger, sealed, _staged(ledger, sealed.design))

    metadata = _describe(ledger, sealed, owner, description, parents)
    ready_at = 0 if broke_off else commitments.commit(ledger, design, owner)
    deadline = max(ledger.now(), ready_at) + SIGNING_WINDOW_SECONDS
    message = deriving.registration_message(
        ledger, design, Digest.parse(metadata.digest), owner, deadline, parents
    )
    return Prepared(sealed, metadata, deadline, message, ready_at)


@dataclass(frozen=True, slots=True)
class Signed:
    """What an owner signed of a prepared registration; each parent with its consent."""

    design: ContentHash
    owner: Address
    deadline: int
    signature: bytes
    parents: Sequence[Parent] = ()


def confirm(
    ledger: Ledger,
    design: ContentHash,
    owner: Address,
    deadline: int,
    signature: bytes,
    parents: Sequence[Parent] = (),
) -> DesignRow:
    """Put a prepared registration on chain with its owner's signature; we pay the gas.

    A repeat returns the design as it stands. Raises RegistrationIncomplete if nothing
    was prepared for this owner, BadSignature, SignatureExpired, CommitmentTooYoung,
    ConsentMissing or Recalled of a parent, or DesignAlreadyRegistered if it became
    somebody else's.
    """
    return confirm_signed(ledger, Signed(design, owner, deadline, signature, parents))


def confirm_signed(ledger: Ledger, signed: Signed) -> DesignRow:
    """`confirm` for what is one value already."""
    design, owner = signed.design, signed.owner
    call = registration_of(ledger, signed)
    if call is not None:
        try:
            commitments.send(ledger, call)
        except (DesignAlreadyRegistered, SignatureSpent):
            if not is_registered_to(ledger, design, owner):  # another try of the same owner won
                raise
    return finish(ledger, design)


def registration_of(ledger: Ledger, signed: Signed) -> Call | None:
    """The call that registers what was prepared and signed; None if it is done already.

    Raises RegistrationIncomplete, BadSignature, SignatureExpired or DesignAlreadyRegistered.
    """
    design, owner = signed.design, signed.owner
    with ledger.database.read() as session:
        candidates = records.metadata_for(session, str(design), owner)
    if not candidates:
        raise RegistrationIncomplete(
            f"No registration of {design} was prepared for {owner}.", design=str(design)
        )
    metadata = _signed_document(ledger, candidates, signed)
    if is_registered_to(ledger, design, owner):
        return None
    call = deriving.registration_call(
        ledger,
        design,
        Digest.parse(metadata.digest),
        owner,
        signed.deadline,
        signed.parents,
        signed.signature,
    )
    return commitments.revealing(ledger, design, owner, call)


def finish(ledger: Ledger, design: ContentHash) -> DesignRow:
    """Index a registration that is on chain, and forget what was kept to repeat it."""
    ledger.indexer.catch_up()
    _staged(ledger, str(design)).unlink(missing_ok=True)
    return find(ledger, design)


def _broke_off(ledger: Ledger, design: ContentHash, owner: Address) -> bool:
    """Whether this owner's registration is on chain, but was not brought to its end here."""
    if not _staged(ledger, str(design)).exists():
        return False
    try:
        return ledger.chain.design_owner(design) == owner
    except DesignNotFound:
        return False


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
    ledger: Ledger,
    sealed: SealedRow,
    owner: Address,
    description: Description,
    parents: Sequence[Parent],
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
    if parents:
        document["properties"]["parents"] = [
            {"design": str(parent.design), "share": parent.share} for parent in parents
        ]
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
    ledger: Ledger, candidates: Sequence[MetadataRow], signed: Signed
) -> MetadataRow:
    """Which of the prepared documents the owner signed."""
    for row in candidates:
        message = deriving.registration_message(
            ledger,
            signed.design,
            Digest.parse(row.digest),
            signed.owner,
            signed.deadline,
            signed.parents,
        )
        if recover(message, signed.signature) == signed.owner:
            return row
    raise BadSignature(
        f"This is not a signature of {signed.owner} over a registration that was prepared here.",
        signer=signed.owner,
    )


def _staged(ledger: Ledger, design: str) -> Path:
    return sealing.staged(ledger, design)
