"""Tell the story in the terminal, and keep score: what was to happen, and what did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from rich.console import Console
from rich.table import Table

from ledger.errors import LedgerError

T = TypeVar("T")


class StoryBroken(Exception):
    """A step went otherwise than told, and the rest cannot be played without it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the summary."""

    step: str
    expected: str
    happened: str

    @property
    def good(self) -> bool:
        """Whether it went as told."""
        return self.expected == self.happened


class Stage:
    """Narrates, and collects one entry for each step."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self.entries: list[Entry] = []

    def scene(self, title: str, text: str) -> None:
        """Begin a scene."""
        self._console.print()
        self._console.rule(f"[bold]{title}", align="left")
        self._console.print(text, style="italic", highlight=False)

    def say(self, text: str) -> None:
        """A line of the story."""
        self._console.print(f"  {text}", highlight=False, markup=False)

    def works(self, step: str, action: Callable[[], T], tell: Callable[[T], str]) -> T:
        """A step that must succeed; `tell` says what came of it. Raises StoryBroken."""
        try:
            result = action()
        except LedgerError as error:
            self._note(Entry(step, "done", type(error).__name__), error.detail)
            raise StoryBroken(step) from error
        self._note(Entry(step, "done", "done"), tell(result))
        return result

    def refused(self, step: str, error: str, action: Callable[[], object]) -> None:
        """A step that must be refused with this error."""
        try:
            action()
        except LedgerError as refusal:
            self._note(Entry(step, error, type(refusal).__name__), refusal.detail, refused=True)
            return
        self._note(Entry(step, error, "done"), "Nothing refused it.")

    def equal(self, step: str, expected: object, found: object) -> None:
        """Two values that must be the same."""
        self._note(Entry(step, str(expected), str(found)), f"{found}")

    def close(self) -> bool:
        """Print the summary; whether everything went as told."""
        table = Table(title="What was to happen, and what did", title_justify="left")
        for column in ("", "step", "expected", "happened"):
            table.add_column(column, overflow="fold")
        for entry in self.entries:
            mark = "[green]✓" if entry.good else "[red]✗"
            table.add_row(mark, entry.step, entry.expected, entry.happened)
        self._console.print()
        self._console.print(table)
        bad = sum(not entry.good for entry in self.entries)
        self._console.print(
            f"{len(self.entries)} steps, {bad} otherwise than told.", highlight=False
        )
        return bad == 0

    def _note(self, entry: Entry, detail: str, *, refused: bool = False) -> None:
        self.entries.append(entry)
        mark = "[green]✓[/]" if entry.good else "[bold red]✗[/]"
        named = f" [yellow]refused: {entry.happened}[/]" if refused and entry.good else ""
        self._console.print(f"  {mark} {entry.step}{named}", highlight=False)
        self._console.print(f"    {detail}", style="dim", highlight=False, markup=False)
