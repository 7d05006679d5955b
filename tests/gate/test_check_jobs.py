"""The check of what is printed: the design, a slice of it, or a variant in its place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ledger import errors
from ledger.errors import LedgerError
from ledger.gate.check import FileProof, Result, release
from ledger.models import ZERO_DIGEST, Digest, License, Rights
from ledger.tickets import dump
from tests.gate.checking import (
    DESIGN,
    HELD,
    OTHER,
    SERIAL,
    TOKEN,
    assert_refused,
    at_admission,
    at_release,
    facts,
    signed,
)
from tests.gate.fakes import START


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
