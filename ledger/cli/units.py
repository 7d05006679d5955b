"""Amounts, durations and times as people write them on a command line."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Context, Decimal, InvalidOperation

import typer

_WEI_DIGITS = 18
_EXACT = Context(prec=80)
"""Decimal's own 28 digits would round the largest amounts."""

_MOST_WEI = 2**96 - 1
_ALL = 10_000
"""Basis points in a whole."""
_MOST_SECONDS = 2**40 - 1
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400, "y": 365 * 86_400}
_DURATION = re.compile(r"(\d{1,12})([smhdwy]?)")


def ether(text: str) -> int:
    """An amount in ether, such as `0.002`, in wei; exactly, or not at all."""
    try:
        amount = Decimal(text)
        wei = amount.scaleb(_WEI_DIGITS, _EXACT)
        whole = int(wei)
    except (InvalidOperation, ValueError, OverflowError) as error:
        raise typer.BadParameter(f"{text!r} is not an amount in ether, such as 0.002.") from error
    if amount < 0 or wei != whole or whole > _MOST_WEI:
        raise typer.BadParameter(
            f"{text!r} is not an amount that can be paid: 0 or more, at most 18 decimals."
        )
    return whole


def show_ether(wei: int) -> str:
    """An amount in wei as ether, all its digits and no more."""
    text = f"{Decimal(wei).scaleb(-_WEI_DIGITS, _EXACT):f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) + " ether"


def percent(text: str) -> int:
    """A share in percent, such as `10` or `2.5%`, in basis points; exactly, or not at all."""
    try:
        points = Decimal(text.strip().removesuffix("%")).scaleb(2, _EXACT)
        whole = int(points)
    except (InvalidOperation, ValueError, OverflowError) as error:
        raise typer.BadParameter(f"{text!r} is not a share in percent, such as 10.") from error
    if points != whole or not 0 <= whole <= _ALL:
        raise typer.BadParameter(f"{text!r} is not a share: 0 to 100, at most 2 decimals.")
    return whole


def show_percent(points: int) -> str:
    """A share in basis points as percent, all its digits and no more."""
    return f"{Decimal(points).scaleb(-2).normalize():f} %"


def duration(text: str) -> int:
    """A duration in seconds: `90s`, `30m`, `12h`, `30d`, `8w`, `1y` or plain seconds."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise typer.BadParameter(f"{text!r} is not a duration, such as 12h or 30d.")
    seconds = int(match[1]) * _UNITS[match[2] or "s"]
    if seconds > _MOST_SECONDS:
        raise typer.BadParameter(f"{text!r} is too long.")
    return seconds


def moment(text: str, now: int) -> int:
    """A time in Unix seconds.

    Read from `+30d` (from now), an ISO date or date and time (UTC unless it says
    otherwise), or Unix seconds.
    """
    text = text.strip()
    if text.startswith("+"):
        return now + duration(text[1:])
    if text.isascii() and text.isdigit() and len(text) <= 13:
        return _in_range(int(text), text)
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(
            f"{text!r} is not a time: write +30d, 2027-01-31, 2027-01-31T12:00 or Unix seconds."
        ) from error
    return _in_range(
        int((parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()), text
    )


def _in_range(seconds: int, text: str) -> int:
    if not 0 <= seconds <= _MOST_SECONDS:
        raise typer.BadParameter(f"{text!r} is out of range.")
    return seconds
