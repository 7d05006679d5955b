"""A disk that is really full: a small file system of its own, or a limit on the size of files.

Where this process may mount, it is a tmpfs of a megabyte or so, filled with a ballast. Where
it may not, the kernel's limit on the size of files (RLIMIT_FSIZE, setrlimit(2)) stands in
for it: then every write that would make a file larger fails as well, with EFBIG.
"""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from structlog.testing import capture_logs

PAGE = 4_096


class SmallDisk:
    """A folder on a disk that can be filled and given room again."""

    def __init__(self, folder: Path, *, mounted: bool) -> None:
        self.folder, self.mounted = folder, mounted
        self._ballast = folder / ".ballast"
        self._was = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(self, pages: int = 0) -> None:
        """Leave so many pages of 4 KiB and no more."""
        self.give_room()
        if not self.mounted:
            sizes = (path.stat().st_size for path in self.folder.rglob("*") if path.is_file())
            limit = max(sizes, default=0) + pages * PAGE if pages else 0
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, self._was[1]))
            return
        with self._ballast.open("wb", buffering=0) as ballast, suppress(OSError):
            while True:
                ballast.write(bytes(PAGE))
        os.truncate(self._ballast, max(0, self._ballast.stat().st_size // PAGE - pages) * PAGE)

    def give_room(self) -> None:
        """Take away what fills it."""
        if self.mounted:
            self._ballast.unlink(missing_ok=True)
        else:
            resource.setrlimit(resource.RLIMIT_FSIZE, self._was)


@contextmanager
def small_disk(folder: Path, kilobytes: int) -> Iterator[SmallDisk]:
    """A disk of that size at `folder`, which is made; it is gone afterwards."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k,mode=700", "tmpfs", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=20, check=False)
        mounted = done.returncode == 0
    except OSError:  # there is no such program
        mounted = False
    disk = SmallDisk(folder, mounted=mounted)
    try:
        # The limit would count for what is logged into a file, too.
        with nullcontext() if mounted else capture_logs():
            yield disk
    finally:
        disk.give_room()
        if mounted:
            # Lazily, because a file may still be open where a test failed.
            subprocess.run(["umount", "-l", str(folder)], timeout=20, check=True)
