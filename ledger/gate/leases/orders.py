"""What a center asks of a lease that its gate has: files for the inbox, read strictly.

A lease prints nothing by itself. `*.print.json` asks for prints of it, in order, one after
the other as the machine is free: {"format": 1, "lease": "0x…", "count": 25}. `*.return.json`
gives it back: {"format": 1, "lease": "0x…"}. Like a ticket neither is a secret, and who can
write into the inbox can ask for what the center was allowed.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger.errors import MalformedRequest
from ledger.forms import Reader
from ledger.gate.disk import translated
from ledger.models import Digest

FORMAT = 1
PRINT_SUFFIX = ".print.json"
RETURN_SUFFIX = ".return.json"
MAX_BYTES = 4096
_COUNT_BITS = 32
_READ = Reader("order", MalformedRequest, MAX_BYTES)


@dataclass(frozen=True, slots=True)
class Wanted:
    """An order: `count` prints of a lease, or (None) its return."""

    lease: Digest
    count: int | None


def parse_print(data: bytes) -> Wanted:
    """The order for prints in a file. Raises MalformedRequest."""
    return _READ.read(data, _print)


def parse_return(data: bytes) -> Wanted:
    """The return of a lease in a file. Raises MalformedRequest."""
    return _READ.read(data, _return)


def dump(wanted: Wanted) -> bytes:
    """The file of an order; `parse_print` or `parse_return` undoes it."""
    row: dict[str, Any] = {"format": FORMAT, "lease": str(wanted.lease)}
    if wanted.count is not None:
        row["count"] = wanted.count
    return json.dumps(row, indent=1).encode() + b"\n"


def drop(wanted: Wanted, inbox: Path) -> Path:
    """Put an order into a gate's inbox, whole from the first moment on; where it lies.

    Raises StoreUnavailable.
    """
    suffix = RETURN_SUFFIX if wanted.count is None else PRINT_SUFFIX
    name = f"{str(wanted.lease)[2:14]}-{secrets.token_hex(4)}"
    path, partial = inbox / f"{name}{suffix}", inbox / f"{name}.part"
    with translated("The inbox"):
        with partial.open("wb") as file:
            file.write(dump(wanted))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    return path


def _print(row: Mapping[str, Any]) -> Wanted:
    known = _READ.members(dict(row), "order", ("format", "lease", "count"))
    _READ.require_format(known, FORMAT)
    count = _READ.integer(known, "count", _COUNT_BITS)
    if count == 0:
        raise MalformedRequest("An order is for one print at least.")
    return Wanted(Digest.parse(_READ.text(known, "lease")), count)


def _return(row: Mapping[str, Any]) -> Wanted:
    known = _READ.members(dict(row), "order", ("format", "lease"))
    _READ.require_format(known, FORMAT)
    return Wanted(Digest.parse(_READ.text(known, "lease")), None)
