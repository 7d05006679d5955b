"""What the check asks the chain: in one request the same as one by one, and where it looks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as st
from requests.exceptions import HTTPError

from ledger.chain.redemptions import _backwards
from ledger.errors import ChainUnavailable
from ledger.models import Digest, PrintToken, Sight, bit_of
from ledger.signing import Signer
from tests.contracts.scene import Job, Scene, fresh_digest

HEAD_BLOCKS = 100
"""More than the first two looks for a redemption take in."""


def one_by_one(scene: Scene, token: PrintToken, signer: Signer) -> Sight:
    chain = scene.chain
    license = chain.license(token.design, token.license)
    may_issue = chain.may_issue(token.design, signer.address)
    return Sight(scene.now(), license, may_issue, None, chain.spent(token.license, token.word))


def test_one_request_says_what_four_say(
    scene: Scene, owner: Signer, printer: Signer, job: Job
) -> None:
    token = scene.token(job.design, job.number, printer.address, serials=0b110)
    assert scene.chain.sight(token, owner.address) == one_by_one(scene, token, owner)
    scene.send(scene.redeem(token, owner, take=0b010), printer)
    seen = scene.chain.sight(token, owner.address)
    assert seen == one_by_one(scene, token, owner)
    assert seen.spent == 0b010
    assert not scene.chain.sight(token, printer.address).may_issue


def test_what_does_not_exist_is_told_and_not_raised(
    scene: Scene, owner: Signer, printer: Signer, job: Job
) -> None:
    token = scene.token(job.design, job.number, printer.address)
    nowhere = replace(token, design=fresh_digest(), license=10**9)  # type: ignore[arg-type]
    seen = scene.chain.sight(nowhere, owner.address)
    assert (seen.license, seen.may_issue, seen.recalled) == (None, False, None)
    other = scene.chain.sight(replace(token, license=10**9), owner.address)
    assert (other.license, other.may_issue) == (None, True)


def test_a_recall_is_told_with_the_design_that_it_is_about(
    scene: Scene, owner: Signer, printer: Signer, job: Job
) -> None:
    token = scene.token(job.design, job.number, printer.address)
    scene.send(scene.chain.recall(job.design, fresh_digest()), owner)
    seen = scene.chain.sight(token, owner.address)
    assert (seen.may_issue, seen.recalled) == (False, job.design)
    assert seen.license == scene.chain.license(job.design, job.number)


def test_a_node_that_takes_no_batches_is_asked_one_by_one(
    scene: Scene, owner: Signer, printer: Signer, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = scene.token(job.design, job.number, printer.address)
    expected = one_by_one(scene, token, owner)
    provider: Any = scene.chain.rpc.w3.provider

    def forbidden(_requests: object) -> object:
        raise HTTPError("400 Bad Request")

    error = {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "no batches"}}
    for refusal in (forbidden, lambda _requests: error, lambda _requests: [error]):
        monkeypatch.setattr(provider, "make_batch_request", refusal)
        assert scene.chain.sight(token, owner.address) == expected


def test_a_node_that_does_not_answer_is_unavailable(
    scene: Scene, owner: Signer, printer: Signer, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = scene.token(job.design, job.number, printer.address)

    def gone(_requests: object) -> object:
        raise ConnectionError

    monkeypatch.setattr(scene.chain.rpc.w3.provider, "make_batch_request", gone)
    with pytest.raises(ChainUnavailable):
        scene.chain.sight(token, owner.address)


def test_a_redemption_is_found_however_many_blocks_came_after_it(
    scene: Scene, owner: Signer, printer: Signer, job: Job
) -> None:
    token = scene.token(job.design, job.number, printer.address, serials=0b11)
    digest = scene.domain.print_token(token).digest()
    redeemed = scene.send(scene.redeem(token, owner, take=0b01), printer)
    for _ in range(HEAD_BLOCKS):
        scene.node.rpc("evm_mine")
    assert scene.chain.rpc.head()[0] - redeemed.block >= HEAD_BLOCKS
    serial = token.word * 256
    assert bit_of(serial) == (token.word, 0b01)
    assert scene.chain.redeemed_as(token, digest, serial) == redeemed.transaction
    assert scene.chain.redeemed_as(token, digest, serial + 1) is None
    assert scene.chain.redeemed_as(token, Digest(bytes(32)), serial) is None


@given(st.integers(0, 10_000), st.integers(0, 100_000))
def test_the_looks_backwards_take_in_each_block_once(first: int, length: int) -> None:
    newest = first + length
    looks = list(_backwards(first, newest))
    assert looks[0][1] == "latest"
    ends = [newest, *(int(last) for _, last in looks[1:])]
    starts = [start for start, _ in looks]
    assert starts[-1] == first
    assert [end + 1 for end in ends[1:]] == starts[:-1]
    assert all(start <= end for start, end in zip(starts, ends, strict=True))
