"""Three designs with parents, their licenses, and calls that end as the rules say."""

from __future__ import annotations

from collections import Counter
from typing import Any, ClassVar

from hypothesis.stateful import RuleBasedStateMachine

from ledger.chain import Call
from ledger.errors import LedgerError
from ledger.models import NATIVE_CURRENCY, Address, ContentHash, Parent, Policy, Rights
from ledger.signing import Signer
from tests.contracts.currency import Currency
from tests.contracts.life_model import Refusal, Right, Work
from tests.contracts.scene import Scene, fresh_digest, license_in

HOUR = 3600
SHARES = ((1_000,), (500, 333))
"""What the middle design gives to the base; the lowest to the middle and to the base."""


class LifeGame(RuleBasedStateMachine):
    """The designs and their licenses, on the chain and by the rules: each call goes to both."""

    ended: ClassVar[Counter[str]] = Counter()
    """How many calls of all games were carried out, and how many refused."""

    def __init__(self, scene: Scene, money: Currency, cast: dict[str, Signer]) -> None:
        super().__init__()
        self.scene, self.chain, self.money, self.cast = scene, scene.chain, money, cast
        base = Work()
        middle = Work(((base, SHARES[0][0]),))
        lowest = Work(((middle, SHARES[1][0]), (base, SHARES[1][1])))
        self.works = (base, middle, lowest)
        self.owners = ["ada", "ben", "cleo"]
        self.designs = self._registered()
        self.held: list[Right] = []
        self.time = scene.now()
        self.floor = {currency: self._balance(currency) for currency in self.currencies}

    def _registered(self) -> tuple[ContentHash, ...]:
        base = self.scene.design(self.cast["ada"])
        designs = [base]
        for shares, owner in zip(SHARES, ("ben", "cleo"), strict=True):
            parents = [
                Parent(of, share, 0, b"") for of, share in zip(designs[::-1], shares, strict=True)
            ]
            for parent in parents:
                policy = Policy(open=True, share=parent.share)
                holder = self.owners[designs.index(parent.design)]
                self.scene.send(self.chain.set_policy(parent.design, policy), self.cast[holder])
            design = ContentHash(fresh_digest())
            call = self.chain.register_derived(design, fresh_digest(), parents)
            self.scene.send(call, self.cast[owner])
            designs.append(design)
        return tuple(designs)

    @property
    def currencies(self) -> tuple[Address, Address]:
        """The chain's own, and an ERC-20."""
        return NATIVE_CURRENCY, self.money.address

    def _do(self, refusal: Refusal, call: Call, signer: Signer) -> Any:
        self.time += 1
        self.ended["refused" if refusal else "done"] += 1
        mined, ended = None, None
        try:
            mined = self.scene.send(call, signer, at=self.time)
        except LedgerError as error:
            ended = error
        assert (type(ended) if ended else None) is refusal, f"{ended!r} where {refusal} is due"
        return mined

    def _sold(
        self, level: int, quota: int, price: int, hours: int, rights: Rights, *, native: bool
    ) -> Right:
        work, design = self.works[level], self.designs[level]
        currency = self.currencies[0 if native else 1]
        terms = self.scene.terms(
            design,
            currency=currency,
            price=price,
            rights=rights,
            duration=hours * HOUR,
            grace=0,
        )
        self._do(None, self.chain.open_offer(terms), self._owner(work))
        mined = self._do(None, self.chain.buy(terms, quota), self.cast["shop"])
        right = Right(
            license_in(mined),
            work,
            "shop",
            quota,
            currency,
            price,
            self.time + hours * HOUR,
            rights,
        )
        self.held.append(right)
        return right

    def _owner(self, work: Work) -> Signer:
        return self.cast[self.owners[self.works.index(work)]]

    def _design(self, work: Work) -> ContentHash:
        return self.designs[self.works.index(work)]

    def _balance(self, currency: Address) -> int:
        contract = self.scene.domain.licenses
        if currency == NATIVE_CURRENCY:
            return self.chain.balance(contract)
        return self.money.balance(contract)
