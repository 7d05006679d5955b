"""A design changes hands: what stays, what stops, and who earns."""

from __future__ import annotations

import pytest

from ledger.errors import NotDesignOwner, NotIssuer
from ledger.models import NATIVE_CURRENCY, ZERO_DIGEST, ContentHash
from ledger.signing import Signer
from tests.contracts.scene import DAY, PRICE, Scene, license_in


class Sale:
    """A design with an offer and a paid license of 10; then it is sold."""

    def __init__(self, scene: Scene, seller: Signer, buyer: Signer, heir: Signer) -> None:
        self._scene, self._seller, self._heir = scene, seller, heir
        self.design: ContentHash = scene.design(seller)
        self.offer = scene.open(seller, self.design)
        self.number = license_in(scene.send(scene.chain.buy(self.offer, 10), buyer))

    def happens(self) -> None:
        chain = self._scene.chain
        call = chain.transfer_design(self.design, self._seller.address, self._heir.address)
        self._scene.send(call, self._seller)


@pytest.fixture
def heir(scene: Scene) -> Signer:
    """Who owns the design in the end."""
    return scene.account()


@pytest.fixture
def sale(scene: Scene, owner: Signer, buyer: Signer, heir: Signer) -> Sale:
    return Sale(scene, owner, buyer, heir)


def test_a_license_stays_as_it_was_and_the_new_owner_serves_it(
    scene: Scene, heir: Signer, printer: Signer, sale: Sale
) -> None:
    before = scene.chain.license(sale.design, sale.number)
    sale.happens()
    assert scene.chain.license(sale.design, sale.number) == before
    token = scene.token(sale.design, sale.number, printer.address)
    scene.send(scene.redeem(token, heir), printer)
    assert scene.chain.spent(sale.number, 0) == 1


def test_tokens_of_the_former_owner_and_their_issuer_stop(
    scene: Scene, owner: Signer, heir: Signer, printer: Signer, stranger: Signer, sale: Sale
) -> None:
    scene.send(scene.chain.authorize_issuer(stranger.address, scene.now() + DAY), owner)
    token = scene.token(sale.design, sale.number, printer.address, serials=0b11)
    by_owner = scene.redeem(token, owner, take=1)
    by_issuer = scene.redeem(token, stranger, take=2)
    sale.happens()
    for call, signer in ((by_owner, owner), (by_issuer, stranger)):
        scene.refused(NotIssuer, call, printer, design=sale.design, signer=signer.address)
    # Once the new owner authorizes the same issuer, the same token is good again.
    scene.send(scene.chain.authorize_issuer(stranger.address, scene.now() + DAY), heir)
    scene.send(by_issuer, printer)
    scene.refused(NotIssuer, by_owner, printer, design=sale.design, signer=owner.address)


def test_the_former_owner_can_do_nothing_any_more(
    scene: Scene, owner: Signer, buyer: Signer, sale: Sale
) -> None:
    sale.happens()
    chain, design = scene.chain, sale.design
    for call in (
        chain.open_offer(scene.terms(design)),
        chain.close_offer(sale.offer),
        chain.revoke(design, sale.number, ZERO_DIGEST),
        chain.withdraw(design, NATIVE_CURRENCY, owner.address),
    ):
        scene.refused(NotDesignOwner, call, owner, design=design, caller=owner.address)
    grant = chain.grant(design, buyer.address, 1, scene.now() + DAY, 0)
    scene.refused(NotIssuer, grant, owner, design=design, signer=owner.address)


def test_an_offer_goes_with_the_design_and_the_new_owner_earns_from_it_and_closes_it(
    scene: Scene, heir: Signer, buyer: Signer, printer: Signer, sale: Sale
) -> None:
    sale.happens()
    chain = scene.chain
    number = license_in(scene.send(chain.buy(sale.offer, 2), buyer))
    token = scene.token(sale.design, number, printer.address, serials=0b11)
    scene.send(scene.redeem(token, heir), printer)
    scene.send(chain.settle(sale.design, number, 0, 1), buyer)
    before = chain.balance(printer.address)
    scene.send(chain.withdraw(sale.design, NATIVE_CURRENCY, printer.address), heir)
    assert chain.balance(printer.address) == before + 2 * PRICE
    scene.send(chain.close_offer(sale.offer), heir)
    assert not chain.is_open(chain.hash_offer(sale.offer))


def test_earnings_that_were_not_withdrawn_go_with_the_design(
    scene: Scene, owner: Signer, heir: Signer, printer: Signer, sale: Sale
) -> None:
    chain = scene.chain
    token = scene.token(sale.design, sale.number, printer.address, serials=0b111)
    scene.send(scene.redeem(token, owner), printer)
    scene.send(chain.settle(sale.design, sale.number, 0, 1), owner)
    sale.happens()
    assert chain.earnings(sale.design, NATIVE_CURRENCY) == 3 * PRICE
    before = chain.balance(printer.address)
    scene.send(chain.withdraw(sale.design, NATIVE_CURRENCY, printer.address), heir)
    assert chain.balance(printer.address) == before + 3 * PRICE


def test_a_sale_frees_no_serial_and_spends_none(
    scene: Scene, owner: Signer, printer: Signer, sale: Sale
) -> None:
    token = scene.token(sale.design, sale.number, printer.address, serials=0b101)
    scene.send(scene.redeem(token, owner), printer)
    sale.happens()
    assert scene.chain.spent(sale.number, 0) == 0b101


def test_an_owner_who_buys_the_design_back_has_all_rights_again(
    scene: Scene, owner: Signer, heir: Signer, printer: Signer, sale: Sale
) -> None:
    token = scene.token(sale.design, sale.number, printer.address)
    call = scene.redeem(token, owner)
    sale.happens()
    back = scene.chain.transfer_design(sale.design, heir.address, owner.address)
    scene.send(back, heir)
    scene.send(call, printer)
