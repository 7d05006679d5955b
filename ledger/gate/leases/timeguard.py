"""What time it is, whatever the clock says. Pure: clocks are read elsewhere.

The gate remembers the latest time that it has *seen*: by its own clock, which is in every
line of its journal, and by the news that the issuer signed. Time is the later of clock and
memory, so that setting the clock back gains nothing. A clock that is more than
`TOLERANCE_SECONDS` behind was set back: nothing is printed from leases until it has caught
up. (Below that it is the drift of two honest clocks.)

A clock that once ran *ahead* makes the memory wrong. Only proof puts that right: news that
the gate itself has just fetched from the service and that are newer than all it had. If
they agree with the clock, the clock is right, and what was seen before was not. News from a
USB stick never do: an old edition that was held back would prove an old clock. They can
only say that it is later than thought. The times of blocks are not asked: a node says what
its owner likes, and the chains of developers run ahead of every clock.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

TOLERANCE_SECONDS = 120
"""How far a clock may be behind what was seen before it counts as set back."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at the clock: the `time` to go by, and how many seconds the clock is behind."""

    clock: int
    time: int
    behind: int

    @property
    def set_back(self) -> bool:
        """Whether the clock is further behind than two honest clocks differ."""
        return self.behind > TOLERANCE_SECONDS


@dataclass(frozen=True, slots=True)
class TimeGuard:
    """The latest time seen, and whether a set-back that lasts is written down already."""

    seen: int = 0
    noted: bool = False

    def read(self, clock: int) -> Reading:
        """What a look at the clock says."""
        return Reading(clock, max(clock, self.seen), max(0, self.seen - clock))

    def saw(self, time: int) -> TimeGuard:
        """It is at least that time: somebody trusted says so."""
        return replace(self, seen=max(self.seen, time))

    def looked(self, clock: int) -> TimeGuard:
        """The clock was looked at. One that has caught up may be set back anew."""
        noted = self.noted and self.read(clock).set_back
        return TimeGuard(max(self.seen, clock), noted)

    def wants_note(self, clock: int) -> bool:
        """Whether the clock was set back and that is not written down yet."""
        return self.read(clock).set_back and not self.noted

    def note(self) -> TimeGuard:
        """The set-back is written down: once, until the clock has caught up."""
        return replace(self, noted=True)

    def disproved(self, clock: int, trusted: int) -> bool:
        """Whether a trusted time shows that the clock is right, and what was seen is not."""
        return abs(clock - trusted) <= TOLERANCE_SECONDS and self.read(clock).set_back


def corrected(trusted: int) -> TimeGuard:
    """Begin anew from a trusted time, after which nothing later that was seen counts."""
    return TimeGuard(trusted)
