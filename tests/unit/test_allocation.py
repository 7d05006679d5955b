"""Allocation through a license's life: prints, voids, splits, tokens that are out.

A machine plays a license as the contract keeps it, and asks for tokens as the service does.
"""

from __future__ import annotations

import pytest
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ledger import rules
from ledger.errors import QuotaExhausted
from ledger.models import Address, ContentHash, License, bit_of, serials_of

CENTER = Address("0x" + "11" * 20)


class Life(RuleBasedStateMachine):
    """One license: which serials are spent, voided, promised; how many were ever given."""

    @initialize(quota=st.integers(1, 600))
    def bought(self, quota: int) -> None:
        self.given = self.quota = quota
        self.spent: set[int] = set()
        self.voided: set[int] = set()
        self.promised: set[int] = set()
        self.passed_on = 0
        self.printed = 0

    @rule(count=st.integers(1, 80))
    def ask(self, count: int) -> None:
        """Tokens are for the lowest serials that nobody has, all that were asked for or none."""
        used = self.spent | self.promised
        free = sorted(set(range(self.quota)) - used)
        license = License(ContentHash(bytes(32)), 1, CENTER, self.quota, 2**39, 0, False)
        masks: dict[int, int] = {}
        for serial in used:
            word, bit = bit_of(serial)
            masks[word] = masks.get(word, 0) | bit
        if count > len(free):
            with pytest.raises(QuotaExhausted):
                rules.allocate(license, count, lambda word: masks.get(word, 0))
            return
        chosen = rules.allocate(license, count, lambda word: masks.get(word, 0))
        got = {serial for word, mask in chosen for serial in serials_of(word, mask)}
        assert got == set(free[:count])
        assert not got & self.voided
        self.promised |= got

    @precondition(lambda self: self.promised)
    @rule(data=st.data())
    def print_(self, data: st.DataObject) -> None:
        serial = data.draw(st.sampled_from(sorted(self.promised)))
        if serial < self.quota:  # else its token is dead: the serial was passed on
            assert serial not in self.spent
            self.spent.add(serial)
            self.promised.discard(serial)

    @precondition(lambda self: self.promised)
    @rule(data=st.data())
    def lose_a_token(self, data: st.DataObject) -> None:
        self.promised.discard(data.draw(st.sampled_from(sorted(self.promised))))

    @precondition(lambda self: self.spent - self.voided)
    @rule(data=st.data())
    def void(self, data: st.DataObject) -> None:
        self.voided.add(data.draw(st.sampled_from(sorted(self.spent - self.voided))))
        self.quota += 1

    @precondition(lambda self: self.quota > 1)
    @rule(data=st.data())
    def split(self, data: st.DataObject) -> None:
        quota = data.draw(st.integers(1, self.quota - 1))
        going = set(range(self.quota - quota, self.quota))
        if going & self.spent:
            return  # SerialNotFree
        self.quota -= quota
        self.passed_on += quota

    @invariant()
    def good_prints_never_exceed_what_was_given(self) -> None:
        if hasattr(self, "given"):
            assert self.quota == self.given + len(self.voided) - self.passed_on
            good = len(self.spent - self.voided)
            assert good + self.passed_on <= self.given


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
