"""A disk that is full, really full: at the gate, in whatever it writes, and at the service.

The room that is left is varied page by page, so that each line of the journal, the keys of
leases, news, sealed files and opened ones are all caught by it somewhere.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from ledger import tickets
from ledger.client import wire
from ledger.errors import StoreUnavailable
from ledger.gate.journal import State, read
from ledger.leasefiles import LeaseFile
from tests.e2e.center import Center, Press
from tests.e2e.opening import open_center
from tests.e2e.small_disk import SmallDisk, small_disk
from tests.leasing import Book, lease, lease_request, serials
from tests.scene import Scene, redemption
from tests.service import Printer, chain_of

pytestmark = pytest.mark.chain

DAY = 86_400
ROOM = (0, 0, 1, 0, 2, 1, 3)
"""Pages of 4 KiB that are left; the journal's last page is filled to another point each time."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", 1_024) as made:
        yield made


@pytest.fixture
def press(center: Center, disk: SmallDisk) -> Iterator[Press]:
    """A printer whose gate and hot folder are on the small disk."""
    made = center.press(disk.folder)
    yield made
    disk.give_room()
    made.stop()


def endure(press: Press, rounds: int = 3) -> int:
    """Let the gate live on a full disk, and the machine print; how often the gate ended.

    It is started again then. Whatever the machine gets is in the journal on the disk by that
    time: spent, and about to be handed over.
    """
    ended = 0
    for _ in range(rounds):
        try:
            press.work()
        except StoreUnavailable:
            ended += 1
            press.stop()
        for path in sorted(p for p in press.config.hot.iterdir() if p.is_file()):
            rows = [r for r in read(press.config.journal) if r.data.get("name") == path.name]
            states = {r.state for r in read(press.config.journal) if r.key == rows[-1].key}
            assert states & {State.SPENT, State.REDEEMED}
            assert State.HANDING in states
            press.printed.append(path.name)
            path.rename(press.config.hot / "done" / path.name)
        press.center.clock.time += 5
    return ended


def finish(press: Press) -> None:
    """There is room again: the gate goes on by itself until nothing is left to do."""
    for _ in range(60):
        press.print_all()
        if press.gate.idle:
            return
        press.center.clock.time += 150
    last = press.records()[-1]
    raise AssertionError(f"not idle: {last.state.value}, {dict(last.data)}")


def test_prints_wait_for_room_and_none_is_made_without_its_durable_record(
    center: Center, press: Press, disk: SmallDisk
) -> None:
    ours = center.licensed(seconds=30 * DAY)
    file = press.take(lease(ours, press.printer, count=20, lifetime=DAY))
    caught = ended = 0
    for round_, pages in enumerate(ROOM):
        before = len(press.printed)
        ticket = wire.ticket(ours.ticket(printer=press.printer.address, lifetime=DAY))
        (press.config.inbox / f"{round_}.token.json").write_bytes(tickets.dump(ticket))
        press.want(file, 1)
        disk.fill(pages)
        ended += endure(press)
        caught += len(press.printed) - before < 2
        disk.give_room()
        finish(press)
        assert len(press.printed) - before == 2, "each of the two, once"
    assert caught >= ROOM.count(0), "nothing is printed without room for it"
    assert ended, "not even for a line of the journal"
    center.redeem()
    assert len(set(press.printed)) == len(press.printed) == 2 * len(ROOM)
    assert press.spent == serials(file)[: len(ROOM)]
    assert press.refusals == set()
    assert press.known()["redeemed"] == len(ROOM)
    receipts = ours.center.ok("GET", f"/receipts?license={ours.license}&limit=100")["items"]
    assert len({row["serial"] for row in receipts}) == len(receipts) == 2 * len(ROOM)
    assert chain_of(ours.ledger).spent(ours.license, 0).bit_count() == 2 * len(ROOM)
    found = ours.dossier(press.printer.address)["findings"]
    assert [each for each in found if each["severity"] == "error"] == []


