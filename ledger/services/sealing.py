"""Seal a plaintext file and pin it: the same steps for a design and for a variant of one.

The sealed copy and its wrapped key are stored before anything is pinned, because a
fresh key would change the CID; pinning twice is harmless. So whatever broke off is
finished by doing it again.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from ledger import files, vault
from ledger.errors import DesignTooLarge, RegistrationIncomplete
from ledger.models import Cid, ContentHash
from ledger.services.context import Ledger
from ledger.services.workfolder import disk, private_folder
from ledger.store import Session, records
from ledger.store.tables import SealedRow, VariantRow

Copy = TypeVar("Copy", SealedRow, VariantRow)


def limits_for(ledger: Ledger, file: Path) -> files.Limits:
    """What this service bears of a stranger's file. Raises DesignTooLarge."""
    limits = files.Limits(max_bytes=ledger.max_design_bytes)
    size = file.stat().st_size
    if size > limits.max_bytes:
        raise DesignTooLarge(
            f"The file has {size} bytes; at most {limits.max_bytes} are accepted.",
            size=size,
            limit=limits.max_bytes,
        )
    return limits


def hash_of(file: Path) -> ContentHash:
    """SHA-256 of a file. Raises StoreUnavailable."""
    with disk(), file.open("rb") as stream:
        return ContentHash(hashlib.file_digest(stream, "sha256").digest())


def staged(ledger: Ledger, name: str) -> Path:
    """Where a sealed copy lies until it is known to be pinned."""
    return ledger.work_folder / f"{name.removeprefix('0x')}.sealed"


def is_at_hand(ledger: Ledger, cid: str, place: Path) -> bool:
    """Whether the bytes of a sealed copy can still be had."""
    return place.exists() or ledger.ipfs.has(Cid(cid))


def seal(
    ledger: Ledger,
    file: Path,
    content: ContentHash,
    place: Path,
    earlier: Callable[[Session], Copy | None],
    describe: Callable[[vault.Sealed, bytes], Copy],
) -> Copy:
    """Seal under a fresh key to `place`, then record it: both before pinning.

    `describe` makes the row from what sealing found out and the wrapped key;
    `earlier` looks for the row of another try, which wins if its bytes can be had.
    Raises RegistrationIncomplete if the file is not `content` any more.
    """
    key = vault.new_content_key(ledger.random)
    with private_folder(ledger.work_folder) as folder:
        partial = folder / "sealed"
        with file.open("rb") as source, partial.open("xb") as sink:
            sealed = vault.seal(source, sink, key, ledger.cid_hasher(), random=ledger.random)
            sink.flush()
            os.fsync(sink.fileno())  # the row below survives a power cut: so must the bytes
        if sealed.content_hash != content:
            raise RegistrationIncomplete("The file changed while it was being sealed.")
        row = describe(sealed, vault.wrap_key(ledger.service_key, key, content, ledger.random))
        with ledger.database.write() as session:
            # Under the write lock, so that of two uploads at once one key wins and its
            # bytes are the ones that stay.
            present = earlier(session)
            if present is not None and is_at_hand(ledger, present.cid, place):
                return present
            partial.replace(place)
            return records.put(session, row)


def pin(ledger: Ledger, copy: SealedRow | VariantRow, place: Path) -> None:
    """Pin a sealed copy, unless it is. Raises RegistrationIncomplete, IpfsUnavailable."""
    cid = Cid(copy.cid)
    if ledger.ipfs.has(cid):
        return
    try:
        with place.open("rb") as stream:
            pinned = ledger.ipfs.add(stream)
    except FileNotFoundError as error:
        if ledger.ipfs.has(cid):  # another upload of the same file got here first
            return
        raise RegistrationIncomplete(f"The sealed copy {cid} is gone.") from error
    if pinned != cid:
        ledger.ipfs.unpin(pinned)
        place.unlink(missing_ok=True)  # the next try seals the file anew
        raise RegistrationIncomplete(f"The sealed copy {cid} was changed on disk.")
