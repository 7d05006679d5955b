"""A program in the slicer's place that wants more than it is given: stopped, and no serial lost."""

from __future__ import annotations

import os
import subprocess
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import pytest

from ledger.errors import SlicingFailed
from ledger.gate.slicing.limits import Limits
from ledger.gate.slicing.watching import _Look
from tests.gate import test_slicing_hostile
from tests.gate.slicing_world import needs
from tests.gate.test_slicing_hostile import SMALL, run
from tests.gate.world import World

pytestmark = needs("bwrap")

nothing_stays = test_slicing_hostile.nothing_stays


def test_a_fork_bomb_is_stopped_and_the_machine_stays_usable(world: World) -> None:
    began = time.monotonic()
    detail = run(
        world,
        """
        while True:
            try:
                os.fork()
            except OSError:
                pass
        """,
    )
    assert "stopped" in detail
    assert time.monotonic() - began < SMALL.seconds + 15
    asked = time.monotonic()
    subprocess.run(["/bin/true"], check=True, timeout=5)
    assert time.monotonic() - asked < 2


def test_ten_gigabytes_in_a_file_are_stopped(world: World) -> None:
    body = """
    with open(OUT, 'wb') as file:
        for _ in range(10 * 1024):
            file.write(b'G' * 2**20)
    """
    assert "ended with" in run(world, body)


def test_ten_gigabytes_in_many_files_are_stopped(world: World) -> None:
    body = """
    for number in range(10 * 1024):
        with open(f'{os.path.dirname(OUT)}/{number}', 'wb') as file:
            file.write(b'G' * 2**20)
    """
    assert "ended with" in run(world, body)


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_ten_gigabytes_in_what_it_says_are_stopped(world: World, stream: str) -> None:
    body = f"""
    for _ in range(10 * 1024):
        sys.{stream}.write('G' * 2**20)
    """
    assert "said more than" in run(world, body)


def test_an_output_without_end_is_stopped(world: World) -> None:
    assert "more than" in run(world, "os.symlink('/dev/zero', OUT)")


def test_a_line_without_end_is_stopped(world: World) -> None:
    assert "line of more than" in run(world, "open(OUT, 'w').write('G' * 2**18)")


def test_memory_without_end_is_stopped(world: World) -> None:
    detail = run(world, "held = []\nwhile True: held.append(b'G' * 2**22)")
    assert "memory" in detail.lower() or "ended with" in detail


@pytest.mark.parametrize("kind", ["memfd", "unmapped", "segments"])
def test_memory_that_belongs_to_no_process_is_stopped(world: World, kind: str) -> None:
    """Files without a name, and pages that were shared and let go: nobody's, and still there."""
    bodies = {
        "memfd": """
        for _ in range(50):
            held = os.memfd_create('held')
            for _ in range(15):
                os.write(held, b'G' * 2**20)
        """,
        "unmapped": """
        import mmap
        os.fork() + os.fork()
        held = [mmap.mmap(-1, 2**24) for _ in range(12)]
        for one in held:
            one.write(b'G' * 2**24)
            one.madvise(mmap.MADV_DONTNEED)
        """,
        "segments": """
        import ctypes
        libc = ctypes.CDLL(None)
        libc.shmat.restype = ctypes.c_void_p
        for _ in range(45):
            place = libc.shmat(libc.shmget(0, 2**24, 0o1600), None, 0)
            ctypes.memset(ctypes.c_void_p(place), 71, 2**24)
            libc.shmdt(ctypes.c_void_p(place))
        """,
    }
    body = textwrap.dedent(bodies[kind]) + "time.sleep(3600)\n"
    assert "bytes of shared memory" in run(world, body)


@contextmanager
def held(megabytes: int) -> Iterator[None]:
    """So much memory in a file without a name."""
    file = os.memfd_create("held")
    try:
        for _ in range(megabytes):
            os.write(file, b"G" * 2**20)
        yield
    finally:
        os.close(file)


def test_memory_that_others_give_back_meanwhile_is_not_the_programs_to_take() -> None:
    """One that was stopped a moment ago still has some when the next one begins."""
    limits, clock = Limits(memory=32 * 2**20, output=0), count()
    with subprocess.Popen(["/usr/bin/sleep", "60"]) as program:
        try:
            with held(256):
                look = _Look(program.pid, limits, lambda: float(next(clock)))
                look()
            look()
            with held(128), pytest.raises(SlicingFailed, match="bytes of shared memory"):
                look()
        finally:
            program.kill()


def test_one_that_hangs_is_stopped(world: World) -> None:
    limits = Limits(seconds=1)
    assert "after 1 seconds" in run(world, "time.sleep(3600)", limits)


def test_one_that_ignores_every_signal_is_stopped(world: World) -> None:
    body = """
    import signal
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    if os.fork() == 0:
        os.setsid()
    os.close(1)
    time.sleep(3600)
    """
    assert "after 1 seconds" in run(world, body, Limits(seconds=1))
