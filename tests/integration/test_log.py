"""The log on a real service: what is written into it, and the proofs that it gives."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from coincurve import PrivateKey
from coincurve._libsecp256k1 import ffi  # type: ignore[import-not-found]
from sqlmodel import select

from ledger import entries, merkle
from ledger.errors import ChainUnavailable, CheckpointEmpty, EntryNotFound
from ledger.models import Digest, Refusal
from ledger.services import checkpoints
from ledger.services.context import Ledger
from ledger.signing import recover
from ledger.store.logtables import LogNodeRow
from ledger.store.tables import TokenRow
from tests.integration.logged import rows, tree
from tests.scene import Scene

SOMEFILE = Digest(b"\x05" * 32)


@pytest.fixture(scope="module")
def ours(scene: Callable[..., Scene]) -> Scene:
    """A scene that the tests of this module share."""
    return scene(quota=1_000)


# ---------------------------------------------------------------------- entries


def test_an_empty_log_has_nothing_to_anchor(ledger: Ledger) -> None:
    head = checkpoints.head(ledger)
    assert (head.size, head.root) == (0, merkle.EMPTY_ROOT)
    with pytest.raises(CheckpointEmpty):
        checkpoints.anchor(ledger)
    with pytest.raises(EntryNotFound):
        checkpoints.proven_entry(ledger, 0)


def test_what_is_signed_is_logged_once_with_its_signature(ours: Scene) -> None:
    ledger, before = ours.ledger, len(rows(ours.ledger))
    ticket = ours.ticket()
    receipt = ours.receipt(ticket)
    refusal = ours.refusal(SOMEFILE)
    for _ in range(2):
        ours.center.ok("POST", "/receipts", json=receipt)
        ours.center.ok("POST", "/refusals", json=refusal)
    token, told, refused = rows(ledger)[before:]
    assert [row.type for row in (token, told, refused)] == ["PrintToken", "Receipt", "Refusal"]
    assert token.digest == ticket["digest"]
    signers = (ledger.issuer.address, ours.printer.address, ours.printer.address)
    for row, signer in zip((token, told, refused), signers, strict=True):
        entry = entries.decode(row.entry)
        assert str(entry.digest(ledger.domain)) == row.digest
        assert entry.signer(ledger.domain) == signer


def test_a_refusal_that_is_signed_anew_leaves_the_first_as_it_was(ours: Scene) -> None:
    """ECDSA has many signatures of one message by one key; the log has the first of them."""
    refusal = ours.refusal(Digest(b"\x06" * 32))
    first, before = ours.center.ok("POST", "/refusals", json=refusal), len(rows(ours.ledger))
    printer, body = ours.printer.signer, refusal["refusal"]
    message = ours.ledger.domain.refusal(
        Refusal(printer.address, Digest.parse(body["file"]), body["error"], body["refused_at"])
    )
    more = (ffi.NULL, ffi.new("unsigned char[32]", b"\x01" * 32))
    key = PrivateKey(bytes(printer._account.key))
    signature = key.sign_recoverable(message.digest(), hasher=None, custom_nonce=more)
    other = signature[:64] + bytes([27 + signature[64]])
    assert recover(message, other) == printer.address
    again = {**refusal, "signature": "0x" + other.hex()}
    assert again["signature"] != refusal["signature"]
    assert ours.center.ok("POST", "/refusals", json=again) == first
    assert len(rows(ours.ledger)) == before


def test_an_entry_is_there_with_its_record_or_neither(
    ours: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, before = ours.ledger, len(rows(ours.ledger))

    def fails(*_: object) -> None:
        raise ChainUnavailable("Cut off.")

    with monkeypatch.context() as patch:
        patch.setattr("ledger.services.issuing.log.append", fails)
        ours.center.refused("ChainUnavailable", "POST", "/tokens", json=ours.token_request())
    with ledger.database.read() as session:
        tokens = set(session.exec(select(TokenRow.digest)))
    assert len(rows(ledger)) == before
    assert tokens == {row.digest for row in rows(ledger) if row.type == "PrintToken"}


def test_many_at_once_leave_one_order_without_gaps(ours: Scene) -> None:
    ledger, before = ours.ledger, len(rows(ours.ledger))
    requests = [ours.token_request() for _ in range(12)]
    failed: list[object] = []

    def ask(body: dict[str, Any]) -> None:
        try:
            ours.center.ok("POST", "/tokens", json=body)
        except AssertionError as error:
            failed.append(error)

    threads = [threading.Thread(target=ask, args=(body,)) for body in requests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    found = rows(ledger)
    assert len(found) == before + 12
    assert [row.index for row in found] == list(range(len(found)))
    assert checkpoints.head(ledger).root == tree(ledger).root()
    with ledger.database.read() as session:
        for row in session.exec(select(LogNodeRow)):
            assert row.hash == str(tree(ledger).node(row.level, row.index))


# ----------------------------------------------------------------------- proofs


def test_the_api_proves_every_entry_in_every_size(ours: Scene) -> None:
    ledger = ours.ledger
    whole, found = tree(ledger), rows(ledger)
    for size in range(1, len(found) + 1):
        index = size // 2
        answer = ours.center.ok("GET", f"/log/{index}", params={"size": size})
        assert answer["root"] == str(whole.root(size))
        proof = [Digest.parse(hash_) for hash_ in answer["proof"]]
        leaf = merkle.leaf_hash(answer["entry"].encode())
        merkle.verify_inclusion(leaf, index, size, proof, whole.root(size))
        told = ours.center.ok("GET", "/log/consistency", params={"first": size})
        assert told["second"] == len(found)
        path = [Digest.parse(hash_) for hash_ in told["proof"]]
        roots = whole.root(size), whole.root()
        merkle.verify_consistency(size, len(found), path, *roots)
    head = ours.center.ok("GET", "/log/head")
    assert head == {"log": ledger.issuer.address, "size": whole.size, "root": str(whole.root())}
    assert ours.center.ok("GET", "/log/0")["size"] == whole.size


def test_what_the_log_has_not_is_not_found(ours: Scene) -> None:
    size = ours.center.ok("GET", "/log/head")["size"]
    ours.center.refused("EntryNotFound", "GET", f"/log/{size}")
    ours.center.refused("EntryNotFound", "GET", "/log/3", params={"size": 3})
    ours.center.refused("EntryNotFound", "GET", "/log/0", params={"size": size + 1})
    params = {"first": 1, "second": size + 1}
    ours.center.refused("EntryNotFound", "GET", "/log/consistency", params=params)
    params = {"first": 3, "second": 2}
    ours.center.refused("MalformedRequest", "GET", "/log/consistency", params=params)
