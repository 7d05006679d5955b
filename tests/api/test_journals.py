"""Journals of printers over HTTP: handed in, kept as evidence, and redeemed together."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from ledger import tickets
from ledger.anvil import Anvil
from ledger.leasefiles import digest_of
from ledger.models import Digest, JournalKind, serials_of
from ledger.services import pooled
from ledger.store import leases as rows
from tests.leasing import Book, lease, serials
from tests.scene import Scene
from tests.service import chain_of

pytestmark = pytest.mark.usefixtures("redeemed_only_when_told")

GRACE = 24


@pytest.fixture(scope="module")
def ours(scene: Callable[..., Scene]) -> Scene:
    """A license of 2,000 prints that may be redeemed a day later."""
    return scene(quota=2_000, max_quota=2_000, grace=GRACE)


def test_what_two_printers_spent_is_redeemed_in_one_transaction(ours: Scene) -> None:
    books = [Book(ours, ours.enrolled()) for _ in range(2)]
    files = [lease(ours, book.printer, count=250) for book in books]
    assert [len(file.tickets) for file in files] == [1, 1]
    for book, file in zip(books, files, strict=True):
        book.spend(file, *serials(file)[:20])
        known = book.hand_in()
        assert (known["sequence"], known["redeemed"]) == (20, 0)
        assert known["head"] == str(ours.ledger.domain.typed(book.entries[-1][0]).digest())
        assert ours.center.ok("GET", book.path) == known
    pooled.settle(ours.ledger, at_once=True)
    transactions = set()
    for book, file in zip(books, files, strict=True):
        token = file.tickets[0].token
        spent = chain_of(ours.ledger).spent(token.license, token.word)
        assert list(serials_of(token.word, spent & token.serials)) == serials(file)[:20]
        assert book.hand_in()["redeemed"] == 20, "what is known already changes nothing"
        with ours.ledger.database.read() as session:
            dues = rows.dues(session, 100, lease=str(digest_of(file)))
        transactions |= {row.transaction for row in dues}
    assert len(transactions) == 1
    assert pooled.settle(ours.ledger, at_once=True) == 0


def test_a_journal_is_handed_in_without_gaps_and_by_its_printer(ours: Scene) -> None:
    book = Book(ours, ours.enrolled())
    file = lease(ours, book.printer)
    book.spend(file, *serials(file)[:3])
    assert book.refused("JournalGap", 1)["sequence"] == 0
    foreign = Book(ours, ours.printer)
    foreign.printer = replace(book.printer, signer=ours.printer.signer)
    forged = book.body()
    forged["entries"][0]["signature"] = "0x" + "11" * 65
    ours.center.refused("BadSignature", "POST", book.path, json=forged)
    skipped = book.body()
    del skipped["entries"][1]
    ours.center.refused("MalformedRequest", "POST", book.path, json=skipped)
    assert book.hand_in()["sequence"] == 3


def test_a_copied_journal_is_kept_as_evidence(ours: Scene) -> None:
    book = Book(ours, ours.enrolled())
    file = lease(ours, book.printer)
    first, second, third, *_ = serials(file)
    book.spend(file, first)
    twin = book.copy(machine=Digest(b"\x4d" * 32))
    book.spend(file, second)
    twin.spend(file, second, third)
    book.hand_in()
    problem = twin.refused("JournalForked")
    assert problem["sequence"] == 2
    kinds = [one["kind"] for one in ours.center.ok("GET", book.path)["findings"]]
    assert kinds.count("journal-forked") == 2
    assert "printed-twice" in kinds
    assert "machine-changed" in kinds
    found = ours.dossier(book.address)["findings"]
    proof = next(one["where"] for one in found if one["kind"] == "journal-forked")
    entry = ours.center.ok("GET", f"/journal-entries/{proof.removeprefix('journal entry ')}")
    assert entry["forked"]
    assert entry["signature"] == "0x" + twin.entries[1][1].hex()
    pooled.settle(ours.ledger, at_once=True)
    known = book.hand_in()
    assert known["redeemed"] == 3, "what was printed is paid for, once each"
    assert known["sequence"] == 2
    book.spend(file, serials(file)[3])
    assert book.hand_in(2)["sequence"] == 3


def test_clock_machine_and_wrong_spends_become_findings(ours: Scene) -> None:
    book = Book(ours, ours.enrolled())
    file = lease(ours, book.printer)
    other = lease(ours, count=1)
    book.write(JournalKind.CLOCK, at=ours.now - 9_000)
    book.write(JournalKind.MACHINE)
    book.spend(file, 1_999)
    book.spend(other, *serials(other))
    book.spend(file, serials(file)[0], at=file.lease.deadline + 1)
    kinds = [one["kind"] for one in book.hand_in()["findings"]]
    assert sorted(kinds) == sorted(
        ["clock-set-back", "machine-changed"] + ["spend-outside-lease"] * 2 + ["spend-after-lease"]
    )
    pooled.settle(ours.ledger, at_once=True)
    assert book.hand_in()["redeemed"] == 1


def test_a_receipt_may_come_before_its_redemption(ours: Scene) -> None:
    book = Book(ours, ours.enrolled())
    file = lease(ours, book.printer)
    serial = serials(file)[0]
    book.spend(file, serial)
    book.hand_in()
    ticket = {"digest": str(tickets.digest_of(file.tickets[0]))}
    body = ours.receipt(ticket, serial, by=book.printer)
    ours.center.ok("POST", "/receipts", json=body)
    subject = f"{ours.license}:{serial}"
    assert "receipt-without-redemption" not in ours.findings(book.address)
    pooled.settle(ours.ledger, at_once=True)
    assert ours.findings(book.address) == []
    assert "redemption-without-receipt" not in ours.findings(subject)


def test_what_the_chain_refuses_stops_no_other_and_becomes_a_finding(
    scene: Callable[..., Scene],
) -> None:
    ours = scene(quota=20, grace=GRACE)
    books = [Book(ours, ours.printer), Book(ours, ours.enrolled())]
    files = [lease(ours, book.printer) for book in books]
    chain = chain_of(ours.ledger)
    # Of the first printer's serials one is spent by its own token already, one by another.
    own, taken = (1 << serial for serial in serials(files[0])[:2])
    token, owner = files[0].tickets[0], chain.sender(ours.designer.signer)
    for book, file in zip(books, files, strict=True):
        book.spend(file, *serials(file)[:2])
        book.hand_in()
    call = chain.redeem(token.token, token.signature, own)
    chain.send(call, chain.sender(ours.ledger.issuer))
    foreign = replace(token.token, printer=ours.designer.address)
    signature = ours.designer.signer.sign(ours.ledger.domain.print_token(foreign))
    chain.send(chain.redeem(foreign, signature, taken), owner)
    assert pooled.settle(ours.ledger, at_once=True) == 3, "all but what another token spent"
    found = [book.hand_in() for book in books]
    assert [[one["kind"] for one in known["findings"]] for known in found] == [
        ["spend-not-redeemed"],
        [],
    ]
    assert [known["redeemed"] for known in found] == [1, 2]
    chain.send(chain.recall(ours.design, Digest(b"\x01" * 32)), owner)
    books[0].spend(files[0], serials(files[0])[2])
    books[0].hand_in(2)
    assert pooled.settle(ours.ledger, at_once=True) == 0
    assert ours.center.ok("GET", books[0].path)["due"] == 1, "a recall may be lifted"


def test_a_redemption_that_a_reorganization_took_away_is_made_again(
    anvil: Anvil, scene: Callable[..., Scene]
) -> None:
    ours = scene(quota=20, grace=GRACE)
    book = Book(ours, ours.printer)
    file = lease(ours)
    book.spend(file, *serials(file)[:2])
    book.hand_in()
    assert pooled.settle(ours.ledger, at_once=True) == 2
    anvil.rpc("anvil_reorg", 1, [])
    later = replace(ours.ledger, clock=lambda: int(time.time()) + pooled.KEPT_SECONDS + 60)
    assert pooled.settle(later, at_once=True) == 2
    with ours.ledger.database.read() as session:
        dues = rows.dues(session, 10, printer=book.address)
    assert [row.state for row in dues] == ["redeemed"] * 2
    token = file.tickets[0].token
    spent = chain_of(ours.ledger).spent(token.license, token.word)
    assert list(serials_of(token.word, spent)) == serials(file)[:2]
    assert pooled.settle(later, at_once=True) == 0
