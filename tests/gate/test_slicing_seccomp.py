"""What a confined program may ask of the kernel, in the real sandbox."""

from __future__ import annotations

import io
import platform
import signal
import struct
import subprocess
import textwrap

import pytest

from ledger.errors import SlicingFailed
from ledger.gate.slicing import seccomp
from ledger.gate.slicing.seccomp import ALLOW, MACHINES, REFUSED
from ledger.gate.slicing.watching import watch
from tests.gate.slicing_world import needs, program, slicing
from tests.gate.test_slicing import left_over
from tests.gate.test_slicing_hostile import SMALL, run
from tests.gate.world import World

confined = needs("bwrap")
HERE = seccomp.machine()

ASK = """\
import ctypes
libc = ctypes.CDLL(None, use_errno=True)


def ask(*given, call=libc.syscall):
    ctypes.set_errno(0)
    said = call(*map(ctypes.c_ulong, given))
    return ctypes.get_errno() if said == -1 else 0


"""
"""`ask` makes a system call, past the C library's own checks; 0, or its errno."""
NO_FILTER = struct.pack("<HBBI", 0x06, 0, 0, ALLOW)


def asking(body: str) -> str:
    """The body of a program that can `ask`."""
    return ASK + textwrap.dedent(body)


def numbers(*names: str) -> dict[str, int]:
    """Refused calls of this machine, all or those, and their numbers."""
    every = {name: getattr(calls, HERE) for name, calls in REFUSED.items()}
    return {n: every[n] for n in names or every if every[n] is not None}


