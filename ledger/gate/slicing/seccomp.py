"""Which system calls a confined slicer may make: a seccomp filter, for bubblewrap to load.

A slicer computes, reads and writes; most of what the kernel offers is nothing to it, and each
offer may have a fault that lets a program out. What container runtimes withhold is refused
here, and sockets, which nothing inside has a use for. What came with a later Linux than 5.0
is told to be absent, today's and tomorrow's alike: programs know how to do without, since they
run on older kernels too. So nothing is listed that a next version of a slicer could miss.

Sources: seccomp(2); linux/filter.h, linux/seccomp.h, linux/audit.h; the kernel's tables of
system calls for x86_64 and for all newer machines (asm-generic/unistd.h).
"""

from __future__ import annotations

import platform
import struct
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from errno import ENOSYS, EPERM
from types import MappingProxyType
from typing import NamedTuple

from ledger.errors import SlicerNotConfined

KILL = 0x8000_0000
"""SECCOMP_RET_KILL_PROCESS: the process with all its threads ends by SIGSYS."""
ALLOW = 0x7FFF_0000
"""SECCOMP_RET_ALLOW."""
REFUSE = 0x0005_0000 | EPERM
"""SECCOMP_RET_ERRNO: the call fails with EPERM."""
ABSENT = 0x0005_0000 | ENOSYS
"""SECCOMP_RET_ERRNO: the call fails with ENOSYS, as where a kernel does not have it."""

FOREIGN = 0x4000_0000
"""No number of a call is as high, but for x32: x86_64's calls with 32-bit pointers."""


class Numbers(NamedTuple):
    """A system call's number on each machine; None where it has no such call."""

    x86_64: int | None
    aarch64: int | None


REFUSED: Mapping[str, Numbers] = MappingProxyType(
    {
        name: Numbers(*numbers)
        for name, numbers in {
            # The tree of files: mounts, roots, and files by handle past all walls.
            "mount": (165, 40),
            "umount2": (166, 39),
            "pivot_root": (155, 41),
            "chroot": (161, 51),
            "name_to_handle_at": (303, 264),
            "open_by_handle_at": (304, 265),
            "fanotify_init": (300, 262),
            "fanotify_mark": (301, 263),
            "quotactl": (179, 60),
            "swapon": (167, 224),
            "swapoff": (168, 225),
            # Namespaces: in one of its own a program has rights that it has not here.
            "unshare": (272, 97),
            "setns": (308, 268),
            # Other processes.
            "ptrace": (101, 117),
            "process_vm_readv": (310, 270),
            "process_vm_writev": (311, 271),
            "kcmp": (312, 272),
            # Programs inside the kernel, and its own memory and events.
            "bpf": (321, 280),
            "perf_event_open": (298, 241),
            "userfaultfd": (323, 282),
            "io_setup": (206, 0),
            "lookup_dcookie": (212, 18),
            "syslog": (103, 116),
            "acct": (163, 89),
            # Keys, which no namespace keeps apart.
            "add_key": (248, 217),
            "request_key": (249, 218),
            "keyctl": (250, 219),
            # Another kernel, or more of it.
            "kexec_load": (246, 104),
            "kexec_file_load": (320, 294),
            "init_module": (175, 105),
            "finit_module": (313, 273),
            "delete_module": (176, 106),
            "reboot": (169, 142),
            # The machine's name, clock, ports and segments.
            "sethostname": (170, 161),
            "setdomainname": (171, 162),
            "settimeofday": (164, 170),
            "clock_settime": (227, 112),
            "clock_adjtime": (305, 266),
            "adjtimex": (159, 171),
            "vhangup": (153, 58),
            "iopl": (172, None),
            "ioperm": (173, None),
            "modify_ldt": (154, None),
            "uselib": (134, None),
            # Where memory lies among processors.
            "mbind": (237, 235),
            "get_mempolicy": (239, 236),
            "set_mempolicy": (238, 237),
            "migrate_pages": (256, 238),
            "move_pages": (279, 239),
            # Whatever is not made cannot be connected, bound or sent through.
            "socket": (41, 198),
            "socketpair": (53, 199),
        }.items()
    }
)
"""Calls that fail with EPERM, whatever is asked of them."""

