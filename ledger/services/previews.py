"""The picture of a design, from IPFS."""

from __future__ import annotations

import io

from ledger.errors import ContentNotFound
from ledger.ipfs import LEAF_SIZE
from ledger.models import Cid, ContentHash
from ledger.services.context import Ledger
from ledger.store import records


def preview_of(ledger: Ledger, design: ContentHash) -> bytes:
    """PNG bytes. Raises ContentNotFound for a design without a mesh, or unknown here."""
    with ledger.database.read() as session:
        sealed = records.sealed(session, str(design))
    if sealed is None or sealed.preview_cid is None:
        raise ContentNotFound(f"There is no picture of {design}.", design=str(design))
    picture = io.BytesIO()
    ledger.ipfs.fetch(Cid(sealed.preview_cid), picture, max_bytes=LEAF_SIZE)
    return picture.getvalue()
