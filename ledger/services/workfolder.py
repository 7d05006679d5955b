"""Private folders for files on their way, which no crash can leave behind for long.

A folder is locked (flock) as long as the process that made it lives; the lock ends with
the process, however it ended. So the next start can tell what is in use, perhaps by
another process, from what was left behind, and remove that: it may be plaintext.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ledger.errors import StoreUnavailable

_PREFIX = "work-"


@contextmanager
def private_folder(work: Path) -> Iterator[Path]:
    """A new folder of mode 0700 in `work`, removed at the end with all that is in it.

    Raises StoreUnavailable if it cannot be made, or if writing into it fails.
    """
    with disk(), _locked(work, fcntl.LOCK_SH):
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=work))
        descriptor = os.open(folder, os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        with disk():
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def sweep(work: Path) -> int:
    """Remove the folders of processes that are gone; return how many there were."""
    removed = 0
    with disk(), _locked(work, fcntl.LOCK_EX):
        for folder in work.glob(_PREFIX + "*"):
            # Its process may just be removing it.
            with suppress(FileNotFoundError), _opened(folder) as descriptor:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                shutil.rmtree(folder)
                removed += 1
    return removed


@contextmanager
def disk() -> Iterator[None]:
    """Raises StoreUnavailable where the operating system refuses: no space, no right."""
    try:
        yield
    except OSError as error:
        raise StoreUnavailable(
            f"The service's work folder does not work: {error.strerror or error}."
        ) from error


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    with _opened(folder) as descriptor:
        fcntl.flock(descriptor, how)
        yield


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
