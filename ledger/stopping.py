"""The wish that a program ends, which a signal handler may say at any moment."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from types import FrameType


class StopRequest:
    """Whether the end was asked for; once asked, it stays so.

    It is used as threading.Event is, whose `set` must not be called by a signal handler:
    Python runs handlers in the main thread between any two steps of it, and where that
    thread was just within `wait`, or within the `set` of an earlier signal, it would wait
    for a lock of its own, for ever. `SimpleQueue.put` may interrupt itself (Python's
    documentation of `queue`, "reentrant").
    """

    def __init__(self) -> None:
        self._asked = False
        self._wakes: SimpleQueue[None] = SimpleQueue()

    def set(self) -> None:
        """Ask for the end, from any thread or signal handler, as often as anybody likes."""
        self._asked = True
        self._wakes.put(None)

    def is_set(self) -> bool:
        """Whether the end was asked for."""
        return self._asked

    def wait(self, timeout: float | None = None) -> bool:
        """Wait so many seconds, or until the end is asked for; whether it was."""
        if not self._asked:
            with suppress(Empty):
                self._wakes.get(timeout=timeout)
                self._wakes.put(None)  # for whoever else waits
        return self._asked


@contextmanager
def stopped_by_signals(
    stop: StopRequest, numbers: Sequence[signal.Signals], *, for_good: bool = False
) -> Iterator[None]:
    """Within it, these signals ask for the end instead of what they did, and do so again after it.

    With `for_good` not once one has asked: the program is about to end, and the next ones mean
    the same. Only the main thread may say what signals do: within another one nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ask = _Ask(stop)
    before = {number: signal.signal(number, ask) for number in numbers}
    try:
        yield
    finally:
        if not (for_good and ask.was_heard):
            for number, handler in before.items():
                signal.signal(number, handler)


def ignore_who_asks_again() -> None:
    """For the last moment of a program: signals that have ended it change nothing any more.

    Python takes its handlers away before it has ended: the next signal would kill it, and its
    exit code would tell of that and not of its work.
    """
    for number in signal.valid_signals():
        handler = signal.getsignal(number)
        if isinstance(handler, _Ask) and handler.was_heard:
            signal.signal(number, signal.SIG_IGN)


class _Ask:
    """A signal handler that asks for the end."""

    def __init__(self, stop: StopRequest) -> None:
        self.was_heard = False
        self._stop = stop

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        self.was_heard = True
        self._stop.set()
