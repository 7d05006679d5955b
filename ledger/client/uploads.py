"""A design's file on its way to the service."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

from ledger.errors import MalformedRequest
from ledger.models import Digest

Progress = Callable[[int], None]
"""Is told how many bytes were sent so far."""

_PIECE = 1 << 18


class Upload:
    """A file on its way: read anew for each attempt, hashed while it is sent."""

    def __init__(self, file: Path, progress: Progress | None = None) -> None:
        """Raises MalformedRequest if the file cannot be read."""
        self._file = file
        self._progress = progress
        self._hash = hashlib.sha256()
        try:
            self.size = file.stat().st_size
            file.open("rb").close()
        except OSError as error:
            raise MalformedRequest(f"{file} cannot be read: {error.strerror}.") from error

    def pieces(self) -> Iterator[bytes]:
        """The file from its beginning."""
        self._hash = hashlib.sha256()
        sent = 0
        with self._file.open("rb") as stream:
            while piece := stream.read(_PIECE):
                self._hash.update(piece)
                yield piece
                sent += len(piece)
                if self._progress is not None:
                    self._progress(sent)

    @property
    def digest(self) -> Digest:
        """SHA-256 of what was sent last."""
        return Digest(self._hash.digest())