@pytest.fixture
def unfiltered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandbox with all its other walls, and a filter that lets everything pass."""
    monkeypatch.setattr(seccomp, "filter_of", lambda _: NO_FILTER)


# --------------------------------------------------------------- in the real sandbox


@confined
def test_every_refused_call_fails_whatever_it_is_given(world: World) -> None:
    body = f"""
    passed = [name for name, n in {numbers()}.items() if ask(n, *[2**64 - 1] * 6) != 1]
    sys.exit(' '.join(passed) if passed else 9)
    """
    assert "ended with 9" in run(world, asking(body))


TRIED = ("add_key", "kcmp", "keyctl", "process_vm_readv", "ptrace", "socket", "unshare")


@confined
@pytest.mark.usefixtures("unfiltered")
def test_without_the_filter_the_kernel_would_have_listened(world: World) -> None:
    """So it is the filter that refuses: the other walls alone do not."""
    body = f"""
    passed = [name for name, n in {numbers(*TRIED)}.items() if ask(n, *[2**64 - 1] * 6) != 1]
    passed += ['clone3'] * (ask(435, 0, 0) != 38)
    sys.exit(' '.join(passed))
    """
    assert f": {' '.join((*TRIED, 'clone3'))}" in run(world, asking(body))


@confined
@pytest.mark.usefixtures("unfiltered")
def test_without_the_filter_there_would_still_be_no_network(world: World) -> None:
    body = """
    import socket
    try:
        socket.create_connection(('127.0.0.1', 9), timeout=2)
    except ConnectionRefusedError:
        sys.exit(1 if open('/proc/net/route').read().count(chr(10)) > 1 else 9)
    """
    assert "ended with 9" in run(world, body)


@confined
def test_what_came_after_linux_5_0_is_absent(world: World) -> None:
    """Among them clone3, io_uring, the new calls for mounts, pidfd_getfd and landlock."""
    body = """
    passed = [n for n in (*range(424, 480), 600, 2**30 - 1) if ask(n, 0, 0, 0, 0, 0, 0) != 38]
    sys.exit(f'passed: {passed}' if passed else 9)
    """
    assert "ended with 9" in run(world, asking(body))


@confined
def test_a_process_is_begun_but_no_namespace(world: World) -> None:
    body = f"""
    import threading
    new = [2**17, *(2**bit for bit in range(25, 31))]
    passed = [hex(flag) for flag in new for high in (0, 2**40)
              if ask({MACHINES[HERE].clone}, flag | high | 17, 0, 0, 0, 0) != 1]
    done = []
    thread = threading.Thread(target=done.append, args=(9,))
    thread.start()
    thread.join()
    sys.exit(' '.join(passed) if passed else done[0])
    """
    assert "ended with 9" in run(world, asking(body))


@confined
def test_a_terminal_takes_no_words_and_no_protocol(world: World) -> None:
    """Also where the upper half of the number, that the kernel does not look at, differs."""
    body = """
    _, line = os.openpty()
    given = ctypes.addressof(ctypes.create_string_buffer(64))
    passed = [hex(what) for what in (0x5412, 0x541c, 0x541d, 0x5423) for high in (0, 2**32)
              if ask(line, what | high, given, call=libc.ioctl) != 1]
    size = ask(line, 0x5413, given, call=libc.ioctl)
    sys.exit(' '.join(passed) if passed or size else 9)
    """
    assert "ended with 9" in run(world, asking(body))


@confined
def test_memory_stays_at_fixed_places_and_is_not_made_executable_by_reading(world: World) -> None:
    """`personality`: what our own setarch asked for holds, and nothing else may be asked."""
    body = f"""
    n = {MACHINES[HERE].personality}
    refused = [ask(n, what) for what in (0, 8, 0x0400000, 0x0440000, 0x0100000)]
    sys.exit(9 if libc.personality(0xffffffff) == 0x40000 and set(refused) == {{1}} else 1)
    """
    assert "ended with 9" in run(world, asking(body))


CALLS = {
    # By machine code: mov eax, 20 (getpid for 32-bit programs); int 0x80; ret
    "32-bit": """
    import mmap
    code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    code.write(bytes.fromhex('b814000000cd80c3'))
    place = ctypes.addressof(ctypes.c_char.from_buffer(code))
    ctypes.CFUNCTYPE(ctypes.c_long)(place)()
    """,
    "x32": "ask(2**30 | 39)\n",
}


@confined
@pytest.mark.skipif(HERE != "x86_64", reason="only there are programs of two more kinds")
@pytest.mark.parametrize("kind", CALLS)
def test_a_call_by_another_machines_numbers_ends_the_program(world: World, kind: str) -> None:
    detail = run(world, asking(CALLS[kind]) + "sys.exit(9)\n")
    # A kernel that has no such programs knows no int 0x80 either.
    ends = [signal.SIGSYS, *([signal.SIGSEGV] if kind == "32-bit" else [])]
    assert any(f"ended with {128 + end}" in detail for end in ends)


@confined
def test_the_sandboxs_own_first_process_is_bound_too(world: World) -> None:
    body = """
    said = [open(f'/proc/{process}/status').read() for process in ('1', 'self')]
    sys.exit(9 if all('Seccomp:\\t2\\n' in one for one in said) else 1)
    """
    assert "ended with 9" in run(world, body)


# --------------------------------------------------------------- where there is no filter


def refused_unconfined(world: World) -> None:
    """The job is refused because nothing confines the slicer, which never began."""
    slicing(world, slicer=program(world.config.folder, "sys.exit(9)"), limits=SMALL)
    world.drop(world.ticket())
    world.settle()
    assert (world.errors(), world.chain.redeemed) == (["SlicerNotConfined"], {})
    assert left_over(world) == []


@confined
def test_on_another_machine_nothing_is_sliced_and_no_serial_spent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    refused_unconfined(world)


def test_walls_that_fail_are_told_apart_from_a_slicer_that_fails() -> None:
    """Two processes of bubblewrap may say it at once, one in the middle of the other's words."""
    said = "bwrap: bwrap: no filter: EINVAL\\nno filter: EINVAL\\n"
    with (
        subprocess.Popen(
            ["/bin/sh", "-c", f"printf '{said}' >&2; exit 1"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process,
        pytest.raises(SlicingFailed, match="ended with 1: bwrap: bwrap: no filter"),
    ):
        watch(process, io.BytesIO(), SMALL)


@confined
@pytest.mark.parametrize("rules", [NO_FILTER[:-1], b"\xff" * 8], ids=["cut", "wild"])
def test_a_filter_that_the_kernel_does_not_take_lets_nothing_begin(
    world: World, monkeypatch: pytest.MonkeyPatch, rules: bytes
) -> None:
    monkeypatch.setattr(seccomp, "filter_of", lambda _: rules)
    refused_unconfined(world)
