"""A file of lines by which a plugin remembers: each is on the disk before anything follows."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any


class Lines:
    """JSON objects, one a line. Raises OSError where the disk does not work.

    What a power cut left of a last line was never acted upon, and is cut off. A line that
    could not be written is taken back at once, or else before the next one: what its writer
    was told to have failed does not come to light after a start.
    """

    def __init__(self, path: Path) -> None:
        data = path.read_bytes() if path.exists() else b""
        self._end = data.rfind(b"\n") + 1
        self.read: list[dict[str, Any]] = [
            json.loads(line) for line in data[: self._end].splitlines()
        ]
        """What the file held when it was opened."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._file = os.fdopen(descriptor, "ab", buffering=0)
        self._torn = False
        self._cut_off()
        sync_folder(path.parent)

    def append(self, members: dict[str, Any]) -> None:
        """Write one line; it is durable when this returns, and not there if it raises."""
        if self._torn:
            self._cut_off()
        line = json.dumps(members, sort_keys=True).encode() + b"\n"
        self._torn = True
        try:
            rest = memoryview(line)
            while rest:
                rest = rest[self._file.write(rest) :]
            os.fsync(self._file.fileno())
        except OSError:
            with suppress(OSError):  # it is tried again before the next line
                self._cut_off()
            raise
        self._torn = False
        self._end += len(line)

    def _cut_off(self) -> None:
        self._torn = True
        self._file.truncate(self._end)
        os.fsync(self._file.fileno())
        self._torn = False


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
