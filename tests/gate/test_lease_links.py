"""The printer's chain of entries: any cut, swap or change is noticed; and the time guard."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, settings, strategies as st

from ledger.errors import BadSignature, JournalForked, JournalGap, LedgerError
from ledger.gate.leases.links import Head, Link, Pen, contradicts, fork, verify
from ledger.gate.leases.shelf import data_of, link_of
from ledger.gate.leases.timeguard import TOLERANCE_SECONDS, TimeGuard, corrected
from ledger.models import Digest, JournalEntry, JournalKind
from ledger.signing import Signer
from tests.gate.fakes import DOMAIN, KEYS, START
from tests.gate.leaseworld import HERE

PEN = Pen(KEYS.signer, DOMAIN, HERE)
LEASE = Digest(b"\x07" * 32)


def chain(length: int, first: Head | None = None, at: int = START) -> list[Link]:
    links: list[Link] = []
    head = first or Head()
    for serial in range(length):
        link = PEN.write(
            head, JournalKind.SPEND, at=at + serial, seen=at + serial, lease=LEASE, serial=serial
        )
        links.append(link)
        head = link.head
    return links


CHAIN = chain(8)


def signed(links: list[Link]) -> list[tuple[JournalEntry, bytes]]:
    return [(link.entry, link.signature) for link in links]


def follow(links: list[Link]) -> Head:
    return verify(signed(links), DOMAIN, KEYS.printer)


def test_a_whole_chain_leads_to_its_head() -> None:
    assert follow(CHAIN) == CHAIN[-1].head
    assert follow([]) == Head()
    assert verify(signed(CHAIN[3:]), DOMAIN, KEYS.printer, CHAIN[2].head) == CHAIN[-1].head


@given(cut=st.sets(st.integers(0, 7), min_size=1))
def test_any_cut_but_at_the_end_is_noticed(cut: set[int]) -> None:
    left = [link for number, link in enumerate(CHAIN) if number not in cut]
    if left == CHAIN[: len(left)]:
        assert follow(left) != CHAIN[-1].head
        return
    with pytest.raises(JournalGap):
        follow(left)


@given(one=st.integers(0, 7), other=st.integers(0, 7))
def test_any_swap_is_noticed(one: int, other: int) -> None:
    assume(one != other)
    links = list(CHAIN)
    links[one], links[other] = links[other], links[one]
    with pytest.raises(JournalGap):
        follow(links)


CHANGES: dict[str, Any] = {
    "sequence": 99,
    "previous": Digest(b"\x01" * 32),
    "machine": Digest(b"\x01" * 32),
    "kind": JournalKind.RETURN,
    "lease": Digest(b"\x01" * 32),
    "serial": 77,
    "at": 5,
    "seen": 6,
}


@settings(deadline=None)
@given(number=st.integers(0, 7), member=st.sampled_from(sorted(CHANGES)))
def test_any_change_is_noticed(number: int, member: str) -> None:
    links = list(CHAIN)
    entry = replace(links[number].entry, **{member: CHANGES[member]})
    links[number] = replace(links[number], entry=entry)
    with pytest.raises(BadSignature):
        follow(links)


@settings(deadline=None)
@given(number=st.integers(0, 6), member=st.sampled_from(("serial", "at", "machine", "lease")))
def test_a_change_that_the_key_signs_anew_is_noticed_by_the_next_entry(
    number: int, member: str
) -> None:
    links = list(CHAIN)
    entry = replace(links[number].entry, **{member: CHANGES[member]})
    message = DOMAIN.typed(entry)
    links[number] = Link(entry, KEYS.signer.sign(message), message.digest())
    with pytest.raises(JournalForked):
        follow(links)
    assert fork(CHAIN, links) == number + 1
    assert contradicts(links, CHAIN[-1].head) == (number == 7)
    assert contradicts(links, CHAIN[number].head)


def test_another_printers_entry_is_noticed() -> None:
    stranger = Pen(Signer.from_secret(b"\x09" * 32), DOMAIN, HERE)
    link = stranger.write(CHAIN[-1].head, JournalKind.CLOCK, at=1, seen=2)
    with pytest.raises(BadSignature):
        follow([*CHAIN, link])
    forged = replace(link.entry, printer=KEYS.printer)
    with pytest.raises(LedgerError):
        follow([*CHAIN, replace(link, entry=forged)])


@settings(deadline=None)
@given(common=st.integers(0, 8), more=st.integers(0, 3), late=st.integers(1, 1_000))
def test_a_fork_is_the_first_number_that_differs(common: int, more: int, late: int) -> None:
    head = CHAIN[common - 1].head if common else Head()
    other = CHAIN[:common] + chain(more, head, START + 10_000 + late)
    forked = more > 0 and common < len(CHAIN)
    assert fork(CHAIN, other) == (common + 1 if forked else None)
    assert follow(other).sequence == common + more


@given(kept=st.integers(0, 8), known=st.integers(0, 8))
def test_a_journal_that_was_set_back_contradicts_what_is_known(kept: int, known: int) -> None:
    head = CHAIN[known - 1].head if known else Head()
    assert contradicts(CHAIN[:kept], head) == (known > kept)


def test_a_line_of_the_journal_gives_the_entry_back() -> None:
    for link in CHAIN:
        assert link_of(data_of(link)) == link


# ---------------------------------------------------------------------- the time

times = st.integers(0, 2**40 - 1)


@given(looks=st.lists(times, min_size=1))
def test_time_never_goes_back(looks: list[int]) -> None:
    guard, before = TimeGuard(), 0
    for clock in looks:
        time = guard.read(clock).time
        assert time >= max(before, clock)
        guard, before = guard.looked(clock), time
    assert guard.seen == max(looks)


@given(seen=times, clock=times)
def test_a_set_back_is_noted_once(seen: int, clock: int) -> None:
    guard = TimeGuard(seen)
    reading = guard.read(clock)
    assert reading.set_back == (seen - clock > TOLERANCE_SECONDS) == guard.wants_note(clock)
    assert not guard.note().wants_note(clock)
    assert not guard.note().looked(clock).wants_note(clock)


@given(seen=times, clock=times)
def test_a_clock_that_caught_up_may_be_set_back_anew(seen: int, clock: int) -> None:
    assume(seen > TOLERANCE_SECONDS)
    guard = TimeGuard(seen).note().looked(seen)
    assert guard.wants_note(clock) == (seen - clock > TOLERANCE_SECONDS)


@given(seen=times, clock=times, trusted=times)
def test_only_a_time_that_agrees_with_the_clock_disproves_what_was_seen(
    seen: int, clock: int, trusted: int
) -> None:
    guard = TimeGuard(seen)
    if guard.disproved(clock, trusted):
        assert abs(clock - trusted) <= TOLERANCE_SECONDS < seen - clock
        assert not corrected(trusted).read(clock).set_back
