"""Partitions of every length: a gate that is cut off prints just as long as it is allowed to.

The line to service and chain is really cut. Lengths lie a second before, at and after each
limit, and at seeded moments between; afterwards chain, service and journal agree.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger import newsfiles, tickets
from ledger.client import wire
from ledger.gate.journal import State
from ledger.leasefiles import LeaseFile
from tests.e2e.center import GRACE_HOURS, Center, Press
from tests.leasing import lease, serials
from tests.scene import Scene
from tests.service import chain_of

pytestmark = pytest.mark.chain

HOUR, DAY = 3_600, 86_400
AROUND = [-1, 0, 1]
"""A second before a limit, at it, and after it."""
BACK_SECONDS = 30
"""After which even a gate that failed to reach its service some times asks again."""


@pytest.fixture
def press(center: Center, tmp_path: Path) -> Iterator[Press]:
    center.mend()
    center.catch_up()
    made = center.press(tmp_path)
    yield made
    made.stop()


def silent_from(press: Press, file: LeaseFile) -> int:
    """The first second at which the news that the gate has are too old for a lease."""
    newest = file.news.news
    if press.config.news.exists():
        held = newsfiles.parse(press.config.news.read_bytes()).news
        newest = max(newest, held, key=lambda news: news.number)
    return newest.issued_at + file.lease.silence


def reconnect(center: Center, press: Press) -> None:
    """The network is back, at this second; half a minute later all has been told."""
    center.mend()
    center.next_block_at(center.clock.time)
    center.anvil.mine()
    center.clock.time += BACK_SECONDS
    press.print_all()
    press.later()


def require_peace(center: Center, press: Press, license: Scene) -> None:
    """All is redeemed, all agree, and nobody has found anything wrong."""
    center.redeem()
    assert press.known()["redeemed"] == len(press.spent)
    press.require_agreement(license.license)
    chain = chain_of(license.ledger)
    on_chain = sum(chain.spent(license.license, word).bit_count() for word in range(1))
    assert on_chain == len(press.spent)
    dossier = license.dossier(press.printer.address)
    assert [found for found in dossier["findings"] if found["severity"] == "error"] == []


LIMITS: dict[str, dict[str, int]] = {
    "news silence": {"silence": HOUR, "lifetime": DAY, "expiry": 7 * DAY},
    "lease lifetime": {"silence": DAY, "lifetime": HOUR, "expiry": 7 * DAY},
    "license expiry": {"silence": DAY, "lifetime": DAY, "expiry": 2 * HOUR},
}


@pytest.mark.parametrize("offset", AROUND)
@pytest.mark.parametrize("limit", LIMITS)
def test_a_gate_that_is_cut_off_prints_until_the_last_second_that_its_lease_allows(
    center: Center, press: Press, limit: str, offset: int
) -> None:
    terms = LIMITS[limit]
    ours = center.licensed(seconds=terms["expiry"])
    asked = {"count": 3, "lifetime": terms["lifetime"], "silence": terms["silence"]}
    file = press.take(lease(ours, press.printer, **asked))
    center.cut()
    ends = {"news silence": silent_from(press, file)}.get(limit, file.lease.deadline)
    assert ends == min(file.lease.deadline, silent_from(press, file)), "this limit is the first"
    center.clock.time = ends + offset
    press.want(file, 1)
    assert len(press.print_all()) == (offset < 0)

    reconnect(center, press)
    late = offset >= 0 and center.clock.time < file.lease.deadline  # fresh news let it go on
    assert len(press.printed) == (offset < 0 or late)
    require_peace(center, press, ours)


@pytest.mark.parametrize("seed", range(1, 5))
def test_partitions_of_seeded_lengths_print_what_the_limits_allow_and_all_agrees_afterwards(
    center: Center, press: Press, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    dice = random.Random(seed)
    ours = center.licensed(seconds=30 * DAY)
    silence = dice.randint(HOUR, 4 * HOUR)
    asked = {"count": 12, "silence": silence, "lifetime": dice.randint(4 * silence, 6 * silence)}
    file = press.take(lease(ours, press.printer, **asked))
    deadline, redeemed = file.lease.deadline, 0
    lengths: list[tuple[int, bool]] = []
    for _ in range(6):
        began, printed, ends = center.clock.time, len(press.printed), silent_from(press, file)
        center.cut()
        around = max(began, ends + dice.choice(AROUND))
        center.clock.time = dice.choice((around, dice.randint(began, began + 2 * silence)))
        ordered = center.clock.time < deadline
        if ordered:
            press.want(file, 1)
        press.print_all()
        allowed = center.clock.time < min(ends, deadline)
        assert len(press.printed) - printed == allowed
        lengths.append((center.clock.time - began, allowed))
        late = ordered and not allowed and center.clock.time + BACK_SECONDS < deadline
        reconnect(center, press)
        assert len(press.printed) - printed == (allowed or late), "fresh news let it go on"
        center.next_block_at(center.clock.time)
        center.redeem()
        in_time = center.clock.time < deadline + GRACE_HOURS * HOUR
        redeemed += (len(press.printed) - printed) * in_time
    with capsys.disabled():
        print({"seed": seed, **asked, "cuts": lengths, "redeemed": redeemed})  # noqa: T201
    assert press.known()["redeemed"] == redeemed
    found = center.findings(press.printer.address)
    assert len(found.get("spend-not-redeemed", [])) == len(press.printed) - redeemed
    press.require_agreement(ours.license)


@pytest.mark.parametrize("offset", AROUND)
def test_a_ticket_prints_nothing_while_cut_off_and_afterwards_until_its_deadline(
    center: Center, press: Press, offset: int
) -> None:
    ours = center.licensed(seconds=7 * DAY)
    ticket = wire.ticket(ours.ticket(printer=press.printer.address, lifetime=HOUR))
    center.cut()
    (press.config.inbox / "1.token.json").write_bytes(tickets.dump(ticket))
    assert press.print_all() == []
    center.clock.time = ticket.token.deadline + offset
    assert press.print_all() == []
    center.mend()
    center.next_block_at(center.clock.time)
    press.stop()  # as impatient as one that was just started
    assert len(press.print_all()) == (offset < 0)
    spent = chain_of(ours.ledger).spent(ours.license, ticket.token.word)
    assert spent == (ticket.token.serials if offset < 0 else 0)
    center.clock.time += BACK_SECONDS
    press.work()
    if offset < 0:
        receipts = ours.center.ok("GET", f"/receipts?license={ours.license}")["items"]
        assert [row["outcome"] for row in receipts] == ["done"]
    else:
        assert press.refusals == {"TokenExpired"}


@pytest.mark.parametrize("ends_by", ["lease", "license"])
@pytest.mark.parametrize("offset", AROUND)
def test_what_was_printed_while_cut_off_is_redeemed_until_the_last_second_of_the_grace(
    center: Center, press: Press, ends_by: str, offset: int
) -> None:
    ours = center.licensed(seconds=2 * HOUR if ends_by == "license" else 7 * DAY)
    file = press.take(lease(ours, press.printer, count=3, lifetime=3 * HOUR, silence=DAY))
    center.cut()
    press.want(file, 2)
    assert len(press.print_all()) == 2
    limit = file.lease.deadline + GRACE_HOURS * HOUR
    center.clock.time = limit + offset
    center.mend()
    press.work()
    assert press.known()["due"] == 2
    center.next_block_at(limit + offset)
    center.redeem()
    spent = chain_of(ours.ledger).spent(ours.license, 0).bit_count()
    assert spent == (2 if offset < 0 else 0)
    assert press.known()["redeemed"] == spent
    found = center.findings(press.printer.address)
    assert len(found.get("spend-not-redeemed", [])) == 2 - spent
    told = {center.entry(where)["serial"] for where in found.get("spend-not-redeemed", [])}
    assert told == (set() if offset < 0 else set(serials(file)[:2]))
    press.require_agreement(ours.license)


@pytest.mark.parametrize("seed", [1, 2])
def test_answers_that_a_line_loses_are_asked_for_again_and_nothing_is_done_twice(
    center: Center, press: Press, seed: int
) -> None:
    dice = random.Random(seed)
    ours = center.licensed(seconds=7 * DAY)
    file = press.take(lease(ours, press.printer, count=3, lifetime=DAY, silence=12 * HOUR))
    ticket = wire.ticket(ours.ticket(printer=press.printer.address, lifetime=DAY))
    press.want(file, 3)
    (press.config.inbox / "9.token.json").write_bytes(tickets.dump(ticket))
    center.line.loses = lambda: dice.random() < 0.4
    for _ in range(300):
        press.print_all()
        center.clock.time += 40
        if press.gate.idle:
            break
    center.mend()
    press.later()
    assert press.gate.idle
    center.redeem()
    assert len(press.printed) == len(set(press.printed)) == 4
    assert press.known()["redeemed"] == 3
    receipts = ours.center.ok("GET", f"/receipts?license={ours.license}")["items"]
    assert len({row["serial"] for row in receipts}) == len(receipts) == 4
    assert chain_of(ours.ledger).spent(ours.license, 0).bit_count() == 4
    assert sum(row.state is State.REPORTED for row in press.records()) == 4
