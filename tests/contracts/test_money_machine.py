"""The laws of serials and money, in sequences of calls that nobody would think of.

Hypothesis drives the contracts and a model side by side: each call must end as the
model says, and after each one the laws must hold in what the chain itself answers.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ledger.chain import Call
from ledger.errors import LedgerError, NothingToWithdraw
from ledger.models import NATIVE_CURRENCY, ZERO_DIGEST, Offer, PrintToken, word_mask
from ledger.signing import Signer
from tests.contracts.money_model import HOUR, Attempt, Held
from tests.contracts.scene import Scene, event_in, license_in

FULL = 2**256 - 1
FOR_EVER = 2**40 - 1
MOST_LICENSES = 4
EXAMPLES = {"Anvil": 25, "Ganache": 8}
"""How often the game is played, 40 steps each: Ganache takes three times as long for one."""
QUOTAS = st.sampled_from([1, 3, 255, 256, 257, 300, 600])
PRICES = st.sampled_from([0, 1, 10**15])
HOURS = st.integers(min_value=1, max_value=12)
GRACES = st.integers(min_value=0, max_value=2)
MASKS = st.one_of(
    st.sets(st.integers(0, 255), max_size=5).map(lambda bits: sum(1 << bit for bit in bits)),
    st.sampled_from([1, FULL, 1 << 255, (1 << 44) - 1, FULL - 1]),
)
WORDS = st.integers(min_value=0, max_value=3)


class Cast:
    """The accounts of all examples: two owners, an issuer of the first, a center, a printer."""

    def __init__(self, scene: Scene) -> None:
        self.owners = (scene.account(), scene.account())
        self.issuer = scene.account()
        self.center = scene.account()
        self.printer = scene.account()
        call = scene.chain.authorize_issuer(self.issuer.address, FOR_EVER)
        scene.send(call, self.owners[0])


class MoneyMachine(RuleBasedStateMachine):
    """One design, some licenses, and every call that moves serials, money or time."""

    licenses = Bundle("licenses")

    def __init__(self, scene: Scene, cast: Cast) -> None:
        super().__init__()
        self.scene, self.chain, self.cast = scene, scene.chain, cast
        self.design = scene.design(cast.owners[0])
        self.owner, self.former = cast.owners
        self.time = scene.now()
        self.credited = 0
        self.held: list[Held] = []
        self.sales = 0
        self.asked_in_vain = False
        self.seen: dict[tuple[int, int], int] = {}
        self.floor = self.chain.balance(scene.domain.licenses)

    # ----------------------------------------------------------------- steps

    @initialize(target=licenses, quota=QUOTAS, grace=GRACES)
    def open_shop(self, quota: int, grace: int) -> Held:
        """Every example has a license to begin with: without one, nothing can be done."""
        return self._buy(quota, 10**15, 12, grace)

    @rule(target=licenses, quota=QUOTAS, price=PRICES, hours=HOURS, grace=GRACES)
    @precondition(lambda self: len(self.held) < MOST_LICENSES)
    def buy(self, quota: int, price: int, hours: int, grace: int) -> Held:
        return self._buy(quota, price, hours, grace)

    @rule(target=licenses, quota=QUOTAS, hours=HOURS, grace=GRACES)
    @precondition(lambda self: len(self.held) < MOST_LICENSES)
    def grant(self, quota: int, hours: int, grace: int) -> Held:
        expiry = self.time + hours * HOUR
        call = self.chain.grant(self.design, self.cast.center.address, quota, expiry, grace)
        return self._hold(license_in(self._do(None, call, self.owner)), quota, 0, expiry, grace)

    @rule(held=licenses, word=WORDS, mask=MASKS)
    def print_some(self, held: Held, word: int, mask: int) -> None:
        """An honest redemption: of some serials that are free, as long as there are any."""
        word %= held.words
        free = word_mask(held.quota, word) & ~self.seen.get((held.number, word), 0)
        self.redeem(held, word, mask & free or free, None, 12, "owner", "printer")

    @rule(
        held=licenses,
        word=WORDS,
        serials=MASKS,
        take=st.none() | st.none() | MASKS,
        within=st.integers(0, 6),
        signer=st.sampled_from(["owner", "issuer", "former"]),
        sender=st.sampled_from(["printer", "signer", "center"]),
    )
    def redeem(
        self,
        held: Held,
        word: int,
        serials: int,
        take: int | None,
        within: int,
        signer: str,
        sender: str,
    ) -> None:
        take = serials if take is None else take
        deadline = self.time + within * HOUR
        key: Signer = {"issuer": self.cast.issuer, "former": self.former}.get(signer, self.owner)
        by: Signer = {"signer": key, "center": self.cast.center}.get(sender, self.cast.printer)
        token = PrintToken(
            self.design,
            held.number,
            self.cast.printer.address,
            word,
            serials,
            self.time,
            deadline,
            ZERO_DIGEST,
        )
        served = self.owner is self.cast.owners[0] and signer == "issuer"
        tried = Attempt(
            word, serials, take, deadline, signer == "owner" or served, sender != "center"
        )
        refusal = held.redeem(tried, self.time + 1)
        self._do(refusal, self.scene.redeem(token, key, take), by)

    @rule(held=licenses)
    @precondition(lambda self: sum(held.revoked for held in self.held) < 2)
    def revoke(self, held: Held) -> None:
        refusal = held.revoke(self.time + 1)
        self._do(refusal, self.chain.revoke(self.design, held.number, ZERO_DIGEST), self.owner)

    @rule(held=licenses, first=WORDS, words=WORDS)
    def settle(self, held: Held, first: int, words: int) -> None:
        refusal, prints = held.settle(first, words)
        call = self.chain.settle(self.design, held.number, first, words)
        mined = self._do(refusal, call, self.cast.printer)
        self._counted(mined, "LicenseSettled", held, prints)
        self.credited += prints * held.price

    @rule(held=licenses, first=WORDS, words=WORDS, by_holder=st.sampled_from([True, True, False]))
    def refund(self, held: Held, first: int, words: int, *, by_holder: bool) -> None:
        refusal, prints = held.refund(first, words, self.time + 1, by_holder=by_holder)
        call = self.chain.refund(self.design, held.number, first, words)
        mined = self._do(refusal, call, self.cast.center if by_holder else self.owner)
        self._counted(mined, "LicenseRefunded", held, prints)

    @rule()
    @precondition(lambda self: self.credited)
    def withdraw(self) -> None:
        refusal = None if self.credited else NothingToWithdraw
        call = self.chain.withdraw(self.design, NATIVE_CURRENCY, self.owner.address)
        mined = self._do(refusal, call, self.owner)
        if mined is not None:
            amount = int(event_in(mined, "EarningsWithdrawn").arguments["amount"])
            assert amount == self.credited
        self.credited = 0

    @rule()
    @precondition(lambda self: not self.credited and self.held and not self.asked_in_vain)
    def withdraw_nothing(self) -> None:
        self.asked_in_vain = True
        self.withdraw()

    @rule()
    @precondition(lambda self: len(self.held) > self.sales)
    def sell(self) -> None:
        self.sales += 1
        call = self.chain.transfer_design(self.design, self.owner.address, self.former.address)
        self._do(None, call, self.owner)
        self.owner, self.former = self.former, self.owner

    @rule(minutes=st.sampled_from([1, 20, 60, 180]))
    def wait(self, minutes: int) -> None:
        self.time += minutes * 60
        self.scene.pass_to(self.time)

    # ------------------------------------------------------------------ laws

    @invariant()
    def the_laws_hold(self) -> None:
        reads: list[tuple[str, tuple[int, ...]]] = [
            ("earningsOf(bytes32,address)", (int(self.design), 0))
        ]
        for held in self.held:
            reads.append(("tallyOf(uint256)", (held.number,)))
            reads += [("redeemedSerials(uint256,uint32)", (held.number, word)) for word in range(4)]
        (earnings,), *rest = self.scene.peek(reads)
        escrow = 0
        for held in self.held:
            (earned, refunded, _voided), *words = rest[:5]
            del rest[:5]
            self._serials_are_conserved(held, [word for (word,) in words])
            assert (earned, refunded) == (len(held.earned), len(held.refunded))
            escrow += (held.quota - earned - refunded) * held.price
        assert earnings == self.credited
        assert self.chain.balance(self.scene.domain.licenses) - self.floor == escrow + earnings

    def _serials_are_conserved(self, held: Held, words: list[int]) -> None:
        for word, bits in enumerate(words):
            before = self.seen.get((held.number, word), 0)
            assert bits & before == before, "a bit that was set was cleared"
            assert bits & ~word_mask(held.quota, word) == 0, "a bit past the quota"
            self.seen[held.number, word] = bits
        spent = sum(bits.bit_count() for bits in words)
        assert spent == len(held.spent)
        assert held.quota == spent + held.live(self.time) + held.expired(self.time)

    def teardown(self) -> None:
        """When all is over and everyone took what is theirs, nothing is left and nothing lacks."""
        self.wait(minutes=24 * 60)
        for held in self.held:
            self.settle(held, 0, held.words)
            self.refund(held, 0, held.words, by_holder=True)
            if held.price:
                assert self.chain.tally(held.number) == (
                    len(held.spent),
                    held.quota - len(held.spent),
                    0,
                )
        self.withdraw()
        assert self.chain.balance(self.scene.domain.licenses) == self.floor

    # -------------------------------------------------------------- internal

    def _do(self, refusal: type[LedgerError] | None, call: Call, signer: Signer) -> Any:
        self.time += 1
        mined, ended = None, None
        try:
            mined = self.scene.send(call, signer, at=self.time)
        except LedgerError as error:
            ended = error
        assert (type(ended) if ended else None) is refusal, repr(ended)
        return mined

    def _buy(self, quota: int, price: int, hours: int, grace: int) -> Held:
        window = (self.time, self.time + HOUR)
        offer = Offer(
            design=self.design,
            terms=ZERO_DIGEST,
            currency=NATIVE_CURRENCY,
            price=price,
            min_quota=1,
            max_quota=600,
            opens=window[0],
            closes=window[1],
            duration=hours * HOUR,
            grace=grace,
        )
        self._do(None, self.chain.open_offer(offer), self.owner)
        mined = self._do(None, self.chain.buy(offer, quota), self.cast.center)
        return self._hold(license_in(mined), quota, price, self.time + hours * HOUR, grace)

    def _hold(self, number: int, quota: int, price: int, expiry: int, grace: int) -> Held:
        held = Held(number, quota, price, expiry, grace)
        self.held.append(held)
        return held

    def _counted(self, mined: Any, name: str, held: Held, prints: int) -> None:
        if mined is not None:
            arguments = event_in(mined, name).arguments
            assert arguments["prints"] == prints
            assert int(arguments["amount"]) == prints * held.price


@pytest.mark.timeout(900)
def test_serials_and_money_are_conserved_whatever_is_called(scene: Scene) -> None:
    cast = Cast(scene)

    class Machine(MoneyMachine):
        """With the fixtures filled in: Hypothesis makes one for each example."""

        def __init__(self) -> None:
            super().__init__(scene, cast)

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=EXAMPLES[scene.node.name],
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
