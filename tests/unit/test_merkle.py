"""The Merkle tree: published vectors, and properties that hold for every tree."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, strategies as st

from ledger import merkle
from ledger.errors import MalformedRequest, ProofInvalid
from ledger.merkle import Tree
from ledger.models import Digest
from tests.conftest import ROOT

GOLDEN: dict[str, Any] = json.loads((ROOT / "tests" / "vectors" / "merkle.json").read_text())
LEAVES = [bytes.fromhex(leaf) for leaf in GOLDEN["leaves"]]
SIZES = st.integers(1, 300)
ENTRIES = [number.to_bytes(2, "little") for number in range(300)]


def tree_of(entries: Sequence[bytes]) -> Tree:
    tree = Tree()
    for entry in entries:
        tree.append(entry)
    return tree


CT = tree_of(LEAVES)
LARGE = tree_of(ENTRIES)


def digests(row: dict[str, Any]) -> list[Digest]:
    return [Digest.parse(text) for text in row["proof"]]


def literal_root(entries: Sequence[bytes]) -> Digest:
    """Section 2.1.1 as it is written: no stored subtrees, no tricks."""
    if not entries:
        return merkle.EMPTY_ROOT
    if len(entries) == 1:
        return merkle.leaf_hash(entries[0])
    k = 1
    while 2 * k < len(entries):
        k *= 2
    return merkle.node_hash(literal_root(entries[:k]), literal_root(entries[k:]))


# ------------------------------------------------------------ published vectors


def test_leaves_and_nodes_are_hashed_as_published() -> None:
    leaf, node = GOLDEN["hashes"]["leaf"], GOLDEN["hashes"]["node"]
    assert merkle.leaf_hash(bytes.fromhex(leaf["entry"])).hex() == leaf["hash"]
    found = merkle.node_hash(bytes.fromhex(node["left"]), bytes.fromhex(node["right"]))
    assert found.hex() == node["hash"]


def test_every_complete_subtree_is_as_published() -> None:
    for level, row in enumerate(GOLDEN["nodes"]):
        assert [CT.node(level, index).hex() for index in range(len(row))] == row


@pytest.mark.parametrize("size", range(9))
def test_the_root_of_every_size_is_as_published(size: int) -> None:
    assert CT.root(size).hex() == GOLDEN["roots"][size]


@pytest.mark.parametrize(("size", "root"), GOLDEN["larger"].items())
def test_the_roots_of_larger_trees_are_as_published(size: str, root: str) -> None:
    assert LARGE.root(int(size)).hex() == root


@pytest.mark.parametrize("row", GOLDEN["inclusion"])
def test_inclusion_proofs_are_as_published_and_verify(row: dict[str, Any]) -> None:
    index, size = row["index"], row["size"]
    assert merkle.inclusion_proof(index, size, CT.node) == digests(row)
    leaf = merkle.leaf_hash(LEAVES[index])
    merkle.verify_inclusion(leaf, index, size, digests(row), CT.root(size))


@pytest.mark.parametrize("row", GOLDEN["consistency"])
def test_consistency_proofs_are_as_published_and_verify(row: dict[str, Any]) -> None:
    first, second = row["first"], row["second"]
    assert merkle.consistency_proof(first, second, CT.node) == digests(row)
    merkle.verify_consistency(first, second, digests(row), CT.root(first), CT.root(second))


# ------------------------------------------------------------------- properties


@given(st.lists(st.binary(max_size=40), max_size=70))
def test_a_root_is_that_of_the_definition(entries: list[bytes]) -> None:
    assert tree_of(entries).root() == literal_root(entries)


@given(SIZES)
def test_a_tree_that_grew_gives_the_roots_that_it_gave_before(size: int) -> None:
    assert LARGE.root(size) == tree_of(ENTRIES[:size]).root() == literal_root(ENTRIES[:size])


@given(SIZES, st.data())
def test_every_inclusion_proof_verifies_and_nothing_near_it_does(
    size: int, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = merkle.inclusion_proof(index, size, LARGE.node)
    leaf, root = merkle.leaf_hash(ENTRIES[index]), LARGE.root(size)
    merkle.verify_inclusion(leaf, index, size, proof, root)
    assert len(proof) <= (size - 1).bit_length()

    wrong: list[tuple[Digest, int, list[Digest], Digest]] = [
        (flipped(leaf, data), index, proof, root),
        (leaf, index, proof, flipped(root, data)),
        (leaf, index, [*proof, root], root),
        (leaf, index, [root, *proof], root),
        (leaf, index + size, proof, root),
        (leaf, -1, proof, root),
    ]
    if proof:
        other = data.draw(st.integers(0, size - 1).filter(lambda number: number != index))
        at = data.draw(st.integers(0, len(proof) - 1))
        changed = [*proof[:at], flipped(proof[at], data), *proof[at + 1 :]]
        wrong += [
            (leaf, other, proof, root),
            (leaf, index, changed, root),
            (leaf, index, proof[:at] + proof[at + 1 :], root),
        ]
    for leaf_, index_, proof_, root_ in wrong:
        with pytest.raises(ProofInvalid):
            merkle.verify_inclusion(leaf_, index_, size, proof_, root_)


@given(SIZES, st.data())
def test_every_consistency_proof_verifies_and_nothing_near_it_does(
    second: int, data: st.DataObject
) -> None:
    first = data.draw(st.integers(1, second))
    proof = merkle.consistency_proof(first, second, LARGE.node)
    old, new = LARGE.root(first), LARGE.root(second)
    merkle.verify_consistency(first, second, proof, old, new)

    wrong: list[tuple[list[Digest], Digest, Digest]] = [
        (proof, flipped(old, data), new),
        (proof, old, flipped(new, data)),
        ([*proof, new], old, new),
        ([old, *proof], old, new),
    ]
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        wrong += [
            ([*proof[:at], flipped(proof[at], data), *proof[at + 1 :]], old, new),
            (proof[:at] + proof[at + 1 :], old, new),
            ([], old, new),
        ]
    for proof_, old_, new_ in wrong:
        with pytest.raises(ProofInvalid):
            merkle.verify_consistency(first, second, proof_, old_, new_)


@given(st.integers(2, 300), st.data())
def test_a_log_that_rewrote_an_entry_is_consistent_with_nothing_before(
    second: int, data: st.DataObject
) -> None:
    first = data.draw(st.integers(1, second - 1))
    rewritten = data.draw(st.integers(0, first - 1))
    entries = [*ENTRIES[:rewritten], b"something else", *ENTRIES[rewritten + 1 : second]]
    forged = tree_of(entries)
    proof = merkle.consistency_proof(first, second, forged.node)
    with pytest.raises(ProofInvalid):
        merkle.verify_consistency(first, second, proof, LARGE.root(first), forged.root())


@given(SIZES)
def test_a_leaf_completes_two_subtrees_on_average_and_reads_what_was_there(size: int) -> None:
    known: dict[tuple[int, int], Digest] = {}
    for index in range(size):
        leaf = merkle.leaf_hash(ENTRIES[index])
        for level, place, hash_ in merkle.completed(index, leaf, lambda *at: known[at]):
            assert (level, place) not in known
            known[level, place] = hash_
    assert len(known) == 2 * size - size.bit_count()
    assert merkle.root(size, lambda *at: known[at]) == LARGE.root(size)


# --------------------------------------------------------------------- refusals


@pytest.mark.parametrize(("index", "size"), [(-1, 5), (5, 5), (6, 5), (0, 0)])
def test_there_is_no_inclusion_proof_of_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(MalformedRequest):
        merkle.inclusion_proof(index, size, CT.node)


@pytest.mark.parametrize(("first", "second"), [(0, 5), (6, 5), (-1, 5)])
def test_there_is_no_consistency_proof_of_a_tree_that_is_no_beginning(
    first: int, second: int
) -> None:
    with pytest.raises(MalformedRequest):
        merkle.consistency_proof(first, second, CT.node)
    with pytest.raises(ProofInvalid):
        merkle.verify_consistency(first, second, [], CT.root(1), CT.root(5))


def test_the_empty_tree_proves_nothing() -> None:
    with pytest.raises(ProofInvalid):
        merkle.verify_inclusion(merkle.leaf_hash(b""), 0, 0, [], merkle.EMPTY_ROOT)


def flipped(digest: Digest, data: st.DataObject) -> Digest:
    """The digest with one bit changed."""
    bit = data.draw(st.integers(0, 255))
    return Digest((int(digest) ^ 1 << bit).to_bytes(32, "big"))
