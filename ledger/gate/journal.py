"""The gate's memory on disk: what was begun, written down before and after each step.

One JSON object a line, only ever appended. Each line has its number and a checksum
over itself and the line before, so that a line that was changed, lost or moved is
noticed. A line counts from its newline on: the newline is written only after the line
itself is durable, and `append` returns only after the newline is. So what a power cut
leaves after the last newline was never acted upon and is cut off; anything else that
does not check is damage, and the gate refuses to start on it.

Keys are never written here; see docs/gate.md for the states.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ledger.errors import SetupError, StoreUnavailable
from ledger.gate.disk import sync_folder


class State(StrEnum):
    """How far a job is, in the order in which it goes; then what refusals and leases leave.

    SLICED only where the gate slices. SPENT stands in place of REDEEMING and REDEEMED for a
    job of a lease, RECEIPT_REFUSED in place of REPORTED where the service never takes it. In
    journals of earlier gates REDEEMED came before KEY_RECEIVED. From LEASED on no job is
    meant: a lease came in, prints of it were asked for, a signed entry that is about no print,
    the time, a lease's end, and the end of all leases; then what the owner chose about own
    files, and each of them that the host asked for.
    """

    ADMITTED = "admitted"
    FETCHED = "fetched"
    KEY_RECEIVED = "key received"
    OPENED = "opened"
    SLICED = "sliced"
    REDEEMING = "redeeming"
    REDEEMED = "redeemed"
    SPENT = "spent"
    HANDING = "handing"
    HANDED = "handed"
    ENDED = "ended"
    RECEIPTED = "receipted"
    REPORTED = "reported"
    RECEIPT_REFUSED = "receipt refused"
    REFUSED = "refused"
    REFUSAL_REPORTED = "refusal reported"
    LEASED = "leased"
    WANTED = "wanted"
    ENTERED = "entered"
    TIME = "time"
    LEASE_ENDED = "lease ended"
    HALTED = "halted"
    OWN_FILES = "own files"
    OWN_FILES_REPORTED = "own files reported"
    OWN_FILE = "own file"


OF_LEASES = frozenset(
    (
        State.SPENT,
        State.LEASED,
        State.WANTED,
        State.ENTERED,
        State.TIME,
        State.LEASE_ENDED,
        State.HALTED,
    )
)
"""States that a gate without leases never writes."""


@dataclass(frozen=True, slots=True)
class Record:
    """One line: at that time (Unix seconds) `key` reached `state`, with what belongs to it.

    `key` is a job (token digest and serial) or the name of a file that was dropped.
    """

    seq: int
    at: int
    key: str
    state: State
    data: Mapping[str, Any]


class Journal:
    """An open journal; one process has it, until `close` or its end."""

    def __init__(self, path: Path) -> None:
        """Open or create `path` and take its lock.

        Raises SetupError if another gate has it or if it is damaged, StoreUnavailable if
        the disk does not work.
        """
        self._path = path
        self._broken = False
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = _lock(path.with_suffix(".lock"))
            self._file = self._lock
            try:
                self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                sync_folder(path.parent)
                data = path.read_bytes()
                self._records, self._sum, end = _parse(path, data)
                if end < len(data):
                    os.ftruncate(self._file, end)
                    os.fsync(self._file)
                os.lseek(self._file, end, os.SEEK_SET)
                self._next = len(self._records) + 1
            except BaseException:
                self.close()
                raise
        except OSError as error:
            raise self._unavailable(error) from error

    @property
    def records(self) -> tuple[Record, ...]:
        """What the journal held when it was opened."""
        return tuple(self._records)

    @property
    def broken(self) -> bool:
        """Whether an append failed: then nothing can be begun until it is opened again."""
        return self._broken

    def append(self, at: int, key: str, state: State, data: Mapping[str, Any]) -> Record:
        """Write one line; it is durable when this returns.

        Raises StoreUnavailable if the disk does not work, and from then on always.
        """
        if self._broken:
            raise StoreUnavailable(f"The journal {self._path} failed before: restart the gate.")
        record = Record(self._next, at, key, state, dict(data))
        line, checksum = _line(record, self._sum)
        try:
            self._write(line)
            self._write(b"\n")
        except OSError as error:
            # What the disk holds now is unknown (a failed fsync may not be repeated).
            self._broken = True
            raise self._unavailable(error) from error
        self._sum = checksum
        self._next += 1
        return record

    def close(self) -> None:
        """Give the journal and its lock back."""
        for descriptor in {self._file, self._lock}:
            os.close(descriptor)

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._file, rest) :]
        os.fsync(self._file)

    def _unavailable(self, error: OSError) -> StoreUnavailable:
        return StoreUnavailable(
            f"The journal {self._path} cannot be written: {error.strerror or error}."
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def read(path: Path) -> tuple[Record, ...]:
    """What a journal says, without its lock and without changing it; empty if there is none.

    Raises SetupError if it is damaged, StoreUnavailable if it cannot be read.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise StoreUnavailable(f"The journal {path} cannot be read: {error.strerror}.") from error
    return tuple(_parse(path, data)[0])


def _parse(path: Path, data: bytes) -> tuple[list[Record], str, int]:
    """`(records, last checksum, bytes that count)`. Raises SetupError on damage."""
    records: list[Record] = []
    checksum = ""
    end = data.rfind(b"\n") + 1
    for number, line in enumerate(data[:end].split(b"\n")[:-1], start=1):
        record = _record(line, checksum)
        if record is None or record.seq != number:
            raise SetupError(
                f"Line {number} of the journal {path} was changed or damaged. The gate does not "
                "start on it, because a serial could be printed twice: put a sound copy in its "
                "place, or begin with a new gate folder (the chain knows what was redeemed)."
            )
        records.append(record)
        checksum = _line(record, checksum)[1]
    return records, checksum, end


def _record(line: bytes, before: str) -> Record | None:
    """The record in a line, None if it is not exactly what `append` would have written."""
    try:
        row = json.loads(line)
        record = Record(row["seq"], row["at"], row["key"], State(row["state"]), row["data"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return record if _line(record, before)[0] == line else None


def _line(record: Record, before: str) -> tuple[bytes, str]:
    """The bytes of a line without its newline, and its checksum."""
    row: dict[str, Any] = {
        "seq": record.seq,
        "at": record.at,
        "key": record.key,
        "state": record.state.value,
        "data": dict(record.data),
    }
    body = json.dumps(row, sort_keys=True, separators=(",", ":"))
    checksum = hashlib.sha256(f"{before}\n{body}".encode()).hexdigest()[:32]
    row["sum"] = checksum
    return json.dumps(row, sort_keys=True, separators=(",", ":")).encode(), checksum


def _lock(path: Path) -> int:
    """Hold the lock file until the descriptor closes. Raises SetupError if somebody has it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise SetupError(
            f"Another gate runs on {path.parent}: two must never share a folder."
        ) from error
    return descriptor