NEW_NAMESPACES = 0x7E02_0000
"""CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET: refused to `clone`."""
TERMINAL = (0x5412, 0x541C, 0x541D, 0x5423)
"""TIOCSTI, TIOCLINUX, TIOCCONS and TIOCSETD, refused to `ioctl`: what types into a terminal
for its user, takes over the console, or has the kernel load a protocol for a line."""
PERSONALITIES = (0x0004_0000, 0xFFFF_FFFF)
"""What `personality` may be asked: memory at fixed places (our own setarch), and how it is."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A kind of machine: its name for filters, and its numbers of calls with arguments to judge.

    `later` is above the last number that Linux 5.0 has: clone3, io_uring, the new mount calls,
    pidfd_getfd, landlock and all that comes are beyond it.
    """

    audit: int
    later: int
    clone: int
    ioctl: int
    personality: int


MACHINES: Mapping[str, Machine] = MappingProxyType(
    {
        "x86_64": Machine(0xC000_003E, later=335, clone=56, ioctl=16, personality=135),
        "aarch64": Machine(0xC000_00B7, later=295, clone=220, ioctl=29, personality=92),
    }
)

_Step = tuple[int, int, int, int]
"""One instruction (struct sock_filter): code, steps to skip if it holds, if not, and a value."""

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
# Where struct seccomp_data has them. Of an argument the lower half (both machines have it
# first): the kernel looks at no more of these, so what is above must not change a verdict.
_NUMBER, _AUDIT, _FIRST, _SECOND = 0, 4, 16, 24


def machine() -> str:
    """This machine's name for `filter_of`: `32-bit` where programs are, whatever the kernel is."""
    return platform.machine() if sys.maxsize > 2**32 else "32-bit"


def filter_of(name: str) -> bytes:
    """The filter for a kind of machine: classic BPF, as bubblewrap's `--seccomp` reads it.

    Raises SlicerNotConfined for a machine whose calls are not known here.
    """
    if name not in MACHINES:
        raise SlicerNotConfined(
            f"A slicer can be confined on {' and '.join(MACHINES)}, and this machine is {name}. "
            'Let another one slice, or write sandbox = "none" into gate.toml if you trust every '
            "model."
        )
    here = MACHINES[name]
    refused = [number for calls in REFUSED.values() if (number := getattr(calls, name)) is not None]
    steps = [
        (_LOAD, 0, 0, _AUDIT),
        # Another machine's numbers mean other calls (32-bit programs, int 0x80): none is judged.
        (_EQUAL, 1, 0, here.audit),
        _end(KILL),
        (_LOAD, 0, 0, _NUMBER),
        *_when(_AT_LEAST, FOREIGN, _end(KILL)),
        *_when(_AT_LEAST, here.later, _end(ABSENT)),
        *(step for number in refused for step in _when(_EQUAL, number, _end(REFUSE))),
        *_when(
            _EQUAL,
            here.clone,
            (_LOAD, 0, 0, _FIRST),
            *_when(_ANY_BIT, NEW_NAMESPACES, _end(REFUSE)),
            _end(ALLOW),
        ),
        *_when(
            _EQUAL,
            here.ioctl,
            (_LOAD, 0, 0, _SECOND),
            *(step for asked in TERMINAL for step in _when(_EQUAL, asked, _end(REFUSE))),
            _end(ALLOW),
        ),
        *_when(
            _EQUAL,
            here.personality,
            (_LOAD, 0, 0, _FIRST),
            *(step for asked in PERSONALITIES for step in _when(_EQUAL, asked, _end(ALLOW))),
            _end(REFUSE),
        ),
        _end(ALLOW),
    ]
    return b"".join(struct.pack("<HBBI", *step) for step in steps)


def _when(test: int, value: int, *then: _Step) -> list[_Step]:
    """Steps that are taken only if the test holds of what was loaded."""
    return [(test, 0, len(then), value), *then]


def _end(verdict: int) -> _Step:
    return (_RETURN, 0, 0, verdict)
