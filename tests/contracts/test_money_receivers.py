"""Payments to contracts: those that refuse them, and those that call back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ledger.chain import Call
from ledger.errors import PaymentFailed
from ledger.models import NATIVE_CURRENCY, Address, ContentHash
from ledger.signing import Signer
from tests.contracts.scene import HOUR, PRICE, Actor, Scene, fresh_digest, license_in

NATIVE = NATIVE_CURRENCY


class Plot:
    """A contract that owns a design and holds a license of 4 for it; others do so as well.

    Two of its serials are printed and settled; the refund of the other two is open.
    What the others have in escrow and earnings is what could be stolen.
    """

    def __init__(self, scene: Scene, owner: Signer, buyer: Signer, printer: Signer) -> None:
        self.scene = scene
        self.actor: Actor = scene.actor("TestReceiver", owner)
        self.design = ContentHash(fresh_digest())
        chain = scene.chain
        self.do(chain.register(self.design, fresh_digest()))
        terms = scene.terms(self.design, duration=HOUR, grace=0)
        self.do(chain.open_offer(terms))
        scene.send(chain.buy(terms, 50), buyer)
        self.number = license_in(scene.send(self.actor.does(chain.buy(terms, 4)), owner))
        scene.send(chain.authorize_issuer(owner.address, scene.now() + 2 * HOUR), owner)
        self.do(chain.authorize_issuer(owner.address, scene.now() + 2 * HOUR))
        token = scene.token(self.design, self.number, printer.address, serials=0b11)
        scene.send(scene.redeem(token, owner), printer)
        scene.send(chain.settle(self.design, self.number, 0, 1), owner)
        scene.pass_to(chain.license(self.design, self.number).expiry)

    def do(self, call: Call) -> None:
        self.scene.send(self.actor.does(call), self.actor.owner)

    def prepare(self, refuses: bool, target: Address = NATIVE, inner: str = "0x") -> None:
        data = bytes.fromhex(inner.removeprefix("0x"))
        call = self.scene.write(self.actor.contract, "prepare", refuses, str(target), data)
        self.scene.send(call, self.actor.owner)

    def read(self, name: str) -> int:
        return int(self.scene.view(self.actor.contract, name))

    def withdrawal(self) -> Call:
        return self.scene.chain.withdraw(self.design, NATIVE, self.actor.address)

    def refund(self) -> Call:
        return self.scene.chain.refund(self.design, self.number, 0, 1)


@pytest.fixture
def plot(scene: Scene, owner: Signer, buyer: Signer, printer: Signer) -> Plot:
    return Plot(scene, owner, buyer, printer)


WAYS: dict[str, Callable[[Plot], Call]] = {
    "withdraw": Plot.withdrawal,
    "refund": Plot.refund,
}


@pytest.mark.parametrize("way", WAYS)
def test_a_receiver_that_refuses_changes_nothing_and_can_be_paid_later(
    scene: Scene, plot: Plot, way: str
) -> None:
    call = WAYS[way](plot)
    held = scene.chain.balance(scene.domain.licenses)
    plot.prepare(refuses=True)
    owner, address = plot.actor.owner, plot.actor.address
    scene.refused(PaymentFailed, plot.actor.does(call), owner, to=address, amount=2 * PRICE)
    assert scene.chain.balance(scene.domain.licenses) == held
    assert scene.chain.tally(plot.number) == (2, 0, 0)
    assert scene.chain.earnings(plot.design, NATIVE) == 2 * PRICE
    plot.prepare(refuses=False)
    plot.do(call)
    assert scene.chain.balance(address) == 2 * PRICE


@pytest.mark.parametrize("inner", WAYS)
@pytest.mark.parametrize("outer", WAYS)
def test_calling_back_while_being_paid_gains_nothing(
    scene: Scene, plot: Plot, outer: str, inner: str
) -> None:
    """The receiver calls the same or the other payment again, in its own name."""
    held = scene.chain.balance(scene.domain.licenses)
    plot.prepare(False, scene.domain.licenses, WAYS[inner](plot).data)
    plot.do(WAYS[outer](plot))
    assert plot.read("attempts") >= 1
    assert plot.read("successes") == 0
    assert scene.chain.balance(plot.actor.address) == 2 * PRICE
    assert scene.chain.balance(scene.domain.licenses) == held - 2 * PRICE
    assert scene.chain.earnings(plot.design, NATIVE) == (2 * PRICE if outer == "refund" else 0)
    # What was its due all the same is had afterwards, and no more.
    plot.prepare(refuses=False)
    if inner != outer:
        plot.do(WAYS[inner](plot))
        assert scene.chain.balance(plot.actor.address) == 4 * PRICE


def test_settling_while_being_paid_credits_nothing_twice(scene: Scene, plot: Plot) -> None:
    settle = scene.chain.settle(plot.design, plot.number, 0, 1)
    plot.prepare(False, scene.domain.licenses, settle.data)
    plot.do(plot.refund())
    assert plot.read("successes") == 0
    assert scene.chain.tally(plot.number) == (2, 2, 0)
    assert scene.chain.earnings(plot.design, NATIVE) == 2 * PRICE


def test_a_receiver_that_sells_the_design_while_being_paid_takes_nothing_with_it(
    scene: Scene, plot: Plot, stranger: Signer
) -> None:
    move = scene.chain.transfer_design(plot.design, plot.actor.address, stranger.address)
    plot.prepare(False, scene.domain.registry, move.data)
    plot.do(plot.withdrawal())
    assert plot.read("successes") == 1
    assert scene.chain.design_owner(plot.design) == stranger.address
    assert scene.chain.earnings(plot.design, NATIVE) == 0
    assert scene.chain.balance(plot.actor.address) == 2 * PRICE
