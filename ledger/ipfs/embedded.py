"""A folder of files named by their CID: what runs where no IPFS node does."""

from __future__ import annotations

import io
import os
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import closing, suppress
from pathlib import Path
from typing import BinaryIO

from ledger.errors import ContentNotFound, IpfsUnavailable
from ledger.ipfs.cid import CidHasher
from ledger.ipfs.port import check_block, copy_verified
from ledger.models import Cid

_PIECE = 1 << 20
_INCOMING = ".incoming-"
_ABANDONED_SECONDS = 24 * 3600


class EmbeddedIpfs:
    """An `Ipfs` in a local folder.

    A file appears under its name only when all of it is on disk, and every read is
    verified, so a crash, a full disk or a changed file is never taken for content.
    Several processes may share the folder.
    """

    def __init__(self, folder: Path) -> None:
        """Use `folder`, made if missing. Raises IpfsUnavailable if it cannot be."""
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._sweep()
        except OSError as error:
            raise self._unavailable(error) from error

    def add(self, stream: BinaryIO, *, progress: Callable[[int], None] | None = None) -> Cid:
        """See `Ipfs.add`."""
        hasher = CidHasher()
        with _Incoming(self._folder, self._unavailable) as incoming:
            size = 0
            while data := stream.read(_PIECE):
                hasher.update(data)
                incoming.write(data)
                size += len(data)
                if progress is not None:
                    progress(size)
            cid = hasher.finish()
            incoming.publish(cid)
        return cid

    def add_raw_block(self, data: bytes) -> Cid:
        """See `Ipfs.add_raw_block`."""
        check_block(data)
        return self.add(io.BytesIO(data))

    def fetch(
        self,
        cid: Cid,
        sink: BinaryIO,
        *,
        max_bytes: int,
        progress: Callable[[int], None] | None = None,
    ) -> int:
        """See `Ipfs.fetch`."""
        with closing(self._pieces(cid)) as pieces:
            return copy_verified(pieces, sink, cid, max_bytes, progress)

    def has(self, cid: Cid) -> bool:
        """See `Ipfs.has`."""
        try:
            return self._path(cid).is_file()
        except OSError as error:
            raise self._unavailable(error) from error

    def unpin(self, cid: Cid) -> None:
        """See `Ipfs.unpin`; the file is deleted at once."""
        try:
            self._path(cid).unlink(missing_ok=True)
        except OSError as error:
            raise self._unavailable(error) from error

    def ping(self) -> str:
        """See `Ipfs.ping`. Raises IpfsUnavailable if the folder cannot be written."""
        if not os.access(self._folder, os.R_OK | os.W_OK | os.X_OK):
            raise IpfsUnavailable(f"The block store {self._folder} is gone or not writable.")
        return f"embedded block store in {self._folder}"

    def _path(self, cid: Cid) -> Path:
        return self._folder / cid  # a Cid has letters and digits only

    def _pieces(self, cid: Cid) -> Generator[bytes, None, None]:
        try:
            with self._path(cid).open("rb") as file:
                while data := file.read(_PIECE):
                    yield data
        except FileNotFoundError as error:
            raise ContentNotFound(f"{cid} is not in the block store.", cid=cid) from error
        except OSError as error:
            raise self._unavailable(error) from error

    def _sweep(self) -> None:
        """Delete what crashed writers left behind; a day is longer than any upload."""
        before = time.time() - _ABANDONED_SECONDS
        for path in self._folder.glob(_INCOMING + "*"):
            with suppress(FileNotFoundError):  # another process published it just now
                if path.stat().st_mtime < before:
                    path.unlink()

    def _unavailable(self, error: OSError) -> IpfsUnavailable:
        return IpfsUnavailable(
            f"The block store {self._folder} does not work: {error.strerror or error}."
        )


class _Incoming:
    """A file that gets its name last, or vanishes."""

    def __init__(self, folder: Path, translate: Callable[[OSError], IpfsUnavailable]) -> None:
        self._folder = folder
        self._translate = translate

    def __enter__(self) -> _Incoming:
        try:
            descriptor, name = tempfile.mkstemp(prefix=_INCOMING, dir=self._folder)
        except OSError as error:
            raise self._translate(error) from error
        self._path = Path(name)
        self._file = os.fdopen(descriptor, "wb", buffering=0)
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)

    def write(self, data: bytes) -> None:
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            raise self._translate(error) from error

    def publish(self, cid: Cid) -> None:
        """Make it durable, then visible. An earlier copy, good or bad, is replaced."""
        try:
            os.fsync(self._file.fileno())
            self._path.replace(self._folder / cid)
            folder = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise self._translate(error) from error
