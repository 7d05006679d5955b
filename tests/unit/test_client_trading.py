"""What a client signs to pay in a currency: what the user saw, whatever the service proposes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from ledger import permits
from ledger.client import answers, trading
from ledger.client.desk import Desk
from ledger.client.moneyside import PaymentNeeded
from ledger.client.pins import Pin
from ledger.client.service import ServiceClient
from ledger.errors import InvalidTerms, TransactionMismatch
from ledger.models import NATIVE_CURRENCY, ZERO_DIGEST, Address, ContentHash, Currency, Offer
from ledger.permits import PermitTerms
from ledger.signing import Signer, TypedData

NOW = 1_800_000_000
COIN, THIEF = Address("0x" + "c0" * 20), Address("0x" + "66" * 20)
LICENSES = Address("0x" + "11" * 20)
SIGNER = Signer.from_secret(b"\x07" * 32)
OFFER = Offer(
    design=ContentHash(b"\x01" * 32),
    terms=ZERO_DIGEST,
    currency=COIN,
    price=5,
    min_quota=1,
    max_quota=9,
    opens=0,
    closes=NOW + 9,
    duration=60,
    grace=0,
)
TERMS = PermitTerms("Coin", "1", 3)


def proposal(**changes: Any) -> TypedData:
    """The permit that an honest service proposes for 2 prints."""
    usual: dict[str, Any] = {
        "owner": SIGNER.address,
        "spender": LICENSES,
        "value": 10,
        "deadline": NOW + 600,
    }
    currency = changes.pop("currency", COIN)
    chain_id = changes.pop("chain_id", 31337)
    return permits.permit(TERMS, chain_id, currency, **usual | changes)


@dataclass
class Proposer:
    """A service that proposes whatever a test lets it; what it is sent is kept."""

    permit: dict[str, Any] | None = None
    approval: dict[str, Any] | None = None
    allowed: int = 0
    shown: Offer = OFFER
    handed: list[Any] = field(default_factory=list)

    def offer(self, _named: object) -> Any:
        return type("Shown", (), {"value": self.shown})

    def payment(self, *_: object) -> PaymentNeeded:
        draft = None if self.approval is None else {"transaction": self.approval, "summary": ""}
        return PaymentNeeded.model_validate(
            {
                "currency": {"currency": COIN, "symbol": "COIN", "decimals": 0},
                "total": "10",
                "balance": "10",
                "allowed": str(self.allowed),
                "permit": self.permit,
                "approval": draft,
            }
        )

    def purchase(self, *arguments: object) -> answers.PurchaseDraft:
        self.handed.append(arguments)
        raise InterruptedError

    def buy_signed(self, *arguments: object) -> answers.Sent:
        self.handed.append(arguments)
        raise InterruptedError


def desk_with(service: Proposer) -> Desk:
    pin = Pin(31337, Address("0x" + "22" * 20), LICENSES, Address("0x" + "33" * 20), THIEF)
    return Desk(cast(ServiceClient, service), pin, SIGNER, clock=lambda: NOW)


@pytest.fixture(scope="module")
def named() -> Any:
    return desk_with(Proposer())._trust.offer_hash(OFFER)


def test_the_permit_is_for_the_total_and_the_pinned_contract(named: Any) -> None:
    service = Proposer(permit=proposal().as_json())
    with pytest.raises(InterruptedError):
        trading.buy(desk_with(service), named, 2)
    permit = service.handed[0][-1]
    assert (permit.currency, permit.value, permit.deadline) == (COIN, 10, NOW + 600)
    assert permit.signature == SIGNER.sign(proposal())


@pytest.mark.parametrize(
    "changes",
    [
        {"spender": THIEF},
        {"owner": THIEF},
        {"value": 11},
        {"value": 2**256 - 1},
        {"currency": THIEF},
        {"chain_id": 1},
        {"deadline": NOW + 3_601},
    ],
    ids=lambda changes: next(iter(changes)),
)
@pytest.mark.parametrize("buying", [trading.buy, trading.buy_by_signature])
def test_any_other_permit_is_not_signed(named: Any, buying: Any, changes: dict[str, Any]) -> None:
    service = Proposer(permit=proposal(**changes).as_json())
    with pytest.raises(TransactionMismatch):
        buying(desk_with(service), named, 2)
    assert service.handed == []


def test_a_message_that_is_no_permit_is_not_signed(named: Any) -> None:
    sale = proposal().as_json() | {"primaryType": "Sale"}
    proposed: list[dict[str, Any]] = [{}, {"domain": {}, "message": {}}, sale]
    for wrong in proposed:
        service = Proposer(permit=wrong)
        with pytest.raises(TransactionMismatch):
            trading.buy(desk_with(service), named, 2)


def test_terms_of_another_price_are_not_paid(named: Any) -> None:
    service = Proposer(permit=proposal().as_json(), shown=replace(OFFER, price=50))
    with pytest.raises(TransactionMismatch):
        trading.buy(desk_with(service), named, 2)
    assert service.handed == []


def test_an_allowance_of_more_than_the_total_is_not_signed(named: Any) -> None:
    desk = desk_with(Proposer())
    greedy = desk.calls.approve(COIN, 2**256 - 1)
    draft = {
        "to": greedy.to,
        "data": greedy.data,
        "value": 0,
        "nonce": 0,
        "gas": 60_000,
        "maxFeePerGas": 1,
        "maxPriorityFeePerGas": 1,
        "chainId": 31337,
        "type": 2,
    }
    service = Proposer(approval=draft)
    with pytest.raises(TransactionMismatch):
        trading.buy(desk_with(service), named, 2)
    assert service.handed == []


def test_without_permits_nothing_is_bought_by_signature_alone(named: Any) -> None:
    with pytest.raises(InvalidTerms, match="no permits"):
        trading.buy_by_signature(desk_with(Proposer()), named, 2)


@pytest.mark.parametrize(
    ("currency", "shown"),
    [
        (Currency(NATIVE_CURRENCY), "0.0025 ether"),
        (Currency(COIN, "COIN", 6), f"2500000000 COIN ({COIN})"),
        (Currency(COIN, "COIN", 0), f"2500000000000000 COIN ({COIN})"),
        (Currency(COIN, None, 6), f"2500000000000000 of the smallest unit of {COIN}"),
        (Currency(COIN, "COIN", None), f"2500000000000000 of the smallest unit of {COIN}"),
    ],
)
def test_an_amount_is_shown_with_all_its_digits_and_no_more(currency: Currency, shown: str) -> None:
    assert currency.show(25 * 10**14) == shown
