"""The law of a log, held against the checkpoints that were anchored: pure decisions.

The contract keeps nothing, so it cannot refuse a checkpoint that breaks the law. Whoever
reads its events in their order can tell, and everybody comes to the same verdict.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from ledger.models import Digest


class Verdict(StrEnum):
    """What a checkpoint is beside those of the same log that were anchored before it."""

    GOOD = "good"
    REPEATED = "repeated"
    """The same size and root as before: it changes nothing."""
    SHRINKS = "shrinks"
    """A greater size was anchored before."""
    CONTRADICTS = "contradicts"
    """Another root of the same size was anchored before; that one counts."""


BROKEN = (Verdict.SHRINKS, Verdict.CONTRADICTS)
"""Verdicts that prove an operator to have broken the law."""


@dataclass(frozen=True, slots=True)
class Anchored:
    """A checkpoint as the chain has it, and where."""

    size: int
    root: Digest
    transaction: Digest
    block: int


def judge(size: int, root: Digest, greatest: int, first: Digest | None) -> Verdict:
    """The verdict on a checkpoint.

    `greatest` is the greatest size that was anchored before (0 for none), `first` the first
    root of this very size.
    """
    if first is not None and first != root:
        return Verdict.CONTRADICTS
    if size < greatest:
        return Verdict.SHRINKS
    return Verdict.GOOD if first is None else Verdict.REPEATED


def judge_all(checkpoints: Iterable[Anchored]) -> list[tuple[Anchored, Verdict]]:
    """The checkpoints of one log in the chain's order, each with its verdict."""
    greatest, firsts, judged = 0, dict[int, Digest](), list[tuple[Anchored, Verdict]]()
    for row in checkpoints:
        judged.append((row, judge(row.size, row.root, greatest, firsts.get(row.size))))
        greatest = max(greatest, row.size)
        firsts.setdefault(row.size, row.root)
    return judged
