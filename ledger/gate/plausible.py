"""What may be believed of a host: a receipt is the printer's word, and the host's only so far.

A host can be broken, or lie. What it says is held against what the gate knows itself (when
the machine got the file, what time it is) and against what a receipt can say at all. What
does not fit is left out or brought to the nearest that does, and is told as a doubt, which
the gate writes into its journal beside what it signs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ledger.gate.ports import Phase, Progress
from ledger.models import UNKNOWN_SHARE

MAX_MATERIAL_MG = 10**12
"""A thousand tonnes: nobody prints that in one piece."""
MAX_ENERGY_JOULE = 10**13
MAX_MATERIAL_NAME = 64
MARGIN_SECONDS = 120
"""How far the clocks of gate and host may differ without a word."""
_WHOLE = 10_000


@dataclass(frozen=True, slots=True)
class Told:
    """What is believed, with all times given once the job ended; and what was not believed."""

    progress: Progress
    doubts: tuple[str, ...] = ()


def believe(progress: Progress, handed_at: int, now: int) -> Told:
    """What counts of a host's word on a job that it got at `handed_at` (Unix seconds).

    An end needs an outcome, and an outcome an end: with only one of them the job goes on.
    """
    if (progress.phase is Phase.ENDED) != (progress.outcome is not None):
        going_on = Progress(Phase.PRINTING, started=progress.started)
        return Told(going_on, ("an end without an outcome, or an outcome without an end",))
    if progress.outcome is None:
        return Told(progress)
    doubts: list[str] = []
    started = _time("start", progress.started, handed_at, handed_at, now, doubts)
    ended = _time("end", progress.ended, now, started, max(now, started), doubts)
    believed = replace(
        progress,
        started=started,
        ended=ended,
        duration=_within("duration", progress.duration, ended - started, doubts, MARGIN_SECONDS),
        material_mg=_within("material", progress.material_mg, MAX_MATERIAL_MG, doubts),
        energy_joule=_within("energy", progress.energy_joule, MAX_ENERGY_JOULE, doubts),
        material=_name(progress.material, doubts),
        recycled=_share(progress.recycled, doubts),
    )
    return Told(believed, tuple(doubts))


def _time(
    what: str, said: int | None, otherwise: int, first: int, last: int, doubts: list[str]
) -> int:
    """A time between `first` and `last`; `otherwise` where the host does not know it."""
    if said is None:
        return otherwise
    if not first - MARGIN_SECONDS <= said <= last + MARGIN_SECONDS:
        doubts.append(f"the {what} at {said}, not between {first} and {last}")
    return max(first, min(said, last))


def _within(what: str, said: int, most: int, doubts: list[str], margin: int = 0) -> int:
    """A figure from 0 to `most`, or 0 (not known) where it cannot be."""
    if 0 <= said <= most:
        return said
    if most < said <= most + margin:
        return most
    doubts.append(f"the {what} {said}, not from 0 to {most}")
    return 0


def _name(said: str, doubts: list[str]) -> str:
    if len(said) <= MAX_MATERIAL_NAME and said.isprintable():
        return said
    doubts.append(f"a kind of material of {len(said)} characters that is no name")
    return ""


def _share(said: int, doubts: list[str]) -> int:
    if 0 <= said <= _WHOLE or said == UNKNOWN_SHARE:
        return said
    doubts.append(f"the recycled share {said}, not from 0 to {_WHOLE}")
    return UNKNOWN_SHARE
