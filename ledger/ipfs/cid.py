"""The CID of bytes, computed here and never taken from a node's answer.

The profile is Kubo's for CIDv1: leaves of 262,144 bytes stored raw, a balanced tree
of 174 links a node, SHA-256. So bytes of up to one leaf have the CID of a raw block,
and the same bytes always have the same CID, whoever adds them.
"""

from __future__ import annotations

from typing import BinaryIO

import aleph_cid

from ledger.models import Cid


class CidHasher:
    """Computes a CID from bytes that are fed in order; memory grows by 32 bytes a leaf."""

    def __init__(self) -> None:
        self._hasher = aleph_cid.CidHasher.for_ipfs_v1_raw_leaves()

    def update(self, data: bytes) -> None:
        """Take the next bytes; releases the interpreter's lock while it hashes."""
        self._hasher.update(data)

    def finish(self) -> Cid:
        """The CID of all the bytes. The hasher is spent then."""
        return Cid(self._hasher.finalize())


def cid_of(stream: BinaryIO) -> Cid:
    """The CID that the rest of `stream` would be pinned under."""
    hasher = CidHasher()
    while data := stream.read(1 << 20):
        hasher.update(data)
    return hasher.finish()
