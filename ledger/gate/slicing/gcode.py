"""Read what a G-code file will do: filament, time, layers, and the room that it needs.

The file is followed line by line, as firmwares do (Marlin and Klipper agree on the commands
that are followed here); what the slicer says in comments is taken where moves cannot tell.
Source: the RepRap G-code reference (reprap.org/wiki/G-code).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from ledger.errors import DoesNotFit, SlicingFailed
from ledger.gate.disk import translated
from ledger.gate.slicing.comments import Said
from ledger.gate.slicing.dialect import lasting_in, parse
from ledger.gate.slicing.head import Box, Head

MAX_LINE = 2**16
"""Bytes of one line; slicers write some hundred at most."""
MAX_BYTES = 2 * 2**30
"""Bytes of one file; half a day of printing is some ten megabytes."""
MAX_LINES = 30_000_000
"""Lines of one file; some minutes of reading, in which the gate does nothing else."""


@dataclass(frozen=True, slots=True)
class Bed:
    """The room in which a machine prints: its lowest and its highest corner, in mm."""

    low: tuple[float, float, float]
    high: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a G-code file says and does.

    `filament` in mm, all tools together; `material_mg` in milligrams and `material` (`PLA`) as
    the slicer says, 0 and empty if it does not. `seconds` as the slicer estimates, or else how
    long the moves take without acceleration (`estimated` is false then). `box` is that of all
    extruding moves, None if there are none or if a move could not be followed. `lasting` is the
    first command that changes the machine for longer than the job, empty if there is none.
    """

    filament: float
    material_mg: int
    material: str
    seconds: int
    estimated: bool
    layers: int
    box: Box | None
    made_by: str = ""
    lasting: str = ""

    def as_json(self) -> dict[str, object]:
        """For the journal: whole numbers, and lengths in micrometers."""
        return {
            "filament_um": round(self.filament * 1_000),
            "material_mg": self.material_mg,
            "material": self.material,
            "seconds": self.seconds,
            "layers": self.layers,
            "box_um": self.box and [[round(v * 1_000) for v in corner] for corner in self.box],
            "made_by": self.made_by,
        }


def read(path: Path, max_bytes: int = MAX_BYTES) -> Reading:
    """Read a G-code file. Raises SlicingFailed if it is none, StoreUnavailable."""
    with translated("The G-code"), path.open("rb") as file:
        return read_stream(file, max_bytes)


def read_stream(file: BinaryIO, max_bytes: int = MAX_BYTES) -> Reading:
    """Read G-code in constant memory. Raises SlicingFailed if it is none, or too large."""
    follower, size, count = _Follower(), 0, 0
    while line := file.readline(MAX_LINE + 1):
        size, count = size + len(line), count + 1
        if len(line) > MAX_LINE:
            raise SlicingFailed(f"The G-code has a line of more than {MAX_LINE} bytes.")
        if size > max_bytes:
            raise SlicingFailed(f"The G-code has more than {max_bytes} bytes.")
        if count > MAX_LINES:
            raise SlicingFailed(f"The G-code has more than {MAX_LINES:,} lines.")
        if b"\0" in line:
            raise SlicingFailed("The G-code holds zero bytes: it is damaged.")
        follower.take(line)
    return follower.reading()


def require_fits(reading: Reading, bed: Bed | None) -> None:
    """Raise DoesNotFit unless every extruding move lies on the bed; None: nothing is known of it.

    What cannot be followed (arcs without a center, other work coordinates, moves from where
    only the machine knows, lines that firmwares read in different ways) cannot be told to fit,
    and does not.
    """
    if bed is None:
        return
    if reading.box is None:
        raise DoesNotFit("The G-code moves in ways that cannot be followed, so it may not fit.")
    low, high = reading.box
    for axis, name in enumerate("XYZ"):
        if low[axis] < bed.low[axis] - _ROUNDING or high[axis] > bed.high[axis] + _ROUNDING:
            raise DoesNotFit(
                f"The job needs {name} from {low[axis]:.2f} to {high[axis]:.2f} mm; the printer "
                f"has {bed.low[axis]:.2f} to {bed.high[axis]:.2f} mm."
            )


def require_passing(reading: Reading) -> None:
    """Raise SlicingFailed if the machine would not be after the job what it was before.

    A stranger's job has no business with a machine's files, settings, network or firmware.
    """
    if reading.lasting:
        raise SlicingFailed(
            f"The G-code has {reading.lasting}, which changes the machine for longer than a job."
        )


_ROUNDING = 0.0005
"""Slicers write three decimals."""


@dataclass(slots=True)
class _Follower:
    head: Head = field(default_factory=Head)
    said: Said = field(default_factory=Said)
    commands: int = 0
    lasting: str = ""

    def take(self, line: bytes) -> None:
        parts = line.rstrip(b"\r\n").split(b"\r")
        for part in parts:
            self._take(part)
        if len(parts) > 1:  # it ends a line, and so a comment, for some firmwares only
            self.head.lost = True

    def _take(self, line: bytes) -> None:
        code, _, comment = line.partition(b";")
        if comment:
            self.said.take(comment)
        found = parse(code)
        self.head.lost |= not found.clear
        self.lasting = self.lasting or found.lasting
        if comment and code.count(b"(") > code.count(b")"):
            # Where remarks in parentheses are left out, the comment may be one that ends.
            self.head.lost = True
            self.lasting = self.lasting or lasting_in(line)
        if found.name:
            self.commands += 1
            self.head.do(found.name, found.words)

    def reading(self) -> Reading:
        if not self.commands:
            raise SlicingFailed("There is no command in the G-code.")
        head, said = self.head, self.said
        if not (math.isfinite(head.filament) and math.isfinite(head.seconds)):
            raise SlicingFailed("The G-code asks for moves without end.")
        return Reading(
            filament=head.filament,
            material_mg=said.material_mg,
            material=said.material,
            seconds=said.seconds if said.seconds is not None else math.ceil(head.seconds),
            estimated=said.seconds is not None,
            layers=said.layers or head.layers,
            box=head.box,
            made_by=said.made_by,
            lasting=self.lasting,
        )
