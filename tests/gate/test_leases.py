"""Prints from leases, with and without a network: what a center sees of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ledger import leasefiles
from ledger.gate.journal import State
from ledger.gate.leases.links import verify
from ledger.models import Outcome
from ledger.newsfiles import Stopped
from ledger.signing import Signer
from tests.gate.fakes import DOMAIN, KEYS, START
from tests.gate.leaseworld import DEADLINE, HERE, SILENCE, LeaseWorld, make_news

STRANGER = Signer.from_secret(b"\x09" * 32)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LeaseWorld]:
    made = LeaseWorld(tmp_path)
    yield made
    made.stop()


def test_a_lease_prints_nothing_by_itself(world: LeaseWorld) -> None:
    world.take()
    assert world.print_all() == []
    assert world.errors() == []
    assert len(world.keys()) == 1


def test_prints_are_spent_in_order_with_no_network(world: LeaseWorld) -> None:
    file = world.take(world.lease(0b1011, 0b1))
    world.offline()
    world.want(file, 4)
    printed = world.print_all()
    assert len(printed) == len(set(printed)) == 4
    assert world.spent == world.serials(file) == [0, 1, 3, 256]
    assert world.chain.redeemed == {}
    assert world.service.receipts == []
    assert world.errors() == []


def test_a_lease_is_taken_with_no_network_at_all(world: LeaseWorld) -> None:
    world.offline()
    file = world.take()
    world.want(file, 1)
    assert len(world.print_all()) == 1


def test_all_is_handed_in_when_the_network_is_back(world: LeaseWorld) -> None:
    file = world.take()
    world.offline()
    world.want(file, 2)
    assert len(world.print_all()) == 2
    world.online()
    world.settle(2_000)
    assert world.leases.spent == [0, 1]
    assert [receipt.serial for receipt in world.service.receipts] == [0, 1]
    assert {receipt.outcome for receipt in world.service.receipts} == {Outcome.DONE}
    links = [(link.entry, link.signature) for link in world.leases.links]
    assert verify(links, DOMAIN, KEYS.printer).sequence == 2
    assert {link.entry.machine for link in world.leases.links} == {HERE}


def test_one_print_at_a_time(world: LeaseWorld) -> None:
    """What is not printed yet can still be stopped, and no serial is spent for it."""
    file = world.take()
    world.want(file, 3)
    world.step()
    assert len(world.waiting()) == 1
    assert world.spent == [0]


def test_more_than_the_lease_has_is_refused_at_once(world: LeaseWorld) -> None:
    file = world.take()
    world.want(file, 2)
    world.want(file, 2)
    assert world.errors() == ["QuotaExhausted"]
    assert len(world.print_all()) == 2


def test_an_order_for_a_lease_that_is_not_here(world: LeaseWorld) -> None:
    world.want(world.lease(), 1)
    assert world.errors() == ["LeaseNotFound"]


def test_a_lease_that_is_dropped_twice(world: LeaseWorld) -> None:
    file = world.take()
    world.take(file, "again.lease.json")
    assert world.errors() == ["RequestReplayed"]
    world.want(file, 3)
    assert len(world.print_all()) == 3
    world.take(file, "and-again.lease.json")
    assert world.errors() == ["LeaseEnded", "RequestReplayed"]


def test_the_key_is_wiped_when_all_is_printed(world: LeaseWorld) -> None:
    file = world.take()
    world.want(file, 3)
    assert world.states(State.LEASE_ENDED) == 0
    world.print_all()
    assert world.keys() == []
    assert list(world.config.sealed.iterdir()) == []
    assert world.states(State.LEASE_ENDED) == 1


def test_the_key_is_never_in_the_journal(world: LeaseWorld) -> None:
    file = world.take()
    assert file.key.hex() not in world.config.journal.read_text()
    (path,) = world.config.lease_keys.iterdir()
    assert path.stat().st_mode & 0o077 == 0


def test_a_lease_is_given_back(world: LeaseWorld) -> None:
    file = world.take()
    world.want(file, 1)
    world.print_all()
    world.give_back(file)
    assert world.leases.kinds == ["spend", "return"]
    assert world.keys() == []
    world.want(file, 1)
    assert world.errors() == ["LeaseEnded"]
    assert world.print_all() == []


def test_a_lease_is_given_back_with_no_network(world: LeaseWorld) -> None:
    file = world.take()
    world.offline()
    world.want(file, 3)
    world.step()
    world.machine()
    world.give_back(file)
    printed = world.print_all()
    assert len(world.spent) == 1 + len(printed) <= 2
    world.online()
    world.settle(2_000)
    assert world.leases.kinds[-1] == "return"


def test_a_lease_ends_at_its_deadline(world: LeaseWorld) -> None:
    file = world.take(world.lease(silence=10_000))
    world.want(file, 1)
    world.print_all()
    world.clock.time = DEADLINE
    world.step()
    assert world.keys() == []
    world.want(file, 1)
    assert world.errors() == ["LeaseEnded"]


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        (lambda w: w.lease(signer=STRANGER), "NotIssuer"),
        (lambda w: w.lease(printer=STRANGER.address), "PrinterNotNamed"),
        (
            lambda w: replace(w.lease(), signature=STRANGER.sign(DOMAIN.typed(w.lease().lease))),
            "BadSignature",
        ),
        (lambda w: replace(w.lease(), key=b"\x01" + bytes(80)), "UnsealFailed"),
        (lambda w: w.lease(deadline=START), "TokenExpired"),
        (lambda w: w.lease(news=make_news(1, START, signer=STRANGER)), "NotIssuer"),
        (lambda w: w.lease(silence=0), "NewsTooOld"),
    ],
)
def test_a_lease_that_is_not_good_is_refused(world, changed, error) -> None:  # type: ignore[no-untyped-def]
    world.take(changed(world))
    assert world.errors() == [error]
    assert world.keys() == []


def test_a_gate_without_a_pinned_issuer_takes_no_lease(world: LeaseWorld) -> None:
    world.config = replace(world.config, issuer=None)
    world.take()
    assert world.errors() == ["LeaseNotAllowed"]


def test_an_issuer_that_the_chain_does_not_know_is_refused(world: LeaseWorld) -> None:
    world.chain.issuers[world.design] = set()
    world.take()
    assert world.errors() == ["NotIssuer"]


def test_serials_that_the_chain_has_already_are_not_printed(world: LeaseWorld) -> None:
    """The journal was lost, and the same lease is dropped into an empty folder."""
    file = world.lease()
    token = leasefiles.tokens_digest([])
    world.chain.spend(1, 0, token)
    world.take(file)
    world.want(file, 3)
    assert world.errors() == ["QuotaExhausted"]
    world.want(file, 2)
    world.print_all()
    assert world.spent == [1, 2]


@pytest.mark.parametrize(
    ("stopped", "error"),
    [
        (lambda w, f: Stopped(licenses=frozenset({1})), "LicenseRevoked"),
        (lambda w, f: Stopped(designs=frozenset({w.design})), "Recalled"),
        (lambda w, f: Stopped(printers=frozenset({KEYS.printer})), "PrinterRevoked"),
        (lambda w, f: Stopped(leases=frozenset({leasefiles.digest_of(f)})), "LeaseEnded"),
    ],
)
def test_news_on_a_stick_stop_a_lease(world, stopped, error) -> None:  # type: ignore[no-untyped-def]
    file = world.take()
    world.offline()
    world.want(file, 3)
    world.step()
    world.machine()
    world.tell(make_news(50, world.clock.time, stopped(world, file)))
    world.machine()
    assert len(world.spent) <= 2
    printed = world.print_all()
    assert printed == []
    assert world.keys() == []
    world.take(world.lease(nonce=2, news=make_news(50, world.clock.time)), "more.lease.json")
    assert world.errors() == ([] if error == "LeaseEnded" else [error])


def test_news_are_fetched_while_the_service_can_be_reached(world: LeaseWorld) -> None:
    file = world.take(world.lease(0b1111))
    for _ in range(4):
        world.clock.time += 900
        world.step()
    world.want(file, 1)
    assert len(world.print_all()) == 1
    world.leases.stopped = Stopped(licenses=frozenset({1}))
    world.clock.time += world.config.news_seconds
    world.step()
    assert world.keys() == []


def test_older_news_are_refused(world: LeaseWorld) -> None:
    world.take()
    world.offline()
    world.tell(make_news(7, START + 1))
    world.tell(make_news(6, START + 2))
    assert world.errors() == ["NewsOutdated"]


def test_news_of_a_stranger_are_refused(world: LeaseWorld) -> None:
    world.take()
    world.offline()
    world.tell(make_news(9, START + 1, signer=STRANGER))
    assert world.errors() == ["NotIssuer"]


@pytest.mark.parametrize("silent", [0, 100, SILENCE - 100, SILENCE, SILENCE + 500, DEADLINE])
def test_partitions_of_every_length(world: LeaseWorld, silent: int) -> None:
    """Printed as long as the news are young enough; then on again with the network."""
    file = world.take()
    world.offline()
    fresh_until = world.desk.news_for(file.news).news.issued_at + SILENCE
    world.clock.time += silent
    world.want(file, 1)
    now = world.clock.time
    printed = world.print_all()
    assert len(printed) == (now < min(fresh_until, DEADLINE))
    assert world.spent == [0][: len(printed)]
    world.online()
    world.settle(2_000)
    again = world.print_all() if silent < DEADLINE else []
    assert len(printed) + len(again) == (now + 1_500 < DEADLINE or bool(printed))
    assert world.leases.spent == world.spent
