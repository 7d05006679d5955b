"""The pages say what is there: their links, commands, options, files and settings exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from ledger.cli import app
from ledger.config import Settings
from ledger.gate.config import Config

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
every_page = pytest.mark.parametrize(
    "page", PAGES, ids=lambda page: str(page.relative_to(ROOT)).removesuffix(".md")
)

ALL: Any = get_command(app)
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
COMMAND = re.compile(r"(?:^|[\s/])platemark((?: [a-z-]+)+)(.*)")
OPTION = re.compile(r"(?<=\s)--[a-z][a-z-]*")
TARGET = re.compile(r"^\s*make ([a-z-]+)")
PLACE = re.compile(r"(?<![\w/])(?:ledger|api|tests|scripts|docs|contracts)/[\w./-]*\w")
VARIABLE = re.compile(r"PLATEMARK_([A-Z_]+)")


def shown(page: Path) -> Iterator[str]:
    """Each line of code of a page, continued lines as one; what stands between backticks too."""
    text = page.read_text(encoding="utf-8")
    fenced = False
    for line in text.replace("\\\n", " ").splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif fenced or line.startswith("    "):
            yield line.split(" # ")[0]
        else:
            yield from CODE.findall(line)


def anchors(page: Path) -> set[str]:
    """Where a link may lead within a page."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}


@every_page
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        place, _, anchor = link.partition("#")
        if "://" in place:
            continue
        target = (page.parent / place) if place else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@every_page
def test_every_command_exists_with_the_options_that_are_shown(page: Path) -> None:
    for line in shown(page):
        for words, rest in COMMAND.findall(line):
            command: Any = ALL
            known: set[str] = set()
            for word in words.split():
                known |= {name for each in command.params for name in each.opts}
                if not hasattr(command, "commands"):
                    break  # the rest is what the command takes
                assert word in command.commands, line
                command = command.commands[word]
            known |= {name for each in command.params for name in each.opts}
            assert set(OPTION.findall(rest)) <= known | {"--help"}, line


@every_page
def test_every_target_of_make_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for line in shown(page):
        assert set(TARGET.findall(line)) <= targets, line


@every_page
def test_every_file_that_is_named_is_there(page: Path) -> None:
    for line in shown(page):
        for place in PLACE.findall(line):
            pattern = re.sub(r"[A-Z]{3,}", "*", place)  # WORD stands for any
            assert [*ROOT.glob(pattern), *ROOT.glob(f"{pattern}.*")], line


@pytest.fixture(scope="module")
def code() -> str:
    """All Python that reads a variable."""
    folders = (ROOT / name for name in ("ledger", "tests", "scripts"))
    files = (path for folder in folders for path in folder.rglob("*.py"))
    return "".join(path.read_text(encoding="utf-8") for path in files)


@every_page
def test_every_variable_is_one_that_is_read(page: Path, code: str) -> None:
    for name in VARIABLE.findall(page.read_text(encoding="utf-8")):
        assert name.lower() in Settings.model_fields or f"PLATEMARK_{name}" in code, name


def test_every_setting_of_a_gate_is_told() -> None:
    told = " ".join(
        code
        for page in ("gate.md", "slicing.md")
        for row in (ROOT / "docs" / page).read_text(encoding="utf-8").splitlines()
        if row.startswith("| `")
        for code in CODE.findall(row.split("|")[1])
    ).split()
    settings = {each.name for each in fields(Config)} - {"folder", "slicing"}
    assert settings <= set(told)
