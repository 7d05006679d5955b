"""What everybody should have in the end, by the rules alone: a few lines of plain Python."""

from __future__ import annotations

from dataclasses import dataclass, field

WHOLE = 10_000


@dataclass
class Earner:
    """A design: what its own prints brought in, and what part of it each parent asked for."""

    parents: list[tuple[Earner, int]] = field(default_factory=list)
    settled: int = 0
    withdrawn: int = 0
    children: list[tuple[Earner, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for parent, share in self.parents:
            parent.children.append((self, share))

    @property
    def gross(self) -> int:
        """All that ever came in, once everything below has been passed up."""
        return self.settled + sum(child.gross * share // WHOLE for child, share in self.children)

    @property
    def own(self) -> int:
        """What is left of it for the owners: their parents' part is rounded as one."""
        return self.gross - self.gross * sum(share for _, share in self.parents) // WHOLE

    def withdraw(self) -> int:
        """Take out what waits; the amount."""
        amount = self.own - self.withdrawn
        self.withdrawn += amount
        return amount
