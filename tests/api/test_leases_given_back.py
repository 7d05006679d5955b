"""Serials that are free again, and what a print center could make of that."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ledger import leasefiles
from ledger.leasefiles import digest_of
from ledger.models import Digest, JournalKind, Rights, serials_of
from ledger.services import journals, leasegathering, pooled
from ledger.store import leases as rows
from ledger.tickets import as_json
from tests.leasing import Book, lease, lease_request
from tests.scene import Scene, redemption
from tests.service import Party, chain_of

pytestmark = pytest.mark.usefixtures("redeemed_only_when_told")

GRACE = 1


@pytest.fixture
def ours(scene: Callable[..., Scene]) -> Scene:
    return scene(quota=10, grace=GRACE)


def over(ours: Scene, file: Any) -> None:
    """The tokens of a lease can be redeemed no more: it is a long time ago."""
    with ours.ledger.database.write() as session:
        for token in rows.tokens_of(session, str(digest_of(file))):
            token.redeemable_until = ours.now - 1
            session.add(token)


def refused(ours: Scene, file: Any, error: str = "TokenExpired") -> None:
    """The chain would not take what was spent of a lease."""
    with ours.ledger.database.write() as session:
        for due in rows.dues(session, 100, lease=str(digest_of(file))):
            due.state, due.error = "refused", error
            session.add(due)


def dues(ours: Scene) -> dict[int, str]:
    """The state of every spend, by its serial."""
    with ours.ledger.database.read() as session:
        return {row.serial: row.state for row in rows.dues(session, 100, license=ours.license)}


@pytest.mark.parametrize("path", ["/redemptions", "/keys"])
def test_a_token_of_a_lease_that_was_given_back_gets_neither_redemption_nor_key(
    ours: Scene, path: str
) -> None:
    """Its serials may be another printer's by now."""
    file = lease(ours, count=10)
    ticket = as_json(file.tickets[0])
    one = redemption(ours, ticket, take="1")
    body = one if path == "/redemptions" else ours.key_request(ticket)
    book = Book(ours, ours.printer)
    book.write(JournalKind.RETURN, file)
    book.hand_in()
    said = ours.center.refused("LeaseEnded", "POST", path, json=body)
    assert said["lease"] == str(digest_of(file))
    if path == "/redemptions":
        several = {"items": [one], "all_or_nothing": True}
        ours.center.refused("LeaseEnded", "POST", path, json=several)
    assert chain_of(ours.ledger).spent(ours.license, 0) == 0


def test_the_file_of_a_lease_that_was_given_back_is_not_given_out_again(ours: Scene) -> None:
    """Its key would open the design once more, for serials that may be another's."""
    body = lease_request(ours, count=10)
    file = leasefiles.parse(ours.center.http.post("/leases", json=body).content)
    book = Book(ours, ours.printer)
    book.write(JournalKind.RETURN, file)
    book.hand_in()
    ours.center.refused("LeaseEnded", "GET", f"/leases/{digest_of(file)}")
    ours.center.refused("LeaseEnded", "POST", "/leases", json=body)


def test_what_was_spent_before_the_return_is_redeemed_all_the_same(ours: Scene) -> None:
    file = lease(ours, count=10)
    book = Book(ours, ours.printer)
    book.spend(file, 0, 1)
    book.write(JournalKind.RETURN, file)
    book.hand_in()
    assert pooled.settle(ours.ledger, at_once=True) == 2


def test_a_copied_journal_cannot_give_free_what_the_other_copy_has_spent(ours: Scene) -> None:
    """The copy gives the lease back, and the original comes home from its week offline."""
    file = lease(ours, count=10)
    original = Book(ours, ours.printer)
    original.spend(file, 0)
    copy = original.copy(machine=Digest(b"\x4d" * 32))
    original.spend(file, 1, 2, 3)
    copy.write(JournalKind.MACHINE)
    copy.write(JournalKind.RETURN, file)
    copy.hand_in()
    ours.center.refused("QuotaExhausted", "POST", "/tokens", json=ours.token_request())
    original.refused("JournalForked")
    assert pooled.settle(ours.ledger, at_once=True) == 4, "what was printed is paid for"


