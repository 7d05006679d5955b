"""Sales over HTTP: an offer's currency and rights, permits, approvals, signed purchases."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import pytest

from ledger import permits
from ledger.models import Address, Digest, Permit, Purchase
from ledger.services.context import Ledger
from tests.contracts.solidity import load_test_contracts
from tests.scene import Scene
from tests.service import Party, chain_of

UNITS = 2_500_000


class Dollar:
    """A currency with permits on the service's chain."""

    def __init__(self, ledger: Ledger, minter: Party) -> None:
        self._ledger, self._minter = ledger, minter
        chain = chain_of(ledger)
        code, eth = load_test_contracts()["TestCurrency"], chain.rpc.w3.eth
        made = eth.contract(abi=code.abi, bytecode=code.bytecode).constructor()
        sender = chain.sender(minter.signer)
        receipt = sender.send({"data": made.data_in_transaction})
        self.address = Address(str(receipt["contractAddress"]))
        self.contract: Any = eth.contract(str(self.address), abi=code.abi)  # type: ignore[call-overload]

    def mint(self, to: Address, amount: int) -> None:
        data = self.contract.encode_abi("mint", args=[str(to), amount])
        sender = chain_of(self._ledger).sender(self._minter.signer)
        sender.send({"to": str(self.address), "data": data})

    def balance(self, account: Address) -> int:
        return self._ledger.chain.currencies.balance(self.address, account)


@pytest.fixture(scope="module")
def dollar(ledger: Ledger, ours: Scene) -> Dollar:
    made = Dollar(ledger, ours.designer)
    made.mint(ours.center.address, 1_000 * UNITS)
    return made


@pytest.fixture
def offer(ours: Scene, dollar: Dollar) -> str:
    """An offer in the currency, of its own terms for each test."""
    return ours.designer.open_offer(
        ours.design,
        ours.now,
        currency=dollar.address,
        price=str(UNITS),
        terms=f"Paid in dollars. {secrets.token_hex(8)}",
    )


def permit_of(ours: Scene, dollar: Dollar, typed: dict[str, Any], total: int) -> dict[str, Any]:
    """What the center hands in for the permit that the service proposed."""
    told = permits.PermitTerms(
        typed["domain"]["name"], typed["domain"]["version"], int(typed["message"]["nonce"])
    )
    ours_ = permits.permit(
        told,
        ours.ledger.domain.chain_id,
        dollar.address,
        owner=ours.center.address,
        spender=ours.ledger.domain.licenses,
        value=total,
        deadline=int(typed["message"]["deadline"]),
    )
    assert ours_.as_json() == typed
    deadline = int(typed["message"]["deadline"])
    signature = ours.center.signer.sign(ours_)
    permit = Permit(dollar.address, ours.center.address, total, deadline, signature)
    return {
        "currency": permit.currency,
        "owner": permit.owner,
        "value": str(permit.value),
        "deadline": permit.deadline,
        "signature": "0x" + permit.signature.hex(),
    }


def needed(ours: Scene, offer: str, quota: int) -> Any:
    body = {"payer": ours.center.address, "offer": offer, "quota": quota}
    return ours.center.ok("POST", "/payments", json=body)


def test_an_offer_says_currency_licensee_limit_and_rights(ours: Scene, dollar: Dollar) -> None:
    hash_ = ours.designer.open_offer(
        ours.design,
        ours.now,
        currency=dollar.address,
        licensee=ours.center.address,
        max_per_licensee=7,
        rights=["variants", "transferable"],
        terms="For one center.",
    )
    shown = ours.center.ok("GET", f"/offers/{hash_}")
    assert (shown["currency"], shown["licensee"]) == (dollar.address, ours.center.address)
    assert (shown["max_per_licensee"], shown["rights"]) == (7, ["variants", "transferable"])
    body = {"licensee": ours.designer.address, "offer": hash_, "quota": 1}
    ours.designer.refused("LicenseeNotNamed", "POST", "/licenses/purchase", json=body)


def test_a_currency_must_be_a_contract(ours: Scene) -> None:
    with pytest.raises(AssertionError, match="currency-not-supported"):
        ours.designer.open_offer(ours.design, ours.now, currency=ours.center.address)


def test_a_right_of_another_name_is_refused(ours: Scene) -> None:
    with pytest.raises(AssertionError, match="malformed-request"):
        ours.designer.open_offer(ours.design, ours.now, rights=["revoked"])


def test_a_currency_is_shown_as_it_calls_itself(ours: Scene, dollar: Dollar) -> None:
    told = ours.center.ok("GET", f"/currencies/{dollar.address}")
    assert told == {"currency": dollar.address, "symbol": "TUSD", "decimals": 6}
    nothing = ours.center.ok("GET", f"/currencies/{ours.center.address}")
    assert (nothing["symbol"], nothing["decimals"]) == (None, None)


