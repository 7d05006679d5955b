"""How the press speaks to Klippy: past what guards it from everybody else."""

from __future__ import annotations

from typing import Protocol


class Line(Protocol):
    """The way to Klippy that is not guarded. Its methods raise what Moonraker raises."""

    async def script(self, script: str) -> None:
        """Run G-code."""

    async def call(self, method: str) -> None:
        """Call one of Klippy's endpoints."""

    async def selected(self) -> str:
        """The file that Klipper prints, or printed last; empty for none."""
