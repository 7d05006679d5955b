"""Amounts, durations and times as people write them."""

from __future__ import annotations

import pytest
import typer
from hypothesis import given, strategies as st

from ledger.cli import units


@pytest.mark.parametrize(
    ("text", "wei"),
    [("0.002", 2 * 10**15), ("1", 10**18), ("0", 0), ("1e-18", 1), ("0.000000000000000001", 1)],
)
def test_ether_is_read_exactly(text: str, wei: int) -> None:
    assert units.ether(text) == wei


@pytest.mark.parametrize(
    "text", ["", "abc", "-1", "0.0000000000000000001", "NaN", "inf", "1e40", "0x10", "1 ether"]
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        units.ether(text)


@given(st.integers(0, 2**96 - 1))
def test_ether_is_shown_as_it_is_read(wei: int) -> None:
    number, unit = units.show_ether(wei).split(" ")
    assert unit == "ether"
    assert units.ether(number) == wei


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90s", 90), ("12h", 43_200), ("30d", 2_592_000), ("1w", 604_800)],
)
def test_durations(text: str, seconds: int) -> None:
    assert units.duration(text) == seconds


@pytest.mark.parametrize("text", ["", "h", "1.5h", "-3d", "3 d", "9999999999999", "999999999999y"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        units.duration(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("+1h", 1_003_600),
        ("1700000000", 1_700_000_000),
        ("2027-01-31", 1_801_353_600),
        ("2027-01-31T12:00", 1_801_396_800),
        ("2027-01-31T12:00+02:00", 1_801_389_600),
    ],
)
def test_moments(text: str, seconds: int) -> None:
    assert units.moment(text, 1_000_000) == seconds


@pytest.mark.parametrize("text", ["", "soon", "31.1.2027", "1960-01-01", "+", "9999999999999"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        units.moment(text, 0)


@pytest.mark.parametrize(
    ("text", "points"), [("10", 1_000), ("2.5%", 250), ("0.01", 1), ("0", 0), ("100 %", 10_000)]
)
def test_shares_are_read_exactly(text: str, points: int) -> None:
    assert units.percent(text) == points


@pytest.mark.parametrize("text", ["", "ten", "-1", "100.01", "0.001", "NaN", "1e9"])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        units.percent(text)


@given(st.integers(0, 10_000))
def test_shares_are_shown_as_they_are_read(points: int) -> None:
    assert units.percent(units.show_percent(points)) == points
