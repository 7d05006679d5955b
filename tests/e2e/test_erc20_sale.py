"""A sale in an ERC-20 by the command line, on a real stack: permit, print, settle, withdraw."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ledger.models import Address, ContentHash
from ledger.signing import Signer
from tests.conftest import MODELS
from tests.contracts.solidity import load_test_contracts
from tests.e2e.test_cli_flow import PASSPHRASE, Desk, _running
from tests.e2e.test_license_life import Shop

UNIT = 10**6
"""The test currency has 6 decimals."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ledger.stack.find_kubo", lambda *_: None)
        patch.delenv("PLATEMARK_IPFS_API", raising=False)
        yield from _running(tmp_path_factory.mktemp("sale"))


class Market(Shop):
    """A shop that sells in a currency of the chain, of which the center has 100."""

    def __init__(self, desk: Desk) -> None:
        for name in ("designer", "center"):
            desk.json("key", "new", name, "--fund")
        args = ("--key", "designer", "--title", "Torus")
        design = str(desk.json("design", "register", MODELS / "torus.3mf", *args)["design"])
        desk.run("issuer", "authorize", "--key", "designer")
        super().__init__(desk, design, "")
        self.designer, self.center = self.signer("designer"), self.signer("center")
        code, eth = load_test_contracts()["TestCurrency"], self.chain.rpc.w3.eth
        made = eth.contract(abi=code.abi, bytecode=code.bytecode).constructor()
        receipt = self.chain.sender(self.designer).send({"data": made.data_in_transaction})
        self.currency = Address(str(receipt["contractAddress"]))
        contract: Any = eth.contract(str(self.currency), abi=code.abi)  # type: ignore[call-overload]
        minting = contract.encode_abi("mint", args=[str(self.center.address), 100 * UNIT])
        self.chain.sender(self.designer).send({"to": str(self.currency), "data": minting})
        terms = desk.folder / "terms.txt"
        terms.write_text("Paid in dollars.")
        selling = ("--price", "2.5", "--currency", self.currency, "--terms", terms, "--max", 20)
        self.offer = str(desk.json("offer", "open", design, *selling, "--key", "designer")["offer"])

    def signer(self, name: str) -> Signer:
        file = self.desk.folder / "home" / "keys" / f"{name}.json"
        return Signer.load(file, PASSPHRASE)

    def balance(self, account: Address) -> int:
        return self.chain.currencies.balance(self.currency, account)

    def grant(self, *more: str) -> int:
        to = ("--to", "center", "--quota", 2, "--key", "designer")
        return int(self.desk.json("license", "grant", self.design, *to, *more)["license"])


@pytest.fixture(scope="module")
def market(desk: Desk) -> Market:
    return Market(desk)


def test_an_offer_in_an_erc20_is_shown_with_the_currencys_address(
    desk: Desk, market: Market
) -> None:
    (offer,) = desk.json("offer", "list")
    assert (offer["currency"], offer["price"]) == (market.currency, "2500000")
    assert "2.5 TUSD" in desk.run("offer", "list").replace("\n", " ")


def test_a_purchase_pays_in_one_transaction_and_the_designer_takes_out_what_was_printed(
    desk: Desk, market: Market
) -> None:
    chain, center = market.chain, market.center.address
    nonce = chain.rpc.w3.eth.get_transaction_count(str(center))  # type: ignore[arg-type]
    args = ("--quota", 4, "--key", "center", "--max-total", 10)
    bought = desk.json("license", "buy", market.offer, *args)
    assert bought["total"] == str(10 * UNIT)
    assert market.balance(center) == 90 * UNIT
    after = chain.rpc.w3.eth.get_transaction_count(str(center))  # type: ignore[arg-type]
    assert after == nonce + 1, "the permit went along in the same transaction"
    license = int(bought["license"])
    assert "2.5 TUSD" in desk.run("license", "show", license)

    market.printed(license)
    desk.run("license", "settle", license, "--key", "center")
    (earned,) = desk.json("design", "earnings", market.design)
    assert (earned["currency"], earned["settled"], earned["withdrawable"]) == (
        market.currency,
        "2500000",
        "2500000",
    )
    assert "2.5 TUSD" in desk.run("design", "earnings", market.design)
    taking = ("--currency", market.currency, "--key", "designer")
    desk.run("design", "withdraw", market.design, *taking)
    assert market.balance(market.designer.address) == 2_500_000
    desk.run("design", "withdraw", market.design, "--key", "designer", code=5)
    assert market.errors(market.design) == market.errors(license) == []


def test_a_total_above_what_the_buyer_would_pay_is_refused(desk: Desk, market: Market) -> None:
    args = ("--quota", 4, "--key", "center", "--max-total", "9.99")
    said = desk.run("license", "buy", market.offer, *args, code=3)
    assert said.startswith("WrongPayment:")


def test_a_center_without_gas_buys_by_signatures_alone(desk: Desk, market: Market) -> None:
    before = market.balance(market.center.address)
    wei = market.chain.balance(market.center.address)
    args = ("--quota", 2, "--key", "center", "--service-pays")
    bought = desk.json("license", "buy", market.offer, *args)
    assert market.state(bought["license"])["licensee"] == market.center.address
    assert market.balance(market.center.address) == before - 5 * UNIT
    assert market.chain.balance(market.center.address) == wei


def test_grants_and_revocations_need_no_gas_either(desk: Desk, market: Market) -> None:
    wei = market.chain.balance(market.designer.address)
    license = market.grant("--service-pays", "--right", "transferable")
    assert market.state(license)["rights"] == ["transferable"]
    args = ("--reason", "It was a trial.", "--key", "designer", "--service-pays")
    desk.run("license", "revoke", license, *args)
    assert market.state(license)["revoked"]
    assert market.chain.balance(market.designer.address) == wei


def test_an_irrevocable_license_is_not_revoked(desk: Desk, market: Market) -> None:
    license = market.grant("--right", "irrevocable", "--right", "variants")
    said = desk.run("license", "revoke", license, "--key", "designer", code=6)
    assert said.startswith("LicenseIrrevocable:")


def test_several_licenses_are_settled_at_once_and_those_refused_are_named(
    desk: Desk, market: Market
) -> None:
    args = ("--quota", 1, "--key", "center")
    numbers = [int(desk.json("license", "buy", market.offer, *args)["license"]) for _ in "ab"]
    market.printed(numbers[0])
    settled = desk.json("license", "settle", *numbers, "--key", "center")
    assert settled["refused"] == {str(numbers[1]): "NothingToSettle"}
    assert market.state(numbers[0])["earned"] == 1
    account = market.chain.account(ContentHash.parse(market.design), market.currency)
    assert account.gross == 2 * 2_500_000
    all_ = ("license", "settle", *numbers, "--all-or-nothing", "--key", "center")
    assert desk.run(*all_, code=5).startswith("BatchFailed:")
