"""Escrow: settling, refunding and withdrawing."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.errors import (
    InvalidRecipient,
    LicenseNotFound,
    NotDesignOwner,
    NothingToRefund,
    NothingToSettle,
    NothingToWithdraw,
    NotLicensee,
    PaymentFailed,
    RefundNotOpen,
)
from ledger.models import NATIVE_CURRENCY, ZERO_DIGEST, Address, ContentHash, bit_of
from ledger.signing import Signer
from tests.contracts.scene import HOUR, PRICE, Scene, event_in, same_values

NATIVE = NATIVE_CURRENCY
QUOTA = 600
WORDS = 3


class Escrow:
    """A paid license of 600 prints, and a printer that prints some of them."""

    def __init__(self, scene: Scene, owner: Signer, buyer: Signer, printer: Signer) -> None:
        self._scene, self._owner, self._printer = scene, owner, printer
        self.design: ContentHash = scene.design(owner)
        self.number = scene.bought(owner, self.design, buyer, QUOTA, duration=HOUR, grace=2)
        self.expiry = scene.chain.license(self.design, self.number).expiry
        self.opens = self.expiry + 2 * HOUR

    def print(self, *serials: int) -> None:
        masks: dict[int, int] = {}
        for serial in serials:
            word, bit = bit_of(serial)
            masks[word] = masks.get(word, 0) | bit
        for word, mask in masks.items():
            token = self._scene.token(
                self.design, self.number, self._printer.address, word=word, serials=mask
            )
            self._scene.send(self._scene.redeem(token, self._owner), self._printer)

    @property
    def facts(self) -> dict[str, Any]:
        return {"design": self.design, "license": self.number}


@pytest.fixture
def escrow(scene: Scene, owner: Signer, buyer: Signer, printer: Signer) -> Escrow:
    return Escrow(scene, owner, buyer, printer)


# ------------------------------------------------------------------- settling


def test_anyone_settles_and_the_design_is_credited(
    scene: Scene, stranger: Signer, escrow: Escrow
) -> None:
    escrow.print(0, 1, 300, 599)
    settle = scene.chain.settle(escrow.design, escrow.number, 0, WORDS)
    mined = scene.send(settle, stranger)
    assert same_values(event_in(mined, "LicenseSettled").arguments) == same_values(
        {**escrow.facts, "prints": 4, "amount": 4 * PRICE}
    )
    assert scene.chain.tally(escrow.number) == (4, 0, 0)
    assert scene.chain.earnings(escrow.design, NATIVE) == 4 * PRICE


@pytest.mark.parametrize(
    "slices",
    [
        [(0, 1), (1, 1), (2, 1)],
        [(2, 1), (0, 3)],
        [(1, 2**32 - 1), (0, 2**32 - 1)],
        [(0, 3), (0, 3), (1, 1)],
        [(2, 2), (2, 2), (0, 1), (0, 2)],
    ],
)
def test_slices_of_any_size_and_order_count_each_print_once(
    scene: Scene, owner: Signer, escrow: Escrow, slices: list[tuple[int, int]]
) -> None:
    escrow.print(0, 255, 256, 512, 513, 599)
    printed = {0: 2, 1: 1, 2: 3}
    seen: set[int] = set()
    for first, words in slices:
        call = scene.chain.settle(escrow.design, escrow.number, first, words)
        fresh = {word for word in printed if first <= word < first + words} - seen
        if not fresh:
            scene.refused(NothingToSettle, call, owner, **escrow.facts)
            continue
        mined = scene.send(call, owner)
        expected = sum(printed[word] for word in fresh)
        assert event_in(mined, "LicenseSettled").arguments["prints"] == expected
        seen |= fresh
    assert scene.chain.tally(escrow.number) == (6, 0, 0)
    assert scene.chain.earnings(escrow.design, NATIVE) == 6 * PRICE


def test_later_prints_of_a_settled_word_are_counted_later(
    scene: Scene, owner: Signer, escrow: Escrow
) -> None:
    settle = scene.chain.settle(escrow.design, escrow.number, 0, WORDS)
    escrow.print(7)
    scene.send(settle, owner)
    scene.refused(NothingToSettle, settle, owner, **escrow.facts)
    escrow.print(8, 9)
    scene.send(settle, owner)
    assert scene.chain.tally(escrow.number) == (3, 0, 0)


def test_a_full_word_counts_256(scene: Scene, owner: Signer, escrow: Escrow) -> None:
    escrow.print(*range(256))
    scene.send(scene.chain.settle(escrow.design, escrow.number, 0, 1), owner)
    assert scene.chain.tally(escrow.number) == (256, 0, 0)


@pytest.mark.parametrize("slice_", [(0, 0), (3, 1), (2**32 - 1, 2**32 - 1)])
def test_there_is_nothing_to_settle_outside_the_license(
    scene: Scene, owner: Signer, escrow: Escrow, slice_: tuple[int, int]
) -> None:
    escrow.print(0)
    call = scene.chain.settle(escrow.design, escrow.number, *slice_)
    scene.refused(NothingToSettle, call, owner, **escrow.facts)


def test_a_license_that_cost_nothing_earns_nothing(
    scene: Scene, owner: Signer, buyer: Signer, printer: Signer
) -> None:
    design = scene.design(owner)
    given = scene.granted(owner, design, buyer.address, 5)
    free = scene.bought(owner, design, buyer, 5, price=0)
    for number in (given, free):
        token = scene.token(design, number, printer.address)
        scene.send(scene.redeem(token, owner), printer)
        settle = scene.chain.settle(design, number, 0, 1)
        scene.refused(NothingToSettle, settle, owner, design=design, license=number)
    end = scene.chain.license(design, free).redeemable_until
    refund = scene.chain.refund(design, free, 0, 1)
    scene.refused(NothingToRefund, refund, buyer, at=end, design=design, license=free)


def test_no_money_moves_under_another_design(
    scene: Scene, owner: Signer, buyer: Signer, escrow: Escrow
) -> None:
    escrow.print(0)
    other = scene.design(owner)
    facts: dict[str, Any] = {"design": other, "license": escrow.number}
    chain = scene.chain
    settle, refund = (
        chain.settle(other, escrow.number, 0, 1),
        chain.refund(other, escrow.number, 0, 1),
    )
    scene.refused(LicenseNotFound, settle, owner, **facts)
    scene.refused(
        LicenseNotFound,
        refund,
        buyer,
        at=escrow.opens,
        **facts,
    )


# ------------------------------------------------------------------ refunding


def test_a_refund_opens_when_nothing_can_be_redeemed_any_more(
    scene: Scene, buyer: Signer, escrow: Escrow
) -> None:
    escrow.print(0, 599)
    call = scene.chain.refund(escrow.design, escrow.number, 0, WORDS)
    early = escrow.opens - 1
    scene.refused(RefundNotOpen, call, buyer, at=early, opens=escrow.opens, **escrow.facts)
    before = scene.chain.balance(scene.domain.licenses)
    mined = scene.send(call, buyer, at=escrow.opens)
    amount = 598 * PRICE
    assert same_values(event_in(mined, "LicenseRefunded").arguments) == same_values(
        {**escrow.facts, "to": buyer.address, "prints": 598, "amount": amount}
    )
    assert scene.chain.balance(scene.domain.licenses) == before - amount
    assert scene.chain.tally(escrow.number) == (0, 598, 0)


def test_a_revoked_license_is_refunded_after_the_grace_of_its_revocation(
    scene: Scene, owner: Signer, buyer: Signer, escrow: Escrow
) -> None:
    revoked = scene.now() + 5
    call = scene.chain.refund(escrow.design, escrow.number, 0, WORDS)
    scene.send(scene.chain.revoke(escrow.design, escrow.number, ZERO_DIGEST), owner, at=revoked)
    opens = revoked + 2 * HOUR
    scene.refused(RefundNotOpen, call, buyer, at=opens - 1, opens=opens, **escrow.facts)
    scene.send(call, buyer, at=opens)
    assert scene.chain.tally(escrow.number) == (0, QUOTA, 0)


def test_nothing_is_refunded_twice_in_any_slices(
    scene: Scene, buyer: Signer, escrow: Escrow
) -> None:
    escrow.print(0, 300)
    chain, license_ = scene.chain, (escrow.design, escrow.number)
    scene.pass_to(escrow.opens)
    before = chain.balance(buyer.address)
    for (first, words), prints in {(1, 1): 255, (2, 5): 88, (0, 3): 255}.items():
        mined = scene.send(chain.refund(*license_, first, words), buyer)
        assert event_in(mined, "LicenseRefunded").arguments["prints"] == prints
        again = chain.refund(*license_, first, words)
        scene.refused(NothingToRefund, again, buyer, **escrow.facts)
    assert chain.tally(escrow.number) == (0, 598, 0)
    paid = chain.balance(buyer.address) - before
    assert 598 * PRICE - 10**16 < paid <= 598 * PRICE  # less the gas of six transactions


@pytest.mark.parametrize("refund_first", [True, False])
def test_settling_and_refunding_do_not_touch_each_others_prints(
    scene: Scene, owner: Signer, buyer: Signer, escrow: Escrow, refund_first: bool
) -> None:
    escrow.print(*range(200, 300))
    chain, license_ = scene.chain, (escrow.design, escrow.number)
    before = chain.balance(scene.domain.licenses)
    scene.pass_to(escrow.opens)
    calls = [(chain.refund(*license_, 0, WORDS), buyer), (chain.settle(*license_, 0, WORDS), owner)]
    for call, sender in calls if refund_first else reversed(calls):
        scene.send(call, sender)
    assert chain.tally(escrow.number) == (100, 500, 0)
    assert chain.earnings(escrow.design, NATIVE) == 100 * PRICE
    assert chain.balance(scene.domain.licenses) == before - 500 * PRICE
    scene.refused(NothingToRefund, calls[0][0], buyer, **escrow.facts)
    scene.refused(NothingToSettle, calls[1][0], owner, **escrow.facts)


def test_only_the_licensee_is_refunded(
    scene: Scene, owner: Signer, stranger: Signer, escrow: Escrow
) -> None:
    call = scene.chain.refund(escrow.design, escrow.number, 0, WORDS)
    scene.pass_to(escrow.opens)
    for other in (owner, stranger):
        scene.refused(NotLicensee, call, other, caller=other.address, **escrow.facts)


# ---------------------------------------------------------------- withdrawing


def test_the_owner_withdraws_all_earnings_to_any_account(
    scene: Scene, owner: Signer, stranger: Signer, escrow: Escrow
) -> None:
    escrow.print(0, 1)
    scene.send(scene.chain.settle(escrow.design, escrow.number, 0, WORDS), owner)
    call = scene.chain.withdraw(escrow.design, NATIVE, stranger.address)
    before = scene.chain.balance(stranger.address)
    mined = scene.send(call, owner)
    assert same_values(event_in(mined, "EarningsWithdrawn").arguments) == same_values(
        {
            "design": escrow.design,
            "to": stranger.address,
            "currency": NATIVE,
            "amount": 2 * PRICE,
        }
    )
    assert scene.chain.balance(stranger.address) == before + 2 * PRICE
    assert scene.chain.earnings(escrow.design, NATIVE) == 0
    scene.refused(NothingToWithdraw, call, owner, design=escrow.design)


def test_a_withdrawal_needs_the_owner_a_receiver_and_earnings(
    scene: Scene, owner: Signer, stranger: Signer, escrow: Escrow
) -> None:
    chain, design = scene.chain, escrow.design
    escrow.print(0)
    to = stranger.address
    scene.refused(NothingToWithdraw, chain.withdraw(design, NATIVE, to), owner, design=design)
    scene.send(chain.settle(design, escrow.number, 0, WORDS), owner)
    coin = Address("0x" + "11" * 20)
    scene.refused(NothingToWithdraw, chain.withdraw(design, coin, to), owner, design=design)
    nowhere = chain.withdraw(design, NATIVE, NATIVE)
    scene.refused(InvalidRecipient, nowhere, owner, recipient=NATIVE)
    call = chain.withdraw(design, NATIVE, to)
    scene.refused(NotDesignOwner, call, stranger, design=design, caller=stranger.address)


def test_the_contract_takes_no_money_but_for_licenses(
    scene: Scene, owner: Signer, escrow: Escrow
) -> None:
    escrow.print(0)
    design, licenses = escrow.design, scene.domain.licenses
    scene.send(scene.chain.settle(design, escrow.number, 0, WORDS), owner)
    call = scene.chain.withdraw(design, NATIVE, licenses)
    scene.refused(PaymentFailed, call, owner, to=licenses, amount=PRICE)
    assert scene.chain.earnings(design, NATIVE) == PRICE
