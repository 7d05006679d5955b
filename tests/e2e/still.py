"""Platemark's own command, with a gate that stands still around chosen lines of its journal.

Around which, the files in the folder `stops` say, each named `STATE.before` or `STATE.after`.
A gate that stands moves the file to `standing`, and goes on when it is gone. So what is
killed meanwhile is killed exactly there, however slow the machine is.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ledger.cli import main
from ledger.gate import bench, runner
from ledger.gate.journal import Journal, Record, State

LONGEST_SECONDS = 60
"""Whoever watches died: then the gate goes on by itself."""


class StillJournal(Journal):
    """Stands still before or after some of its lines."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._stops, self._standing = path.parent / "stops", path.parent / "standing"

    def append(self, at: int, key: str, state: State, data: Mapping[str, Any]) -> Record:
        """See `Journal.append`."""
        self._stand_still(f"{state.value}.before")
        record = super().append(at, key, state, data)
        self._stand_still(f"{state.value}.after")
        return record

    def _stand_still(self, name: str) -> None:
        stop, standing = self._stops / name, self._standing / name
        if not stop.exists():
            return
        stop.rename(standing)
        end = time.monotonic() + LONGEST_SECONDS
        while standing.exists() and time.monotonic() < end:
            time.sleep(0.01)


if __name__ == "__main__":
    setattr(runner, Journal.__name__, StillJournal)  # where a gate opens its own
    # A second between two tries, not up to five minutes: what is killed here is back soon.
    bench._LONGEST_WAIT_SECONDS = 1
    main()
