"""What pledges, crises and the licenses taken in one cost; scripts/gas.py asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ledger.models import ContentHash, PledgeTerms, Region

if TYPE_CHECKING:
    from gas import Measurement

LIMITS: dict[str, int | None] = {
    "design_pledge": None,
    "crisis_declare": None,
    "crisis_take": None,
    "redeem_in_crisis": None,
}
WHAT: dict[str, str] = {
    "design_pledge": "a design's first pledge to a council",
    "crisis_declare": "a crisis; not the contract's first",
    "crisis_take": "a license of 4 prints in a crisis; not the first under its pledge",
    "redeem_in_crisis": "one print in a word that was touched before, signed and sent by the "
    "signer that the council named",
}


def measure(made: Measurement, start: int, day: int) -> Iterator[tuple[str, int]]:
    """Yield `(operation, gas)`: the issuer is the council, and the center its signer."""
    crises, who = made.chain.crises, made.who
    design = ContentHash(made.digest())
    made.gas(made.chain.register(design, made.digest()), who.owner)
    terms = PledgeTerms(start + 365 * day, 30 * day, 4, 100, made.digest())
    pledge = crises.pledge(design, who.issuer.address, terms)
    yield "design_pledge", made.gas(pledge, who.owner)
    region, until = Region("TR-31").word, start + 60 * day
    declare = crises.declare(region, until, made.digest(), who.center.address)
    made.gas(declare, who.issuer)
    yield "crisis_declare", made.gas(declare, who.issuer)
    made.gas(crises.take(design, 2, 4), who.center)
    number = made.made(crises.take(design, 2, 4), who.center)
    yield "crisis_take", made.gas(crises.take(design, 2, 4), who.center)
    made.redeemed(made.token(design, number, 0, 1 << 0), who.center)
    token = made.token(design, number, 0, 1 << 1)
    yield "redeem_in_crisis", made.redeemed(token, who.center)
