"""How much a slicer may take before it is stopped."""

from __future__ import annotations

from dataclasses import dataclass

LOG_BYTES = 2**20
"""What a slicer may say; PrusaSlicer says some kilobytes."""


@dataclass(frozen=True, slots=True)
class Limits:
    """For one run: seconds of wall time, bytes of memory, processes with threads, output bytes.

    `output` is the size of the G-code and of the folder that the slicer writes in; that
    folder lies in memory and counts in addition to `memory`.
    """

    seconds: float = 600
    memory: int = 4 * 2**30
    processes: int = 64
    output: int = 512 * 2**20
    log: int = LOG_BYTES
