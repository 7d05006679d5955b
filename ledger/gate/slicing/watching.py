"""Watch a program that is not trusted: take its output, and kill it when it takes too much."""

from __future__ import annotations

import os
import selectors
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Protocol

from ledger.errors import SlicingFailed
from ledger.gate.slicing.limits import Limits

_LOOK_SECONDS = 0.05
_CHUNK = 2**16
_SHOWN = 300
_LEFT = 20
"""One in so many bytes of the machine's memory stays free, whoever takes the others."""
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Sink(Protocol):
    """Where bytes go."""

    def write(self, data: bytes, /) -> object:
        """Take the next bytes."""
        ...


def watch(process: subprocess.Popen[bytes], sink: Sink, limits: Limits) -> str:
    """Copy the program's stdout to `sink` until it ends; what it said on stderr.

    One that has a pipe for its stdin is told to go on when it first says something (an empty
    line): by then it dies with this process, which nobody sees to while it is being started.
    However it ends, the program has ended when this returns or raises. Raises SlicingFailed
    with the reason if it failed or was stopped; what the sink holds then is worthless.
    """
    output, errors = process.stdout, process.stderr
    if output is None or errors is None:
        raise TypeError("A program is watched through pipes.")
    try:
        log = _copy(process, output, errors, sink, limits)
        code = process.wait(timeout=limits.seconds)
    except subprocess.TimeoutExpired as error:
        raise SlicingFailed("The slicer closed its output and did not end.") from error
    finally:
        process.kill()
        process.wait()
        for stream in filter(None, (process.stdin, output, errors)):
            with suppress(BrokenPipeError):
                stream.close()
    if code != 0:
        # Before a sandbox lets its program begin, several of its processes may speak at once.
        begun = process.stdin is None or log.startswith("\n")
        said = _last_words(log) if begun else _shown(" ".join(log.splitlines()))
        raise SlicingFailed(f"The slicer ended with {code}: {said}")
    return log


def family(pid: int) -> tuple[int, int]:
    """Threads of a process and all its descendants, and their resident memory (bytes)."""
    parents: dict[int, list[int]] = {}
    sizes: dict[int, tuple[int, int]] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            # The name in the second field may hold anything, but no field after it has a `)`.
            fields = (entry / "stat").read_bytes().rpartition(b")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        parents.setdefault(int(fields[1]), []).append(int(entry.name))
        sizes[int(entry.name)] = int(fields[17]), int(fields[21]) * _PAGE
    threads = memory = 0
    left = [pid]
    while left:
        one = left.pop()
        left += parents.pop(one, [])
        found = sizes.get(one, (0, 0))
        threads, memory = threads + found[0], memory + found[1]
    return threads, memory


def shared_memory() -> tuple[int, int, int]:
    """Of the whole machine, in bytes: memory that files and segments hold, free, and all."""
    lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    found = {
        name: int(rest.split()[0]) * 1_024 for name, _, rest in (x.partition(":") for x in lines)
    }
    return found["Shmem"], found["MemAvailable"], found["MemTotal"]


def _copy(
    process: subprocess.Popen[bytes],
    output: IO[bytes],
    errors: IO[bytes],
    sink: Sink,
    limits: Limits,
) -> str:
    end = time.monotonic() + limits.seconds
    written, log = 0, bytearray()
    look = _Look(process.pid, limits)
    with selectors.DefaultSelector() as selector:
        for stream in (output, errors):
            os.set_blocking(stream.fileno(), False)
            selector.register(stream, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(_LOOK_SECONDS)
            if time.monotonic() > end:
                raise SlicingFailed(f"The slicer was stopped after {limits.seconds:g} seconds.")
            look()
            for key, _ in ready:
                data = os.read(key.fd, _CHUNK)
                if not data:
                    selector.unregister(key.fileobj)
                elif key.fileobj is output:
                    written += len(data)
                    _require(written <= limits.output, f"wrote more than {limits.output} bytes")
                    sink.write(data)
                else:
                    if not log and process.stdin is not None:
                        _let_go_on(process.stdin)
                    log += data
                    _require(len(log) <= limits.log, f"said more than {limits.log} bytes")
    return log.decode(errors="replace")


def _let_go_on(stdin: IO[bytes]) -> None:
    with suppress(BrokenPipeError):  # it has ended meanwhile
        stdin.write(b"\n")
        stdin.close()


class _Look:
    """A look at the processes, now and then."""

    def __init__(self, pid: int, limits: Limits, clock: Callable[[], float] = time.monotonic):
        self._pid, self._limits, self._clock = pid, limits, clock
        self._next = 0.0
        self._shared = shared_memory()[0]

    def __call__(self) -> None:
        if self._clock() < self._next:
            return
        threads, memory = family(self._pid)
        limits = self._limits
        # The sandbox's own two processes come on top.
        _require(threads <= limits.processes + 4, f"began more than {limits.processes} processes")
        _require(memory <= limits.memory, f"took more than {limits.memory} bytes of memory")
        # What it keeps in files without a name, segments and pipes belongs to no process.
        shared, free, every = shared_memory()
        # What others let go of meanwhile, such as a program that was just stopped, is not its own.
        self._shared = min(self._shared, shared)
        room = limits.memory + 2 * limits.output
        _require(shared - self._shared <= room, f"took more than {room} bytes of shared memory")
        _require(free * _LEFT >= every, "left the machine without memory")
        self._next = self._clock() + _LOOK_SECONDS


def _require(holds: bool, what: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not holds:
        raise SlicingFailed(f"The slicer was stopped: it {what}.")


def _last_words(log: str) -> str:
    """The last line that says something, without control characters, short enough to show."""
    lines = [line for line in log.splitlines() if line.strip()]
    return _shown(lines[-1] if lines else "")


def _shown(text: str) -> str:
    plain = "".join(c if c.isprintable() else " " for c in text)
    return plain.strip()[:_SHOWN] or "it said nothing."