def test_a_permit_buys_in_one_transaction(ours: Scene, dollar: Dollar, offer: str) -> None:
    payment = needed(ours, offer, 3)
    assert (payment["total"], payment["allowed"]) == (str(3 * UNITS), "0")
    permit = permit_of(ours, dollar, payment["permit"], 3 * UNITS)
    body = {"licensee": ours.center.address, "offer": offer, "quota": 3}
    ours.center.refused("AllowanceTooLow", "POST", "/licenses/purchase", json=body)
    greedy = {**body, "quota": 1_000, "licensee": ours.designer.address}
    ours.designer.refused("BalanceTooLow", "POST", "/licenses/purchase", json=greedy)
    answer = ours.center.ok("POST", "/licenses/purchase", json={**body, "permit": permit})
    assert (answer["total"], answer["currency"]) == (str(3 * UNITS), dollar.address)
    before = dollar.balance(ours.center.address)
    mined = ours.center.send(answer)
    (bought,) = [row for row in mined["events"] if row["name"] == "LicenseBought"]
    number = int(bought["arguments"]["license"])
    assert dollar.balance(ours.center.address) == before - 3 * UNITS
    shown = ours.center.ok("GET", f"/licenses/{number}")
    assert (shown["currency"], shown["price"]) == (dollar.address, str(UNITS))


def test_an_approval_is_for_the_total_and_no_more(ours: Scene, dollar: Dollar, offer: str) -> None:
    ours.center.send(needed(ours, offer, 2)["approval"])
    payment = needed(ours, offer, 2)
    assert (payment["allowed"], payment["permit"], payment["approval"]) == (
        str(2 * UNITS),
        None,
        None,
    )
    ours.center.buy(offer, 2)
    assert needed(ours, offer, 2)["allowed"] == "0"


def test_somebody_else_can_pay_for_a_license(
    ours: Scene, offer: str, party: Callable[[], Party]
) -> None:
    friend = party()
    ours.center.send(needed(ours, offer, 1)["approval"])
    body = {"licensee": friend.address, "offer": offer, "quota": 1, "payer": ours.center.address}
    ours.center.send(ours.center.ok("POST", "/licenses/purchase", json=body))
    page = friend.ok("GET", "/licenses", params={"licensee": friend.address})
    assert [row["offer"] for row in page["items"]] == [offer]


def signed_purchase(ours: Scene, offer: str, **changed: Any) -> dict[str, Any]:
    wish = Purchase(
        Digest.parse(offer),
        ours.center.address,
        2,
        Digest(secrets.token_bytes(32)),
        changed.pop("deadline", ours.now + 600),
    )
    return {
        "offer": offer,
        "buyer": wish.buyer,
        "quota": wish.quota,
        "salt": str(wish.salt),
        "deadline": wish.deadline,
        "signature": "0x" + ours.center.signer.sign(ours.ledger.domain.purchase(wish)).hex(),
        **changed,
    }


def test_a_buyer_without_gas_signs_twice_and_the_service_sends(
    ours: Scene, dollar: Dollar, offer: str
) -> None:
    payment = needed(ours, offer, 2)
    permit = permit_of(ours, dollar, payment["permit"], 2 * UNITS)
    body = signed_purchase(ours, offer, permit=permit)
    wei = ours.ledger.chain.balance(ours.center.address)
    answer = ours.center.ok("POST", "/licenses/purchase/signed", json=body)
    assert "LicenseBought" in [row["name"] for row in answer["events"]]
    assert ours.ledger.chain.balance(ours.center.address) == wei
    body.pop("permit")
    ours.center.refused("SignatureSpent", "POST", "/licenses/purchase/signed", json=body)


def test_a_signed_purchase_can_be_cancelled(ours: Scene, offer: str) -> None:
    body = signed_purchase(ours, offer)
    message = Purchase(
        Digest.parse(offer),
        ours.center.address,
        2,
        Digest.parse(body["salt"]),
        body["deadline"],
    )
    digest = str(ours.ledger.domain.purchase(message).digest())
    cancel = {"signer": ours.center.address, "digest": digest}
    ours.center.send(ours.center.ok("POST", "/licenses/cancellation", json=cancel))
    ours.center.refused("SignatureSpent", "POST", "/licenses/purchase/signed", json=body)


def test_the_service_pays_no_price(ours: Scene) -> None:
    """In the chain's own currency who sends a purchase pays it: that is not the service."""
    body = signed_purchase(ours, ours.offer)
    ours.center.refused("InvalidTerms", "POST", "/licenses/purchase/signed", json=body)


def test_a_message_that_could_be_used_for_long_is_not_relayed(ours: Scene, offer: str) -> None:
    body = signed_purchase(ours, offer, deadline=ours.now + 7_200)
    ours.center.refused("MalformedRequest", "POST", "/licenses/purchase/signed", json=body)
    late = signed_purchase(ours, offer, deadline=ours.now - 1)
    ours.center.refused("SignatureExpired", "POST", "/licenses/purchase/signed", json=late)
