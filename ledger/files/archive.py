"""ZIP packages from strangers: checked before anything is unpacked, counted while it is.

Sources: APPNOTE.TXT 6.3.10 (PKWARE); ECMA-376 Part 2 (OPC) annex C, which
allows only stored and deflated entries and no encryption.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ledger.errors import InvalidDesign
from ledger.files.limits import Limits

_END_RECORD = b"PK\x05\x06"
_END64_LOCATOR = b"PK\x06\x07"
_LOCAL_HEADER = struct.Struct("<4s22xHH")
_DIRECTORY_BYTES_PER_ENTRY = 2_000
"""More than a name and its extra fields need; bounds what is read before any check."""
_SMALL = 2**20
"""Entries up to this size may have any ratio: XML of a few lines packs well."""
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_CHUNK = 2**20


class Archive:
    """An opened package whose directory has passed every check."""

    def __init__(self, archive: zipfile.ZipFile, limits: Limits) -> None:
        self._archive = archive
        self._limits = limits
        self._unpacked = 0
        self.entries = {i.filename: i for i in archive.infolist() if not i.is_dir()}

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield the content of an entry, counting what comes out.

        The directory's sizes were checked before, but a directory may lie: the
        count and the checksum decide. Raises InvalidDesign.
        """
        try:
            with self._archive.open(self.entries[name]) as stream:
                while chunk := stream.read(_CHUNK):
                    self._unpacked += len(chunk)
                    if self._unpacked > self._limits.max_unpacked_bytes:
                        raise InvalidDesign(_too_large(self._limits))
                    yield chunk
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            NotImplementedError,
            UnicodeDecodeError,  # a local header may name its entry in broken UTF-8
            OSError,
        ) as error:
            raise InvalidDesign(
                f"{name!r} in the package is damaged: {error or 'it cannot be unpacked'}."
            ) from error

    def read(self, name: str, most: int) -> bytes:
        """The content of an entry. Raises InvalidDesign if it has more than `most` bytes."""
        if self.entries[name].file_size > most:
            raise InvalidDesign(f"{name!r} in the package is larger than {most:,} bytes.")
        return b"".join(self.chunks(name))


@contextmanager
def opened(path: Path, limits: Limits) -> Iterator[Archive]:
    """Open a package and check its directory. Raises InvalidDesign; unpacks nothing."""
    with path.open("rb") as file:
        _check_end_record(file, limits)
        try:
            archive = zipfile.ZipFile(file)
        except (
            zipfile.BadZipFile,
            NotImplementedError,
            ValueError,
            struct.error,
            OSError,
        ) as error:
            raise InvalidDesign(
                "The package (ZIP) has no readable directory: it was cut off or is damaged."
            ) from error
        with archive:
            entries = archive.infolist()
            if len(entries) > limits.max_entries:
                raise InvalidDesign(_too_many(limits))
            _check_sizes(entries, limits)
            _check_names(entries)
            _check_places(file, entries, archive.start_dir)
            yield Archive(archive, limits)


def _too_many(limits: Limits) -> str:
    return f"The package has more than {limits.max_entries:,} entries."


def _too_large(limits: Limits) -> str:
    return f"The package would unpack to more than {limits.max_unpacked_bytes:,} bytes."


def _check_end_record(file: BinaryIO, limits: Limits) -> None:
    """Bound the directory's size before `zipfile` reads all of it into memory."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 65_600))
    tail = file.read()
    place = tail.rfind(_END_RECORD)
    if place < 0 or len(tail) - place < 22:
        raise InvalidDesign("The package (ZIP) ends without its directory: it was cut off.")
    count, directory = struct.unpack_from("<HL", tail, place + 10)
    if count == 0xFFFF or directory == 0xFFFFFFFF:
        locator = tail.rfind(_END64_LOCATOR, 0, place)
        if locator >= 0 and place - locator == 20:
            file.seek(struct.unpack_from("<Q", tail, locator + 8)[0] % 2**63)
            record = file.read(56)
            if len(record) == 56:
                count, directory = struct.unpack_from("<QQ", record, 32)
    if count > limits.max_entries or directory > limits.max_entries * _DIRECTORY_BYTES_PER_ENTRY:
        raise InvalidDesign(_too_many(limits))


def _check_sizes(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    """Refuse bombs by the sizes that the directory states."""
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if unpacked > limits.max_unpacked_bytes:
        raise InvalidDesign(_too_large(limits))
    for size, room, name in [
        *((entry.file_size, entry.compress_size, entry.filename) for entry in entries),
        (unpacked, packed, "the whole"),
    ]:
        if size > _SMALL and size > room * limits.max_ratio:
            raise InvalidDesign(
                f"The package unpacks to more than {limits.max_ratio} times its size ({name!r}): "
                "that is how a decompression bomb is made."
            )


def _check_names(entries: list[zipfile.ZipInfo]) -> None:
    """Refuse names that lead out of the package or stand for two entries (OPC 6.2.2)."""
    seen: set[str] = set()
    for entry in entries:
        name = entry.orig_filename
        parts = name.rstrip("/").split("/")
        if (
            "\\" in name
            or "\0" in name
            or ":" in name
            or not all(parts)
            or {".", ".."} & set(parts)
        ):
            raise InvalidDesign(f"{name[:80]!r} is no name for a file in a package.")
        if name.lower() in seen:
            raise InvalidDesign(f"The package has two entries named {name[:80]!r}.")
        seen.add(name.lower())
        if entry.flag_bits & _ENCRYPTED:
            raise InvalidDesign(
                f"{name[:80]!r} in the package is encrypted: save without password."
            )
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise InvalidDesign(
                f"{name[:80]!r} in the package is packed in a way 3MF does not allow."
            )


def _check_places(file: BinaryIO, entries: list[zipfile.ZipInfo], directory: int) -> None:
    """Refuse entries that overlap: one stretch of bytes may be unpacked only once."""
    free_from = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < free_from:
            raise InvalidDesign("Entries of the package overlap: that is how a bomb is made.")
        file.seek(entry.header_offset)
        header = file.read(_LOCAL_HEADER.size)
        if len(header) < _LOCAL_HEADER.size or not header.startswith(b"PK\x03\x04"):
            raise InvalidDesign(f"{entry.filename[:80]!r} is not where the directory says.")
        _, name_bytes, extra_bytes = _LOCAL_HEADER.unpack(header)
        content = entry.header_offset + _LOCAL_HEADER.size + name_bytes + extra_bytes
        free_from = content + entry.compress_size
    if free_from > directory:
        raise InvalidDesign("Entries of the package overlap its directory: it is damaged.")
