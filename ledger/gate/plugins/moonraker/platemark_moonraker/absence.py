"""How long Klippy is away, however often it comes and goes before it is ready again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Absence:
    """One countdown, from the moment at which Klippy went away until it is back."""

    def __init__(self, seconds: float, over: Callable[[], None]) -> None:
        """`over` is called when it has been away for so many seconds."""
        self._seconds = seconds
        self._over = over
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """It is away: still, or from now on."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._seconds, self._lasted)

    def end(self) -> None:
        """It is back."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _lasted(self) -> None:
        self._timer = None
        self._over()
