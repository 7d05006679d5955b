"""The check: every step refuses what it should, and says which step it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ledger import errors
from ledger.gate.check import STEP_NAMES, Result, Verdict, admit
from ledger.tickets import dump
from tests.gate.checking import (
    END,
    HELD,
    OTHER,
    SERIAL,
    TICKET,
    TOKEN,
    assert_refused,
    at_admission,
    at_release,
    facts,
    signed,
)
from tests.gate.fakes import CENTER, DOMAIN, START


def test_a_good_ticket_is_admitted() -> None:
    verdict = at_admission()
    verdict.require()
    assert tuple(step.name for step in verdict.steps) == STEP_NAMES
    assert [s.result for s in verdict.steps[:7]] == [Result.PASSED] * 7
    assert verdict.steps[7].result is Result.LATER
    assert verdict.until == END


def test_the_file_is_released_when_all_is_known() -> None:
    verdict = at_release()
    verdict.require()
    assert {step.result for step in verdict.steps} == {Result.PASSED}


def test_the_license_ends_the_window_if_it_comes_first() -> None:
    assert at_admission(license=replace(HELD, expiry=START + 9)).until == START + 9


BOTH = [at_admission, at_release]


@pytest.mark.parametrize("at", BOTH)
@pytest.mark.parametrize(
    ("step", "error", "arguments"),
    [
        ("domain", "WrongDomain", {"ticket": replace(TICKET, chain_id=1)}),
        ("domain", "WrongDomain", {"ticket": replace(TICKET, contract=DOMAIN.registry)}),
        ("signature", "BadSignature", {"ticket": replace(TICKET, signature=b"\x01" * 64)}),
        ("signature", "BadSignature", {"ticket": replace(TICKET, signature=b"\x01" * 200)}),
        ("signature", "BadSignature", {"ticket": replace(TICKET, signer=CENTER.address)}),
        ("signature", "BadSignature", {"ticket": replace(TICKET, token=replace(TOKEN, word=0))}),
        ("authority", "NotIssuer", {"may_issue": False}),
        ("authority", "Recalled", {"recalled": TOKEN.design}),
        ("printer", "PrinterNotNamed", {"printer": CENTER.address}),
        ("window", "LicenseNotFound", {"license": None}),
        ("window", "LicenseNotFound", {"license": replace(HELD, number=2)}),
        ("window", "LicenseRevoked", {"license": replace(HELD, revoked=True)}),
        ("window", "LicenseExpired", {"license": replace(HELD, expiry=START)}),
        ("window", "LicenseExpired", {"chain_now": HELD.expiry}),
        ("window", "TokenExpired", {"now": END}),
        ("window", "TokenExpired", {"chain_now": END}),
        ("window", "TokenNotYetValid", {"now": START - 1}),
        ("serial", "QuotaExhausted", {"license": replace(HELD, quota=257)}),
        ("serial", "SerialAlreadySpent", {"spent": 0b010, "redeemed_here": False}),
    ],
)
def test_each_step_refuses(
    at: Callable[..., Verdict], step: str, error: str, arguments: dict[str, Any]
) -> None:
    assert_refused(at(**arguments), step, getattr(errors, error))


def test_the_window_is_half_open() -> None:
    at_admission(now=END - 1, chain_now=END - 1).require()
    at_admission(license=replace(HELD, expiry=START + 1)).require()


def test_a_quiet_chain_does_not_make_a_token_too_early() -> None:
    at_admission(chain_now=START - 900).require()
    verdict = at_release(chain_now=START - 900)  # but the redemption is in a block of its own
    assert_refused(verdict, "window", errors.TokenNotYetValid)


@pytest.mark.parametrize("serial", [0, 1, 2, 256, 259, 513, 2**32])
def test_a_serial_that_the_token_does_not_name(serial: int) -> None:
    verdict = admit(dump(TICKET), facts(), START, serial)
    assert_refused(verdict, "serial", errors.TakeOutsideToken)


def test_other_serials_may_be_spent() -> None:
    at_admission(spent=0b100).require()


def test_a_release_needs_a_redemption() -> None:
    verdict = at_release(spent=0, redeemed_here=False)
    assert_refused(verdict, "serial", errors.TakeOutsideToken)


def test_another_file_is_not_released() -> None:
    assert_refused(at_release(file=OTHER), "design", errors.DigestMismatch)


def test_facts_for_another_ticket_are_worth_nothing() -> None:
    other = signed(replace(TOKEN, deadline=END - 1))
    verdict = admit(dump(TICKET), facts(other), START, SERIAL)
    assert_refused(verdict, "form", errors.MalformedTicket)


def test_a_digest_that_is_not_the_tokens() -> None:
    row = json.loads(dump(TICKET))
    row["digest"] = str(OTHER)
    verdict = admit(json.dumps(row).encode(), facts(), START, SERIAL)
    assert_refused(verdict, "signature", errors.BadSignature)
