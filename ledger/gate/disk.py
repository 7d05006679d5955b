"""Files that survive a power cut, and the one place where disk errors become ours."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.errors import HostUnavailable, LedgerError, StoreUnavailable
from ledger.models import Digest

_PIECE = 1 << 20


@contextmanager
def translated(what: str, kind: type[LedgerError] = StoreUnavailable) -> Iterator[None]:
    """Raise operating system errors as `kind`; `what` begins the sentence."""
    try:
        yield
    except OSError as error:
        raise kind(f"{what} does not work: {error.strerror or error}.") from error


@contextmanager
def host_folder(folder: Path) -> Iterator[None]:
    """Raise operating system errors in a host's folder as HostUnavailable."""
    with translated(f"The host's folder {folder}", HostUnavailable):
        yield


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file(path: Path) -> None:
    """Make the bytes of a file durable. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file, mode 0600: afterwards all of it is there, or what was before. OSError."""
    descriptor, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)
    sync_folder(path.parent)


def move(source: Path, target: Path) -> None:
    """Rename within one file system and make both ends durable. Raises OSError."""
    source.rename(target)
    sync_folder(target.parent)
    sync_folder(source.parent)


def sha256_of(path: Path) -> Digest:
    """SHA-256 of a file, in constant memory. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return Digest(digest.digest())
