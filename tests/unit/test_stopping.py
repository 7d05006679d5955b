"""The end of a program can be asked for at any moment, by anybody, as often as they like."""

from __future__ import annotations

import multiprocessing
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING

import pytest

from ledger.stopping import StopRequest, ignore_who_asks_again, stopped_by_signals

if TYPE_CHECKING:
    from _typeshed import TraceFunction

_PROCESSES = multiprocessing.get_context("forkserver")
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_LIMIT_SECONDS = 30.0


def in_time(work: Callable[[], None]) -> bool:
    """Whether work comes to its end, in the main thread of a process of its own."""
    process = _PROCESSES.Process(target=work)
    process.start()
    process.join(_LIMIT_SECONDS)
    if process.is_alive():
        process.kill()
    process.join(_LIMIT_SECONDS)
    return process.exitcode == 0


def with_signal_at(step: int, work: Callable[[], object]) -> bool:
    """Work, with a signal before that step (an operation of Python's); whether it had so many."""
    left = step

    def trace(frame: FrameType, event: str, _argument: object) -> TraceFunction:
        nonlocal left
        frame.f_trace_opcodes = True
        if event == "opcode":
            left -= 1
            if left == 0:
                signal.raise_signal(signal.SIGTERM)
        return trace

    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(None)
    return left <= 0


def signal_at_each_step(call: Callable[[StopRequest], object]) -> None:
    step = 0
    while True:
        step += 1
        stop = StopRequest()
        with stopped_by_signals(stop, _SIGNALS):
            if not with_signal_at(step, lambda stop=stop: call(stop)):  # type: ignore[misc]
                assert step > 20, "steps were seen at all"
                return
        assert stop.is_set(), step
        assert stop.wait(_LIMIT_SECONDS), step


def while_waiting() -> None:
    signal_at_each_step(lambda stop: stop.wait(0))


def while_asking() -> None:
    signal_at_each_step(lambda stop: stop.set())


def two_signals_while_waiting_for_long() -> None:
    main = threading.main_thread().ident
    assert main is not None

    def press() -> None:
        for number in _SIGNALS:
            signal.pthread_kill(main, number)

    for _ in range(200):
        stop = StopRequest()
        with stopped_by_signals(stop, _SIGNALS):
            thread = threading.Thread(target=press)
            thread.start()
            assert stop.wait(2 * _LIMIT_SECONDS)
            thread.join()


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(while_waiting, id="while the program waits for it"),
        pytest.param(while_asking, id="while it is being asked for"),
        pytest.param(two_signals_while_waiting_for_long, id="twice at once"),
    ],
)
def test_a_signal_asks_for_the_end_at_any_moment(moment: Callable[[], None]) -> None:
    assert in_time(moment)


def test_all_who_wait_are_woken() -> None:
    stop, woken = StopRequest(), list[bool]()
    threads = [
        threading.Thread(target=lambda: woken.append(stop.wait(_LIMIT_SECONDS))) for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    stop.set()
    for thread in threads:
        thread.join(_LIMIT_SECONDS)
    assert woken == [True] * 5


def test_who_waits_is_told_when_nobody_asked() -> None:
    stop = StopRequest()
    assert not stop.wait(0)
    assert not stop.wait(0.01)
    assert not stop.is_set()


def test_signals_do_afterwards_what_they_did_before() -> None:
    before = [signal.getsignal(number) for number in _SIGNALS]
    with stopped_by_signals(StopRequest(), _SIGNALS):
        assert [signal.getsignal(number) for number in _SIGNALS] != before
    assert [signal.getsignal(number) for number in _SIGNALS] == before


def asked_again_and_again() -> None:
    with stopped_by_signals(StopRequest(), _SIGNALS, for_good=True):
        signal.raise_signal(signal.SIGTERM)
    for number in _SIGNALS:
        signal.raise_signal(number)
    ignore_who_asks_again()
    assert {signal.getsignal(number) for number in _SIGNALS} == {signal.SIG_IGN}


def never_asked() -> None:
    before = [signal.getsignal(number) for number in _SIGNALS]
    with stopped_by_signals(StopRequest(), _SIGNALS, for_good=True):
        ignore_who_asks_again()
    ignore_who_asks_again()
    assert [signal.getsignal(number) for number in _SIGNALS] == before


@pytest.mark.parametrize("program", [asked_again_and_again, never_asked])
def test_only_who_has_asked_for_the_end_is_not_heard_again(program: Callable[[], None]) -> None:
    assert in_time(program)


def test_in_another_thread_signals_stay_as_they_are() -> None:
    before = [signal.getsignal(number) for number in _SIGNALS]
    seen = list[object]()

    def within() -> None:
        with stopped_by_signals(StopRequest(), _SIGNALS):
            seen.extend(signal.getsignal(number) for number in _SIGNALS)

    thread = threading.Thread(target=within)
    thread.start()
    thread.join(_LIMIT_SECONDS)
    assert seen == before
