"""Whether Klipper's configuration is the one that the gate relies on: a pure comparison."""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MACROS = Path(__file__).with_name("platemark.cfg")


def wrong_with(config: Mapping[str, Mapping[str, Any]], folder: Path) -> str | None:
    """What of Klipper's `configfile.config` is not as it must be, or None.

    `folder` is where the virtual SD card must lie.
    """
    card = config.get("virtual_sdcard", {}).get("path")
    if not card or Path(str(card)).expanduser().resolve() != folder.resolve():
        return f"[virtual_sdcard] must have the path {folder}"
    for section, wanted in _macros().items():
        found = config.get(section, {})
        for option, value in wanted.items():
            if _plain(found.get(option, "")) != _plain(value):
                return f"[{section}] is not as platemark.cfg has it ({option})"
    return None


def _macros() -> dict[str, dict[str, str]]:
    parser = configparser.RawConfigParser(strict=True, comment_prefixes=("#",))
    parser.read_string(MACROS.read_text(encoding="utf-8"))
    return {name: dict(parser.items(name)) for name in parser.sections()}


def _plain(value: object) -> str:
    return " ".join(str(value).split())
