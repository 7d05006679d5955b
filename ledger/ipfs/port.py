"""What Platemark asks of IPFS, and the verification that both adapters share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import BinaryIO, Protocol

from ledger.errors import DigestMismatch, MalformedRequest
from ledger.ipfs.cid import CidHasher
from ledger.models import Cid

LEAF_SIZE = 262_144
"""Bytes of one raw block: what `add_raw_block` takes at most."""


class Ipfs(Protocol):
    """A place that pins bytes and gives them back by CID.

    Every method may raise IpfsUnavailable; nothing here waits without a limit. The
    objects may be used by several threads at once.
    """

    def add(self, stream: BinaryIO, *, progress: Callable[[int], None] | None = None) -> Cid:
        """Pin the rest of `stream` and return its CID; adding twice is harmless.

        The CID is computed here; DigestMismatch is raised if the node names another.
        Errors that reading `stream` raises pass through. `progress` gets the bytes
        read so far.
        """
        ...

    def add_raw_block(self, data: bytes) -> Cid:
        """Pin a small document as one block, so that its CID is `Cid.of_raw_block(sha256)`.

        Raises MalformedRequest if it has more than `LEAF_SIZE` bytes.
        """
        ...

    def fetch(
        self,
        cid: Cid,
        sink: BinaryIO,
        *,
        max_bytes: int,
        progress: Callable[[int], None] | None = None,
    ) -> int:
        """Write the bytes of `cid` to `sink`, verified, and return how many they are.

        Whether they are the right ones is known at the end: **do not use what the
        sink holds until this returns**, and throw it away if it raises. Raises
        ContentNotFound if the bytes cannot be had in time, DigestMismatch if they
        are not what the CID says or more than `max_bytes`. `progress` gets the
        bytes so far.
        """
        ...

    def has(self, cid: Cid) -> bool:
        """Whether `cid` is pinned here, so that it will stay."""
        ...

    def unpin(self, cid: Cid) -> None:
        """Let go of `cid`; harmless if it was not pinned. The bytes go now or later."""
        ...

    def ping(self) -> str:
        """Name who answers, such as `Kubo 0.43.0 at 127.0.0.1:5001`."""
        ...


def copy_verified(
    pieces: Iterable[bytes],
    sink: BinaryIO,
    cid: Cid,
    max_bytes: int,
    progress: Callable[[int], None] | None,
) -> int:
    """Copy `pieces` to `sink` and return their length; raises DigestMismatch as `fetch` does."""
    hasher = CidHasher()
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > max_bytes:
            raise DigestMismatch(
                f"The content of {cid} is longer than the {max_bytes} bytes that it should have.",
                cid=cid,
                max_bytes=max_bytes,
            )
        hasher.update(piece)
        sink.write(piece)
        if progress is not None:
            progress(size)
    actual = hasher.finish()
    if actual != cid:
        raise DigestMismatch(f"The bytes of {cid} are those of {actual}.", cid=cid, actual=actual)
    return size


def check_block(data: bytes) -> None:
    """Raises MalformedRequest if `data` does not fit into one raw block."""
    if len(data) > LEAF_SIZE:
        raise MalformedRequest(
            f"A document of one block has at most {LEAF_SIZE} bytes; this has {len(data)}."
        )
