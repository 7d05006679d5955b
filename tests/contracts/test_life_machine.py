"""Everything that can befall licenses and designs, in sequences that nobody would think of.

Three levels of designs with two parents at the lowest, two currencies, failed prints,
licenses that pass on, recalls and sales. Hypothesis drives the contracts and the plain
rules of `life_model` side by side: each call must end as the rules say, and after each
one every book on the chain must be the one of the rules.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import (
    Bundle,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ledger.models import Rights, serials_of
from tests.contracts.currency import Currency
from tests.contracts.life_game import LifeGame
from tests.contracts.life_model import Right
from tests.contracts.scene import Scene, event_in, fresh_digest

MOST_RIGHTS = 6
STEPS = 50
EXAMPLES = {"Anvil": 45, "Ganache": 10}
"""Up to 2,250 steps on Anvil and 500 on Ganache, which takes three times as long for one."""
QUOTAS = st.sampled_from([1, 2, 255, 256, 257, 300])
PRICES = st.sampled_from([0, 1, 7, 10_007])
LEVELS = st.integers(0, 2)
WORDS = st.integers(0, 2)
MASKS = st.one_of(
    st.sets(st.integers(0, 255), min_size=1, max_size=4).map(
        lambda bits: sum(1 << bit for bit in bits)
    ),
    st.sampled_from([1, 3, 2**256 - 1, 2**255, (1 << 44) - 1]),
)
RIGHTS = st.sampled_from(
    [Rights.NONE, Rights.TRANSFERABLE, Rights.TRANSFERABLE, Rights.IRREVOCABLE]
)


class LifeMachine(LifeGame):
    """Every call that moves serials, money or rights, and time."""

    rights = Bundle("rights")

    # ----------------------------------------------------------------- steps

    @initialize(target=rights, level=LEVELS)
    def open_shop(self, level: int) -> Right:
        """Every example has a license to begin with."""
        return self._sold(level, 300, 10_007, 24, Rights.TRANSFERABLE, native=False)

    @rule(
        target=rights,
        level=LEVELS,
        quota=QUOTAS,
        price=PRICES,
        hours=st.integers(1, 24),
        rights_=RIGHTS,
        native=st.booleans(),
    )
    @precondition(lambda self: len(self.held) < MOST_RIGHTS)
    def sell(
        self, level: int, quota: int, price: int, hours: int, rights_: Rights, *, native: bool
    ) -> Any:
        if not self.works[level].printable:
            return multiple()
        return self._sold(level, quota, price, hours, rights_, native=native)

    @rule(right=rights, word=WORDS, mask=MASKS)
    def print_some(self, right: Right, word: int, mask: int) -> None:
        refusal = right.redeem(set(serials_of(word, mask)), self.time + 1)
        owner = self._owner(right.work)
        token = self.scene.token(
            self._design(right.work), right.number, owner.address, word=word, serials=mask
        )
        self._do(refusal, self.scene.redeem(token, owner), owner)

    @rule(right=rights, word=WORDS, count=st.integers(1, 256))
    def print_what_is_free(self, right: Right, word: int, count: int) -> None:
        first = word % right.words * 256
        free = sorted(set(range(first, min(first + 256, right.quota))) - right.spent)[:count]
        if free:
            self.print_some(right, first // 256, sum(1 << serial - first for serial in free))

    @rule(right=rights, word=WORDS, mask=MASKS, honest=st.sampled_from([True, True, False]))
    def void(self, right: Right, word: int, mask: int, *, honest: bool) -> None:
        if honest:
            good = sorted(right.spent - right.voided)
            if not good:
                return
            word, mask = good[0] // 256, 1 << good[0] % 256
        refusal = right.void(set(serials_of(word, mask)))
        call = self.chain.void_prints(
            self._design(right.work), right.number, word, mask, fresh_digest()
        )
        self._do(refusal, call, self._owner(right.work))

    @rule(right=rights, first=WORDS, words=WORDS)
    def settle(self, right: Right, first: int, words: int) -> None:
        refusal, prints = right.settle(set(range(first * 256, (first + words) * 256)))
        call = self.chain.settle(self._design(right.work), right.number, first, words)
        mined = self._do(refusal, call, self.cast["ada"])
        if mined is not None:
            assert event_in(mined, "LicenseSettled").arguments["prints"] == prints

    @rule(right=rights, first=WORDS, words=WORDS)
    def refund(self, right: Right, first: int, words: int) -> None:
        serials = set(range(first * 256, (first + words) * 256))
        refusal, prints = right.refund(serials, self.time + 1)
        call = self.chain.refund(self._design(right.work), right.number, first, words)
        mined = self._do(refusal, call, self.cast[right.holder])
        if mined is not None:
            assert event_in(mined, "LicenseRefunded").arguments["prints"] == prints

    @rule(right=rights)
    @precondition(lambda self: sum(right.revoked for right in self.held) < 2)
    def revoke(self, right: Right) -> None:
        refusal = right.revoke(self.time + 1)
        call = self.chain.revoke(self._design(right.work), right.number, fresh_digest())
        self._do(refusal, call, self._owner(right.work))

    @rule(right=rights)
    def pass_on(self, right: Right) -> None:
        giver, to = right.holder, "hub" if right.holder == "shop" else "shop"
        refusal = right.pass_on(to, self.time + 1)
        call = self.chain.transfer_license(
            self._design(right.work), right.number, self.cast[to].address
        )
        self._do(refusal, call, self.cast[giver])

    @rule(target=rights, right=rights, quota=st.sampled_from([0, 1, 44, 255, 300]))
    @precondition(lambda self: len(self.held) < MOST_RIGHTS)
    def split(self, right: Right, quota: int) -> Any:
        refusal, passed = right.split("hub", quota, 0, self.time + 1)
        call = self.chain.sublicense(
            self._design(right.work), right.number, self.cast["hub"].address, quota
        )
        mined = self._do(refusal, call, self.cast[right.holder])
        if mined is None or passed is None:
            return multiple()
        passed.number = int(event_in(mined, "LicenseSplit").arguments["sublicense"])
        self.held.append(passed)
        return passed

    @rule(level=LEVELS)
    def recall_or_lift(self, level: int) -> None:
        work, design = self.works[level], self.designs[level]
        work.recalled = not work.recalled
        act = self.chain.recall if work.recalled else self.chain.lift_recall
        self._do(None, act(design, fresh_digest()), self._owner(work))

    @rule(level=LEVELS, native=st.booleans())
    def pass_up(self, level: int, *, native: bool) -> None:
        currency = self.currencies[0 if native else 1]
        self.works[level].pass_up(currency)
        self._do(None, self.chain.pass_up(self.designs[level], currency), self.cast["hub"])

    @rule(level=LEVELS, native=st.booleans())
    def withdraw(self, level: int, *, native: bool) -> None:
        currency = self.currencies[0 if native else 1]
        refusal, amount = self.works[level].withdraw(currency)
        owner = self._owner(self.works[level])
        call = self.chain.withdraw(self.designs[level], currency, owner.address)
        mined = self._do(refusal, call, owner)
        if mined is not None:
            assert int(event_in(mined, "EarningsWithdrawn").arguments["amount"]) == amount

    @rule(level=LEVELS)
    def sell_the_design(self, level: int) -> None:
        seller, buyer = self.owners[level], "ada" if self.owners[level] != "ada" else "ben"
        call = self.chain.transfer_design(
            self.designs[level], self.cast[seller].address, self.cast[buyer].address
        )
        self._do(None, call, self.cast[seller])
        self.owners[level] = buyer

    @rule(minutes=st.sampled_from([1, 30, 90, 300]))
    def wait(self, minutes: int) -> None:
        self.time += minutes * 60
        self.scene.pass_to(self.time)

    # ------------------------------------------------------------------ laws

    @invariant()
    def every_book_is_the_one_of_the_rules(self) -> None:
        reads: list[tuple[str, tuple[int, ...]]] = []
        expected: list[tuple[int, ...]] = []
        for right in self.held:
            reads.append(("tallyOf(uint256)", (right.number,)))
            expected.append((right.earned, right.refunded, len(right.voided)))
            for word in range(right.words):
                for view, serials in (
                    ("redeemedSerials", right.spent),
                    ("serialsVoided", right.voided),
                ):
                    reads.append((f"{view}(uint256,uint32)", (right.number, word)))
                    expected.append((_mask(serials, word),))
        for work, design in zip(self.works, self.designs, strict=True):
            for currency in self.currencies:
                at = (int(design), int(currency, 16))
                account = work.accounts[currency]
                reads.append(("royaltiesOf(bytes32,address)", at))
                expected.append((account.gross, account.shared, account.withdrawn))
                reads.append(("earningsOf(bytes32,address)", at))
                expected.append((work.own(currency),))
        assert self.scene.peek(reads) == expected

    @invariant()
    def the_contract_holds_what_it_owes(self) -> None:
        for currency in self.currencies:
            owed = sum(right.escrow for right in self.held if right.currency == currency)
            for work in self.works:
                account = work.accounts[currency]
                passed = sum(account.shared * share // 10_000 for _, share in work.parents)
                owed += account.gross - passed - account.withdrawn
            assert self._balance(currency) - self.floor[currency] == owed

    def teardown(self) -> None:
        """When all is over and everyone took what is theirs, only roundings are left."""
        self.wait(minutes=60 * 24)
        for right in self.held:
            self.settle(right, 0, right.words)
            self.refund(right, 0, right.words)
            assert right.escrow == 0
        for level in (2, 1, 0):
            for native in (True, False):
                self.withdraw(level, native=native)
        for currency in self.currencies:
            # Less than a unit for each parent but the first of a design with several.
            assert 0 <= self._balance(currency) - self.floor[currency] <= 1


def _mask(serials: set[int], word: int) -> int:
    return sum(1 << serial % 256 for serial in serials if serial // 256 == word)


@pytest.mark.timeout(900)
def test_the_contracts_do_what_the_rules_say_whatever_is_called(scene: Scene) -> None:
    cast = {name: scene.account() for name in ("ada", "ben", "cleo", "shop", "hub")}
    money = Currency(scene)
    money.mint(cast["shop"].address, 10**30)
    money.approve(cast["shop"], 10**30)

    class Machine(LifeMachine):
        """With the fixtures filled in: Hypothesis makes one for each example."""

        ended: ClassVar[Counter[str]] = Counter()

        def __init__(self) -> None:
            super().__init__(scene, money, cast)

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=EXAMPLES[scene.node.name],
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    # A game in which next to nothing goes through would prove nothing.
    calls = EXAMPLES[scene.node.name] * STEPS
    assert Machine.ended["done"] > calls // 2
    assert Machine.ended["refused"] > calls // 10
