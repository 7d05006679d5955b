"""Leases of several printers, signed at different times, that are redeemed in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from ledger.chain import Call
from ledger.errors import (
    BadSignature,
    NotIssuer,
    PrinterNotNamed,
    SerialAlreadySpent,
    TokenExpired,
)
from ledger.models import Digest, PrintToken
from ledger.signing import Signer
from tests.contracts.scene import DAY, HOUR, Job, Scene, event_in, same_values

PRINTS = 250
MASK = (1 << PRINTS) - 1
MOST_GAS = 200


@dataclass
class Leases:
    """Two printers' leases of one license, one an hour younger and a word further on."""

    scene: Scene
    issuer: Signer
    older: PrintToken
    younger: PrintToken

    def call(self, *tokens: PrintToken) -> Call:
        """The redemption of all their serials."""
        return self.scene.chain.redeem_tokens(
            [(one, self.signed(one), one.serials) for one in tokens or (self.older, self.younger)]
        )

    def signed(self, token: PrintToken) -> bytes:
        return self.issuer.sign(self.scene.domain.print_token(token))

    def digest(self, token: PrintToken) -> Digest:
        return self.scene.domain.print_token(token).digest()

    def unspent(self) -> bool:
        spent = self.scene.chain.spent
        return not any(spent(self.older.license, word) for word in range(3))


@pytest.fixture
def issuer(scene: Scene, owner: Signer) -> Signer:
    """A service's key, which the owner authorized."""
    account = scene.account()
    scene.send(scene.chain.authorize_issuer(account.address, scene.now() + 365 * DAY), owner)
    return account


@pytest.fixture
def leases(scene: Scene, job: Job, issuer: Signer, printer: Signer, stranger: Signer) -> Leases:
    older = scene.token(job.design, job.number, printer.address, serials=MASK)
    younger = replace(
        older,
        printer=stranger.address,
        word=1,
        not_before=older.not_before - HOUR,
        deadline=older.deadline - DAY,
    )
    return Leases(scene, issuer, older, younger)


def test_a_print_of_two_printers_in_fresh_words_costs_at_most_200_gas(
    scene: Scene, leases: Leases, issuer: Signer
) -> None:
    assert leases.unspent()
    mined = scene.send(leases.call(), issuer)
    assert mined.gas_used <= MOST_GAS * 2 * PRINTS
    for token in (leases.older, leases.younger):
        assert scene.chain.spent(token.license, token.word) == MASK


def test_the_one_event_says_what_each_printer_spent(
    scene: Scene, leases: Leases, issuer: Signer
) -> None:
    last = replace(leases.older, word=2, serials=1 << 7)
    several = [leases.older, leases.younger, last]
    mined = scene.send(leases.call(*several), issuer)
    event = event_in(mined, "WordsRedeemed")
    assert (event.arguments["signer"], len(mined.events)) == (issuer.address, 1)
    told = {part["token"]: part for part in event.arguments["words"]}
    assert len(told) == len(event.arguments["words"]) == 3
    for token in several:
        digest = leases.digest(token)
        assert same_values(told[str(digest)]) == same_values(
            {
                "printer": token.printer,
                "word": token.word,
                "take": token.serials,
                "token": digest,
            }
        )
        serial = token.word * 256 + token.serials.bit_length() - 1
        assert scene.chain.redeemed_as(token, digest, serial) == mined.transaction
    other = leases.digest(leases.younger)
    assert scene.chain.redeemed_as(leases.younger, other, 0) is None, "that is the other's"


def test_no_printer_sends_what_is_another_s(
    scene: Scene, leases: Leases, printer: Signer, stranger: Signer
) -> None:
    both = leases.call()
    for sender, other in ((printer, stranger), (stranger, printer)):
        names: dict[str, Any] = {"printer": other.address, "caller": sender.address}
        scene.refused(PrinterNotNamed, both, sender, **names)
    assert leases.unspent()
    more = replace(leases.older, word=2, serials=1, deadline=leases.older.deadline - 1)
    scene.send(leases.call(leases.older, more), printer)
    assert scene.chain.spent(more.license, 2) == 1, "its own, also in two windows"


def test_a_token_of_another_printer_or_window_is_not_the_signed_one(
    scene: Scene, leases: Leases, issuer: Signer, printer: Signer
) -> None:
    one = leases.older
    for changed in (
        replace(leases.younger, printer=printer.address),
        replace(leases.younger, deadline=one.deadline),
        replace(leases.younger, not_before=one.not_before),
    ):
        signature = leases.signed(leases.younger)
        first = (one, leases.signed(one), one.serials)
        call = scene.chain.redeem_tokens([first, (changed, signature, changed.serials)])
        scene.refused(BadSignature, call, issuer, signer=issuer.address)
    assert leases.unspent()


def test_one_lease_that_is_over_or_spent_keeps_the_other_unspent(
    scene: Scene, leases: Leases, issuer: Signer, owner: Signer
) -> None:
    grace = 24 * HOUR
    over = replace(leases.younger, deadline=scene.now() - grace)
    scene.refused(TokenExpired, leases.call(leases.older, over), issuer, deadline=over.deadline)
    twice = replace(leases.younger, word=0, serials=1 << 249)
    names: dict[str, Any] = {"design": twice.design, "license": twice.license, "serial": 249}
    scene.refused(SerialAlreadySpent, leases.call(leases.older, twice), issuer, **names)
    scene.send(scene.chain.remove_issuer(issuer.address), owner)
    names = {"design": twice.design, "signer": issuer.address}
    scene.refused(NotIssuer, leases.call(), issuer, **names)
    assert leases.unspent()
