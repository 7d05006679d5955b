"""How the demo writes amounts, sizes, places and times."""

from __future__ import annotations

import re
import time
from typing import Any

from ledger.client import answers


def amount(sent: answers.Sent, event: str) -> int:
    """What the events of this name moved, in wei."""
    return sum(int(row["arguments"]["amount"]) for row in sent.events if row["name"] == event)


def box(measures: dict[str, Any]) -> str:
    """A bounding box, in millimetres."""
    return " x ".join(f"{side:.1f}" for side in measures["bounding_box_mm"])


def short(where: str) -> str:
    """Hashes by their ends: the whole ones are in the JSON."""
    return re.sub(r"0x([0-9a-fA-F]{6})[0-9a-fA-F]{28,}([0-9a-fA-F]{6})", r"0x\1…\2", where)


def clock(when: int) -> str:
    """A time of today, on the local clock."""
    return time.strftime("%H:%M:%S", time.localtime(when))
