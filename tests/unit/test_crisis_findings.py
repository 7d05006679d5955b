"""What was printed after a crisis: told by the chain's order, not by its seconds."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.services.crisisaudit import is_after
from ledger.store.crisistables import CrisisRow
from ledger.store.tables import RedemptionRow

END = 1_000


def crisis(block: int | None) -> CrisisRow:
    values: dict[str, Any] = {"until": END}
    if block is not None:
        values = {"until": END + 500, "ended": END, "ended_block": block, "ended_log_index": 3}
    return CrisisRow(**values)


def redemption(block: int, log_index: int, at: int) -> RedemptionRow:
    values: dict[str, Any] = {"block": block, "log_index": log_index, "redeemed_at": at}
    return RedemptionRow(**values)


@pytest.mark.parametrize(
    ("block", "log_index", "after"), [(9, 9, False), (10, 2, False), (10, 4, True), (11, 0, True)]
)
def test_within_the_second_of_its_end_the_place_on_the_chain_decides(
    block: int, log_index: int, after: bool
) -> None:
    assert is_after(redemption(block, log_index, END), crisis(10)) is after


@pytest.mark.parametrize(("at", "after"), [(END - 1, False), (END, True)])
def test_a_crisis_that_ran_out_is_over_at_its_second(at: int, after: bool) -> None:
    assert is_after(redemption(5, 0, at), crisis(None)) is after
