"""Findings about the files that prints were bound to: each case, and the nearest sound one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ledger.models import ZERO_DIGEST, Rights
from ledger.services.bound_files import judge
from ledger.services.findings import Severity
from ledger.store.tables import VariantRow
from tests.unit.test_findings import DESIGN, JOB, receipt, redemption

NO_JOB, OTHER_JOB = str(ZERO_DIGEST), "0x" + "0c" * 32
ALLOWED = {1: Rights.VARIANTS | Rights.TRANSFERABLE}


def variant(**changed: Any) -> VariantRow:
    values: dict[str, Any] = {
        "license": 1,
        "job": JOB,
        "design": DESIGN,
        "licensee": "0x" + "22" * 20,
        "reference": NO_JOB,
        "deadline": 9,
        "signature": "0x",
        "cid": "b",
        "format": "stl",
        "measures": "{}",
        "plain_size": 1,
        "sealed_size": 2,
        "wrapped_key": b"",
        "sealed_at": 8,
        "accepted_at": 8,
    }
    return VariantRow(**values | changed)


def found(
    *,
    redeemed: str = JOB,
    reported: str = JOB,
    variants: tuple[VariantRow, ...] = (variant(),),
    rights: Mapping[int, Rights] = ALLOWED,
) -> list[str]:
    redemptions, receipts = [redemption(job=redeemed)], [receipt(job=reported)]
    return [finding.kind for finding in judge(redemptions, receipts, variants, rights)]


def test_a_variant_of_a_license_that_allows_it_is_sound() -> None:
    assert found() == []


@pytest.mark.parametrize("job", [NO_JOB, DESIGN])
@pytest.mark.parametrize("rights", [ALLOWED, {1: Rights.NONE}, {}])
def test_the_design_is_sound_under_any_license(job: str, rights: Mapping[int, Rights]) -> None:
    assert found(redeemed=job, reported=DESIGN, rights=rights) == []


@pytest.mark.parametrize("rights", [ALLOWED, {1: Rights.NONE}, {}])
def test_a_file_that_nobody_uploaded_is_unknown(rights: Mapping[int, Rights]) -> None:
    assert found(variants=(), rights=rights) == ["job-unknown"]
    assert found(redeemed=OTHER_JOB, reported=OTHER_JOB, rights=rights) == ["job-unknown"]


def test_the_variant_of_another_license_is_unknown_under_this_one() -> None:
    assert found(variants=(variant(license=2),)) == ["job-unknown"]
    assert found(variants=(variant(license=2), variant())) == []


@pytest.mark.parametrize(
    "rights", [{}, {1: Rights.NONE}, {1: ~Rights.VARIANTS}, {2: Rights.VARIANTS}]
)
@pytest.mark.parametrize("license", [1, 2])
def test_a_variant_without_the_right_is_told_once(
    rights: Mapping[int, Rights], license: int
) -> None:
    assert found(variants=(variant(license=license),), rights=rights) == ["variant-not-allowed"]


def test_a_receipt_for_a_variant_counts_also_where_the_token_bound_none() -> None:
    none = {1: Rights.NONE}
    assert found(redeemed=NO_JOB, rights=none) == ["variant-not-allowed"]
    assert found(redeemed=NO_JOB, rights=ALLOWED) == []
    assert found(redeemed=NO_JOB, variants=(), rights=none) == []


def test_each_finding_says_how_much_it_weighs_and_which_serials_it_is_about() -> None:
    many = redemption(job=JOB, word=3, take=hex(1 << 255 | 1))
    (unknown,) = judge([many], [], (), {})
    assert unknown.severity is Severity.WARNING
    assert "[768, 1023]" in unknown.detail
    (forbidden,) = judge([many], [receipt(serial=1023)], [variant()], {})
    assert forbidden.severity is Severity.ERROR
    assert forbidden.where == "transaction 0xabc"
