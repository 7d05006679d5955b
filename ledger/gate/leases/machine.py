"""What tells the machine of a gate from every other.

Two things, both cheap and there on every Linux: the machine's own number, which the system
makes at its installation (`/etc/machine-id`, machine-id(5)), and the number that the file
system gave to the gate's folder (its inode). The first differs on another machine, the
second in a copy of the folder on the same one, and where a backup was put back as a new
folder. Neither is a secret or hard to forge: this tells an honest gate that it was moved,
and leaves the rest to the journal, whose forks the service finds.
"""

from __future__ import annotations

from pathlib import Path

from eth_utils.crypto import keccak

from ledger.gate.disk import translated
from ledger.models import Digest

MACHINE_ID = Path("/etc/machine-id")
_PURPOSE = b"platemark/machine/1\x00"
_MAX_BYTES = 128


def identify(folder: Path, machine_id: Path = MACHINE_ID) -> Digest:
    """Keccak-256 of what tells this machine, with a gate in `folder`, from others.

    A machine without a number counts as one of an empty number: then only the folder tells.
    Raises StoreUnavailable if the folder cannot be looked at.
    """
    try:
        with machine_id.open("rb") as file:
            number = file.read(_MAX_BYTES).strip()
    except OSError:
        number = b""
    with translated(f"The gate's folder {folder}"):
        inode = folder.stat().st_ino
    return Digest(keccak(_PURPOSE + len(number).to_bytes(1, "big") + number + b"%d" % inode))
