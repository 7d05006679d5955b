"""Sealed files, version 1: the one form in which a design's file leaves its owner.

::

    header   magic "PMSEALED" · version 1 · log2 of the chunk size · 7 random bytes
    chunk 0  AES-256-GCM(plaintext bytes 0 .. C)        nonce = random · 0 · 0
    chunk 1  AES-256-GCM(plaintext bytes C .. 2C)       nonce = random · 1 · 0
    ...
    chunk n  AES-256-GCM(the rest, at most C)           nonce = random · n · 1

The nonces are those of the STREAM construction (Hoang, Reyhanitabar, Rogaway,
Vizár: "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance",
CRYPTO 2015): 7 bytes prefix, 4 bytes counter (big-endian), 1 byte that is 1 for
the last chunk only. So no chunk can be dropped, moved, repeated or added.
Every chunk is bound to the header, the last one also to the design id, which is
known only when the last byte has been read: a file is hashed, sealed and given
its CID in one pass. docs/sealed-file.md says it byte by byte.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import BinaryIO, Protocol, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.errors import DigestMismatch, UnsealFailed
from ledger.models import Cid, ContentHash
from ledger.vault.keys import ContentKey

MAGIC = b"PMSEALED"
VERSION = 1
CHUNK_BITS = 18
CHUNK_SIZE = 1 << CHUNK_BITS
"""Plaintext bytes per chunk that `seal` writes: 256 KiB, the size of an IPFS leaf."""

READABLE_CHUNK_BITS = range(16, 21)
"""Chunk sizes that `unseal` accepts, as powers of two: 64 KiB to 1 MiB bound its memory."""

TAG_SIZE = 16
PREFIX_SIZE = 7
HEADER = struct.Struct(f">{len(MAGIC)}sBB{PREFIX_SIZE}s")
NONCE = struct.Struct(f">{PREFIX_SIZE}sI?")


class CidHasher(Protocol):
    """Computes the CID of bytes that are fed to it in order; `ledger.ipfs` has one."""

    def update(self, data: bytes) -> None:
        """Take the next bytes. Called from one thread at a time, not always the same."""
        ...

    def finish(self) -> Cid:
        """The CID of all the bytes; nothing may be called afterwards."""
        ...


@dataclass(frozen=True, slots=True)
class Sealed:
    """What sealing found out. Sizes in bytes."""

    content_hash: ContentHash
    cid: Cid
    plain_size: int
    sealed_size: int


def seal(
    source: BinaryIO,
    sink: BinaryIO,
    key: ContentKey,
    cid_hasher: CidHasher,
    *,
    random: Callable[[int], bytes] = os.urandom,
    progress: Callable[[int], None] | None = None,
) -> Sealed:
    """Read `source` once, write its sealed form to `sink`, and return both its names.

    `key` must be fresh: one key seals one file. `progress` gets the number of
    plaintext bytes done so far. Memory stays constant. Errors of the two streams
    pass through as they are; what the sink holds then is worthless.
    """
    prefix = random(PREFIX_SIZE)
    header = HEADER.pack(MAGIC, VERSION, CHUNK_BITS, prefix)
    cipher = AESGCM(key.expose())
    digest = hashlib.sha256()
    plain_size = index = 0
    with _HashedSink(sink, cid_hasher) as hashed:
        hashed.write(header)
        chunk = _read_fully(source, CHUNK_SIZE)
        last = False
        while not last:
            following = _read_fully(source, CHUNK_SIZE)
            last = not following
            digest.update(chunk)
            bound = header + digest.digest() if last else header
            # The counter never wraps: NONCE.pack refuses chunk 2**32, 1 PiB into the file.
            hashed.write(cipher.encrypt(NONCE.pack(prefix, index, last), chunk, bound))
            plain_size += len(chunk)
            if progress is not None:
                progress(plain_size)
            chunk = following
            index += 1
        cid = hashed.finish()
    return Sealed(ContentHash(digest.digest()), cid, plain_size, hashed.size)


def unseal(
    source: BinaryIO,
    sink: BinaryIO,
    key: ContentKey,
    content_hash: ContentHash,
    *,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Open a sealed file and return the number of plaintext bytes written to `sink`.

    Nothing is written before its chunk was verified, but a cut or foreign file is
    known only at its end: **do not use what the sink holds until this returns**,
    and throw it away if it raises.

    Raises UnsealFailed if anything was changed, cut, moved or added, if the key is
    another, or if the file was sealed as another design; DigestMismatch if the one
    who sealed it lied about the design id. `progress` gets the plaintext bytes so far.
    """
    header = _read_fully(source, HEADER.size)
    chunk_size, prefix = _parse_header(header)
    cipher = AESGCM(key.expose())
    digest = hashlib.sha256()
    plain_size = index = 0
    chunk = _read_fully(source, chunk_size + TAG_SIZE)
    last = False
    while not last:
        following = _read_fully(source, chunk_size + TAG_SIZE)
        last = not following
        if last and index > 0 and len(chunk) == TAG_SIZE:
            # The same plaintext would have two sealed forms, one with and one without it.
            raise UnsealFailed("The sealed file ends in an empty chunk that does not belong there.")
        bound = header + content_hash if last else header
        try:
            plain = cipher.decrypt(NONCE.pack(prefix, index, last), chunk, bound)
        except InvalidTag as error:
            raise UnsealFailed(_why(index, last), chunk=index) from error
        digest.update(plain)
        sink.write(plain)
        plain_size += len(plain)
        if progress is not None:
            progress(plain_size)
        chunk = following
        index += 1
    if digest.digest() != content_hash:
        raise DigestMismatch(
            "The file was sealed under a design id that is not its SHA-256.",
            expected=str(content_hash),
            actual="0x" + digest.hexdigest(),
        )
    return plain_size


