"""The Merkle tree of an append-only log, its proofs and their verification. RFC 9162, 2.1.

SHA-256; a leaf is hashed behind the byte 0x00, an inner node behind 0x01, so that neither
can be taken for the other. Nothing here stores anything: a tree is read through a function
from `(level, index)` to the hash of the complete subtree over the leaves
`index << level` .. `(index + 1 << level) - 1`. Complete subtrees never change when the log
grows. So each hash is computed once, and the root and every proof of a tree of n leaves
take about 2 log2(n) reads. Section numbers are those of RFC 9162.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence

from ledger.errors import MalformedRequest, ProofInvalid
from ledger.models import Digest

MAX_SIZE = 2**63 - 1
"""Leaves that a log can have: as far as databases count."""

Nodes = Callable[[int, int], Digest]
"""`(level, index)` to the hash of a complete subtree; the leaves are at level 0."""

EMPTY_ROOT = Digest(hashlib.sha256(b"").digest())
"""The root of a tree without leaves (2.1.1)."""


def leaf_hash(entry: bytes) -> Digest:
    """The hash of one entry as a leaf (2.1.1)."""
    return Digest(hashlib.sha256(b"\x00" + entry).digest())


def node_hash(left: bytes, right: bytes) -> Digest:
    """The hash over two subtrees (2.1.1)."""
    return Digest(hashlib.sha256(b"\x01" + left + right).digest())


# ------------------------------------------------------------------ building


def completed(index: int, leaf: Digest, nodes: Nodes) -> Iterator[tuple[int, int, Digest]]:
    """Yield `(level, index, hash)` of every subtree that leaf `index` completes, the leaf first.

    Two on average; `nodes` is asked for subtrees of leaves before `index` only.
    """
    level, hash_ = 0, leaf
    yield level, index, hash_
    while index & 1:
        hash_ = node_hash(nodes(level, index - 1), hash_)
        level, index = level + 1, index >> 1
        yield level, index, hash_


def root(size: int, nodes: Nodes) -> Digest:
    """The root over the first `size` leaves (2.1.1)."""
    return _range(0, size, nodes) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, nodes: Nodes) -> list[Digest]:
    """The hashes that lead from leaf `index` to the root over `size` leaves (2.1.3.1).

    Raises MalformedRequest unless 0 <= index < size.
    """
    if not 0 <= index < size:
        raise MalformedRequest(f"A tree of {size} leaves has no leaf {index}.")
    first, last, path = 0, size, []
    while last - first > 1:
        middle = first + _split(last - first)
        if index < middle:
            path.append(_range(middle, last, nodes))
            last = middle
        else:
            path.append(_range(first, middle, nodes))
            first = middle
    return path[::-1]


def consistency_proof(first: int, second: int, nodes: Nodes) -> list[Digest]:
    """The hashes that prove the first tree to be the beginning of the second (2.1.4.1).

    Raises MalformedRequest unless 0 < first <= second.
    """
    if not 0 < first <= second:
        raise MalformedRequest(f"A tree of {first} leaves is no beginning of one of {second}.")
    start, end, whole, path = 0, second, True, []
    while first != end:  # SUBPROOF of 2.1.4.1; `whole`: nothing was left out on the left so far
        middle = start + _split(end - start)
        if first <= middle:
            path.append(_range(middle, end, nodes))
            end = middle
        else:
            path.append(_range(start, middle, nodes))
            start, whole = middle, False
    if not whole:
        path.append(_range(start, end, nodes))
    return path[::-1]


def _range(first: int, last: int, nodes: Nodes) -> Digest:
    """The hash over the leaves `first` .. `last - 1`, a subtree of some tree of the log."""
    size = last - first
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return nodes(level, first >> level)
    middle = first + _split(size)
    return node_hash(_range(first, middle, nodes), _range(middle, last, nodes))


def _split(size: int) -> int:
    """The largest power of two that is smaller than `size` (2.1.1)."""
    return 1 << (size - 1).bit_length() - 1


# ----------------------------------------------------------------- verifying


def verify_inclusion(
    leaf: Digest, index: int, size: int, proof: Sequence[Digest], expected: Digest
) -> None:
    """Raise ProofInvalid unless `leaf` is leaf `index` under the root `expected` (2.1.3.2)."""
    if not 0 <= index < size:
        raise ProofInvalid(f"A tree of {size} leaves has no leaf {index}.", index=index, size=size)
    node, last, found = index, size - 1, leaf
    for hash_ in proof:
        if last == 0:
            raise ProofInvalid("The inclusion proof is too long.", index=index, size=size)
        if node & 1 or node == last:
            found = node_hash(hash_, found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, hash_)
        node, last = node >> 1, last >> 1
    if last != 0 or found != expected:
        raise ProofInvalid(
            f"The inclusion proof of leaf {index} does not lead to the root {expected}.",
            index=index,
            size=size,
        )


def verify_consistency(
    first: int, second: int, proof: Sequence[Digest], first_root: Digest, second_root: Digest
) -> None:
    """Raise ProofInvalid unless the first tree is the beginning of the second (2.1.4.2)."""
    if 0 < first < second:
        # A complete subtree is its own root, so the proof does not repeat it.
        path = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
        proven = _rebuilt(first, second, path) == (first_root, second_root)
    else:
        proven = 0 < first == second and not proof and first_root == second_root
    if not proven:
        raise ProofInvalid(
            f"The trees of {first} and {second} leaves are not proven to be consistent.",
            first=first,
            second=second,
        )


def _rebuilt(first: int, second: int, path: list[Digest]) -> tuple[Digest, Digest] | None:
    """Both roots as the path gives them; None for a path of a wrong length."""
    if not path:
        return None
    node, last = first - 1, second - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = path[0]
    for hash_ in path[1:]:
        if last == 0:
            return None
        if node & 1 or node == last:
            old, new = node_hash(hash_, old), node_hash(hash_, new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, hash_)
        node, last = node >> 1, last >> 1
    return (old, new) if last == 0 else None


class Tree:
    """A tree in memory, for who has all the entries and trusts no stored hash."""

    def __init__(self) -> None:
        self._levels: list[list[Digest]] = []
        self.size = 0

    def append(self, entry: bytes) -> None:
        """Add one entry behind the last."""
        for level, _, hash_ in completed(self.size, leaf_hash(entry), self.node):
            if level == len(self._levels):
                self._levels.append([])
            self._levels[level].append(hash_)
        self.size += 1

    def root(self, size: int | None = None) -> Digest:
        """The root over the first `size` entries; over all unless given."""
        return root(self.size if size is None else size, self.node)

    def node(self, level: int, index: int) -> Digest:
        """The hash of one complete subtree: what the functions above read a tree through."""
        return self._levels[level][index]
