"""Processes that several threads start and wait for at once, each with its own exit code."""

from __future__ import annotations

import threading
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess

_ASKING = threading.Lock()


def start(process: BaseProcess) -> None:
    """Start it, while nobody asks how another one ended."""
    with _ASKING:
        process.start()


def ended(process: BaseProcess, seconds: float) -> int | None:
    """Its exit code; None if it still runs after so many seconds.

    Whoever starts a process asks of each other one whether it has ended, and how one of a
    forkserver ended can be read once only: of two threads that ask at the same moment, one
    would be told 255, whatever it was.
    """
    wait([process.sentinel], seconds)
    with _ASKING:
        return process.exitcode
