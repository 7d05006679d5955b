"""Measure what each operation costs, on an Anvil of our own, against its limit and its past.

One JSON line an operation; exit status 1 if one is above its limit, or above what
contracts/gas-snapshot.json has for it. With `--update` it writes that file, with
`--markdown` it prints docs/gas.md instead.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import gas_crises
import gas_page

from ledger import artifacts
from ledger.anvil import Anvil
from ledger.chain import Call, Chain, Mined, Sender, deploy
from ledger.devchain import dev_account
from ledger.models import (
    NATIVE_CURRENCY,
    ZERO_DIGEST,
    ContentHash,
    Digest,
    Offer,
    Parent,
    Policy,
    PrintToken,
    Rights,
)
from ledger.signing import Signer

ROOT = Path(__file__).resolve().parents[1]
START = 3_000_000_001
"""When the measuring begins: a fixed time, as bytes of calldata have different prices."""
DAY = 86_400
FULL = 2**256 - 1

SNAPSHOT = ROOT / "contracts" / "gas-snapshot.json"
"""What each operation cost when the contracts were last changed on purpose."""


@dataclass(frozen=True)
class Actors:
    """Who sends: a designer, a print center and the designer's issuer."""

    owner: Signer
    center: Signer
    issuer: Signer


class Measurement:
    """One deployment, driven through each operation once, in a fixed order."""

    def __init__(self, anvil: Anvil) -> None:
        compiled = artifacts.load()
        self.who = Actors(dev_account(1), dev_account(2), dev_account(3))
        self.chain = Chain(anvil.url, deploy(anvil.url, dev_account(0), compiled), compiled)
        self.domain = self.chain.deployment.domain
        self._senders: dict[str, Sender] = {}
        self._numbers = count()
        anvil.rpc("evm_setNextBlockTimestamp", START)
        anvil.rpc("evm_mine")

    def run(self) -> Iterator[tuple[str, int]]:
        """Yield `(operation, gas)`."""
        chain, who = self.chain, self.who
        design = ContentHash(self.digest())
        yield "register_first", self.gas(chain.register(design, self.digest()), who.owner)
        again = chain.register(ContentHash(self.digest()), self.digest())
        yield "register_repeat", self.gas(again, who.owner)
        self.gas(chain.authorize_issuer(who.issuer.address, START + 365 * DAY), who.owner)
        derived = ContentHash(self.digest())
        self.gas(chain.set_policy(design, Policy(open=True, share=1_000)), who.owner)
        call = chain.register_derived(derived, self.digest(), [Parent(design, 1_000, 0, b"")])
        yield "register_derived", self.gas(call, who.issuer)

        offer = Offer(
            design=design,
            terms=self.digest(),
            currency=NATIVE_CURRENCY,
            price=1_250_000_000_000_000,
            min_quota=10,
            max_quota=1000,
            opens=START,
            closes=START + 90 * DAY,
            duration=180 * DAY,
            grace=24,
        )
        yield "offer_open", self.gas(chain.open_offer(offer), who.owner)
        # License 1: a contract's first number fills an empty slot, which costs more only once.
        self.gas(chain.buy(offer, 600), who.center)
        yield "license_buy", self.gas(chain.buy(offer, 600), who.center)
        grant = chain.grant(design, who.center.address, 50, START + 180 * DAY, 24)
        yield "license_grant", self.gas(grant, who.owner)

        yield from self._redemptions(design, number=2)
        settle = chain.settle(design, 2, 0, 3)
        yield "license_settle", self.gas(settle, who.center)
        void = chain.void_prints(design, 2, 0, 1 << 1, self.digest())
        yield "prints_void", self.gas(void, who.issuer)
        yield "license_revoke", self.gas(chain.revoke(design, 2, self.digest()), who.owner)
        yield from self._of_a_derived(replace(offer, design=derived, rights=Rights.TRANSFERABLE))
        yield "design_recall", self.gas(chain.recall(design, self.digest()), who.owner)
        checkpoint = chain.checkpoints.anchor(2**64 - 1, Digest(b"\xff" * 32))
        yield "checkpoint", self.gas(checkpoint, who.issuer)
        yield from gas_crises.measure(self, START, DAY)

    def _redemptions(self, design: ContentHash, number: int) -> Iterator[tuple[str, int]]:
        owner, issuer = self.who.owner, self.who.issuer
        steps = (
            ("redeem_fresh", owner, 0, 1 << 0),
            ("redeem_warm", owner, 0, 1 << 1),
            ("redeem_warm_by_issuer", issuer, 0, 1 << 2),
            (None, owner, 1, 1 << 0),
            ("redeem_255", owner, 1, FULL ^ 1),
        )
        for operation, signer, word, serials in steps:
            gas = self.redeemed(self.token(design, number, word, serials), signer)
            if operation is not None:
                yield operation, gas
        yield "redeem_batch_2560_per_print", self._ten_words(design)
        for operation, touched in (
            ("redeem_pooled_two_printers_per_print", True),
            ("redeem_pooled_fresh_per_print", False),
        ):
            yield operation, self._pooled(design, touched=touched)

    def _ten_words(self, design: ContentHash) -> int:
        """Gas a print, rounded up, of ten full words at once; signed and sent by the owner."""
        owner, prints = self.who.owner, 2_560
        expiry = START + 180 * DAY
        number = self.made(
            self.chain.grant(design, self.who.center.address, prints, expiry, 24), owner
        )
        tokens = []
        for word in range(10):
            token = self.token(design, number, word, FULL)
            tokens.append((token, owner.sign(self.domain.print_token(token)), FULL))
        return -(-self.gas(self.chain.redeem_tokens(tokens), owner) // prints)

    def _pooled(self, design: ContentHash, *, touched: bool) -> int:
        """Gas a print, rounded up, of what two printers spent of their leases while offline."""
        issuer, prints, chain = self.who.issuer, 250, self.chain
        grant = chain.grant(design, self.who.center.address, 600, START + 180 * DAY, 24)
        number = self.made(grant, self.who.owner)
        if touched:
            self.redeemed(self.token(design, number, 0, 1 << 255), issuer)
        tokens = []
        for word, secret in enumerate((b"\x05", b"\x06")):
            token = replace(
                self.token(design, number, word, (1 << prints) - 1),
                printer=Signer.from_secret(secret * 32).address,
                not_before=START - 60 * word,
                deadline=START + 30 * DAY + 60 * word,
            )
            tokens.append((token, issuer.sign(self.domain.print_token(token)), token.serials))
        return -(-self.gas(chain.redeem_tokens(tokens), issuer) // (prints * len(tokens)))

    def _of_a_derived(self, offer: Offer) -> Iterator[tuple[str, int]]:
        """The same for a design with a parent: its owner is the issuer of the others."""
        chain, owner, center = self.chain, self.who.issuer, self.who.center
        self.gas(chain.open_offer(offer), owner)
        number = self.made(chain.buy(offer, 600), center)
        self.redeemed(self.token(offer.design, number, 0, 1 << 0), owner)
        gas = self.redeemed(self.token(offer.design, number, 0, 1 << 1), owner)
        yield "redeem_derived", gas
        self.gas(chain.settle(offer.design, number, 0, 1), center)
        self.redeemed(self.token(offer.design, number, 0, 1 << 2), owner)
        settle = chain.settle(offer.design, number, 0, 1)
        yield "license_settle_derived", self.gas(settle, center)
        split = chain.sublicense(offer.design, number, owner.address, 100)
        yield "license_split", self.gas(split, center)

    def token(self, design: ContentHash, number: int, word: int, serials: int) -> PrintToken:
        """A token for the center's printer."""
        return PrintToken(
            design=design,
            license=number,
            printer=self.who.center.address,
            word=word,
            serials=serials,
            not_before=START,
            deadline=START + 30 * DAY,
            job=ZERO_DIGEST,
        )

    def redeemed(self, token: PrintToken, signer: Signer) -> int:
        """Gas of a redemption that `signer` signs and sends."""
        signature = signer.sign(self.domain.print_token(token))
        return self.gas(self.chain.redeem(token, signature, token.serials), signer)

    def made(self, call: Call, signer: Signer) -> int:
        """The number of the license that a call makes."""
        events = self._mined(call, signer).events
        return next(int(e.arguments["license"]) for e in events if "license" in e.arguments)

    def gas(self, call: Call, signer: Signer) -> int:
        """Gas of a call that `signer` sends."""
        return self._mined(call, signer).gas_used

    def _mined(self, call: Call, signer: Signer) -> Mined:
        sender = self._senders.setdefault(signer.address, self.chain.sender(signer))
        return self.chain.send(call, sender)

    def digest(self) -> Digest:
        """A digest that was not used yet."""
        return Digest(hashlib.sha256(f"gas {next(self._numbers)}".encode()).digest())


def main() -> int:
    """Measure and print; the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--markdown", action="store_true", help="print docs/gas.md")
    parser.add_argument("--update", action="store_true", help=f"write {SNAPSHOT.name}")
    wanted = parser.parse_args()
    with Anvil(ROOT) as anvil:
        figures = dict(Measurement(anvil).run())
    if wanted.markdown:
        print(gas_page.page(figures), end="")
        return 0
    if wanted.update:
        SNAPSHOT.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    before: dict[str, int] = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    grown = False
    for operation, limit in gas_page.LIMITS.items():
        gas, past = figures[operation], before.get(operation)
        row = {"operation": operation, "gas": gas, "limit": limit, "snapshot": past}
        print(json.dumps(row))
        grown = grown or gas > min(limit or 2**63, past or 0)
    return 1 if grown else 0


if __name__ == "__main__":
    raise SystemExit(main())
