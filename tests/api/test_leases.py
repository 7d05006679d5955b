"""Leases over HTTP: issued, printed on without a network, handed in, redeemed and returned."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ledger import newsfiles, tickets, vault
from ledger.anvil import Anvil
from ledger.leasefiles import digest_of
from ledger.models import Digest, JournalKind, serials_of
from ledger.newsfiles import NewsFile
from ledger.services import news, pooled
from ledger.signing import require_signer
from ledger.store import leases as rows, log, records
from tests.leasing import Book, lease, lease_request, serials
from tests.scene import NOBODY, Scene
from tests.service import chain_of

GRACE = 24


@pytest.fixture(scope="module")
def ours(scene: Callable[..., Scene]) -> Scene:
    """A license of 2,000 prints that may be redeemed a day later."""
    return scene(quota=2_000, max_quota=2_000, grace=GRACE)


@pytest.fixture(autouse=True)
def only_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The service's own round shall not redeem before the test does."""
    monkeypatch.setattr(pooled, "POOL_SECONDS", 10**6)


def todays(ours: Scene) -> NewsFile:
    """The news, made anew."""
    with ours.ledger.database.write() as session:
        row = rows.news(session)
        if row is not None:
            row.issued_at = 0
            session.add(row)
    return newsfiles.parse(ours.center.http.get("/news").content)


def test_a_lease_is_whole_signed_and_opens_for_its_printer_alone(ours: Scene) -> None:
    file = lease(ours, count=300)
    assert file.lease.count == 300 == len(serials(file))
    assert len(file.tickets) == 2
    domain = ours.ledger.domain
    require_signer(domain.typed(file.lease), file.signature, ours.ledger.issuer.address)
    require_signer(domain.typed(file.news.news), file.news.signature, ours.ledger.issuer.address)
    info = vault.release_info(ours.design, ours.license, ours.printer.address, digest_of(file))
    vault.receive_key(file.key, ours.printer.kem, info)
    with ours.ledger.database.read() as session:
        assert log.indices(session, [str(digest_of(file))]), "it is in the log"


def test_the_same_request_again_is_answered_with_the_same_file(ours: Scene) -> None:
    request = lease_request(ours)
    first = ours.center.http.post("/leases", json=request)
    second = ours.center.http.post("/leases", json=request)
    digest = first.json()["digest"]
    assert first.content == second.content
    assert ours.center.http.get(f"/leases/{digest}").content == first.content
    listed = ours.center.ok("GET", "/leases", params={"license": ours.license, "limit": 200})
    assert digest in [one["digest"] for one in listed["items"]]
    assert ours.center.ok("GET", "/leases", params={"printer": NOBODY})["items"] == []


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"count": 0}, "MalformedRequest"),
        ({"count": 2_561}, "MalformedRequest"),
        ({"count": 2_400}, "QuotaExhausted"),
        ({"lifetime": 0}, "MalformedRequest"),
        ({"lifetime": 30 * 86_400 + 1}, "MalformedRequest"),
        ({"silence": 59}, "MalformedRequest"),
        ({"silence": 30 * 86_400 + 1}, "MalformedRequest"),
        ({"deadline": 1}, "SignatureExpired"),
        ({"printer": NOBODY}, "PrinterNotEnrolled"),
        ({"license": 10**9}, "LicenseNotFound"),
        ({"job": Digest(b"\x09" * 32)}, "VariantsNotAllowed"),
    ],
)
def test_a_request_that_cannot_be_answered(
    ours: Scene, changed: dict[str, Any], error: str
) -> None:
    ours.center.refused(error, "POST", "/leases", json=lease_request(ours, **changed))


def test_a_license_without_grace_is_for_prints_online_only(scene: Callable[..., Scene]) -> None:
    online = scene(quota=3)
    online.center.refused("LeaseNotAllowed", "POST", "/leases", json=lease_request(online))


def test_another_center_gets_no_lease(ours: Scene, scene: Callable[..., Scene]) -> None:
    other = replace(ours, center=scene().center)
    other.center.refused("BadSignature", "POST", "/leases", json=lease_request(other))
    ours.center.refused("LeaseNotFound", "GET", f"/leases/{'0x' + '5a' * 32}")


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


