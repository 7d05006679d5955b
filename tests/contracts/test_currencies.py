"""Currencies that do not keep to the standard, and what one says of itself."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.errors import InvalidTerms, PaymentFailed, PaymentShort, UnknownRevert
from ledger.models import Offer
from ledger.signing import Signer
from tests.contracts.currency import PRICE, Currency, dollars
from tests.contracts.scene import Scene, license_in

SILENT, FEE, DENIES, REVERTS, EMPTY, LIES, CALLS_BACK = range(7)


@pytest.fixture
def dollar(scene: Scene, buyer: Signer) -> Currency:
    return dollars(scene, buyer.address)


def odd(scene: Scene, owner: Signer, buyer: Signer, way: int) -> tuple[Currency, Offer]:
    """A currency that is well behaved until the offer is open and the money allowed."""
    currency = Currency(scene, "TestOddCurrency")
    currency.mint(buyer.address, 100 * PRICE)
    currency.approve(buyer, 100 * PRICE)
    offer = scene.open(owner, scene.design(owner), currency=currency.address, price=PRICE)
    become(scene, owner, currency, way)
    return currency, offer


def become(scene: Scene, by: Signer, currency: Currency, way: int, inner: str = "0x") -> None:
    data = bytes.fromhex(inner.removeprefix("0x"))
    to = str(scene.domain.licenses)
    scene.send(scene.write(currency.contract, "become", way, to, data), by)


# ------------------------------------------------- currencies of another kind


def test_a_currency_that_returns_nothing_is_as_good_as_one_that_returns_true(
    scene: Scene, owner: Signer, buyer: Signer
) -> None:
    currency, offer = odd(scene, owner, buyer, SILENT)
    scene.send(scene.chain.buy(offer, 2), buyer)
    assert currency.balance(scene.domain.licenses) == 2 * PRICE


def test_a_currency_that_takes_a_fee_is_refused(scene: Scene, owner: Signer, buyer: Signer) -> None:
    currency, offer = odd(scene, owner, buyer, FEE)
    scene.refused(
        PaymentShort,
        scene.chain.buy(offer, 2),
        buyer,
        currency=currency.address,
        expected=2 * PRICE,
        received=2 * PRICE - 2 * PRICE // 100,
    )


def test_a_currency_that_moves_nothing_is_refused_whatever_it_says(
    scene: Scene, owner: Signer, buyer: Signer
) -> None:
    currency, offer = odd(scene, owner, buyer, DENIES)
    call = scene.chain.buy(offer, 1)
    scene.refused(PaymentFailed, call, buyer, token=currency.address)
    become(scene, owner, currency, LIES)
    facts: dict[str, Any] = {"currency": currency.address, "expected": PRICE, "received": 0}
    scene.refused(PaymentShort, call, buyer, **facts)
    for way in (REVERTS, EMPTY):
        become(scene, owner, currency, way)
        with pytest.raises((UnknownRevert, InvalidTerms)):
            scene.send(call, buyer)
    assert currency.balance(scene.domain.licenses) == 0
    become(scene, owner, currency, SILENT)
    scene.send(call, buyer)


@pytest.mark.parametrize("inner", ["buy", "refund", "settle", "withdraw"])
def test_a_currency_that_calls_back_while_it_is_paid_out_gains_nothing(
    scene: Scene, owner: Signer, buyer: Signer, printer: Signer, inner: str
) -> None:
    """It calls in its own name, and what moves money is shut while money moves."""
    currency, offer = odd(scene, owner, buyer, SILENT)
    number = license_in(scene.send(scene.chain.buy(offer, 4), buyer))
    token = scene.token(offer.design, number, printer.address, serials=0b11)
    scene.send(scene.redeem(token, owner), printer)
    scene.send(scene.chain.settle(offer.design, number, 0, 1), owner)
    chain, thief = scene.chain, currency.address
    call = {
        "buy": chain.buy(offer, 1),
        "refund": chain.refund(offer.design, number, 0, 1),
        "settle": chain.settle(offer.design, number, 0, 1),
        "withdraw": chain.withdraw(offer.design, thief, thief),
    }[inner]
    become(scene, owner, currency, CALLS_BACK, call.data)
    scene.send(chain.withdraw(offer.design, currency.address, owner.address), owner)
    assert int(scene.view(currency.contract, "attempts")) == 1
    assert int(scene.view(currency.contract, "successes")) == 0
    assert currency.balance(owner.address) == 2 * PRICE
    assert currency.balance(scene.domain.licenses) == 2 * PRICE
    assert chain.account(offer.design, currency.address).withdrawn == 2 * PRICE


def test_a_bad_currency_harms_no_other(
    scene: Scene, owner: Signer, buyer: Signer, printer: Signer, dollar: Currency
) -> None:
    currency, offer = odd(scene, owner, buyer, SILENT)
    good = scene.open(owner, offer.design, currency=dollar.address, price=PRICE)
    dollar.approve(buyer, 2 * PRICE)
    for terms in (offer, good):
        number = license_in(scene.send(scene.chain.buy(terms, 2), buyer))
        token = scene.token(offer.design, number, printer.address)
        scene.send(scene.redeem(token, owner), printer)
        scene.send(scene.chain.settle(offer.design, number, 0, 1), owner)
    become(scene, owner, currency, REVERTS)
    with pytest.raises((UnknownRevert, InvalidTerms)):
        scene.send(scene.chain.withdraw(offer.design, currency.address, owner.address), owner)
    scene.send(scene.chain.withdraw(offer.design, dollar.address, owner.address), owner)
    assert dollar.balance(owner.address) == PRICE


# ------------------------------------------------------- what a currency says


def test_what_a_currency_says_of_itself_is_shown_beside_its_address(
    scene: Scene, dollar: Currency
) -> None:
    about = scene.chain.currencies.about(dollar.address)
    assert (about.symbol, about.decimals) == ("TUSD", 6)
    assert about.show(PRICE) == f"2.5 TUSD ({dollar.address})"


@pytest.mark.parametrize("symbol", ["", "X" * 13, "1000\n0 ether", "\u202eDSU", "ETH\x00"])
def test_a_symbol_that_could_mislead_is_left_out(scene: Scene, owner: Signer, symbol: str) -> None:
    currency = Currency(scene, "TestOddCurrency")
    scene.send(scene.write(currency.contract, "callYourself", symbol), owner)
    about = scene.chain.currencies.about(currency.address)
    assert (about.symbol, about.decimals) == (None, None)
    assert about.show(7) == f"7 of the smallest unit of {currency.address}"


def test_what_is_no_currency_at_all_says_nothing(scene: Scene, owner: Signer) -> None:
    for address in (owner.address, scene.domain.registry):
        about = scene.chain.currencies.about(address)
        assert about.decimals is None
        assert scene.chain.currencies.permit_terms(address, owner.address) is None
        assert scene.chain.currencies.allowance(address, owner.address, owner.address) == 0
