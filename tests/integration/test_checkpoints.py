"""Checkpoints on a real chain: anchored, checked by a stranger, and what a cheat leaves behind."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from ledger import merkle
from ledger.checkpoints import Verdict
from ledger.client import logcheck
from ledger.errors import (
    ChainUnavailable,
    CheckpointContradicts,
    CheckpointEmpty,
    CheckpointNotFound,
    CheckpointShrinks,
    LogDiffers,
    ProofInvalid,
    RootMissing,
)
from ledger.models import Digest
from ledger.services import checkpoints
from ledger.signing import Signer
from ledger.store import log
from ledger.store.logtables import LogEntryRow
from ledger.store.tables import ReceiptRow, RefusalRow
from tests.integration.logged import Asked, anchored, rows, store, tree
from tests.scene import Scene
from tests.service import chain_of


@pytest.fixture(scope="module")
def ours(scene: Callable[..., Scene]) -> Scene:
    """A scene that the tests of this module share."""
    return scene(quota=1_000)


# -------------------------------------------------------------------- anchoring


def test_a_log_is_anchored_once_for_each_size(ours: Scene) -> None:
    ledger = ours.ledger
    ours.ticket()
    first, new = checkpoints.anchor(ledger)
    assert new
    assert (first.size, first.root) == (len(rows(ledger)), tree(ledger).root())
    again, new = checkpoints.anchor(ledger)
    assert (again, new) == (first, False)
    ours.ticket()
    second, new = checkpoints.anchor(ledger)
    assert new
    assert second.size == first.size + 1
    assert anchored(ledger) == [first, second]
    listed = ours.center.ok("GET", "/checkpoints")["items"]
    assert [(row["size"], row["verdict"]) for row in listed] == [
        (first.size, "good"),
        (second.size, "good"),
    ]
    ledger.indexer.rebuild()
    assert ours.center.ok("GET", "/checkpoints")["items"] == listed


def test_an_anchor_whose_answer_was_lost_is_found_and_not_sent_again(
    ours: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = ours.ledger
    ours.ticket()

    def lost(*_: object) -> int:
        raise ChainUnavailable("Cut off.")

    with monkeypatch.context() as patch:
        patch.setattr(ledger.indexer, "catch_up", lost)
        with pytest.raises(ChainUnavailable):
            checkpoints.anchor(ledger)
    count = len(anchored(ledger))
    found, new = checkpoints.anchor(ledger)
    assert (found.size, new) == (len(rows(ledger)), False)
    assert len(anchored(ledger)) == count


def test_two_operators_at_once_never_shrink_the_log(ours: Scene) -> None:
    ledger, failed = ours.ledger, list[object]()

    def work() -> None:
        try:
            ours.ticket()
            checkpoints.anchor(ledger)
        except (AssertionError, LogDiffers, CheckpointShrinks) as error:
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    sizes = [row.size for row in anchored(ledger)]
    assert sizes == sorted(set(sizes))
    assert sizes[-1] == len(rows(ledger))


def test_a_client_believes_the_chain_and_not_the_service(ours: Scene) -> None:
    ledger, asked = ours.ledger, Asked(ours)
    checkpoints.anchor(ledger)
    told, domain, issuers = anchored(ledger), ledger.domain, {ledger.issuer.address}
    for index, row in enumerate(rows(ledger)):
        found = logcheck.check_entry(asked, domain, issuers, told, index)
        assert str(found.digest) == row.digest
        assert found.newest == told[-1]
    whole = logcheck.check_all(asked, domain, issuers, told)
    assert (whole.entries, whole.uncovered) == (told[-1].size, 0)
    ours.ticket()
    assert logcheck.check_all(asked, domain, issuers, told).uncovered == 1
    with pytest.raises(CheckpointNotFound):
        logcheck.check_entry(asked, domain, issuers, told, told[-1].size)


def test_the_audit_names_the_checkpoint_that_covers_each_record(ours: Scene) -> None:
    ledger = ours.ledger
    ticket = ours.ticket()
    uncovered = ours.dossier(ticket["digest"])["log"]
    assert [(row["type"], row["size"], row["proof"]) for row in uncovered] == [
        ("PrintToken", None, [])
    ]
    checkpoint, _ = checkpoints.anchor(ledger)
    ours.redeem(ticket)
    ours.center.ok("POST", "/receipts", json=ours.receipt(ticket, serial=_serial(ticket)))
    dossier = ours.dossier(ticket["digest"])
    enrolment, token, receipt = dossier["log"]
    assert (enrolment["type"], enrolment["size"]) == ("Enrolment", anchored(ledger)[0].size)
    assert (token["size"], token["root"]) == (checkpoint.size, str(checkpoint.root))
    assert token["transaction"] == str(checkpoint.transaction)
    leaf = merkle.leaf_hash(rows(ledger)[token["index"]].entry)
    proof = [Digest.parse(hash_) for hash_ in token["proof"]]
    merkle.verify_inclusion(leaf, token["index"], checkpoint.size, proof, checkpoint.root)
    assert (receipt["type"], receipt["size"]) == ("Receipt", None)
    kinds = {finding["kind"] for finding in dossier["findings"]}
    assert kinds.isdisjoint(
        {
            "log-differs-from-checkpoint",
            "not-in-log",
            "checkpoint-shrinks",
            "checkpoint-contradicts",
        }
    )


# ------------------------------------------------------- what a cheat leaves behind


@pytest.fixture
def cheated(scene: Callable[..., Scene]) -> Scene:
    """A scene with a record of each sort, all of them covered."""
    found = scene(quota=10)
    ticket = found.ticket()
    found.redeem(ticket)
    found.center.ok("POST", "/receipts", json=found.receipt(ticket))
    checkpoints.anchor(found.ledger)
    return found


@pytest.mark.parametrize("column", ["outcome", "signature", "material_mg"])
def test_a_record_that_was_changed_no_longer_leads_to_the_root(cheated: Scene, column: str) -> None:
    ledger = cheated.ledger
    with ledger.database.write() as session:
        row = session.exec(
            select(ReceiptRow).where(col(ReceiptRow.license) == cheated.license)
        ).one()
        kept = getattr(row, column)
        setattr(row, column, 7 if column == "material_mg" else "failed")
    assert "log-differs-from-checkpoint" in cheated.findings(cheated.license)
    with ledger.database.write() as session:
        setattr(session.merge(row), column, kept)
    assert "log-differs-from-checkpoint" not in cheated.findings(cheated.license)


def test_a_record_that_was_never_logged_is_found(cheated: Scene) -> None:
    ledger = cheated.ledger
    refusal = cheated.refusal(Digest(b"\x09" * 32))
    cheated.center.ok("POST", "/refusals", json=refusal)
    with ledger.database.write() as session:
        row = session.exec(
            select(RefusalRow).where(col(RefusalRow.printer) == cheated.printer.address)
        ).one()
        kept = row.model_dump()
        session.delete(row)
        session.flush()
        session.add(RefusalRow(**{**kept, "digest": "0x" + "77" * 32}))
    assert "not-in-log" in cheated.findings(cheated.printer.address)
    with ledger.database.write() as session:
        session.delete(session.get_one(RefusalRow, "0x" + "77" * 32))
        session.flush()
        session.add(RefusalRow(**kept))


def test_a_log_that_was_exchanged_is_found_and_not_anchored(cheated: Scene) -> None:
    """The entry is changed, and the whole tree rebuilt over it, as a thorough cheat would."""
    ledger, asked = cheated.ledger, Asked(cheated)
    told, issuers = anchored(ledger), {ledger.issuer.address}
    with ledger.database.write() as session:
        entry = session.get_one(LogEntryRow, 0)
        kept = entry.entry
        entry.entry = rows(ledger)[1].entry
    forged = tree(ledger)
    store(ledger, forged)
    try:
        with pytest.raises(CheckpointContradicts):
            checkpoints.anchor(ledger)
        with pytest.raises(LogDiffers):
            logcheck.check_all(asked, ledger.domain, issuers, told)
        with pytest.raises(ProofInvalid):
            logcheck.check_entry(asked, ledger.domain, issuers, told, 0)
        assert "log-differs-from-checkpoint" in cheated.findings(cheated.license)
        ticket = cheated.ticket()
        with pytest.raises(LogDiffers):
            checkpoints.anchor(ledger)
        assert "log-differs-from-checkpoint" in cheated.findings(ticket["digest"])
    finally:
        with ledger.database.write() as session:
            session.get_one(LogEntryRow, 0).entry = kept
        store(ledger, tree(ledger))
    assert "log-differs-from-checkpoint" not in cheated.findings(cheated.license)


def test_a_log_that_lost_entries_is_found_and_not_anchored(cheated: Scene) -> None:
    ledger = cheated.ledger
    with ledger.database.write() as session:
        session.execute(text("UPDATE log_head SET size = size - 1"))
    try:
        with pytest.raises(CheckpointShrinks):
            checkpoints.anchor(ledger)
        assert "log-differs-from-checkpoint" in cheated.findings(cheated.license)
    finally:
        with ledger.database.write() as session:
            session.execute(text("UPDATE log_head SET size = size + 1"))


def test_an_operator_who_breaks_the_law_of_the_log_leaves_the_proof(cheated: Scene) -> None:
    """Last in this module: what is on the chain stays there."""
    ledger, chain = cheated.ledger, chain_of(cheated.ledger)
    greatest = anchored(ledger)[-1]
    for size, root in ((greatest.size, Digest(b"\x01" * 32)), (greatest.size - 1, greatest.root)):
        ledger.send(chain.checkpoints.anchor(size, root))
    kinds = cheated.findings(cheated.license)
    assert kinds.count("checkpoint-contradicts") == 1
    assert kinds.count("checkpoint-shrinks") == 1
    assert "log-differs-from-checkpoint" not in kinds, "the first root of a size counts"
    listed = [row["verdict"] for row in cheated.center.ok("GET", "/checkpoints")["items"]]
    assert listed[-2:] == ["contradicts", "shrinks"]
    issuers = {ledger.issuer.address}
    with pytest.raises(LogDiffers, match="contradicts"):
        logcheck.check_all(Asked(cheated), ledger.domain, issuers, anchored(ledger))


def test_anybody_anchors_a_log_of_their_own_of_any_size(
    ours: Scene, funded: Callable[[], Signer]
) -> None:
    chain, ledger = chain_of(ours.ledger), ours.ledger
    stranger = funded()
    sender, greatest = chain.sender(stranger), 2**64 - 1
    for size, root in ((greatest, b"\x01"), (2**63, b"\x02"), (greatest, b"\x01")):
        mined = chain.send(chain.checkpoints.anchor(size, Digest(root * 32)), sender)
        assert mined.gas_used <= 24_000
    ledger.indexer.catch_up()
    with ledger.database.read() as session:
        found = log.checkpoints(session, stranger.address, None, 10)
    assert [(int(row.size), row.verdict) for row in found] == [
        (greatest, Verdict.GOOD),
        (2**63, Verdict.SHRINKS),
        (greatest, Verdict.REPEATED),
    ]
    assert chain.checkpoints.anchored(stranger.address)[0].size == greatest
    with pytest.raises(CheckpointEmpty):
        chain.send(chain.checkpoints.anchor(0, Digest(b"\x01" * 32)), sender)
    with pytest.raises(RootMissing):
        chain.send(chain.checkpoints.anchor(1, Digest(bytes(32))), sender)


def _serial(ticket: dict[str, Any]) -> int:
    return int(ticket["token"]["serials"]).bit_length() - 1
