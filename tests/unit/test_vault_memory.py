"""Sealing and opening take constant memory, measured in a process of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

MEASURE = """
import pathlib, resource, sys
from ledger.ipfs import CidHasher
from ledger.vault import new_content_key, seal, unseal
key = new_content_key()
with open(sys.argv[1], "rb") as source, open(sys.argv[2], "wb") as sink:
    sealed = seal(source, sink, key, CidHasher())
with open(sys.argv[2], "rb") as source, open("/dev/null", "wb") as sink:
    assert unseal(source, sink, key, sealed.content_hash) == 200_000_000
status = pathlib.Path("/proc/self/status")
if status.exists():  # ru_maxrss would include the parent's peak before exec
    print(next(l.split()[1] for l in status.read_text().splitlines() if l.startswith("VmHWM")))
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
def test_sealing_and_opening_200_mb_takes_less_than_150_mib_of_memory(tmp_path: Path) -> None:
    source = tmp_path / "source"
    with source.open("wb") as file:
        file.truncate(200_000_000)
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(source), str(tmp_path / "sealed")],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert int(done.stdout) < 150 * 1024
