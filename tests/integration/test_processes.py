"""That two threads which ask at once are both told how a process ended."""

from __future__ import annotations

import multiprocessing
import signal
import threading
import time
from multiprocessing import forkserver
from typing import Any

import pytest

from tests.integration import registering
from tests.processes import ended, start

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.integration.registering"])
LIMIT_SECONDS = 60


def test_who_starts_a_process_does_not_take_the_exit_code_of_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = (_FORKS.Process(target=registering.Steps(0).take, args=("",)) for _ in "12")
    read, asking = forkserver.read_signed, threading.Event()

    def slowly(pipe: Any) -> Any:
        if pipe == first.sentinel and not asking.is_set():
            asking.set()
            time.sleep(0.2)  # the other thread asks now
        return read(pipe)

    start(first)
    monkeypatch.setattr(forkserver, "read_signed", slowly)
    codes: list[int | None] = []
    waiting = threading.Thread(target=lambda: codes.append(ended(first, LIMIT_SECONDS)))
    waiting.start()
    assert asking.wait(LIMIT_SECONDS)
    start(second)
    waiting.join(LIMIT_SECONDS)
    assert [*codes, ended(second, LIMIT_SECONDS)] == [-signal.SIGKILL] * 2