def test_a_returned_lease_has_its_unspent_serials_free_at_once(scene: Callable[..., Scene]) -> None:
    ours = scene(quota=10, grace=GRACE)
    book = Book(ours, ours.printer)
    file = lease(ours, count=10)
    ours.center.refused("QuotaExhausted", "POST", "/tokens", json=ours.token_request())
    first, second, *rest = serials(file)
    book.spend(file, first, second)
    book.write(JournalKind.RETURN, file)
    book.spend(file, rest[0])
    known = book.hand_in()
    assert [one["kind"] for one in known["findings"]] == ["spend-after-return"]
    issued = ours.tickets(count=8)
    taken = [s for one in issued for s in serials_of(0, int(one["token"]["serials"]))]
    assert taken == rest
    assert pooled.settle(ours.ledger, at_once=True) == 2
    assert "spend-after-return" in ours.findings(book.address)


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


def test_news_name_what_stops_open_leases_and_nothing_else(scene: Callable[..., Scene]) -> None:
    ours = scene(quota=50, grace=GRACE)
    before = todays(ours)
    assert ours.license not in before.stopped.licenses
    lease(ours)
    chain = chain_of(ours.ledger)
    owner = chain.sender(ours.designer.signer)
    chain.send(chain.recall(ours.design, Digest(b"\x01" * 32)), owner)
    recalled = todays(ours)
    assert recalled.news.number > before.news.number
    assert recalled.stopped.designs == {ours.design}
    chain.send(chain.lift_recall(ours.design, Digest(b"\x02" * 32)), owner)
    chain.send(chain.revoke(ours.design, ours.license, Digest(b"\x03" * 32)), owner)
    ended = todays(ours)
    assert not ended.stopped.designs
    assert ended.stopped.licenses == {ours.license}


def test_news_stop_leases_whose_signer_lost_its_authority(scene: Callable[..., Scene]) -> None:
    ours = scene(quota=50, grace=GRACE)
    file = lease(ours)
    ours.designer.send(
        ours.center.ok("POST", "/issuers/removal", json={"designer": ours.designer.address})
    )
    assert digest_of(file) in todays(ours).stopped.leases


def test_news_are_made_anew_at_most_every_few_seconds(ours: Scene) -> None:
    first, second = todays(ours), news.current(ours.ledger)
    assert first == second


def test_what_the_chain_refuses_stops_no_other_and_becomes_a_finding(
    scene: Callable[..., Scene],
) -> None:
    ours = scene(quota=20, grace=GRACE)
    books = [Book(ours, ours.printer), Book(ours, ours.enrolled())]
    files = [lease(ours, book.printer) for book in books]
    chain = chain_of(ours.ledger)
    # The first printer's token is spent behind our back by the service's own key.
    taken, token = serials(files[0])[0], files[0].tickets[0]
    for book, file in zip(books, files, strict=True):
        book.spend(file, *serials(file)[:2])
        book.hand_in()
    call = chain.redeem(token.token, token.signature, 1 << taken)
    chain.send(call, chain.sender(ours.ledger.issuer))
    assert pooled.settle(ours.ledger, at_once=True) == 4, "it was spent under the same token"
    owner = chain.sender(ours.designer.signer)
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


def test_a_revoked_printer_gets_no_lease_and_is_named_in_the_news(
    scene: Callable[..., Scene],
) -> None:
    ours = scene(quota=20, grace=GRACE)
    file = lease(ours)
    book = Book(ours, ours.printer)
    book.spend(file, serials(file)[0])
    with ours.ledger.database.write() as session:
        row = records.printer(session, ours.printer.address)
        assert row is not None
        row.revoked_since, row.revoked_reason = ours.now, "stolen"
        session.add(row)
    assert ours.printer.address in todays(ours).stopped.printers
    ours.center.refused("PrinterRevoked", "GET", f"/leases/{digest_of(file)}")
    ours.center.refused("PrinterRevoked", "POST", "/leases", json=lease_request(ours))
    book.refused("PrinterRevoked")
    ours.center.refused("PrinterRevoked", "GET", book.path)
