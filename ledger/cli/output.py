"""What the commands print: data on stdout, as a table or as JSON; all else on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TextColumn,
    TransferSpeedColumn,
)
from rich.table import Table
from rich.text import Text

from ledger.client.uploads import Progress as Report

_PIPE_WIDTH = 240
"""Columns where nobody looks: wide enough that no hash is broken in two."""


def data() -> Console:
    """Stdout."""
    terminal = sys.stdout.isatty()
    return Console(file=sys.stdout, width=None if terminal else _PIPE_WIDTH, highlight=False)


def notes() -> Console:
    """Stderr: progress, notices and errors."""
    return Console(file=sys.stderr, highlight=False)


def note(sentence: str) -> None:
    """Say something to whoever watches; never part of the data."""
    notes().print(Text(plain(sentence), style="dim"), soft_wrap=True)


def plain(text: str) -> str:
    """The text without what moves a terminal's cursor or colours it: others chose its words."""
    return "".join(
        letter if letter.isprintable() or letter == "\n" else "\ufffd" for letter in text
    )


def print_json(document: Any) -> None:
    """Print one JSON document, and nothing else, on stdout."""
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def print_record(
    document: Any, members: Mapping[str, Any], *, as_json: bool, title: str | None = None
) -> None:
    """One thing: all of it as JSON, or the members that a person wants as a table."""
    if as_json:
        print_json(document)
        return
    table = Table(title=title, title_justify="left", show_header=False, box=None)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in members.items():
        table.add_row(name, Text(_shown(value)))
    data().print(table)


def print_list(
    documents: Sequence[Any], rows: Sequence[Mapping[str, Any]], *, as_json: bool, none: str
) -> None:
    """Many things: a JSON array of `documents`, or a table of `rows`; `none` if there are none."""
    if as_json:
        print_json(list(documents))
        return
    if not rows:
        note(none)
        return
    table = Table(box=None, header_style="bold")
    for name in rows[0]:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(_shown(value)) for value in row.values()))
    data().print(table)


@contextmanager
def upload_bar(file: Path) -> Iterator[Report]:
    """A bar for the bytes of `file`; silent where stderr is no terminal."""
    size = file.stat().st_size if file.exists() else None
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    with _bar(*columns) as bar:
        task = bar.add_task(f"Uploading {file.name}", total=size)

        def report(sent: int) -> None:
            sealing = size is not None and sent >= size
            bar.update(
                task,
                completed=sent,
                description="Measuring, sealing, pinning" if sealing else f"Uploading {file.name}",
            )

        yield report


@contextmanager
def working(what: str) -> Iterator[None]:
    """A spinner for what has no measure; silent where stderr is no terminal."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"))
    with _bar(*columns) as bar:
        bar.add_task(what, total=None)
        yield


def _bar(*columns: ProgressColumn) -> Progress:
    console = notes()
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def when(seconds: int) -> str:
    """A Unix time as a person reads it, in UTC."""
    if seconds >= 2**38:  # past the year 10000: what people write for "never"
        return "never"
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return plain(str(value))
