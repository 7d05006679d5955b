"""Measure hashing, sealing and opening of one large file: `make bench`.

Prints one line of JSON for each measurement: seconds, MiB/s, peak memory in MiB and the
limit for it. Each runs in a process of its own, so that its peak memory is its own. The
first line, plain SHA-256, is what the others are to be compared with. Sealing and opening
are measured without and with writing the result, because a slow disk hides everything else.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ledger.ipfs import CidHasher
from ledger.models import ContentHash
from ledger.vault import ContentKey, Sealed, seal, unseal

MIB = 1 << 20
LIMIT_RSS_MIB = 150
TIMEOUT_SECONDS = 900
KEY = ContentKey(bytes(32))
"""A fixed key: the files are thrown away."""


def make_file(path: Path, size: int) -> None:
    """Pseudorandom bytes, 16 MiB of them repeated: nothing here compresses or caches."""
    block = random.Random(0).randbytes(16 * MIB)  # noqa: S311 - not a secret
    with path.open("wb") as file:
        for start in range(0, size, len(block)):
            file.write(block[: size - start])


def hash_plain(folder: Path) -> None:
    """SHA-256 of the file: what the design id alone costs."""
    digest = hashlib.sha256()
    with (folder / "plain").open("rb") as source:
        while data := source.read(MIB):
            digest.update(data)


def hash_seal_cid(folder: Path) -> None:
    """Design id, sealed bytes and CID in one pass; the sealed bytes are dropped."""
    _seal(folder, Path(os.devnull))


def hash_seal_cid_write(folder: Path) -> None:
    """The same, with the sealed file written to the disk."""
    sealed = _seal(folder, folder / "sealed")
    (folder / "id").write_text(str(sealed.content_hash))


def unseal_verify(folder: Path) -> None:
    """Open the sealed file, verifying every chunk and the design id; the bytes are dropped."""
    _unseal(folder, Path(os.devnull))


def unseal_verify_write(folder: Path) -> None:
    """The same, with the opened file written to the disk."""
    _unseal(folder, folder / "opened")


def _seal(folder: Path, target: Path) -> Sealed:
    with (folder / "plain").open("rb") as source, target.open("wb") as sink:
        return seal(source, sink, KEY, CidHasher())


def _unseal(folder: Path, target: Path) -> None:
    content_hash = ContentHash.parse((folder / "id").read_text())
    with (folder / "sealed").open("rb") as source, target.open("wb") as sink:
        unseal(source, sink, KEY, content_hash)


MEASUREMENTS: dict[str, Callable[[Path], None]] = {
    "sha256": hash_plain,
    "hash+seal+cid": hash_seal_cid,
    "hash+seal+cid+write": hash_seal_cid_write,
    "unseal": unseal_verify,
    "unseal+write": unseal_verify_write,
}


def peak_rss_mib() -> float:
    """This process's peak memory. `ru_maxrss` would count its parent's, before exec."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    scale = MIB if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale


def measure(name: str, folder: Path) -> None:
    """Run one measurement in this process and print its line."""
    size = (folder / "plain").stat().st_size
    os.sync()  # or this measurement would pay for writing out the one before
    started = time.perf_counter()
    MEASUREMENTS[name](folder)
    seconds = time.perf_counter() - started
    line = {
        "measurement": name,
        "bytes": size,
        "seconds": round(seconds, 3),
        "mib_per_s": round(size / MIB / seconds, 1),
        "peak_rss_mib": round(peak_rss_mib(), 1),
        "limit_rss_mib": LIMIT_RSS_MIB,
    }
    print(json.dumps(line), flush=True)


def main() -> None:
    """Read the arguments, make the file, and run each measurement in a process."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--size", type=int, default=1024, help="size of the file in MiB (1024)")
    parser.add_argument("--only", choices=MEASUREMENTS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help="where to work (a new temporary folder)")
    arguments = parser.parse_args()
    if arguments.only:
        measure(arguments.only, arguments.folder)
        return
    with tempfile.TemporaryDirectory(prefix="platemark-bench-", dir=arguments.folder) as name:
        make_file(Path(name) / "plain", arguments.size * MIB)
        for measurement in MEASUREMENTS:
            command = [sys.executable, __file__, "--only", measurement, "--folder", name]
            subprocess.run(command, check=True, timeout=TIMEOUT_SECONDS)


if __name__ == "__main__":
    main()