@pytest.mark.parametrize("state", ["refused", "redeemed"])
def test_a_serial_that_is_known_to_be_printed_is_never_given_again(ours: Scene, state: str) -> None:
    """Not after the chain came to refuse it, nor while a reorganization could take it away."""
    file = lease(ours, count=10)
    book = Book(ours, ours.printer)
    book.spend(file, 0, 1)
    book.hand_in()
    with ours.ledger.database.write() as session:
        for due in rows.dues(session, 100, lease=str(digest_of(file))):
            due.state, due.next_try = state, 2**40
            session.add(due)
    over(ours, file)
    taken = [s for one in ours.tickets(count=8) for s in _serials(one)]
    assert taken == [2, 3, 4, 5, 6, 7, 8, 9]
    ours.center.refused("QuotaExhausted", "POST", "/tokens", json=ours.token_request())


@pytest.mark.parametrize("first", ["is refused", "is not tried yet"])
def test_a_journal_that_comes_too_late_keeps_no_other_print_from_being_paid(
    ours: Scene, first: str
) -> None:
    """A printer stays away until its lease has lapsed; another has got the serials since."""
    late, other = Book(ours, ours.printer), Book(ours, ours.enrolled())
    old = lease(ours, count=10)
    over(ours, old)
    new = lease(ours, other.printer, count=10)
    late.spend(old, 0, 1)
    late.hand_in()
    if first == "is refused":
        refused(ours, old)
    other.spend(new, 0, 1)
    other.hand_in()
    assert pooled.settle(ours.ledger, at_once=True) == 2
    assert dues(ours) == {0: "redeemed", 1: "redeemed"}
    assert other.hand_in()["redeemed"] == 2
    twice = [one for one in late.hand_in()["findings"] if one["kind"] == "printed-twice"]
    assert len(twice) == 2
    assert other.address in twice[0]["detail"]
    assert "printed-twice" in ours.findings(f"{ours.license}:0")


