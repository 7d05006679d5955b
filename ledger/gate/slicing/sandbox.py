"""Run a slicer where it can harm nobody: a model can make it run code (CVE-2023-47268).

With bubblewrap the program sees /usr and what it is given, both read-only, and one folder in
memory that it may write in. It has no network, no home, no other process, no device, no
capability, and a user of its own; and of the kernel it may ask little (`seccomp`). Nothing that
it writes is ever on a disk, and all of it is gone with its last process, which dies with the gate.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog

from ledger.errors import SlicerNotConfined, SlicingFailed
from ledger.gate.slicing import seccomp
from ledger.gate.slicing.limits import Limits
from ledger.gate.slicing.watching import Sink, watch

_log = structlog.get_logger("ledger.gate")

Arguments = Callable[[str, str], Sequence[str]]
"""The program's arguments, from the paths of its inputs' folder and of its own."""
Inputs = Mapping[str, Path | bytes]
"""Files that the program may read: name, and where it lies or what it holds."""

_UIDS = range(61_184, 65_520)
"""Users that no person and no service has (systemd's range for users of the moment)."""
_FILES = 256
"""Open files of one process: each can hold memory that is counted nowhere."""
_SAME_HEAP = ("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0")
"""No lists of freed memory: glibc marks what is in them with a random number, and with them
PrusaSlicer 2.5 makes one of two G-codes of a model (Arachne's walls), by the toss of a coin."""
_RUN = 'output=$1; shift; "$@" </dev/null 1>&2 && exec cat "$output"'
_ASK = "echo >&2; read -r go || exit 1; "
"""Until here a gate's death would not be heard of: so it is asked whether it lives (`watch`)."""


class Sandbox(Protocol):
    """Runs programs that are not trusted."""

    def run(
        self, program: Path, arguments: Arguments, inputs: Inputs, output: str, sink: Sink
    ) -> str:
        """Run a program and copy the file `output`, that it made, to `sink`; what it said.

        Raises SlicingFailed if it failed, or was stopped because it took too much.
        """
        ...


def sandbox(kind: str, limits: Limits, folder: Path) -> Sandbox:
    """The sandbox of that kind: `bwrap`, or `none` where the operator insists.

    `folder` is private, and wiped after a crash: what is not confined works there.

    Raises SlicerNotConfined if it is not to be had.
    """
    if kind == "none":
        return Unconfined(limits, folder)
    found = shutil.which("bwrap", path="/usr/bin:/usr/local/bin:/bin")
    if kind != "bwrap" or found is None:
        raise SlicerNotConfined(
            "A slicer runs code that a model may bring along, and bubblewrap, which would confine "
            'it, is not installed. Install it, or write sandbox = "none" into gate.toml if '
            "you trust every model."
        )
    return Bubblewrap(Path(found), limits)


@dataclass(frozen=True, slots=True)
class Bubblewrap:
    """Confined with bubblewrap 0.8 or later."""

    program: Path
    limits: Limits

    def run(
        self, program: Path, arguments: Arguments, inputs: Inputs, output: str, sink: Sink
    ) -> str:
        """See `Sandbox.run`. Raises SlicerNotConfined if it cannot be confined on this machine."""
        rules = seccomp.filter_of(seccomp.machine())
        with ExitStack() as stack:
            files = {f"/in/{name}": stack.enter_context(_opened(i)) for name, i in inputs.items()}
            inside = program.resolve()
            if not inside.is_relative_to("/usr"):
                inside = Path("/in") / "slicer"
                files[str(inside)] = stack.enter_context(_opened(program))
            judge = stack.enter_context(_opened(rules))
            walls = [*self._walls(files), "--seccomp", str(judge)]
            command = [*walls, "--", *self._work(inside, arguments, output)]
            with _started(command, [*files.values(), judge]) as process:
                try:
                    return watch(process, sink, self.limits)
                except SlicingFailed as error:
                    if "bwrap: " in error.detail:
                        raise SlicerNotConfined(
                            f"The slicer could not be confined: {error.detail}"
                        ) from error
                    raise

    def _walls(self, files: Mapping[str, int]) -> list[str]:
        size = str(self.limits.output)
        walls = [str(self.program), "--unshare-all", "--unshare-user", "--disable-userns"]
        walls += ["--die-with-parent", "--new-session", "--clearenv", "--cap-drop", "ALL"]
        given = (("PATH", "/usr/bin"), ("HOME", "/room"), ("TMPDIR", "/room"), _SAME_HEAP)
        for name, value in given:
            walls += ["--setenv", name, value]
        walls += ["--setenv", "LC_ALL", "C.UTF-8", "--ro-bind", "/usr", "/usr"]
        for name in ("bin", "lib", "lib64"):
            walls += ["--symlink", f"usr/{name}", f"/{name}"]
        walls += ["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev"]
        walls += ["--size", size, "--tmpfs", "/room", "--chdir", "/room"]
        for name, descriptor in files.items():
            walls += ["--perms", "0555", "--ro-bind-data", str(descriptor), name]
        return [*walls, "--remount-ro", "/"]

    def _work(self, program: Path, arguments: Arguments, output: str) -> list[str]:
        limits = self.limits
        bounds = [f"--nproc={limits.processes}", f"--fsize={limits.output}", "--core=0"]
        bounds += [f"--as={2 * limits.memory}", f"--cpu={int(limits.seconds) + 1}"]
        bounds += [f"--nofile={_FILES}"]
        shell = ["/usr/bin/sh", "-c", _ASK + _RUN, "sh", f"/room/{output}"]
        work = [*shell, str(program), *arguments("/in", "/room")]
        return ["/usr/bin/prlimit", *bounds, "--", *_the_same_each_time(), *work]


@dataclass(frozen=True, slots=True)
class Unconfined:
    """In a private folder, with limits, and with all the rights of the gate."""

    limits: Limits
    folder: Path

    def run(
        self, program: Path, arguments: Arguments, inputs: Inputs, output: str, sink: Sink
    ) -> str:
        """See `Sandbox.run`."""
        _log.warning("gate.slicer_not_confined", program=str(program))
        with tempfile.TemporaryDirectory(prefix="slicing-", dir=self.folder) as folder:
            for name, given in inputs.items():
                target = Path(folder) / name
                if isinstance(given, bytes):
                    target.write_bytes(given)
                else:
                    shutil.copyfile(given, target)
            # Paths from here: by the length of whole ones PrusaSlicer 2.5 makes another G-code of
            # the same model (Arachne's walls), and with some lengths one of three, by chance.
            shell = ["/bin/sh", "-c", _RUN, "sh", f"./{output}", str(program.absolute())]
            command = [*_the_same_each_time(), *shell, *arguments(".", ".")]
            process = subprocess.Popen(
                ["/usr/bin/prlimit", f"--fsize={self.limits.output}", "--core=0", "--", *command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=folder,
                env=dict(
                    [("PATH", "/usr/bin:/bin"), ("HOME", folder), ("LC_ALL", "C.UTF-8"), _SAME_HEAP]
                ),
                start_new_session=True,
            )
            with process:
                try:
                    return watch(process, sink, self.limits)
                finally:
                    # Its children too, as far as they stayed in its group.
                    with suppress(ProcessLookupError):
                        os.killpg(process.pid, signal.SIGKILL)


def _the_same_each_time() -> list[str]:
    """On one processor, and at the same places in memory.

    What slicers do on several processors comes in any order, and so does their G-code; some of
    it even by where things lie. And whatever the program does, the other processors are left
    to the machine.
    """
    processor = str(max(os.sched_getaffinity(0)))
    same = ["/usr/bin/setarch", "-R", "/usr/bin/taskset", "--cpu-list", processor]
    # And should memory run out all the same, the kernel takes it from here first.
    return [*same, "/usr/bin/choom", "-n", "1000", "--"]


@contextmanager
def _opened(given: Path | bytes) -> Iterator[int]:
    """A descriptor to read a file from: the one way in for a program of another user."""
    if isinstance(given, bytes):
        descriptor = os.memfd_create("input")
        with os.fdopen(os.dup(descriptor), "wb") as file:
            file.write(given)
        os.lseek(descriptor, 0, os.SEEK_SET)
    else:
        descriptor = os.open(given, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _started(
    command: Sequence[str], descriptors: Sequence[int]
) -> Iterator[subprocess.Popen[bytes]]:
    # Limits on processes do not bind root, so root's gate lets somebody else run the sandbox.
    root = os.geteuid() == 0
    user = _UIDS.start + os.getpid() % len(_UIDS) if root else None
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=descriptors,
        cwd="/",
        env={},
        user=user,
        group=user,
        extra_groups=[] if root else None,
    ) as process:
        yield process