def test_a_lease_comes_in_whole_or_waits_for_room(
    center: Center, press: Press, disk: SmallDisk
) -> None:
    ours = center.licensed(seconds=30 * DAY)
    taken: list[LeaseFile] = []
    waited = 0
    for pages in range(5):
        file = lease(ours, press.printer, count=1, lifetime=DAY)
        taken.append(file)
        center.catch_up()
        press.stop()
        press.drop(file)
        disk.fill(pages)
        endure(press)
        leased = sum(row.state is State.LEASED for row in press.records())
        assert leased <= len(press.keys), "no lease without its key"
        waited += leased < len(taken)
        disk.give_room()
        finish(press)
        assert sum(row.state is State.LEASED for row in press.records()) == len(taken)
        assert len(press.keys) == len(taken)
    assert waited
    assert press.refusals == set()
    for file in taken:
        press.want(file, 1)
    finish(press)
    assert len(press.printed) == len(taken)
    center.redeem()
    press.require_agreement(ours.license)


# ----------------------------------------------------------------------- service


@dataclass(frozen=True)
class Asked:
    """One request, with the key under which it is tried as often as need be."""

    path: str
    body: dict[str, Any]
    key: str = field(default_factory=lambda: secrets.token_hex(16))

    def post(self, http: TestClient) -> Any:
        """What is answered."""
        headers = {"Idempotency-Key": self.key}
        return http.post(self.path, json=self.body, headers=headers)


def is_answered(http: TestClient, asked: Asked) -> bool:
    """Whether a request was answered; if not, with 503 and in the words that the API has."""
    answer = asked.post(http)
    if answer.status_code < 300:
        return True
    assert answer.status_code == 503, answer.text
    assert answer.json()["error"] == "StoreUnavailable"
    assert int(answer.headers["retry-after"]) > 0
    return False


def requests(ours: Scene) -> list[Asked]:
    """One of each kind of request that writes, all of them new."""
    ticket = ours.ticket()
    spent = ours.ticket()
    ours.redeem(spent)
    file, book = lease(ours, count=2), Book(ours, ours.enrolled())
    mine = lease(ours, book.printer, count=2)
    book.spend(mine, *serials(mine))
    newcomer = Printer.new()
    assert file.lease.count == 2
    serial = int(spent["token"]["serials"]).bit_length() - 1
    return [
        Asked("/tokens", ours.token_request()),
        Asked("/leases", lease_request(ours, count=3)),
        Asked("/redemptions", redemption(ours, ticket)),
        Asked("/receipts", ours.receipt(spent, serial=serial)),
        Asked(book.path, book.body()),
        Asked("/printers", newcomer.enrolment(ours.center, ours.now)),
    ]


def test_a_full_disk_at_the_service_is_told_as_such_and_leaves_nothing_half_done(
    tmp_path: Path,
) -> None:
    with small_disk(tmp_path / "disk", 16_384) as disk, open_center(disk.folder) as center:
        ours, http = center.ours, center.ours.center.http
        refused = 0
        for pages in (0, 1, 2, 4, 8, 16):
            asked = requests(ours)
            disk.fill(pages)
            answered = [is_answered(http, one) for one in asked]
            refused += answered.count(False)
            disk.give_room()
            # The very same again: what was done is not done twice, what was not is done now.
            first = [one.post(http) for one in asked]
            again = [one.post(http) for one in asked]
            failed = [a.text for a in first + again if a.status_code >= 300]
            assert failed == []
            assert [a.json() for a in first] == [a.json() for a in again]
        assert refused >= 12
        # 2 + 1 tickets, 2 + 2 + 3 leased: all that a round promises, and not one more.
        left = 100 - 6 * 10
        assert len(ours.tickets(count=left)) == 1
        ours.center.refused("QuotaExhausted", "POST", "/tokens", json=ours.token_request())
        found = ours.dossier(ours.design)["findings"]
        assert [each for each in found if each["severity"] == "error"] == []
