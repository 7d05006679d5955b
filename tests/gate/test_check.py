"""The check: every step refuses what it should, and says which step it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from ledger import errors
from ledger.errors import LedgerError
from ledger.gate.check import STEP_NAMES, Facts, FileProof, Result, Verdict, admit, release
from ledger.models import (
    ZERO_DIGEST,
    Address,
    Cid,
    ContentHash,
    Digest,
    License,
    PrintToken,
    Rights,
    Ticket,
)
from ledger.signing import Signer
from ledger.tickets import digest_of, dump, parse
from tests.gate.fakes import CENTER, DOMAIN, ISSUER, KEYS, START

DESIGN = ContentHash(b"\x0d" * 32)
OTHER = Digest(b"\x0e" * 32)
END = START + 5_000
TOKEN = PrintToken(DESIGN, 1, KEYS.printer, 1, 0b110, START, END, ZERO_DIGEST)
SERIAL = 257
HELD = License(DESIGN, 1, CENTER.address, 300, START + 10_000, 24, False)
CID = Cid.of_raw_block(b"\x01" * 32)


def signed(token: PrintToken, signer: Signer = ISSUER) -> Ticket:
    signature = signer.sign(DOMAIN.print_token(token))
    return Ticket(token, signature, signer.address, DOMAIN.chain_id, DOMAIN.licenses, CID, 17)


TICKET = signed(TOKEN)


def facts(ticket: Ticket = TICKET, **fields: Any) -> Facts:
    good = Facts(ticket, DOMAIN, KEYS.printer, START, True, HELD, 0, False)
    return replace(good, **fields)


def at_admission(ticket: Ticket = TICKET, now: int = START, **fields: Any) -> Verdict:
    return admit(dump(ticket), facts(ticket, **fields), now, SERIAL)


def at_release(
    ticket: Ticket = TICKET, now: int = START, file: Digest = DESIGN, **fields: Any
) -> Verdict:
    known = {"spent": 0b010, "redeemed_here": True, **fields}
    return release(dump(ticket), facts(ticket, **known), now, SERIAL, FileProof(file, file))


def assert_refused(verdict: Verdict, step: str, error: type[LedgerError]) -> None:
    assert type(verdict.error) is error
    assert verdict.steps[-1].name == step
    assert verdict.steps[-1].result is Result.FAILED
    assert verdict.steps[-1].number == STEP_NAMES.index(step) + 1
    assert all(s.result is not Result.FAILED for s in verdict.steps[:-1])
    with pytest.raises(error):
        verdict.require()


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


def test_the_token_binds_one_job() -> None:
    ticket = signed(replace(TOKEN, job=OTHER))
    assert_refused(at_release(ticket), "job", errors.JobNotNamed)
    assert_refused(at_admission(ticket), "job", errors.JobNotNamed)
    with_slicer = at_admission(ticket, has_slicer=True)
    assert with_slicer.steps[-1].result is Result.LATER
    sliced = FileProof(opened=DESIGN, handed=OTHER)
    redeemed = facts(ticket, spent=0b010, redeemed_here=True)
    release(dump(ticket), redeemed, START, SERIAL, sliced).require()


ALLOWED = replace(HELD, rights=Rights.VARIANTS)


@pytest.mark.parametrize("slicer", [False, True])
def test_a_variant_is_admitted_and_released_in_the_designs_place(*, slicer: bool) -> None:
    ticket = signed(replace(TOKEN, job=OTHER))
    at_admission(ticket, license=ALLOWED, has_slicer=slicer).require()
    verdict = at_release(ticket, file=OTHER, license=ALLOWED, has_slicer=slicer)
    verdict.require()
    assert "variant" in verdict.steps[7].detail


@pytest.mark.parametrize(
    ("file", "step", "error"),
    [
        (DESIGN, "job", errors.JobNotNamed),
        (Digest(b"\x0f" * 32), "design", errors.DigestMismatch),
    ],
    ids=["design", "stranger"],
)
def test_a_token_that_binds_a_variant_releases_nothing_else(
    file: Digest, step: str, error: type[LedgerError]
) -> None:
    ticket = signed(replace(TOKEN, job=OTHER))
    verdict = at_release(ticket, file=file, license=ALLOWED)
    assert_refused(verdict, step, error)


SLICE = Digest(b"\x1c" * 32)


@pytest.mark.parametrize("license", [HELD, ALLOWED])
@pytest.mark.parametrize(
    ("job", "handed", "good"),
    [
        (ZERO_DIGEST, SLICE, True),
        (SLICE, SLICE, True),
        (DESIGN, SLICE, True),
        (OTHER, SLICE, False),
        (SLICE, OTHER, False),
    ],
)
def test_a_slice_of_the_design(job: Digest, handed: Digest, good: bool, license: License) -> None:
    """What binds the design itself takes any slice of it, what binds a slice only that."""
    ticket = signed(replace(TOKEN, job=job))
    sliced = replace(
        facts(ticket, spent=0b010, redeemed_here=True, license=license), has_slicer=True
    )
    file = FileProof(opened=DESIGN, handed=handed)
    verdict = release(dump(ticket), sliced, START, SERIAL, file)
    assert (verdict.error is None) is good
    if not good:
        assert_refused(verdict, "job", errors.JobNotNamed)


def test_what_is_handed_over_is_the_variant_itself() -> None:
    ticket = signed(replace(TOKEN, job=OTHER))
    redeemed = facts(ticket, spent=0b010, redeemed_here=True, license=ALLOWED)
    changed = FileProof(opened=OTHER, handed=DESIGN)
    verdict = release(dump(ticket), redeemed, START, SERIAL, changed)
    assert_refused(verdict, "job", errors.JobNotNamed)


def test_a_variant_is_not_printed_on_a_token_that_binds_none() -> None:
    verdict = at_release(file=OTHER, license=ALLOWED)
    assert_refused(verdict, "design", errors.DigestMismatch)


def test_other_rights_allow_no_variants() -> None:
    ticket = signed(replace(TOKEN, job=OTHER))
    held = replace(HELD, rights=~Rights.VARIANTS)
    assert_refused(at_admission(ticket, license=held), "job", errors.JobNotNamed)
    assert_refused(at_release(ticket, license=held), "job", errors.JobNotNamed)
    verdict = at_release(ticket, file=OTHER, license=held)
    assert_refused(verdict, "design", errors.DigestMismatch)


def test_facts_for_another_ticket_are_worth_nothing() -> None:
    other = signed(replace(TOKEN, deadline=END - 1))
    verdict = admit(dump(TICKET), facts(other), START, SERIAL)
    assert_refused(verdict, "form", errors.MalformedTicket)


def test_a_digest_that_is_not_the_tokens() -> None:
    row = json.loads(dump(TICKET))
    row["digest"] = str(OTHER)
    verdict = admit(json.dumps(row).encode(), facts(), START, SERIAL)
    assert_refused(verdict, "signature", errors.BadSignature)


# ------------------------------------------------------ whatever is changed

digests = st.binary(min_size=32, max_size=32)
addresses = st.binary(min_size=20, max_size=20).map(lambda b: Address("0x" + b.hex()))
times = st.integers(0, 2**40 - 1)
mutations = st.one_of(
    st.tuples(st.just("design"), digests.map(ContentHash)),
    st.tuples(st.just("license"), st.integers(0, 2**256 - 1)),
    st.tuples(st.just("printer"), addresses),
    st.tuples(st.just("word"), st.integers(0, 2**24 - 1)),
    st.tuples(st.just("serials"), st.integers(1, 2**256 - 1)),
    st.tuples(st.just("not_before"), times),
    st.tuples(st.just("deadline"), times),
    st.tuples(st.just("job"), digests.map(Digest)),
)
envelope_mutations = st.one_of(
    st.tuples(st.just("signature"), st.binary(max_size=100)),
    st.tuples(st.just("signer"), addresses),
    st.tuples(st.just("chain_id"), st.integers(0, 2**256 - 1)),
    st.tuples(st.just("contract"), addresses),
)


@given(mutations)
def test_any_change_of_the_token_is_refused(change: tuple[str, Any]) -> None:
    name, value = change
    if getattr(TOKEN, name) == value:
        return
    ticket = replace(TICKET, token=replace(TOKEN, **{name: value}))
    assert_refused(at_admission(ticket), "signature", errors.BadSignature)
    assert_refused(at_release(ticket), "signature", errors.BadSignature)


@given(envelope_mutations)
def test_any_change_around_the_token_is_refused(change: tuple[str, Any]) -> None:
    name, value = change
    if getattr(TICKET, name) == value:
        return
    verdict = at_admission(replace(TICKET, **{name: value}))
    assert isinstance(verdict.error, errors.TokenRejected)


@given(st.integers(0, 64), st.integers(1, 255))
def test_any_change_of_the_signature_is_refused(index: int, flip: int) -> None:
    signature = bytearray(TICKET.signature)
    signature[index] ^= flip
    verdict = at_admission(replace(TICKET, signature=bytes(signature)))
    assert_refused(verdict, "signature", errors.BadSignature)


def test_the_other_signature_of_the_same_key_is_refused() -> None:
    """From r, s, v anybody can make r, n - s, v'; the chain refuses it, and so do we."""
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    r, s, v = TICKET.signature[:32], TICKET.signature[32:64], TICKET.signature[64]
    high = (order - int.from_bytes(s, "big")).to_bytes(32, "big")
    verdict = at_admission(replace(TICKET, signature=r + high + bytes([55 - v])))
    assert_refused(verdict, "signature", errors.BadSignature)


@given(st.binary(max_size=300))
def test_noise_is_no_ticket(data: bytes) -> None:
    assert_refused(admit(data, facts(), START, SERIAL), "form", errors.MalformedTicket)


def test_a_ticket_survives_its_file() -> None:
    assert parse(dump(TICKET)) == TICKET
    assert digest_of(TICKET) == DOMAIN.print_token(TOKEN).digest()
