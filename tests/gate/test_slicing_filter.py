"""The filter of system calls by itself: what it says to each call, on both machines."""

from __future__ import annotations

import ctypes
import struct
import sys
from collections.abc import Sequence

import pytest
from hypothesis import example, given, strategies as st

from ledger.errors import SlicerNotConfined
from ledger.gate.slicing import seccomp
from ledger.gate.slicing.seccomp import ABSENT, ALLOW, KILL, MACHINES, REFUSE, REFUSED
from tests.gate.slicing_world import REQUIRED


def verdict(rules: bytes, audit: int, number: int, arguments: Sequence[int]) -> int:
    """What the kernel would answer to a call: classic BPF, as far as the filter uses it."""
    data = struct.pack("<IIQ6Q", number, audit, 0, *arguments)
    steps = list(struct.iter_unpack("<HBBI", rules))
    at = held = 0
    while True:
        code, yes, no, value = steps[at]
        at += 1
        if code == 0x20:
            (held,) = struct.unpack_from("<I", data, value)
        elif code == 0x06:
            return int(value)
        else:
            holds = {0x15: held == value, 0x35: held >= value, 0x45: bool(held & value)}[code]
            at += yes if holds else no


def expected(name: str, number: int, arguments: Sequence[int]) -> int:
    """The same in words: by docs/slicing.md."""
    here, low = MACHINES[name], [value & 0xFFFF_FFFF for value in arguments]
    if number >= 2**30:
        return KILL
    if number >= here.later:
        return ABSENT
    harmless = {
        here.clone: not low[0] & 0x7E02_0000,
        here.ioctl: low[1] not in (0x5412, 0x541C, 0x541D, 0x5423),
        here.personality: low[0] in (0x40000, 0xFFFF_FFFF),
    }
    listed = {getattr(calls, name) for calls in REFUSED.values()}
    return ALLOW if harmless.get(number, number not in listed) else REFUSE


low_halves = st.sampled_from(
    (0, 17, 0x5411, 0x5412, 0x5413, 0x541C, 0x541D, 0x5423, 0x40000, 0xFFFFFFFF, 0x10000000)
) | st.integers(0, 2**32 - 1)
words = st.builds(lambda low, high: high << 32 | low, low_halves, st.integers(0, 2**32 - 1))


@pytest.mark.parametrize("name", MACHINES)
@given(
    number=st.integers(0, 500) | st.integers(0, 2**32 - 1),
    arguments=st.lists(words, min_size=6, max_size=6),
)
@example(number=2**30 - 1, arguments=[0] * 6)
@example(number=2**30, arguments=[0] * 6)
def test_the_filter_says_what_is_written(name: str, number: int, arguments: list[int]) -> None:
    rules, here = seccomp.filter_of(name), MACHINES[name]
    judged = (here.clone, here.ioctl, here.personality)
    for asked in (number, *judged):
        said = verdict(rules, here.audit, asked, arguments)
        assert said == expected(name, asked, arguments)


@pytest.mark.parametrize("name", MACHINES)
def test_each_number_that_either_machine_has_is_judged(name: str) -> None:
    rules, here = seccomp.filter_of(name), MACHINES[name]
    for number in (*range(1_000), 2**30 - 1, 2**30, 2**32 - 1):
        for held in (0, 17, 0x40000, 0x5412, 2**32 - 1, 2**32 | 0x5412):
            said = verdict(rules, here.audit, number, [held] * 6)
            assert said == expected(name, number, [held] * 6)


@pytest.mark.parametrize("name", MACHINES)
@given(audit=st.integers(0, 2**32 - 1), number=st.integers(0, 2**32 - 1))
@example(audit=0x4000_0003, number=20)  # 32-bit x86
@example(audit=0x4000_0028, number=20)  # 32-bit ARM
def test_a_call_of_another_machine_is_never_judged(name: str, audit: int, number: int) -> None:
    if audit != MACHINES[name].audit:
        assert verdict(seccomp.filter_of(name), audit, number, [0] * 6) == KILL


@pytest.mark.parametrize("name", MACHINES)
def test_the_numbers_are_those_that_libseccomp_knows(name: str) -> None:
    try:
        known = ctypes.CDLL("libseccomp.so.2").seccomp_syscall_resolve_name_arch
    except OSError:
        if REQUIRED:
            raise
        pytest.skip("libseccomp not installed: apt install libseccomp2")
    known.argtypes = (ctypes.c_uint32, ctypes.c_char_p)
    here = MACHINES[name]
    ours = {call: getattr(calls, name) for call, calls in REFUSED.items()}
    ours |= {call: getattr(here, call) for call in ("clone", "ioctl", "personality")}
    for call, number in ours.items():
        found = known(here.audit, call.encode())
        assert found == number or (number is None and found < 0), call
    # What every program of ours may need is below the bound, and the first that came after it not.
    assert known(here.audit, b"rseq") < here.later <= known(here.audit, b"pidfd_send_signal")


@pytest.mark.parametrize("name", ["riscv64", "armv7l", "i686", "32-bit", ""])
def test_on_a_machine_that_is_not_known_there_is_no_filter(name: str) -> None:
    with pytest.raises(SlicerNotConfined, match="x86_64 and aarch64"):
        seccomp.filter_of(name)


def test_32_bit_programs_on_a_64_bit_kernel_are_another_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sys, "maxsize", 2**31 - 1)
        found = seccomp.machine()
    assert found == "32-bit"
