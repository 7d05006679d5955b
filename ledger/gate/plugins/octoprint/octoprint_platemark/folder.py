"""The files that were handed over: one private folder among OctoPrint's uploads, and its wiping."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
import time
from pathlib import Path

NAME = "platemark"
"""The folder in `uploads`. OctoPrint's own doors to it are shut (`requests`)."""

_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,180}\.(?:gcode|gco|g)")
_PIECE = 1 << 20
_STALE_SECONDS = 600
_UPLOAD = "octoprint-file-upload-*.tmp"


class Folder:
    """`uploads/platemark`, mode 0700. Raises OSError where the disk does not work."""

    def __init__(self, uploads: Path) -> None:
        self._path = uploads / NAME
        self._path.mkdir(mode=0o700, exist_ok=True)
        self._path.chmod(0o700)

    def path(self, name: str) -> Path:
        """Where the file of this name lies. Raises ValueError for a name that cannot be."""
        if not _FILE.fullmatch(name):
            raise ValueError("A file for the machine has a plain name that ends in .gcode.")
        return self._path / name

    def accept(self, name: str, source: Path) -> None:
        """Take over an uploaded file. Raises ValueError, as `path` does."""
        target = self.path(name)
        # OctoPrint names the file that it stored in a field of the request.
        if source.parent != Path(tempfile.gettempdir()) or not source.match(_UPLOAD):
            raise ValueError("This is no file that was uploaded.")
        shutil.move(str(source), str(target))
        target.chmod(0o600)
        with target.open("rb") as file:
            os.fsync(file.fileno())

    def copy(self, name: str, source: Path) -> str:
        """Copy a file of the owner's; the SHA-256 of the copy, in hexadecimal."""
        target = self.path(name)
        partial = target.with_suffix(".part")
        shutil.copyfile(source, partial)
        partial.chmod(0o600)
        partial.replace(target)
        return self.hashed(name)[0]

    def hashed(self, name: str) -> tuple[str, tuple[int, ...]]:
        """SHA-256 of a file as it lies here, in hexadecimal, and the `identity` of these bytes."""
        digest = hashlib.sha256()
        with self.path(name).open("rb") as file:
            found = identity(file.fileno())
            while piece := file.read(_PIECE):
                digest.update(piece)
        return digest.hexdigest(), found

    def wipe(self, name: str) -> None:
        """Remove a file; harmless if there is none."""
        self.path(name).unlink(missing_ok=True)

    def sweep(self, keep: str | None = None) -> None:
        """Remove everything, except for one file. Uploads that broke off are removed as well."""
        for path in self._path.iterdir():
            if path.name == keep:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        for path in Path(tempfile.gettempdir()).glob(_UPLOAD):
            _remove_if_stale(path)


def identity(descriptor: int) -> tuple[int, ...]:
    """What changes as soon as an open file is another one, or holds other bytes."""
    found = os.fstat(descriptor)
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _remove_if_stale(path: Path) -> None:
    try:
        found = path.lstat()
        if found.st_uid == os.getuid() and found.st_mtime < time.time() - _STALE_SECONDS:
            path.unlink()
    except FileNotFoundError:
        pass