def test_a_spend_that_its_printer_redeems_itself_meanwhile_is_no_foreign_one(
    ours: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between any two looks at the chain: it is redeemed, and not refused for ever."""
    file, book = lease(ours, count=4), Book(ours, ours.printer)
    book.spend(file, 0)
    book.hand_in()
    chain, ticket = chain_of(ours.ledger), file.tickets[0]
    asked = chain.spent

    def meanwhile(license: int, word: int) -> int:
        monkeypatch.setattr(chain, "spent", asked)
        call = chain.redeem(ticket.token, ticket.signature, 1)
        chain.send(call, chain.sender(ours.ledger.issuer))
        return asked(license, word)

    monkeypatch.setattr(chain, "spent", meanwhile)
    assert pooled.settle(ours.ledger, at_once=True) == 1
    assert dues(ours) == {0: "redeemed"}


def test_a_spend_whose_serial_another_has_redeemed_is_told_of(ours: Scene) -> None:
    """It was silently dropped: there was a spend of that serial, if of another lease."""
    late, other = Book(ours, ours.printer), Book(ours, ours.enrolled())
    old = lease(ours, count=10)
    over(ours, old)
    new = lease(ours, other.printer, count=10)
    other.spend(new, 0)
    other.hand_in()
    assert pooled.settle(ours.ledger, at_once=True) == 1
    late.spend(old, 0)
    assert [one["kind"] for one in late.hand_in()["findings"]] == ["printed-twice"]
    assert dues(ours) == {0: "redeemed"}


def test_a_contradicting_journal_that_grew_longer_is_kept_to_its_last_entry(ours: Scene) -> None:
    """It is handed in by several requests; the first of them begins where it contradicts."""
    file = lease(ours, count=10)
    first = Book(ours, ours.printer)
    first.spend(file, 0)
    second = first.copy()
    first.spend(file, 1)
    first.hand_in()
    second.spend(file, 2, 3, 4, 5)
    body = second.body()
    for part in (body["entries"][:3], body["entries"][3:]):
        ours.center.refused("JournalForked", "POST", second.path, json={"entries": part})
    ours.center.refused("JournalGap", "POST", second.path, json={"entries": _cut_off(second, file)})
    assert pooled.settle(ours.ledger, at_once=True) == 6


def test_a_license_is_not_passed_on_unawares_while_the_chain_would_take_what_was_given_back(
    scene: Callable[..., Scene], party: Callable[[], Party]
) -> None:
    """The printer could still redeem it by itself, and the new holder would lose prints."""
    ours = scene(quota=10, grace=GRACE, rights=Rights.TRANSFERABLE.names)
    file = lease(ours, count=4)
    book = Book(ours, ours.printer)
    book.write(JournalKind.RETURN, file)
    book.hand_in()
    path = f"/licenses/{ours.license}"
    body = {"licensee": ours.center.address, "to": party().address}
    told = ours.center.refused("TokensOutstanding", "POST", f"{path}/transfer", json=body)
    assert told["prints"] == 4
    assert told["until"] > file.lease.deadline
    assert len(ours.tickets(count=10)) == 1, "and all of it may be printed meanwhile"


def _serials(ticket: dict[str, Any]) -> list[int]:
    token = ticket["token"]
    return list(serials_of(int(token["word"]), int(token["serials"])))


def _cut_off(book: Book, file: Any) -> list[dict[str, Any]]:
    """An entry that follows one that nobody has seen."""
    book.spend(file, 6, 7)
    return list(book.body()["entries"][-1:])


def test_a_lease_that_lapses_without_a_word_is_a_note(ours: Scene) -> None:
    """A printer stays away for good: nobody knows what it printed, and that is said."""
    file = lease(ours, count=6)
    book = Book(ours, ours.printer)
    book.spend(file, 0, 1)
    book.hand_in()
    assert pooled.settle(ours.ledger, at_once=True) == 2
    assert "lease-untold" not in ours.findings(ours.license)
    over(ours, file)
    (told,) = (f for f in ours.dossier(ours.license)["findings"] if f["kind"] == "lease-untold")
    assert (told["severity"], told["where"]) == ("note", f"lease {digest_of(file)}")
    assert "of 4 it was neither" in told["detail"]
    assert "lease-untold" in ours.findings(book.address)
    book.write(JournalKind.RETURN, file)
    book.hand_in()
    assert "lease-untold" not in ours.findings(ours.license)


def test_a_long_journal_hides_nothing_that_speaks_against_its_printer(
    ours: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only so many entries are read; what is old, odd and bad is among them, and it is told."""
    file = lease(ours, count=10)
    book = Book(ours, ours.printer)
    book.write(JournalKind.CLOCK, at=ours.now - 9_000)
    twin = book.copy()
    book.spend(file, 0, 1, 2, 3, 3)
    twin.spend(file, 4)
    book.hand_in()
    twin.refused("JournalForked")
    monkeypatch.setattr(leasegathering, "MOST_ROWS", 3)
    found = ours.center.ok("GET", book.path)["findings"]
    kinds = sorted({one["kind"] for one in found})
    assert kinds == ["clock-set-back", "journal-forked", "journal-not-read-whole", "printed-twice"]


def test_a_journal_is_stored_without_asking_the_chain_for_each_entry(
    ours: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever signs anything waits for the log meanwhile, and a chain may be slow."""
    book = Book(ours, ours.printer)
    for _ in range(20):
        book.write(JournalKind.CLOCK)
    asked: list[bool] = []
    chain, database = ours.ledger.chain, ours.ledger.database
    now, write = chain.now, database.write
    held: list[bool] = []
    here = threading.get_ident()  # the service's own steps use chain and database too

    @contextmanager
    def watched() -> Iterator[Any]:
        with write() as session:
            if threading.get_ident() != here:
                yield session
                return
            held.append(True)
            yield session
            held.pop()

    def counted() -> int:
        if threading.get_ident() == here:
            asked.append(bool(held))
        return now()

    monkeypatch.setattr(chain, "now", counted)
    monkeypatch.setattr(database, "write", watched)
    journals.hand_in(ours.ledger, book.address, book.entries)
    assert asked == [False]
