"""Whether the gate runs, and which files of the owner's wait for its answer."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from platemark_release import Refused

from .files import digest

WAITS_SECONDS = 600
"""How long a file that somebody asked for waits."""

AT_ONCE = 16
"""How many may wait."""

ABSENT = "the gate does not run, so nothing prints"
OFF = "only the gate starts prints here; own files are switched off"


class Pulse:
    """The newest beat. Nothing is kept over a restart: the gate beats every few seconds."""

    def __init__(self) -> None:
        self._count = -1
        self._until = 0
        self._own_files = False

    def take(self, beat: dict[str, Any]) -> None:
        """A beat whose signature was checked. Raises Refused for one that is not the newest."""
        if beat["count"] <= self._count:
            raise Refused("There was a newer beat.")
        self._count, self._until = beat["count"], beat["expires"]
        self._own_files = beat["own_files"]

    def alive(self, now: float) -> bool:
        """Whether the gate runs."""
        return now < self._until

    def own_files(self, now: float) -> bool:
        """Whether the owner's own files may be asked for."""
        return self.alive(now) and self._own_files

    def why_not(self, now: float) -> str | None:
        """Why nothing that a user asks for prints, or None."""
        if not self.alive(now):
            return ABSENT
        return None if self._own_files else OFF


class Requests:
    """Own files that wait for the gate: {name: (sha256, asked at)}."""

    def __init__(self) -> None:
        self._asked: dict[str, tuple[str, float]] = {}

    async def ask(self, name: str, path: Path, now: float) -> None:
        """Hold a print. Raises Refused if too many wait."""
        self.all(now)
        if len(self._asked) >= AT_ONCE:
            raise Refused("Too many files wait for the gate.")
        found = await asyncio.get_running_loop().run_in_executor(None, digest, path)
        self._asked[name] = (found, now)

    def asks(self, name: str, sha256: str) -> bool:
        """Whether this file waits, with these bytes."""
        return self._asked.get(name, ("", 0.0))[0] == sha256

    def forget(self) -> None:
        """Something prints now."""
        self._asked.clear()

    def all(self, now: float) -> list[dict[str, str]]:
        """Those that wait, as the gate is told of them."""
        self._asked = {n: v for n, v in self._asked.items() if now - v[1] < WAITS_SECONDS}
        return [{"name": name, "sha256": value[0]} for name, value in self._asked.items()]
