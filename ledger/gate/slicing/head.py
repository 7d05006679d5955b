"""The print head as a G-code file moves it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Point = tuple[float, float, float]
Box = tuple[Point, Point]
"""The lowest and the highest corner, in mm."""
Words = Mapping[bytes, float]

_AXES = (b"X", b"Y", b"Z")
_INCH = 25.4
_FIRST_FEED = 1_500.0
"""mm a minute, where the file does not say; Marlin's."""


@dataclass(slots=True)
class Head:
    """Where the nozzle is and what was fed. None for an axis: only the machine knows."""

    at: list[float | None] = field(default_factory=lambda: [None, None, None])
    shift: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    """What G92 added: machine position = written position + shift."""
    scale: float = 1.0
    relative: bool = False
    relative_feed: bool = False
    feed_told: bool = False
    written: float = 0.0
    """What the extruder's position is called."""
    tool: int = 0
    fed: dict[int, float] = field(default_factory=dict)
    """Filament that left or re-entered each tool, and the most that ever had left it."""
    most: dict[int, float] = field(default_factory=dict)
    speed: float = _FIRST_FEED
    seconds: float = 0.0
    lost: bool = False
    low: list[float] = field(default_factory=lambda: [math.inf] * 3)
    high: list[float] = field(default_factory=lambda: [-math.inf] * 3)
    layers: int = 0
    layer: float = -math.inf

    @property
    def filament(self) -> float:
        """How many mm of filament were fed and not drawn back, of all tools."""
        return sum(self.most.values())

    @property
    def box(self) -> Box | None:
        """The box of all extruding moves, None if a move was lost or there is none."""
        if self.lost or not all(map(math.isfinite, (*self.low, *self.high))):
            return None
        return (self.low[0], self.low[1], self.low[2]), (self.high[0], self.high[1], self.high[2])

    def do(self, name: str, words: Words) -> None:
        """Do one command (`G1`) with its words."""
        action = _ACTIONS.get(name)
        if action is not None:
            action(self, words)
        elif name.startswith("T"):
            self.tool = int(float(name[1:]))

    def _home(self, words: Words) -> None:
        named = [axis for axis, letter in enumerate(_AXES) if letter in words]
        for axis in named or range(3):
            self.at[axis], self.shift[axis] = None, 0.0

    def _dwell(self, words: Words) -> None:
        self.seconds += words.get(b"S", 0.0) + words.get(b"P", 0.0) / 1_000

    def _go_relative(self, *, relative: bool) -> None:
        self.relative = relative
        if not self.feed_told:  # firmwares differ on what G91 means after M82 or M83
            self.relative_feed = relative

    def _feed_relative(self, *, relative: bool) -> None:
        self.relative_feed, self.feed_told = relative, True

    def _measure_in(self, scale: float) -> None:
        self.scale = scale

    def _move(self, words: Words) -> None:
        before, fed = self.at.copy(), self._feed(words)
        for axis, letter in enumerate(_AXES):
            if letter in words:
                self.at[axis] = self._target(axis, words[letter])
        steps = [
            b - a for a, b in zip(before, self.at, strict=True) if a is not None and b is not None
        ]
        length = math.hypot(*steps)
        moved = any(letter in words for letter in _AXES)
        self._take_time(length or abs(fed))
        if fed > 0 and moved:
            self._extrude_to(before)
            self._extrude_to(self.at)

    def _arc(self, words: Words, *, clockwise: bool) -> None:
        x, y = self.at[0], self.at[1]
        fed = self._feed(words)
        before = self.at.copy()
        for axis, letter in enumerate(_AXES):
            if letter in words:
                self.at[axis] = self._target(axis, words[letter])
        end_x, end_y = self.at[0], self.at[1]
        if x is None or y is None or end_x is None or end_y is None:
            self.lost |= fed > 0
            return
        if b"R" in words or not (b"I" in words or b"J" in words):  # by radius: two circles, rare
            self.lost |= fed > 0
            return
        middle_x = x + words.get(b"I", 0.0) * self.scale
        middle_y = y + words.get(b"J", 0.0) * self.scale
        radius = math.hypot(x - middle_x, y - middle_y)
        first = math.atan2(y - middle_y, x - middle_x)
        last = math.atan2(end_y - middle_y, end_x - middle_x)
        swept = (first - last if clockwise else last - first) % math.tau or math.tau
        if words.get(b"P"):  # and whole circles on top
            swept = math.tau
        self._take_time(radius * swept)
        if fed <= 0:
            return
        self._extrude_to(before)
        self._extrude_to(self.at)
        for quarter in range(4):
            angle = quarter * math.tau / 4
            away = (first - angle if clockwise else angle - first) % math.tau
            if away <= swept:
                place = (middle_x + radius * math.cos(angle), middle_y + radius * math.sin(angle))
                self._extrude_to([*place, self.at[2]])

    def _feed(self, words: Words) -> float:
        """What a move feeds, in mm; notes the speed as well."""
        if b"F" in words and words[b"F"] > 0:
            self.speed = words[b"F"] * self.scale
        if b"E" not in words:
            return 0.0
        value = words[b"E"] * self.scale
        fed = value if self.relative_feed else value - self.written
        self.written = self.written + value if self.relative_feed else value
        now = self.fed.get(self.tool, 0.0) + fed
        self.fed[self.tool] = now
        self.most[self.tool] = max(self.most.get(self.tool, 0.0), now)
        return fed

    def _target(self, axis: int, value: float) -> float | None:
        here = self.at[axis]
        if self.relative:
            return None if here is None else here + value * self.scale
        return value * self.scale + self.shift[axis]

    def _rename(self, words: Words) -> None:
        """G92: give the present place another name; the place itself stays."""
        every = not any(letter in words for letter in (*_AXES, b"E"))
        if every or b"E" in words:
            self.written = words.get(b"E", 0.0) * self.scale
        for axis, letter in enumerate(_AXES):
            if every or letter in words:
                value, here = words.get(letter, 0.0) * self.scale, self.at[axis]
                if here is None:  # it has a name now, but nobody knows for which place
                    self.lost = True
                else:
                    self.shift[axis] = here - value

    def _take_time(self, length: float) -> None:
        self.seconds += length / self.speed * 60

    def _extrude_to(self, place: list[float | None]) -> None:
        for axis, value in enumerate(place):
            if value is None:
                self.lost = True
                continue
            self.low[axis] = min(self.low[axis], value)
            self.high[axis] = max(self.high[axis], value)
        height = place[2]
        if height is not None and height > self.layer:
            self.layer = height
            self.layers += 1


_ACTIONS: dict[str, Callable[[Head, Words], None]] = {
    "G0": Head._move,
    "G1": Head._move,
    "G2": lambda head, words: head._arc(words, clockwise=True),
    "G3": lambda head, words: head._arc(words, clockwise=False),
    "G4": Head._dwell,
    "G20": lambda head, _: head._measure_in(_INCH),
    "G21": lambda head, _: head._measure_in(1.0),
    "G28": Head._home,
    "G90": lambda head, _: head._go_relative(relative=False),
    "G91": lambda head, _: head._go_relative(relative=True),
    "G92": Head._rename,
    "M82": lambda head, _: head._feed_relative(relative=False),
    "M83": lambda head, _: head._feed_relative(relative=True),
}
