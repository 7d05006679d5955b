"""An ERC-20 on the test chain, in few words."""

from __future__ import annotations

from typing import Any

from ledger.models import Address
from ledger.signing import Signer
from tests.contracts.scene import Scene
from tests.contracts.solidity import load_test_contracts

PRICE = 2_500_000
"""Of one print: 2.5 of a currency with 6 decimals."""


class Currency:
    """A deployed currency of contracts/test, which anybody can mint."""

    def __init__(self, scene: Scene, name: str = "TestCurrency", *arguments: object) -> None:
        self._scene = scene
        code = load_test_contracts()[name]
        eth = scene.chain.rpc.w3.eth
        data = (
            eth.contract(abi=code.abi, bytecode=code.bytecode)
            .constructor(*arguments)
            .data_in_transaction
        )
        self._minter = scene.account()
        receipt = scene.chain.sender(self._minter).send({"data": data})
        self.address = Address(str(receipt["contractAddress"]))
        self.contract: Any = eth.contract(str(self.address), abi=code.abi)  # type: ignore[call-overload]

    def mint(self, to: Address, amount: int) -> None:
        """Make money from nothing."""
        self._scene.send(self._scene.write(self.contract, "mint", str(to), amount), self._minter)

    def approve(self, owner: Signer, amount: int, spender: Address | None = None) -> None:
        """Allow the licenses' contract (or `spender`) to take `amount` of the owner's."""
        to = str(spender or self._scene.domain.licenses)
        self._scene.send(self._scene.write(self.contract, "approve", to, amount), owner)

    def balance(self, account: Address) -> int:
        """What an account has."""
        return int(self._scene.view(self.contract, "balanceOf", str(account)))


def dollars(scene: Scene, holder: Address) -> Currency:
    """A currency with permits, of which the holder has enough for 1,000 prints."""
    currency = Currency(scene)
    currency.mint(holder, 1_000 * PRICE)
    return currency