def sealed_size_of(plain_size: int) -> int:
    """Bytes that `seal` writes for a file of `plain_size` bytes."""
    chunks = max(1, -(-plain_size // CHUNK_SIZE))
    return HEADER.size + plain_size + chunks * TAG_SIZE


def _parse_header(header: bytes) -> tuple[int, bytes]:
    """Chunk size and nonce prefix. Raises UnsealFailed if this is no version that we read."""
    if len(header) < HEADER.size or not header.startswith(MAGIC):
        raise UnsealFailed("This is not a sealed file: its first bytes are not PMSEALED.")
    _, version, chunk_bits, prefix = HEADER.unpack(header)
    if version != VERSION or chunk_bits not in READABLE_CHUNK_BITS:
        raise UnsealFailed(
            f"Sealed files of version {version} with chunks of 2**{chunk_bits} bytes "
            "are not known to this program.",
            version=version,
        )
    return 1 << chunk_bits, prefix


def _why(index: int, last: bool) -> str:  # noqa: FBT001 - private, called once
    where = f"The sealed file does not open at chunk {index}"
    if last:
        return f"{where}, the last: it was changed or cut, or key or design id are others."
    return f"{where}: it was changed, or sealed under another key."


def _read_fully(source: BinaryIO, size: int) -> bytes:
    """`size` bytes, or fewer at the end of the stream only: sockets and pipes read short."""
    data = source.read(size)
    if len(data) == size or not data:
        return data
    parts = [data]
    missing = size - len(data)
    while missing and (data := source.read(missing)):
        parts.append(data)
        missing -= len(data)
    return b"".join(parts)


class _HashedSink:
    """Writes to a sink while a second thread computes the CID of what is written.

    Sealing costs two SHA-256 passes, one for the design id and one for the CID, and
    AES a tenth of one. The two are independent and release the interpreter's lock,
    so with a second core sealing goes nearly twice as fast.
    """

    def __init__(self, sink: BinaryIO, hasher: CidHasher) -> None:
        self.size = 0
        self._sink = sink
        self._hasher = hasher
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="cid")
        self._pending: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown(wait=True)

    def write(self, data: bytes) -> None:
        self._wait()  # one chunk in flight: order is kept and memory bounded
        self._pending = self._pool.submit(self._hasher.update, data)
        self._sink.write(data)
        self.size += len(data)

    def finish(self) -> Cid:
        self._wait()
        return self._hasher.finish()

    def _wait(self) -> None:
        if self._pending is not None:
            self._pending.result()
